"""The chain of what was done: whatever is done to it afterwards shows."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from openpyxl import load_workbook
from shop import NOON, a_coupon, at_till, close_shop, new_id, open_shop
from sqlalchemy import delete, update

from kiosk import audit, backup, coupons
from kiosk.database import db, now, writing
from kiosk.models import Audit


@pytest.fixture
def chain(in_shop):
    """Twenty rows that are as they were written."""
    till = at_till()
    for number in range(20):
        audit.note("redeem", NOON, by=till, object_id=number)
    assert list(audit.troubles()) == []


def change(number, **values):
    with writing():
        db.session.execute(update(Audit).where(Audit.id == number).values(**values))
    db.session.expire_all()


def remove(*numbers):
    with writing():
        db.session.execute(delete(Audit).where(Audit.id.in_(numbers)))
    db.session.expire_all()


def values_of(number):
    row = db.session.get(Audit, number)
    return {column.key: getattr(row, column.key) for column in Audit.__table__.c if column.key != "id"}


def swap(one, other):
    first, second = values_of(one), values_of(other)
    change(one, **second)
    change(other, **first)


def insert():
    copied = values_of(20)
    with writing():
        db.session.add(Audit(id=21, **copied))


@pytest.mark.parametrize(
    "harm",
    [lambda: change(7, outcome="void"), lambda: change(7, staff_id=None), lambda: change(7, object_id="8"),
     lambda: change(7, happened_at=now()), lambda: change(7, mac="0" * 64), lambda: change(20, action="undo"),
     lambda: remove(7), lambda: remove(1), lambda: remove(20), lambda: remove(16, 17, 18, 19, 20),
     lambda: swap(7, 8), lambda: swap(1, 20), insert],
    ids=["outcome", "who", "what", "when", "seal", "newest", "one removed", "first removed", "last removed", "tail cut",
         "neighbours swapped", "ends swapped", "one put in"],
)  # fmt: skip
def test_whatever_is_done_to_the_chain_is_found(chain, harm):
    harm()

    assert len(list(audit.troubles())) == 1


def test_a_cut_tail_is_found_even_when_new_rows_have_grown_over_it(chain):
    remove(18, 19, 20)

    for _ in range(5):
        audit.note("redeem", NOON, by=None)

    assert list(audit.troubles()) == ["The audit's newest rows are gone: it ends with row 22, and had 20."]


def test_a_chain_without_its_head_is_not_called_whole(in_shop, chain):
    Path(in_shop.config["KIOSK_INSTANCE"], "audit.head").unlink()

    assert list(audit.troubles()) == [
        "The file audit.head is missing, so that nobody can tell whether the audit's newest rows are."
    ]


def test_who_knows_not_the_secret_can_write_no_row(app, chain, folder):
    other = open_shop(folder / "other", KIOSK_DATABASE_URL=app.config["KIOSK_DATABASE_URL"])
    with other.app_context():
        audit.note("redeem", NOON, by=None)
    close_shop(other)

    assert list(audit.troubles()) == ["The audit is not as it was written: its row 21 was changed, removed or put in."]


def test_what_is_not_stored_leaves_no_mark(in_shop, chain):
    before = audit.head()

    with pytest.raises(RuntimeError), writing():
        audit.add("redeem", NOON, by=None)
        raise RuntimeError

    assert (audit.head(), list(audit.troubles())) == (before, [])


def test_many_at_once_on_two_servers_make_one_chain(app, folder):
    again = open_shop(app.config["KIOSK_INSTANCE"], KIOSK_DATABASE_URL=app.config["KIOSK_DATABASE_URL"])
    start = threading.Barrier(8)

    def note(number):
        with (app, again)[number % 2].app_context():
            start.wait(30)
            for _ in range(10):
                audit.note("redeem", NOON, by=None, object_id=number)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(note, range(8)))

    with app.app_context():
        assert list(audit.troubles()) == []
        assert db.session.query(Audit).count() == 80
    close_shop(again)


def test_a_restore_takes_the_chain_of_the_backup_for_the_true_one(in_shop, chain, folder):
    backup.make(folder / "backup.sqlite", NOON)
    for _ in range(5):
        audit.note("redeem", NOON, by=None)

    backup.restore(folder / "backup.sqlite", NOON)

    assert list(audit.troubles()) == []
    assert audit.head()[0] == 20
    audit.note("redeem", NOON, by=None)
    assert (audit.head()[0], list(audit.troubles())) == (21, [])


def test_as_many_rows_as_actions(in_shop):
    till, coupon = at_till(), a_coupon()
    redemption = coupons.redeem(coupon.code, new_id(), NOON, by=till).redemption
    operation_id = new_id()
    for _ in range(3):
        coupons.undo(redemption.id, operation_id, NOON, by=till)

    assert [row.action for row in db.session.query(Audit).order_by(Audit.id)] == ["redeem", "undo"]


def test_an_export_carries_the_head_of_the_chain(app, manager):
    with manager.browser.get("/office/exports/signups.xlsx") as answer:
        second = load_workbook(io.BytesIO(answer.data))["audit"]["A1"].value

    with app.app_context():
        assert answer.headers["X-Audit-Head"] == second == "{} {}".format(*audit.head())


def test_the_page_can_be_filtered_and_goes_back_in_time(app, manager, cashier):
    with app.app_context():
        for _ in range(60):
            audit.note("redeem", now(), by=None)
    cashier.browser.get("/office")

    everything = manager.visit("/office/audit")
    older = next(a["href"] for a in everything.all("a") if "before=" in a.get("href", ""))
    hers = manager.visit(f"/office/audit?person={cashier.id}")
    refused = manager.visit("/office/audit?refused=yes")

    assert everything.html.count("<tr>") == 51
    assert "Sign in by PIN" in manager.visit("/office/audit?action=sign_in").text
    assert "Ana" in manager.visit(older).text
    assert hers.html.count("<tr>") == 3
    assert "Not allowed" in refused.text
    assert "Nothing of that kind" in manager.visit("/office/audit?action=undo").text


def test_the_pages_of_the_audit_say_nothing_of_any_customer(manager, customer_at_tablet):
    code = customer_at_tablet.sign_up(name="Maria", phone="0917 123 4567").json["code"]
    manager.redeem(code)

    page = manager.visit("/office/audit")

    assert not [word for word in ("Maria", "4567", code, code[:4]) if word in page.text]
