"""Every figure of Today, Insights, the closing report and the exports against plain SQL, in zones far apart, with days
that end at two in the morning: on a small shop, and with KIOSK_TEST_FULL=1 on 100,000 customers of three years."""

import csv
import io
import random
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from shop import IS_FULL, NOON, at_till, new_id
from sqlalchemy import text
from test_shop_days import instants

from kiosk.base.database import add_rows, db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, visits
from kiosk.models import Answer, Customer, Visit
from kiosk.reports import closing, cohorts, downloads, exports, figures, insights, sums
from kiosk.shop import shop
from kiosk.signups import questionnaires
from kiosk.upkeep import demo

ZONES = ["Pacific/Apia", "Asia/Kathmandu", "America/New_York"]
ENDS = time(2)
CUSTOMERS, YEARS = (100_000, 3) if IS_FULL else (400, 1)
LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(365 * YEARS)
SPANS = [(LAST, LAST), (LAST - timedelta(29), LAST), (LAST - timedelta(364), LAST), (FIRST, LAST - timedelta(90))]
STANDS = "corrects_id IS NULL AND id NOT IN (SELECT corrects_id FROM visit WHERE corrects_id IS NOT NULL)"
HERE = "day BETWEEN :first AND :last"
INSTANT = "TIMESTAMP WITH TIME ZONE"
MADE = f"CREATE TABLE slot (day VARCHAR(10), hour INTEGER, starts {INSTANT}, ends {INSTANT})"
TABLES = {
    "came": ("signup.*", "signup", "finished_at"),
    "joined": ("customer.*", "(SELECT * FROM customer WHERE merged_into_id IS NULL) customer", "created_at"),
    "rated": ("feedback.*", "feedback", "given_at"),
    "said": ("value", "(SELECT * FROM answer WHERE question = 'recommend') answer", "answered_at"),
    "used": ("amount, discount", "redemption JOIN visit ON visit.id = visit_id", "redemption.happened_at"),
    "bought": (
        "stood.*, purpose, used.visit_id IS NOT NULL AS redeemed",
        f"""(SELECT * FROM visit WHERE {STANDS}) stood LEFT JOIN coupon ON coupon.id = coupon_id
            LEFT JOIN series ON series.id = series_id
            LEFT JOIN (SELECT visit_id FROM redemption WHERE undone_at IS NULL) used ON used.visit_id = stood.id""",
        "happened_at",
    ),
}  # fmt: skip


def slots(zone):
    """The hours of each shop day: its key (24 is the hour after midnight), and from when to when, in UTC."""
    here, made, quarter = ZoneInfo(zone), [], timedelta(minutes=15)
    at = datetime.combine(FIRST - timedelta(5), time(), UTC)
    while at < datetime.combine(LAST + timedelta(5), time(), UTC):
        local = at.astimezone(here)
        day = local.date() if local.time() >= ENDS else local.date() - timedelta(1)
        hour = local.hour + 24 * (local.date() > day)
        if made and made[-1]["day"] == str(day) and made[-1]["hour"] == hour:
            made[-1]["ends"] = at + quarter
        else:
            made.append({"day": str(day), "hour": hour, "starts": at, "ends": at + quarter})
        at += quarter
    return made


def rows(query, first=FIRST, last=LAST, **said):
    return [tuple(row) for row in db.session.execute(text(query), {"first": str(first), "last": str(last), **said})]


def one(query, *span, **said):
    return rows(query, *span, **said)[0]


@pytest.fixture
def lived_in(in_shop):
    """A shop with histories; some purchases were taken back, many never priced, and some people would recommend it."""
    dice = random.Random(5)
    demo.fill(CUSTOMERS, NOON, years=YEARS)
    ours = [row.id for row in db.session.query(Customer.id).filter_by(merged_into_id=None).limit(90)]
    with writing():
        said = [{"customer_id": number, "value": str(dice.randrange(11)),
                 "answered_at": NOON - timedelta(days=dice.randrange(300))} for number in ours]  # fmt: skip
        add_rows({Answer: [one | {"question": "recommend"} for one in said]})
        unpriced = "UPDATE visit SET amount = NULL WHERE id % 7 = 0 AND coupon_id IS NULL"
        db.session.execute(text(unpriced))
        visits.add_sums()
    manager = at_till()
    for number in dice.sample([row.id for row in db.session.query(Visit.id).filter_by(coupon_id=None).limit(4000)], 15):
        corrections.undo_visit(number, new_id(), NOON, by=manager, reason="Mistake")


def in_zone(zone):
    """Let the shop keep its days by the clock of that zone; its rows stand in tables by those days."""
    is_text = db.engine.dialect.name == "sqlite"
    with writing():
        shop.describe(time_zone=zone, day_ends=f"{ENDS:%H:%M}")
        for name in ("slot", *TABLES):
            db.session.execute(text(f"DROP TABLE IF EXISTS {name}"))
        db.session.execute(text(MADE))
        into = "INSERT INTO slot (day, hour, starts, ends) VALUES (:day, :hour, :starts, :ends)"
        as_kept = (lambda at: f"{at:%Y-%m-%d %H:%M:%S}.000000") if is_text else (lambda at: at)
        made = [slot | {end: as_kept(slot[end]) for end in ("starts", "ends")} for slot in slots(zone)]
        db.session.execute(text(into), made)
        db.session.execute(text("CREATE INDEX slot_starts ON slot (starts)"))
        for name, (columns, rows_of, when) in TABLES.items():
            begun = f"starts = (SELECT max(starts) FROM slot WHERE starts <= {when}) AND {when} < ends"
            query = f"SELECT day, hour, {columns} FROM {rows_of} JOIN slot ON {begun}"
            db.session.execute(text(f"CREATE TABLE {name} AS {query}"))
            db.session.execute(text(f"CREATE INDEX {name}_day ON {name} (day)"))
        for name in ("came", "joined"):
            db.session.execute(text(f"CREATE INDEX {name}_id ON {name} (id)"))
        db.session.execute(text("ANALYZE"))


@pytest.mark.slow
def test_every_figure_is_that_of_plain_sql(lived_in):
    for zone in ZONES:
        in_zone(zone)
        sums.keep(NOON)
        cohorts.keep(NOON)
        each_day_is_right()
        for first, last in SPANS:
            the_figures_are_right(first, last)
            the_pictures_are_right(first, last)
            the_exports_are_right(first, last)
        the_months_are_right()
        for back in (0, 3, 40):
            the_closing_is_right(LAST - timedelta(back))


def as_figures(bought, came, rated):
    """What SQL found, in the order of a Figures; the averages apart."""
    visits, spent, with_coupon, redeemed, priced, priced_with_coupon, discounts, welcome = map(int, bought)
    (signups, new), (stars, count) = map(int, came), rated
    return figures.Figures(
        signups, new, visits, spent, with_coupon, redeemed, priced, priced_with_coupon, discounts, welcome,
        pytest.approx(float(stars)) if count else None, count,
    )  # fmt: skip


BOUGHT = """count(*), coalesce(sum(amount), 0), coalesce(sum(CASE WHEN redeemed THEN amount END), 0),
    coalesce(sum(CASE WHEN redeemed THEN 1 ELSE 0 END), 0), count(amount), count(CASE WHEN redeemed THEN amount END),
    coalesce(sum(discount), 0), coalesce(sum(CASE WHEN purpose = 'welcome' THEN discount END), 0) FROM bought"""
CAME = "count(*), coalesce(sum(CASE WHEN is_first THEN 1 ELSE 0 END), 0) FROM came"
RATED = "avg(stars), count(*) FROM rated"


def each_day_is_right():
    found = defaultdict(lambda: defaultdict(list))
    for kind in sums.of(FIRST, LAST).values():
        for part in kind:
            found[str(part.day)][part.what].append(part)
    asked = (BOUGHT, 8), (CAME, 2), (RATED, 2)
    by_day = [({day: said for day, *said in rows(f"SELECT day, {what} WHERE {HERE} GROUP BY day")}, [0] * size)
              for what, size in asked]  # fmt: skip
    days = {day for said, _ in by_day for day in said}

    assert {*found} == days and len(days) > 300
    for day in days:
        assert figures.total(found[day]) == as_figures(*(said.get(day, none) for said, none in by_day)), day


def the_figures_are_right(first, last):
    in_sql = as_figures(*(one(f"SELECT {what} WHERE {HERE}", first, last) for what in (BOUGHT, CAME, RATED)))
    assert figures.of(first, last) == in_sql


def the_pictures_are_right(first, last):
    found, starts = sums.of(first, last), insights.periods(first, last)
    hours = Counter()
    for day, hour, count in rows(
        f"SELECT day, hour, count(*) FROM bought WHERE {HERE} GROUP BY day, hour", first, last
    ):
        hours[date.fromisoformat(day).weekday(), hour] += count
    assert insights.hours(found) == hours
    signed_up = f"SELECT hour, count(*) FROM came WHERE {HERE} GROUP BY hour"
    by_hour = {int(bar.key): bar.count for bar in insights.by_hour(found, last, last) if bar.count}
    assert by_hour == dict(rows(signed_up, last, last))
    ends = [start - timedelta(1) for start in starts[1:]] + [last]
    for bar, stars, start, end in zip(
        insights.over_time(found, starts, "hour", "signup"), insights.stars(found, starts) or starts, starts, ends,
        strict=True,
    ):  # fmt: skip
        assert (bar.key, bar.count) == (str(start), one(f"SELECT count(*) FROM bought WHERE {HERE}", start, end)[0])
        assert bar.other == one(f"SELECT count(*) FROM came WHERE {HERE}", start, end)[0]
        average, count = one(f"SELECT {RATED} WHERE {HERE}", start, end)
        if stars in starts:
            assert count == 0
        else:
            said = (stars.count, stars.average)
            assert said == (count, pytest.approx(float(average)) if count >= insights.SMALL else None)
    the_people_are_right(first, last)
    for what, name in (("cashier", "staff.name"), ("server", "served_by")):
        query = f"SELECT {name}, count(*), sum(amount), count(amount) FROM bought JOIN staff ON staff.id = staff_id " \
                f"WHERE {HERE} AND {name} IS NOT NULL GROUP BY {name}"  # fmt: skip
        ours = insights.by_cashier(found) if what == "cashier" else insights.by_server(found)
        assert {bar.key: (bar.count, bar.money) for bar in ours} == {
            key: (count, round(int(amount) / priced) if priced else None)
            for key, count, amount, priced in rows(query, first, last)
        }  # fmt: skip


def told(groups):
    """The groups that name nobody, and how many people the others are together."""
    large = {key: (count, round(int(spent) / int(visits)) if visits else None)
             for key, count, spent, visits in groups if key and count >= insights.SMALL}  # fmt: skip
    few = sum(count for _, count, *_ in groups) - sum(count for count, _ in large.values())
    return large | ({"": (few, None)} if few else {})


def the_people_are_right(first, last):
    as_told = lambda bars: {bar.key: (bar.count, bar.money) for bar in bars}  # noqa: E731 (read three times)
    since = cohorts.of(first, last, one("SELECT count(*) FROM came WHERE " + HERE, first, last)[0])
    for question in questionnaires.current().asked():
        if question.choices:
            asked = f"""SELECT value, count(*), sum(spent), sum(visits) FROM joined JOIN
                (SELECT DISTINCT value, customer_id FROM answer WHERE question = :key) said
                ON said.customer_id = joined.id WHERE {HERE} GROUP BY value"""
            ours = as_told(insights.answered(question, since))
            assert ours == told(rows(asked, first, last, key=question.key))
    towns, spoken = insights.lived_and_spoke(first, last)
    for column, bars in (("city", towns), ("language", spoken)):
        query = f"SELECT {column}, count(*), sum(spent), sum(visits) FROM joined WHERE {HERE} GROUP BY {column}"
        assert as_told(bars) == told(rows(query, first, last))
    came = defaultdict(list)
    stood = f"""SELECT customer_id, happened_at FROM visit WHERE {STANDS} AND customer_id IN
        (SELECT id FROM joined WHERE {HERE}) ORDER BY happened_at, id"""
    for who, at in rows(stood, first, last):
        came[who].append(instant(at))
    ladder = {int(bar.key): bar for bar in insights.ladder(since)}
    for nth in cohorts.LADDER:
        hers = [times for times in came.values() if len(times) >= nth]
        assert (ladder[nth].count if nth in ladder else 0) == len(hers)
        if len(hers) >= insights.SMALL and nth > 1:
            gaps = [(times[nth - 1] - times[nth - 2]) / timedelta(1) for times in hers]
            assert ladder[nth].days == pytest.approx(fmean(gaps), abs=0.001)
    query = f"""SELECT issued_at, spent_at FROM came JOIN coupon ON coupon.id = coupon_id WHERE is_first AND {HERE}"""
    coupons = rows(query, first, last)
    used = Counter(min((instant(spent) - instant(issued)).days, 30) for issued, spent in coupons if spent)
    assert figures.of(first, last).new_customers == len(coupons)
    assert {int(bar.key): bar.count for bar in insights.until_used(since) if bar.count} == used
    said = f"SELECT avg(value), count(*) FROM (SELECT CAST(value AS INTEGER) AS value FROM said WHERE {HERE}) whole"
    average, count = one(said, first, last)
    bars = insights.recommended(first, last, [first])
    assert [(bar.count, bar.average) for bar in bars] == (
        [(count, pytest.approx(float(average)) if count >= insights.SMALL else None)] if count else []
    )


def instant(value):
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def the_months_are_right():
    here, away = ZoneInfo(shop.current().time_zone), timedelta(days=90)
    seen = [instant(at) for (at,) in rows("SELECT last_visit_at FROM customer WHERE merged_into_id IS NULL") if at]
    bars = insights.joined_and_lost(LAST, NOON)
    starts = [date.fromisoformat(bar.key) for bar in bars]
    begun = [datetime.combine(day, ENDS, here) for day in [*starts, (starts[-1] + timedelta(31)).replace(day=1)]]
    for number, (bar, start) in enumerate(zip(bars, starts, strict=True)):
        in_month = "SELECT count(*) FROM joined WHERE day LIKE :month"
        assert bar.count == one(in_month, month=f"{start:%Y-%m}%")[0]
        assert bar.other == sum(begun[number] <= at + away < min(begun[number + 1], NOON) for at in seen)
    assert [bar.count for bar in insights.active(NOON)] == [
        sum(at > NOON - timedelta(days) for at in seen) for days in insights.ACTIVE
    ]
    stood = STANDS.replace("id NOT", "visit.id NOT")
    hers = f"FROM visit WHERE customer_id = customer.id AND {stood}"
    wrong = f"""SELECT count(*) FROM customer WHERE visits <> (SELECT count(*) {hers})
        OR spent <> (SELECT coalesce(sum(amount), 0) {hers})"""
    assert one(wrong) == (0,)


def exported(what, first, last):
    """The rows of the file, by heading."""
    pieces, _ = downloads.start(exports.SHEETS[what](first, last), "csv", "", by=None)
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode("utf-8-sig"))))


def the_exports_are_right(first, last):
    """The rows of each day by the time that stands in them, and the sums of their columns."""
    lists = {
        "signups": ("came", {}), "customers": ("joined", {"Visits": "visits", "Spent": "spent"}),
        "redemptions": ("used", {"Purchase amount": "amount", "Discount": "discount"}),
        "visits": ("bought", {"Purchase amount": "amount", "Discount": "discount"}), "feedback": ("rated", {}),
    }  # fmt: skip
    for what, (table, columns) in lists.items():
        found = exported(what, first, last)
        days = Counter()
        for row in found:
            at = datetime.fromisoformat(next(iter(row.values())))
            days[str(at.date() - timedelta(at.time() < ENDS))] += 1
        assert days == dict(rows(f"SELECT day, count(*) FROM {table} WHERE {HERE} GROUP BY day", first, last)), what
        for heading, column in columns.items():
            ours = sum(round(100 * float(row[heading])) for row in found if row[heading])
            ours = ours // 100 if heading == "Visits" else ours
            assert ours == (one(f"SELECT sum({column}) FROM {table} WHERE {HERE}", first, last)[0] or 0), (
                what,
                heading,
            )
    asked = [question for question in questionnaires.current().asked() if question.choices]
    found = exported("signups", first, last)
    for question in asked:
        query = f"SELECT count(*) FROM answer JOIN came ON came.id = signup_id WHERE question = :key AND {HERE}"
        ours = sum(bool(row[str(question.text)]) for row in found)
        assert ours == one(query, first, last, key=question.key)[0]


def the_closing_is_right(day):
    found = closing.of(day)
    sides = "count(*), coalesce(sum(amount), 0), coalesce(sum(discount), 0) FROM bought"
    by_hour = rows(f"SELECT hour, {sides} WHERE {HERE} GROUP BY hour", day, day)
    as_read = lambda some: {line.key: (line.count, line.amount, line.discount) for line in some}  # noqa: E731 (read thrice)
    assert as_read(found["hour"]) == {f"{hour % 24}–{hour % 24 + 1}": tuple(rest) for hour, *rest in by_hour}
    by_name = rows(f"SELECT name, {sides} JOIN staff ON staff.id = staff_id WHERE {HERE} GROUP BY name", day, day)
    assert as_read(found["cashier"]) == {name: tuple(rest) for name, *rest in by_name}
    served = rows(f"SELECT served_by, {sides} WHERE {HERE} AND served_by IS NOT NULL GROUP BY served_by", day, day)
    assert as_read(found["server"]) == {name: tuple(rest) for name, *rest in served}
    off = one(f"SELECT {sides} WHERE {HERE} AND discount <> 0", day, day)
    whole = [sum(column) for column in zip(*as_read(found["discount"]).values(), strict=True)] or [0, 0, 0]
    assert tuple(whole) == off


@pytest.mark.parametrize(("zone", "ends"), [("Australia/Lord_Howe", "01:30"), ("America/St_Johns", "02:00")])
def test_hard_instants_are_in_one_day_on_screen_and_in_the_file_alike(in_shop, zone, ends):
    """Around midnights, the ends of days and the changes of clocks: 10,000 at full size."""
    dice, by = random.Random(zone), at_till()
    with writing():
        shop.describe(time_zone=zone, day_ends=ends)
        where = {"staff_id": by.staff_id, "device_id": by.device_id, "amount": 100}
        made = instants(zone, 5000 if IS_FULL else 150, dice)
        add_rows({Visit: [{"operation_id": new_id(), "happened_at": at, "received_at": at, **where} for at in made]})
    days = Counter(shop.current().day_of(at) for at in made)

    found = sums.of(min(days), max(days))

    assert Counter({day: sum(b.count for b in sums.between(found, day, day)["hour"]) for day in days}) == days
    for day, count in days.items():
        file = exported("visits", day, day)
        assert len(file) == figures.of(day, day).visits == count
