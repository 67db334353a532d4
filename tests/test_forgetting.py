"""Who is forgotten leaves no byte behind, and no sum is another one."""

from datetime import timedelta
from pathlib import Path

import pytest
from shop import (
    IS_SQLCIPHER,
    NOON,
    a_coupon,
    at_till,
    close_shop,
    new_id,
    on_postgresql_only,
    on_sqlite_only,
    open_shop,
)
from sqlalchemy import inspect, select, text

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import forgetting, merging
from kiosk.guard import audit
from kiosk.models import (
    Answer,
    Audit,
    Consent,
    Coupon,
    Customer,
    Feedback,
    Message,
    NameWord,
    Note,
    Referral,
    Reward,
    Signup,
    Submission,
    Undo,
)
from kiosk.reports import figures
from kiosk.reports.exports import SHEETS
from kiosk.shop import shop

LATER = NOON + timedelta(hours=1)


def planted(number: int) -> list[str]:
    """Words that stand nowhere else."""
    return [f"Zyq{number}x{kind}" for kind in range(13)]


def lives(till, number: int) -> Customer:
    """A customer with everything that is kept of one; each of it has a planted word."""
    words = planted(number)
    contact = {"email": f"{words[0]}@{words[1]}.example".lower(), "phone": f"0917{5550000 + number}"}
    coupon = a_coupon(name=f"{words[2]} {words[3]}", city=words[4], consent_email="yes", source="friend", **contact)
    redeemed = coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=100_00, what=words[5]).redemption
    corrections.undo(redeemed.id, new_id(), LATER, by=till, reason=words[6])
    visit, _ = visits.record(coupon, new_id(), NOON, by=till, purchase=Purchase(number * 1_00, words[7]))
    at = {"given_at": NOON, "language": "en"}
    with writing():
        db.session.add(Note(customer_id=coupon.customer_id, text=words[8], staff_id=till.staff_id, written_at=NOON))
        db.session.add(Feedback(visit_id=visit.id, customer_id=coupon.customer_id, stars=2, comment=words[9], **at))
        card = {"form": "warranty", "version": 0, "operation_id": new_id(), "made_at": NOON, "name": words[2]}
        whose = {"customer_id": coupon.customer_id, "phone": coupon.customer.phone, "email": coupon.customer.email}
        db.session.add(Submission(answers={"bought": words[10]}, **card, **whose))
        add_reward(coupon, words[11])
        named = db.session.query(Signup).filter_by(customer_id=coupon.customer_id).one()
        db.session.add(Referral(customer_id=coupon.customer_id, signup_id=named.id, said=words[12]))
    return coupon.customer


def add_reward(coupon: Coupon, text: str) -> None:
    """A reward of the coupon, and a message about it, inside the caller's transaction."""
    day, whose = coupon.valid_from, {"customer_id": coupon.customer_id}
    offer = {"series_id": coupon.series_id, "offer_id": coupon.offer_id, "occasion": "2026", "coupon_id": coupon.id}
    reward = Reward(due_on=day, until_on=day, held_out=False, made_at=NOON, **offer, **whose)
    said = {"purpose": "birthday", "channel": "sms", "text": text, "language": "en", "listed_on": day}
    db.session.add(Message(reward=reward, done_at=NOON, outcome="sent", **said, **whose))


def strings_of(customer: Customer, number: int) -> list[bytes]:
    words = planted(number)
    contacts = [customer.phone, customer.phone[:0:-1], customer.email, customer.card_number]
    return [one.encode() for one in (*words[2:], *(word.lower() for word in words[1:4]), *contacts)]


def bytes_under(folder) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def sums() -> tuple:
    day = shop.current().day_of(NOON)
    sheets = {name: [len(chunk) for chunk in make(day, day).chunks] for name, make in SHEETS.items()}
    for gone in ("customers", "warranty"):
        sheets.pop(gone)
    return figures.of(day, day), sheets


@on_sqlite_only
def test_no_byte_of_ten_customers_is_left_under_the_instance_folder(in_shop):
    till, folder = at_till(), Path(in_shop.config["KIOSK_INSTANCE"])
    customers = [lives(till, number) for number in range(10, 20)]
    strings = [one for number, customer in enumerate(customers, 10) for one in strings_of(customer, number)]
    assert len(strings) == 180
    before = bytes_under(folder)
    assert IS_SQLCIPHER or [one for one in strings if one not in before] == []
    copy = folder / "before restore 2026-01-01 00.00.00"
    copy.mkdir()
    (copy / "kiosk.sqlite").write_bytes(before)

    for customer in customers:
        forgetting.forget(customer.id, LATER, by=till)

    after = bytes_under(folder)
    assert [one for one in strings if one in after] == []


def test_what_is_somebody_elses_stays_and_every_sum_too(in_shop):
    till = at_till()
    other, customer = lives(till, 10), lives(till, 11)
    other_id, before, rows = other.id, sums(), db.session.query(Audit).count()
    known = {
        model: db.session.query(model).filter_by(customer_id=other.id).count() for model in (Note, Answer, Consent)
    }

    forgetting.forget(customer.id, LATER, by=till)

    assert sums() == before
    assert {model: db.session.query(model).count() for model in known} == known
    assert db.session.query(Audit).count() == rows + 1
    assert list(audit.troubles()) == []
    assert lookups.find(planted(10)[2]).id == other_id
    with pytest.raises(Refusal, match="mistyped"):
        lookups.find(planted(11)[2])


def test_on_either_database_no_row_says_anything_of_her(in_shop):
    till = at_till()
    customer = lives(till, 10)
    strings = [one.decode() for one in strings_of(customer, 10)]

    forgetting.forget(customer.id, LATER, by=till)

    stored = ""
    for table in inspect(db.engine).get_table_names():
        stored += str(db.session.execute(text(f'SELECT * FROM "{table}"')).all())
    assert [one for one in strings if one in stored] == []
    assert db.session.query(NameWord).count() == 0
    assert db.session.scalars(select(Signup.digest)).all() == [""]
    assert db.session.scalars(select(Undo.reason)).all() == [None]


def test_who_was_merged_into_her_is_forgotten_with_her(in_shop):
    till = at_till()
    customer, other = lives(till, 10), lives(till, 11)
    merging.merge(customer.id, other.id, NOON, by=till)

    forgetting.forget(other.id, LATER, by=till)

    assert db.session.query(Customer).count() == 0


def test_she_may_come_again_and_gets_a_coupon_again(in_shop):
    till = at_till()
    customer = lives(till, 10)
    phone = customer.phone
    forgetting.forget(customer.id, LATER, by=till)

    assert a_coupon(phone=phone, at=LATER).state(shop.current().day_of(LATER), LATER) == "issued"


def test_a_coupon_that_is_not_spent_is_void_and_its_code_finds_nothing(in_shop):
    till, coupon = at_till(), a_coupon()
    code, card = coupon.code, coupon.customer.card_number

    forgetting.forget(coupon.customer_id, LATER, by=till)

    for number in (code, card):
        with pytest.raises(Refusal, match="unknown"):
            lookups.find(number)


def test_there_is_nobody_to_forget(in_shop):
    with pytest.raises(Refusal, match="unknown"):
        forgetting.forget(1, NOON, by=at_till())


def test_a_database_of_before_forgets_her_again_when_the_shop_opens(folder):
    app = open_shop(folder / "instance")
    with app.app_context():
        till = at_till()
        customer_id, other_id = lives(till, 10).id, lives(till, 11).id
        db.session.remove()
        close_shop(app)
        file = folder / "instance" / "kiosk.sqlite"
        kept = file.read_bytes()
        forgetting.forget(customer_id, LATER, by=None)
        assert forgetting.forget_again(LATER) == 0
        db.session.remove()
        close_shop(app)
        file.write_bytes(kept)  # as a restore does

        assert [forgetting.forget_again(LATER), forgetting.forget_again(LATER)] == [1, 0]

        assert db.session.scalars(select(Customer.id)).all() == [other_id]
    close_shop(app)
    assert planted(10)[8].encode() not in file.read_bytes()
    assert (folder / "instance" / "forgotten").stat().st_mode & 0o777 == 0o600


@on_postgresql_only
def test_the_schemas_from_before_a_restore_go_too(in_shop):
    till, customer = at_till(), a_coupon().customer
    with writing():
        db.session.execute(text('CREATE SCHEMA "before restore 2026-01-01"'))

    forgetting.forget(customer.id, LATER, by=till)

    assert "before restore 2026-01-01" not in inspect(db.engine).get_schema_names()
