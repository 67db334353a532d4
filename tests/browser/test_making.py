"""A long export says how far it is, and goes on when another page is opened."""

import time
from datetime import timedelta

from playwright.sync_api import expect
from screens import violations
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.reports import exports, spreadsheets
from kiosk.upkeep import demo


def test_a_long_export_says_how_far_it_is_and_goes_on(serve, at_desk, monkeypatch):
    shop, office = serve(), at_desk()
    with shop.app.app_context():
        demo.fill(2500, now())
    set_up(office, shop.set_up_link())
    monkeypatch.setattr(exports, "CHUNK", 250)
    read = spreadsheets.Sheet.read
    monkeypatch.setattr(spreadsheets.Sheet, "read", lambda sheet: (time.sleep(0.7) or chunk for chunk in read(sheet)))
    office.goto(f"{shop.url}/office?from={now() - timedelta(days=40):%Y-%m-%d}")

    with office.expect_download(timeout=30000) as file:
        office.get_by_role("link", name="Export these days").click()
        expect(office.get_by_role("status")).to_have_text("Making the file: 20%")
        assert violations(office) == []
        office.goto(f"{shop.url}/office/customers")
    assert file.value.suggested_filename.endswith(".xlsx")

    office.goto(f"{shop.url}/office?from={now() - timedelta(days=40):%Y-%m-%d}")
    with office.expect_download(timeout=30000):
        office.get_by_role("link", name="Export CSV").click()
        expect(office.get_by_role("status")).to_contain_text("Making the file:")
    expect(office.get_by_role("status")).to_have_count(0)


def test_where_the_passphrase_is_asked_for_that_page_opens(serve, at_desk, monkeypatch):
    shop, office = serve(), at_desk()
    with shop.app.app_context():
        demo.fill(2500, now())
    set_up(office, shop.set_up_link())
    office.goto(f"{shop.url}/office?from={now() - timedelta(days=40):%Y-%m-%d}")
    monkeypatch.setattr("kiosk.staff.sessions.has_proved", lambda *_: False)

    office.get_by_role("link", name="Export these days").click()

    expect(office.get_by_role("heading", name="Confirm your passphrase")).to_be_visible()
