"""Today: each figure beside the week before, the hours and days, and what a new shop still has to do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from people import Staffer
from shop import PASSPHRASE, PASSPHRASE_HASH, signed_up
from werkzeug.datastructures import MultiDict

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.phones import readable
from kiosk.base.writing import writing
from kiosk.guard import limits
from kiosk.models import Audit, Device, Staff
from kiosk.reports import insights, sums
from kiosk.reports.insights import Bar
from kiosk.shop import shop
from kiosk.signups import questionnaires, tallies

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
    noon.shift(timedelta(minutes=1))

    page = manager.visit("/office")

    assert "a week before by this time: 3" in page.text
    assert "Sign-ups in fourteen days" in page.text and "Most: 12:00–13:00, 1 of 1." in page.text
    with app.app_context():
        day = shop.current().today()
        found = sums.of(day - WEEK, day)
    assert insights.by_hour(found, day, day - WEEK) == [Bar("12", 1, other=3)]


def test_while_the_day_goes_on_the_day_a_week_before_counts_up_to_the_same_time(noon, manager, app):
    with app.app_context():
        for hours in (-3, -1, 1, 2, 3):
            signed_up(now() - WEEK + timedelta(hours=hours))

    assert "a week before by this time: 2" in manager.visit("/office").text
    noon.shift(timedelta(hours=2.5))
    manager.sign_in()
    assert "a week before by this time: 4" in manager.visit("/office").text
    noon.shift(timedelta(days=1))
    manager.sign_in()
    assert "a week before: 5" in manager.visit("/office?from=2026-11-26&to=2026-11-26").text


def test_the_same_time_is_that_of_the_clock_on_the_wall(noon, manager, app):
    """In Oslo the clocks were put back in the night to 25 October 2026."""
    with app.app_context():
        with writing():
            shop.describe(time_zone="Europe/Oslo", day_ends="02:00")
        for hour, minute in ((21, 50), (22, 10), (23, 10)):  # UTC: 23:50, 00:10 and 01:10 of a day that ends at two
            signed_up(datetime(2026, 10, 20, hour, minute, tzinfo=UTC))

    noon.move_to("2026-10-27T23:30:00Z")  # 00:30
    manager.sign_in()
    assert "a week before by this time: 2" in manager.visit("/office").text


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


def test_a_contact_is_shown_whole_when_tapped_and_that_is_recorded(app, manager, cashier, customer_at_tablet):
    customer_at_tablet.sign_up(phone="09171234567")
    page = manager.visit("/office")

    assert readable("+639171234567") not in page.text and 'action="/office/customers/1/contact"' in page.html
    assert manager.post("/office/customers/1/contact").json == {"contact": readable("+639171234567")}
    assert cashier.post("/office/customers/1/contact").status_code == 403
    with app.app_context():
        seen = db.session.query(Audit.object_id, Audit.staff_id).filter_by(action="contact").all()
    assert seen == [("1", manager.id)]


def test_a_page_that_looks_for_news_by_itself_keeps_nobody_signed_in(manager):
    with time_machine.travel(now(), tick=False) as clock:
        manager.visit("/office")
        for minutes in (10, 10, 9):
            clock.shift(timedelta(minutes=minutes))
            manager.browser.get("/office", headers={"X-Quiet": "1"})
        clock.shift(timedelta(minutes=2))

        assert manager.browser.get("/office").status_code == 303


def test_what_to_look_at_stands_on_today(manager, app):
    day = now().date() + timedelta(2)
    manager.submit("/office/shop", 303, shop_name="Perla", last_day=day.isoformat())
    with app.app_context(), writing():
        number = db.session.query(Device.id).filter_by(kind="till").first()[0]
        limits.add_pause(limits.till(number), 300, now())

    page = manager.visit("/office").text

    assert "The welcome offer ends on" in page and "has stopped looking at codes" in page


def test_today_says_how_long_signing_up_takes(manager, app):
    with app.app_context():
        asked = [question.key for question in questionnaires.current().asked()] + ["readback"]
        for seconds in (8, 9, 10, 11, 30):
            took = tallies.read(MultiDict({f"seconds.{key}": seconds for key in asked} | {"end": "finished"}),
                                questionnaires.current())  # fmt: skip
            tallies.keep(shop.current().today(), took, now(), sender=(str(seconds), "1"))

    counts = [seconds * len(asked) // 5 * 5 + 5 for seconds in (10, 30)]
    assert f"half took up to {counts[0]} s, nine in ten {counts[1]} s" in manager.visit("/office").text


@pytest.mark.parametrize(
    ("address", "is_said"), [("127.0.0.1", False), ("::1", False), ("192.0.2.7", True), ("2001:db8::7", True)]
)
def test_over_plain_http_from_another_machine_today_says_that_others_can_read_along(manager, address, is_said):
    today = manager.visit("/office", environ_base={"REMOTE_ADDR": address})
    health = manager.visit("/office/health", environ_base={"REMOTE_ADDR": address})

    assert ("Others on this network can read what you type" in today.text) is is_said
    assert ("/office/health#connection" in today.html, "docs/https.md" in health.text) == (is_said, is_said)
