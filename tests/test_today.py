"""Today: each figure beside the week before, the hours and days, and what a new shop still has to do."""

from datetime import timedelta

import pytest
import time_machine
from people import Staffer
from shop import PASSPHRASE, PASSPHRASE_HASH, signed_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Staff
from kiosk.reports import insights
from kiosk.reports.insights import Bar
from kiosk.shop import shop

WEEK = timedelta(days=7)


@pytest.fixture
def noon():
    """Noon in the shop's zone, so that no hour before or after it is another day."""
    with time_machine.travel("2026-11-26T04:00:00Z", tick=False) as traveller:
        yield traveller


def test_a_day_stands_beside_the_same_weekday_before(noon, manager, customer_at_tablet, app):
    with app.app_context():
        for _ in range(3):
            signed_up(now() - WEEK)
    customer_at_tablet.sign_up()

    page = manager.visit("/office")

    assert "a week before: 3" in page.text
    with app.app_context():
        lately = insights.lately(shop.current().today())
    assert lately.hours == [Bar("12", 1, other=3)]
    assert [bar.count for bar in lately.days] == [0] * 6 + [3] + [0] * 6 + [1]


def test_several_days_stand_beside_as_many_before(noon, manager, app):
    with app.app_context():
        for days in (1, 2, 3):
            signed_up(now() - timedelta(days))

    assert "before: 2" in manager.visit("/office?from=2026-11-25&to=2026-11-26").text


def test_the_first_day_says_what_to_do_next_until_a_coupon_was_redeemed(manager, customer_at_tablet):
    new = manager.visit("/office").text
    code = customer_at_tablet.sign_up().json["code"]
    signed = manager.visit("/office")
    manager.redeem(code)

    assert "To begin with" in new and "Make a tablet your kiosk" in new
    assert signed.html.count("<s>") == 1
    assert "To begin with" not in manager.visit("/office").text


def test_who_may_only_export_sees_neither_steps_nor_complaints(app, manager):
    eva = Staffer(app, "Eva", "cashier")
    with app.app_context(), writing():
        row = db.session.get(Staff, eva.id)
        row.may_export, row.passphrase_hash = True, PASSPHRASE_HASH
    eva.post("/sign-in", json=False, name="Eva", passphrase=PASSPHRASE)
    eva.token = None

    page = eva.visit("/office")

    assert "To begin with" not in page.text and "Insights" not in page.text
