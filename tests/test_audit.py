"""The chain of what was done: whatever is done to it afterwards shows."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import time_machine
from openpyxl import load_workbook
from shop import NOON, a_coupon, at_till, close_shop, new_id, open_shop
from sqlalchemy import delete, func, select, update

from kiosk import config
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons
from kiosk.guard import audit
from kiosk.models import Audit, Setting
from kiosk.shop import shop
from kiosk.upkeep import backup, restore


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
     lambda: change(7, details={"a": 1}), lambda: change(7, details={"role": ["manager", "cashier"]}),
     lambda: swap(7, 8), lambda: swap(1, 20), insert],
    ids=["outcome", "who", "what", "when", "seal", "newest", "one removed", "first removed", "last removed", "tail cut",
         "details put in", "details changed", "neighbours swapped", "ends swapped", "one put in"],
)  # fmt: skip
def test_whatever_is_done_to_the_chain_is_found(chain, harm):
    harm()

    assert len(list(audit.troubles())) == 1


def last_details(app):
    with app.app_context():
        return db.session.scalars(select(Audit).order_by(Audit.id.desc())).first().details


def test_details_that_are_changed_or_taken_away_are_found(chain):
    audit.note("staff_change", NOON, by=None, details={"role": ["cashier", "manager"]})
    assert list(audit.troubles()) == []

    for details in (None, {"role": ["cashier", "cashier"]}):
        change(21, details=details)
        assert len(list(audit.troubles())) == 1


def test_a_row_of_a_shop_before_there_were_details_still_verifies(in_shop):
    """Its seal is what the first release wrote."""
    in_shop.secret_key = b"0" * 64
    mac = "45d9c6918a2e94f27d68aa52430b0c5990240895530f4a54493a841e490fcd14"
    with writing():
        kept = {"action": "undo", "object_id": "7", "outcome": "done", "happened_at": NOON, "mac": mac}
        db.session.add(Audit(id=1, **kept))

    assert [sentence for sentence in audit.troubles() if "row 1" in sentence] == []


def test_a_changed_setting_is_recorded_from_what_to_what(app, manager):
    manager.visit("/office/settings")
    manager.post("/office/settings", json=False, relock_minutes="20")
    first = last_details(app)
    manager.post("/office/settings", json=False, relock_minutes="20")

    assert first == {"relock_minutes": [15, 20]}
    with app.app_context():
        assert db.session.query(Audit).filter_by(action="settings").count() == 1  # the second time nothing changed


def test_a_logo_and_a_passphrase_are_recorded_in_words(app, manager):
    with app.app_context():
        by = at_till()
        for logo in ("0a1b", "2c3d", ""):
            shop.decide(now(), by=by, logo=logo, logo_png="aWNvbg==", name="Suki")
    manager.visit("/office/people")
    ben = manager.post("/office/people", name="Ben", role="cashier", pin="820461").json["staff_id"]
    manager.post(f"/office/people/{ben}", role="cashier", may_export="yes", passphrase="another horse battery staple")

    with app.app_context():
        noted = [(row.action, row.details) for row in db.session.query(Audit).order_by(Audit.id) if row.details]
    assert noted == [
        ("settings", {"logo": ["none", "picture"], "name": ["My shop", "Suki"]}),
        ("settings", {"logo": ["picture", "another picture"]}),
        ("settings", {"logo": ["picture", "none"]}),
        ("staff_add", {"role": [None, "cashier"]}),
        ("staff_change", {"may_export": [False, True], "passphrase": "new"}),
    ]


FILE = "The file audit.head is missing, so nobody can tell whether the log’s newest rows are."
SETTING = FILE.replace("file audit.head", "setting audit_head")


def head_file(app):
    return Path(app.config["KIOSK_INSTANCE"], "audit.head")


def put_back(app, number):
    """The head as it was when that row was the newest, in the file and in the setting."""
    line = f"{number} {db.session.get(Audit, number).mac}"
    head_file(app).write_text(line)
    say_in_setting(line)


def say_in_setting(line):
    with writing():
        db.session.execute(delete(Setting).where(Setting.name == "audit_head"))
        if line:
            db.session.add(Setting(name="audit_head", value=line))
    db.session.expire_all()


def lose_file(app):
    head_file(app).unlink()


def cut(app):
    remove(18, 19, 20)


def cut_and_make_head_anew(app):
    remove(18, 19, 20)
    head_file(app).write_text(audit.head_line())


def cut_and_lose_both(app):
    remove(18, 19, 20)
    head_file(app).unlink()
    say_in_setting("")


def cut_and_lose_setting(app):
    cut_and_make_head_anew(app)
    say_in_setting("")


def empty(app):
    remove(*range(1, 21))


def empty_and_lose_file(app):
    empty(app)
    head_file(app).unlink()


def lose_setting(app):
    say_in_setting("")


def garble_file(app):
    head_file(app).write_text("20")


GONE = "The log ends with row {}, and had 20: rows are gone."
ENDS = {
    "head lost": (lose_file, [FILE], [FILE]),
    "head garbled": (garble_file, [FILE], [FILE]),
    "setting lost": (lose_setting, [SETTING], [SETTING]),
    "cut": (cut, [GONE.format(17)], [GONE.format(22)]),
    "cut, head made anew": (cut_and_make_head_anew, [GONE.format(17)], [GONE.format(22)]),
    "cut, setting lost": (cut_and_lose_setting, [SETTING], [SETTING]),
    "cut, both lost": (cut_and_lose_both, [FILE, SETTING], [FILE, SETTING]),
    "emptied": (empty, [GONE.format(0)], [GONE.format(5)]),
    "emptied, head lost": (empty_and_lose_file, [GONE.format(0)], [GONE.format(5)]),
}


@pytest.mark.parametrize(("harm", "at_once", "later"), ENDS.values(), ids=ENDS)
def test_a_cut_end_is_found_at_once_and_when_new_rows_have_grown_over_it(in_shop, chain, harm, at_once, later):
    harm(in_shop)
    db.session.expire_all()
    assert list(audit.troubles()) == at_once

    for _ in range(5):
        audit.note("look_up", NOON, by=None)

    assert list(audit.troubles()) == later


def test_an_older_head_is_found(in_shop, chain):
    head_file(in_shop).write_text(f"12 {db.session.get(Audit, 12).mac}")

    assert list(audit.troubles()) == [
        "The file audit.head is older than the log: it says row 12, the log ends with 20."
    ]


def test_a_file_one_row_behind_is_what_a_killed_server_leaves(in_shop, chain):
    head_file(in_shop).write_text(f"19 {db.session.get(Audit, 19).mac}")

    assert list(audit.troubles()) == []
    audit.note("look_up", NOON, by=None)
    assert audit.head()[0] == 21


def test_redemptions_and_exports_are_counted_outside_the_audit(app, manager, customer_at_tablet):
    manager.redeem(customer_at_tablet.sign_up().json["code"])
    manager.browser.get("/office/exports/signups.csv").close()
    with app.app_context():
        assert list(audit.troubles()) == []
        remove(*db.session.scalars(select(Audit.id)))
        head_file(app).unlink()
        say_in_setting("")
        audit.note("look_up", NOON, by=None)

        assert list(audit.troubles()) == [
            "The log has 0 row(s) of “redeem”, and it was done 1 time(s).",
            "The log has 0 row(s) of “export_begin”, and it was done 1 time(s).",
        ]


def test_an_older_row_that_ends_last_does_not_take_the_head_back(in_shop, chain):
    audit._write_head(19, "0" * 64)

    assert audit.head()[0] == 20


def test_who_knows_not_the_secret_can_write_no_row(app, chain, folder):
    other = open_shop(folder / "other", KIOSK_DATABASE_URL=app.config["KIOSK_DATABASE_URL"])
    with other.app_context():
        audit.note("redeem", NOON, by=None)
    close_shop(other)

    assert list(audit.troubles()) == ["The log was changed, cut or added to at row 21."]


def test_what_is_not_stored_leaves_no_mark(in_shop, chain):
    before = audit.head()

    with pytest.raises(RuntimeError), writing():
        audit.add_note("redeem", NOON, by=None)
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


def test_as_many_rows_as_actions(in_shop):
    till, coupon = at_till(), a_coupon()
    redemption = coupons.redeem(coupon.code, new_id(), NOON, by=till).redemption
    operation_id = new_id()
    for _ in range(3):
        corrections.undo(redemption.id, operation_id, NOON, by=till)

    assert [row.action for row in db.session.query(Audit).order_by(Audit.id)] == ["redeem", "undo"]


def test_a_head_that_left_the_shop_is_looked_for(run, app, manager):
    with manager.browser.get("/office/exports/signups.csv") as answer:
        head = answer.headers["X-Audit-Head"]
    number, mac = head.split()

    found = [run("check", "--head", said) for said in (head, mac, f"{int(number) - 1} {mac}", "0" * 64)]

    assert [done.exit_code for done in found] == [0, 0, 1, 1]
    assert f"The head {'0' * 64} is not in the log: rows were removed or changed." in found[3].output
    with app.app_context():
        remove(int(number), int(number) + 1)
        audit.note("look_up", NOON, by=None)
    assert f"The head {head} is not in the log: rows were removed or changed." in run("check", "--head", head).output


def test_a_till_notices_that_a_row_it_was_shown_is_gone(app, manager):
    """Even when whoever removed it put back the whole folder as it was."""
    manager.visit("/till")
    with app.app_context():
        last = db.session.scalar(select(func.count(Audit.id)))
        audit.note("undo", now(), by=None)
    manager.visit("/till")
    with app.app_context():
        remove(last + 1)
        put_back(app, last)
        assert list(audit.troubles()) == []

    manager.visit("/till"), manager.visit("/till")

    with app.app_context():
        assert list(audit.troubles()) == [f"The till 1 was shown row {last + 1} of the log, which is gone."]
    assert "Notice that log entries are missing" in manager.visit("/office/audit").text


def test_a_tablet_looks_every_ten_minutes(app, manager):
    tablet = manager.elsewhere()
    tablet.becomes("tablet")
    with time_machine.travel(now(), tick=False) as clock:
        tablet.visit("/")
        with app.app_context():
            remove(1)
            audit.note("undo", now(), by=None)
        clock.shift(599), tablet.visit("/")
        with app.app_context():
            assert "The tablet" not in " ".join(audit.troubles())
        clock.shift(1), tablet.visit("/")

    with app.app_context():
        assert "The tablet 1 was shown row 1 of the log, which is gone." in list(audit.troubles())


def test_what_a_restore_took_back_alarms_nobody(app, manager, folder):
    with app.app_context():
        backup.make(folder / "backup.suki", NOON)
        head = audit.head_line()
    manager.visit("/till")
    close_shop(app)
    settings = {name: app.config[name] for name in ("KIOSK_INSTANCE", "KIOSK_DATABASE_URL")}
    restore.restore(folder / "backup.suki", config.load(settings), NOON)

    manager.visit("/till")

    with app.app_context():
        assert list(audit.troubles()) == []
        assert audit.lost(head) == f"The head {head} is not in the log: a restore took it back."


def test_a_stranger_is_not_shown_the_head(stranger):
    stranger.visit("/")

    assert stranger.browser.get_cookie("audit") is None


def test_an_export_carries_the_head_of_the_chain(app, manager):
    with manager.browser.get("/office/exports/signups.xlsx") as answer:
        second = load_workbook(io.BytesIO(answer.data))["audit"]["A1"].value

    with app.app_context():
        begun, ended = db.session.query(Audit).order_by(Audit.id).all()[-2:]
        assert answer.headers["X-Audit-Head"] == second == f"{begun.id} {begun.mac}"
        assert (begun.action, ended.action, ended.outcome) == ("export_begin", "export", "done")
        assert audit.head() == (ended.id, ended.mac)


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
    assert "Sign in with a PIN" in manager.visit("/office/audit?action=sign_in").text
    assert "Ana" in manager.visit(older).text
    assert hers.html.count("<tr>") == 3
    assert "Not allowed" in refused.text
    assert "No matching entries" in manager.visit("/office/audit?action=undo").text


def test_the_pages_of_the_audit_say_nothing_of_any_customer(manager, customer_at_tablet):
    code = customer_at_tablet.sign_up(name="Maria", phone="0917 123 4567").json["code"]
    manager.redeem(code)

    page = manager.visit("/office/audit")

    assert not [word for word in ("Maria", "4567", code, code[:4]) if word in page.text]
