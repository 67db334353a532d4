"""Who does not come back is forgotten when the notice says so, and is shown a week before."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from shop import NOON, a_coupon, at_till, new_id
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import copy, retention
from kiosk.models import Audit, Customer, Setting
from kiosk.rewards import post
from kiosk.shop import shop
from kiosk.upkeep import nightly, rotation

TODAY = NOON.date()


def came(customer: Customer, at=NOON) -> None:
    visits.record(customer, new_id(), at, by=at_till(), purchase=Purchase(10_00))


def due(days: int) -> list[int]:
    return [customer.id for customer in retention.due(TODAY + timedelta(days=days))]


def test_who_never_came_is_due_thirty_days_after_the_coupons_end(in_shop):
    customer = a_coupon().customer  # good for 30 days

    assert (due(60), due(61)) == ([], [customer.id])


def test_who_agreed_to_messages_or_came_is_kept_for_two_years(in_shop):
    agreed, regular = a_coupon(consent_sms="yes").customer, a_coupon().customer
    came(regular, NOON + timedelta(days=20))

    assert (due(731), due(732), due(751), due(752)) == ([], [agreed.id], [agreed.id], [agreed.id, regular.id])


def test_the_owner_decides_how_many_months(in_shop):
    customer = a_coupon().customer
    came(customer)
    shop.decide(NOON, by=at_till(), keep_months=12)

    assert (due(365), due(366)) == ([], [customer.id])


def test_a_night_forgets_who_is_due_once(in_shop):
    gone, stays = a_coupon().customer_id, a_coupon(consent_sms="yes").customer_id
    at = NOON + timedelta(days=61)

    assert [nightly.run(at), nightly.run(at)] == [1, 0]

    assert [customer.id for customer in db.session.query(Customer)] == [stays]
    assert [(row.object_id, row.staff_id) for row in db.session.query(Audit).filter_by(action="forget")] == [
        (str(gone), None)
    ]


def test_a_shop_of_before_has_a_week_to_see_who_will_go(in_shop):
    at = NOON + timedelta(days=90)
    a_coupon()
    with writing():
        db.session.add(Setting(name=retention.FIRST_DAY, value=(at + timedelta(days=7)).date().isoformat()))

    assert [nightly.run(at + timedelta(days=days)) for days in (0, 6, 7)] == [0, 0, 1]


def test_the_server_does_it_once_a_shop_day_after_three(in_shop):
    assert [nightly.is_due(NOON), nightly.is_due(NOON - timedelta(hours=10))] == [True, False]  # 12:00 and 02:00
    nightly.run(NOON)
    assert [nightly.is_due(NOON), nightly.is_due(NOON + timedelta(days=1))] == [False, True]


def test_a_step_of_the_night_that_fails_keeps_none_of_the_others_from_their_turn(in_shop, monkeypatch):
    done = []
    monkeypatch.setattr(nightly.giving, "give_due", lambda at: db.session.execute(text("SELECT no_such_column")))
    monkeypatch.setattr(nightly.bringing, "go_on", lambda at: done.append(db.session.query(Customer).count()))

    with pytest.raises(DBAPIError):
        nightly.run(NOON)

    assert (done, nightly.is_due(NOON)) == ([0], True)  # it is tried again


@pytest.mark.parametrize("day", ["--day=2020-01-01", "--day=2999-01-01"])
def test_the_command_does_a_day_to_come_and_none_that_is_over(in_shop, run, day):
    a_coupon()

    done = run("nightly", day)

    if day.endswith("2020-01-01"):
        assert (done.exit_code, db.session.query(Customer).count()) == (1, 1)
        assert "That day is over" in done.output
    else:
        assert (done.exit_code, db.session.query(Customer).count()) == (0, 0)
        assert done.output == "Forgotten: 1 customer(s) who were due.\n"


def test_a_copy_holds_all_of_one_and_nothing_of_another(in_shop):
    shared = {"city": "Makati", "source": "friend", "consent_sms": "yes"}
    customer = a_coupon(name="Ana Cruz", phone="09175550001", **shared).customer
    other = a_coupon(name="Berta Diaz", phone="09175550002", **shared).customer
    till = at_till()
    for who, what in ((customer, "Balayage"), (other, "Perm")):
        visits.record(who, new_id(), NOON, by=till, purchase=Purchase(10_00, what, "Lorna"))

    text = str(copy.of(customer))

    known = ["Ana Cruz", "+639175550001", "Makati", customer.card_number, "Balayage", "Lorna", "friend", "sms"]
    assert [one for one in known if one not in text] == []
    assert [one for one in ("Berta", "+639175550002", other.card_number, "Perm") if one in text] == []
    assert copy.of(customer)["visit"][0]["staff"] == "Ana"


def test_whatever_fails_at_night_keeps_nothing_else_from_its_turn(app, monkeypatch, caplog):
    nights, done = iter([None]), []
    monkeypatch.setattr(nightly, "time", SimpleNamespace(sleep=lambda _seconds: next(nights)))
    monkeypatch.setattr(nightly, "is_due", lambda at: {}["nobody expected this"])
    monkeypatch.setattr(rotation, "is_due", lambda at: True)
    monkeypatch.setattr(rotation, "make", lambda at: done.append("backup"))
    monkeypatch.setattr(post, "send_due", lambda: done.append("emails"))

    with pytest.raises(StopIteration):
        nightly._watch(app)

    assert done == ["backup", "emails"]
    assert "KeyError" in caplog.text and "nobody expected" not in caplog.text
