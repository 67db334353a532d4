from datetime import date

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import NOON, on_sqlite_only

from kiosk.base.clock import now
from kiosk.signups import tallies

DAY = date(2026, 11, 21)


def told(app, first=None, last=None):
    from kiosk.shop import shop

    with app.app_context():
        today = shop.current().today()
        return tallies.of(first or today, last or today)


def test_how_far_people_get_is_counted_and_nothing_else(customer_at_tablet, app):
    seconds = {"seconds.source": "4", "seconds.city": "7", "seconds.passport": "5", "name": "Ana"}

    answer = customer_at_tablet.post("/tallies", end="city", **seconds)

    assert answer.status_code == 204
    assert told(app) == {"started": 1, "left at city": 1, "step source": 1, "step city": 1}


def test_who_comes_here_already_is_counted_apart_from_those_who_began(customer_at_tablet, app):
    customer_at_tablet.post("/tallies", end="regular", **{"seconds.contact": "9"})

    assert told(app) == {"regular": 1}


def test_a_made_up_end_is_not_counted(customer_at_tablet, app):
    customer_at_tablet.post("/tallies", end="Ana Santos, 0917 123 4567", **{"seconds.source": "x"})

    assert told(app) == {"started": 1}


def test_seconds_are_added_up_and_who_went_away_counts_ten_minutes(in_shop):
    tallies.keep(DAY, {"step name": 4}, NOON, sender=("browser", "address"))
    tallies.keep(DAY, {"step name": 100_000}, NOON, sender=("browser", "address"))
    tallies.keep(DAY, {"step name": -5}, NOON, sender=("browser", "address"))

    from kiosk.base.database import db
    from kiosk.models import Tally

    row = db.session.get(Tally, (DAY, "step name"))
    assert (row.count, row.seconds) == (3, 604)


def test_only_a_tablets_page_is_counted(app, stranger):
    stranger.visit("/sign-in")

    answer = stranger.post("/tallies", end="city")

    assert (answer.status_code, told(app)) == (403, {})


def test_once_a_tablet_is_paired_only_it_is_counted(app, customer_at_tablet):
    owner, tablet = Staffer(app), Customer(app)
    customer_at_tablet.visit("/")
    owner.elsewhere(browser=tablet.browser).becomes("tablet")

    answers = [one.post("/tallies", end="city").status_code for one in (customer_at_tablet, tablet)]

    assert (answers, told(app)) == ([403, 204], {"started": 1, "left at city": 1})


@pytest.mark.parametrize("browsers", [1, 60])
@on_sqlite_only
def test_how_often_a_tablet_is_counted_is_limited(shop_with, browsers):
    app = shop_with(KIOSK_SIGNUPS_PER_MINUTE="2")
    people = [Person(app) for _ in range(browsers)]
    for person in people:
        person.visit("/")
    with time_machine.travel(now(), tick=False):
        statuses = [person.post("/tallies", end="city").status_code for person in people * (6 // browsers or 1)]

    most = 4 if browsers == 1 else 40
    assert statuses == [204] * most + [429] * (len(statuses) - most)
    assert told(app) == {"started": most, "left at city": most}
