"""A long export says how far it is, until the file is there."""

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from screens import violations
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.reports import exports, spreadsheets
from kiosk.upkeep import demo


@pytest.mark.parametrize("link", ["Export these days", "Export CSV"])
def test_a_long_export_says_how_far_it_is(serve, at_desk, monkeypatch, link):
    shop, office = serve(), at_desk()
    with shop.app.app_context():
        demo.fill(2500, now())
    set_up(office, shop.set_up_link())
    monkeypatch.setattr(exports, "CHUNK", 250)
    read = spreadsheets.Sheet.read
    monkeypatch.setattr(spreadsheets.Sheet, "read", lambda sheet: (time.sleep(0.7) or chunk for chunk in read(sheet)))
    office.goto(f"{shop.url}/office?from={now() - timedelta(days=40):%Y-%m-%d}")

    with office.expect_download(timeout=30000) as file:
        office.get_by_role("link", name=link).click()
        expect(office.get_by_role("status")).to_have_text(re.compile("leave this page open: [1-9]0%"), timeout=20000)
        assert violations(office) == []

    assert file.value.path().stat().st_size > 10_000
    expect(office.get_by_role("status")).to_have_count(0)
