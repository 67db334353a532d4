"""Every instant belongs to one shop day, the same wherever days are counted, also where the day ends after midnight."""

import csv
import io
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from shop import NOON, a_coupon, an_offer

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Signup, Visit
from kiosk.reports import downloads, exports, figures, insights, sums
from kiosk.shop import shop
from kiosk.upkeep import demo, nightly

ZONES = ["Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/New_York", "America/Sao_Paulo",
         "Africa/Casablanca", "America/St_Johns", "Europe/Oslo"]  # fmt: skip
ENDS = ["00:00", "01:30", "02:00", "03:00"]
HARD = [0, 60, 90, 120, 150, 180]  # minutes after midnight at which days end or clocks change


def changes(zone: str) -> list[datetime]:
    """The hours from 2010 to 2028 in which that zone's clocks are put forward or back."""
    here = ZoneInfo(zone)

    def turns(start: datetime, step: timedelta, count: int) -> list[datetime]:
        times = [start + n * step for n in range(count + 1)]
        shown = [at.astimezone(here).utcoffset() for at in times]
        return [at for at, (one, two) in zip(times, pairwise(shown), strict=False) if one != two]

    days = turns(datetime(2010, 1, 1, tzinfo=UTC), timedelta(days=1), 6600)
    return [hour for day in days for hour in turns(day, timedelta(hours=1), 24)]


def instants(zone: str, count: int, dice: random.Random) -> list[datetime]:
    """Around midnights, ends of days and changes of clocks, to the microsecond."""
    turns = changes(zone) or [NOON]
    found = []
    for _ in range(count):
        hard = timedelta(minutes=dice.choice(HARD))
        around = dice.choice(turns) if dice.random() < 0.5 else NOON - timedelta(days=dice.randrange(5000))
        midnight = datetime.combine(around.astimezone(ZoneInfo(zone)), datetime.min.time(), ZoneInfo(zone))
        at = dice.choice([midnight + hard, around, around + hard]).astimezone(UTC)
        found.append(at + dice.choice([-1, 0, 1]) * timedelta(microseconds=dice.choice([0, 1, 10**6, 1800 * 10**6])))
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_in_one_shop_day_and_no_other(zone):
    dice, here = random.Random(zone), shop.Shop("Perla", "PH", "PHP", zone, "en")
    for number, at in enumerate(instants(zone, 1300, dice)):
        here = replace(here, day_ends=ENDS[number % 4])
        day = here.day_of(at)
        near = [day + timedelta(days=n) for n in range(-3, 4)]
        spans = {one: here.span(one, one) for one in near}

        assert [one for one, (start, end) in spans.items() if start <= at < end] == [day]
        assert all(spans[one][1] == spans[two][0] for one, two in pairwise(near))
        assert here.span(near[0], near[-1]) == (spans[near[0]][0], spans[near[-1]][1])


@pytest.fixture(params=[("Australia/Lord_Howe", "01:30"), ("Asia/Kathmandu", "02:00")])
def late(in_shop, request):
    """A shop that closes after midnight, with people who came at all hours. Gives back what its clock says."""
    zone, ends = request.param
    with writing():
        shop.describe(time_zone=zone, day_ends=ends, opens="12:00", closes="03:00")
    demo.fill(120, NOON)
    return ZoneInfo(zone), timedelta(hours=int(ends[:2]), minutes=int(ends[3:]))


def test_today_insights_and_exports_count_the_same_days(late):
    zone, ends = late
    days = Counter((one.finished_at.astimezone(zone) - ends).date() for one in db.session.query(Signup))
    hours = Counter()
    for visit in db.session.query(Visit):
        local = visit.happened_at.astimezone(zone)
        day = (local - ends).date()
        hours[day.weekday(), local.hour + 24 * (local.date() > day)] += 1
    last = max(days)

    assert {day: figures.of(day, day).signups for day in days} == days
    found = sums.of(min(days), NOON.date())
    for bar in insights.over_time(found, sorted(days), "signup", "hour"):
        assert bar.count == days[date.fromisoformat(bar.key)]
    assert sum(bar.count for bar in insights.by_hour(found, last, last)) == days[last]
    assert insights.hours(found) == hours
    for day in [last, min(days)]:
        pieces, _ = downloads.start(exports.SHEETS["signups"](day, day), "csv", "", by=None)
        rows = list(csv.reader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))
        assert len(rows) - 1 == days[day]


def test_the_hours_of_a_late_day_go_on_after_midnight(in_shop):
    with writing():
        shop.describe(day_ends="02:00")
    for hours in (10, 12.5, 13.9, 14.1):  # from 22:00 in Manila to 02:06
        a_coupon(NOON + timedelta(hours=hours))

    next_day = NOON.date() + timedelta(1)
    found = sums.of(NOON.date(), next_day)
    assert [(bar.key, bar.count) for bar in insights.by_hour(found, NOON.date(), NOON.date())] == [
        ("22", 1), ("23", 0), ("24", 1), ("25", 1)
    ]  # fmt: skip
    assert insights.by_hour(found, next_day, next_day)[0].key == "2"


def test_a_coupon_is_good_until_its_last_day_ends(in_shop):
    an_offer(days_valid=1)
    coupon = a_coupon(NOON)
    last = datetime.combine(coupon.valid_until + timedelta(1), datetime.min.time(), ZoneInfo("Asia/Manila"))
    late = last.astimezone(UTC) + timedelta(minutes=119)

    assert coupon.state(shop.current().day_of(late), late) == "expired"
    with writing():
        shop.describe(day_ends="02:00")
    assert coupon.state(shop.current().day_of(late), late) == "issued"
    assert coupon.state(shop.current().day_of(late + timedelta(minutes=1)), late + timedelta(minutes=1)) == "expired"


def test_the_night_s_work_is_done_once_a_shop_day(in_shop):
    with writing():
        shop.describe(day_ends="06:00")
    midnight = datetime(2026, 11, 21, 16, tzinfo=UTC)  # in Manila
    done = []
    for half_hours in range(96):
        at = midnight + timedelta(minutes=30 * half_hours)
        if nightly.is_due(at):
            nightly.run(at)
            done.append(half_hours / 2)

    assert done == [3, 6, 30]


@pytest.mark.parametrize("typed", ["06:30", "2:00", "01:07", "x"])
def test_a_day_ends_at_a_half_hour_until_six(manager, typed):
    assert "day_ends" in manager.post("/office/shop", shop_name="Perla", day_ends=typed).json["errors"]


def test_the_end_of_the_day_is_kept_where_it_is_not_sent(manager, app):
    manager.submit("/office/shop", 303, shop_name="Perla", day_ends="02:00")
    manager.post("/office/shop", shop_name="Perla")

    with app.app_context():
        assert shop.current().day_ends == "02:00"
