"""The log: who did what, to whom or what, and what changed, in words that an owner reads."""

import re
from pathlib import Path

import pytest
from shop import a_coupon, at_till, new_id
from statements import listening

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import visits
from kiosk.coupons.visits import Purchase
from kiosk.guard import audit
from kiosk.oversight import log
from kiosk.shop import shop
from kiosk.shop.words import FIELDS

SOURCES = Path(__file__).parents[1] / "kiosk"


def lines(page) -> str:
    return " ".join(page.text.split())


def test_a_changed_setting_reads_from_what_to_what(app, manager):
    with app.app_context():
        shop.decide(now(), by=None, colour="#8A1C49", opens="09:00")
        shop.decide(now(), by=None, colour="#005F5B", opens="10:00", last_day="2099-01-31", redeem_on_scan=True)

    page = lines(manager.visit("/office/audit?action=settings"))

    assert "Colour: #8A1C49 → #005F5B" in page
    assert "Opens at: 09:00 → 10:00" in page
    assert "Last day of the offer: – → January 31, 2099" in page
    assert "Redeem as soon as a coupon is scanned: no → yes" in page


def test_a_person_and_a_device_are_named_and_linked(app, manager):
    manager.visit("/office/people")
    ben = manager.post("/office/people", name="Ben", role="cashier", pin="820461").json["staff_id"]
    manager.post(f"/office/people/{ben}", role="manager", passphrase="another horse battery staple")
    manager.post("/office/devices", kind="till", label="Counter", elsewhere="yes")

    page = manager.visit("/office/audit")

    assert f'href="/office/people/{ben}">Ben</a>' in page.html
    assert 'href="/office/devices">Till Counter</a>' in page.html
    assert "Role: Cashier → Manager" in lines(page)
    assert "Passphrase: New" in lines(page)


def test_a_coupon_is_a_number_that_leads_to_all_that_was_done_with_it(app, manager):
    codes = []
    for name in ("Marisol", "Jun"):
        with app.app_context():
            codes.append(a_coupon(name=name).code)
    manager.visit("/till")
    for code in codes:
        redeemed = manager.post("/till/redemptions", code=code, operation_id=new_id(), amount="500").json
    manager.post(f"/till/redemptions/{redeemed['redemption_id']}/undo", operation_id=new_id())

    page = manager.visit("/office/audit")
    of_second = manager.visit("/office/audit?about=coupon+2")

    assert 'href="/office/audit?about=coupon+2">Coupon 2</a>' in page.html.replace("%20", "+")
    assert "Undo a redemption" in lines(of_second)
    assert "Coupon 1" not in of_second.text
    assert not [name for name in ("Marisol", "Jun") if name in page.text + of_second.text]


def test_what_many_rows_are_about_is_asked_for_at_once(in_shop):
    by, asked = at_till(), []
    for count in (2, 20):
        for _ in range(count):
            visit, _ = visits.record(a_coupon().customer, new_id(), now(), by=by, purchase=Purchase(100_00))
            audit.note("visit", now(), by=by, object_id=visit.id)
        db.session.expunge_all()

        with listening(db.engine) as said:
            assert len(log.entries(staff_id=0, action="visit", refused=False, before=0)) >= count

        asked.append(len(said))
    assert asked[0] == asked[1]


@pytest.mark.parametrize("language", ["en", "nb", "fil", "ru"])
def test_every_action_and_outcome_that_is_recorded_has_a_word(app, manager, language):
    source = "".join(path.read_text() for path in SOURCES.rglob("*.py"))
    actions = set(re.findall(r'audit\.(?:add_note|note|refusals)\(\s*"(\w+)"', source))
    outcomes = (
        {"wrong"} | set(re.findall(r'Refusal\("(\w+)"', source)) | set(re.findall(r'NotAllowed\("(\w+)"', source))
    )
    outcomes -= {  # only shown
        "ended", "changed_meanwhile", "used_meanwhile", "already_had", "last_manager", "same_customer",
        "belongs_to_another", "nothing_to_rate", "nothing_to_answer", "nothing_to_undo",
        "form_typed_already", "brought_already",
    }  # fmt: skip
    with app.app_context():
        for action in actions:
            audit.note(action, now(), by=None)
        for outcome in outcomes:
            audit.note("redeem", now(), by=None, outcome=outcome)

    page = manager.visit(f"/office/audit?language={language}")

    assert {"redeem", "backup", "export"} < actions
    assert [word for word in actions | outcomes if re.search(rf">\s*{word}\s*<", page.html) and "_" in word] == []


def test_every_setting_has_a_label(app):
    with app.app_context():
        assert vars(shop.current()).keys() - FIELDS.keys() == set()


def test_rows_from_before_values_were_recorded_name_the_settings(app, manager):
    with app.app_context():
        audit.note("settings", now(), by=None, object_id="city closes colour")

    assert "Town or city<br>Closes at<br>Colour" in manager.visit("/office/audit?action=settings").html
