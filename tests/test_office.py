import csv
import io
from datetime import timedelta

import pytest
import time_machine
from openpyxl import load_workbook
from shop import PASSPHRASE

from kiosk.base.clock import now


def test_the_office_is_closed_to_strangers_and_cashiers(stranger, cashier):
    stranger.visit("/")

    assert stranger.browser.get("/office").status_code == 303
    assert stranger.browser.get("/office/exports/signups.csv").status_code == 303
    assert cashier.browser.get("/office").status_code == 403
    assert cashier.browser.get("/office/exports/signups.csv").status_code == 403


def test_today_shows_who_came_and_what_was_redeemed(manager, customer_at_tablet):
    code = customer_at_tablet.sign_up(name="Maria", phone="0917 123 4567").json["code"]
    customer_at_tablet.sign_up(name="Jose")
    manager.redeem(code, amount="100")

    page = manager.visit("/office")

    assert "Maria" in page.text
    assert "Jose" in page.text
    assert "•••• 4567" in page.text
    assert "+639171234567" not in page.html
    assert "₱90" in page.text or "₱100" in page.text


def test_an_empty_day_says_so(manager):
    assert "No signups yet today" in manager.visit("/office").text


def test_a_range_of_days_can_be_asked_for(manager, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria")

    assert "Maria" in manager.visit("/office?from=2020-01-01&to=2099-12-31").text
    assert "Maria" not in manager.visit("/office?from=2020-01-01&to=2020-12-31").text
    assert "Maria" in manager.visit("/office?from=2099-12-31&to=2020-01-01").text


@pytest.mark.parametrize("day", ["tomorrow", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_asked_for_again(manager, day):
    manager.visit(f"/office?from={day}&to={day}", 422)
    assert manager.browser.get(f"/office/exports/signups.csv?to={day}").status_code == 422


def test_both_exports_can_be_read_back(manager, customer_at_tablet):
    customer_at_tablet.sign_up(name="=1+1", phone="0917 123 4567")

    as_csv = manager.browser.get("/office/exports/signups.csv")
    with manager.browser.get("/office/exports/signups.xlsx") as as_xlsx:
        names = [cell.value for cell in load_workbook(io.BytesIO(as_xlsx.data)).active["B"]]

    assert next(csv.DictReader(io.StringIO(as_csv.data.decode("utf-8-sig"))))["Name"] == "'=1+1"
    assert names == ["Name", "=1+1"]
    assert 'filename="signups' in as_csv.headers["Content-Disposition"]
    assert as_xlsx.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["customers.pdf", "secret.csv", "..%2fsecret.csv", "signups.exe", "signups"])
def test_what_is_no_export_is_not_found(manager, name):
    assert manager.browser.get(f"/office/exports/{name}").status_code == 404


def test_an_export_asks_for_the_passphrase_after_fifteen_minutes(manager):
    with time_machine.travel(now() + timedelta(minutes=16)):
        asked = manager.browser.get("/office/exports/signups.csv", headers={"Accept": "application/json"})
        page = manager.visit("/office/exports/signups.csv", 403)
        wrong = manager.submit("/sign-in/again", passphrase="not it", next="/office/exports/signups.csv")
        proved = manager.post("/sign-in/again", json=False, passphrase=PASSPHRASE, next="/office/exports/signups.csv")
        given = manager.browser.get("/office/exports/signups.csv")

    assert (asked.status_code, asked.json) == (403, {"refusal": "prove"})
    assert page.field("next") == "/office/exports/signups.csv"
    assert "Wrong passphrase" in wrong.text
    assert (proved.location, given.status_code) == ("/office/exports/signups.csv", 200)
