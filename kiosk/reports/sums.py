"""What happened on each shop day, in sums: the purchases, who signed up, the stars.

Those of days that are over are kept, so that a year is read as fast as a week. Rows are only ever added, so the rows
that are newer than the kept sums tell which days these are no longer true of; such days are counted from their rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain, groupby
from operator import add
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, select
from sqlalchemy.orm import aliased

from kiosk.base.database import add_rows, db, is_sqlite
from kiosk.base.writing import writes
from kiosk.coupons.visits import STANDS
from kiosk.models import Coupon, DaySum, Feedback, Redemption, Series, Setting, Signup, Visit
from kiosk.shop import shop

KEPT = "day_sums"  # the setting that says up to which day, and up to which rows, the sums are kept
NEWEST = 100  # rows that count as newer on PostgreSQL, where one with a lower number may be stored later
PIECE = timedelta(days=31)  # days that are counted, and kept, at once
DAY = timedelta(days=1)


class Sum(NamedTuple):
    """What a day came to in one respect. Money in minor units; undone purchases do not count."""

    day: date
    what: str  # purchases by hour, cashier, server, redeemed, other (the last two by purpose); signup, new, stars
    key: str  # of an hour like 9, which goes on after midnight where the day does: 24, 25…
    count: int
    amount: int = 0
    discount: int = 0
    priced: int = 0  # how many of them have an amount


OF_COHORTS = ("cohorts", "said", "nth", "used")  # see cohorts.py; the first says that the others are kept of a day
REGISTER = "register"  # what the cash register came to on a day, as it was typed; made of no other rows
DAY_OF, *COLUMNS = [DaySum.__table__.c[name] for name in Sum._fields]
TABLES = (Visit, Signup, Feedback)
BY_HOUR = ("hour", "signup")
Sums = dict[str, list[Sum]]  # by what they are of


def within(when: ColumnElement, first: date, last: date, until: datetime | None = None) -> ColumnElement[bool]:
    """That an instant, which the database keeps in UTC, lies in shop days `first` to `last`, and before `until`."""
    start, end = shop.current().span(first, last)
    return and_(when >= start, when < min(end, until or end))


def of(first: date, last: date, *, together: bool = False) -> Sums:
    """The sums of shop days `first` to `last`; those of a kind and key may be added up over the days."""
    kept, found = _kept(), []
    changed, until = _days_since(kept) if kept else (), _until(kept)
    if first <= until:
        query = (totals() if together else select(DAY_OF, *COLUMNS)).where(COLUMNS[0].not_in(OF_COHORTS))
        query = query.where(DAY_OF.between(first, min(last, until)), DAY_OF.not_in(changed))
        found += map(Sum._make, db.session.connection().execute(query).all())
    for run in runs(day for day in each_day(first, last) if day > until or day in changed):
        found += counted(*run)
    return by_kind(found)


def totals() -> Select:
    """Sums of each kind and key, added up over the days."""
    return select(func.min(DAY_OF), *COLUMNS[:2], *map(func.sum, COLUMNS[2:])).group_by(*COLUMNS[:2])


def each_day(first: date, last: date) -> set[date]:
    return {first + n * DAY for n in range((last - first).days + 1)}


def up_to(until: datetime) -> Sums:
    """The sums of a shop day of what happened before that instant in it."""
    day = shop.current().day_of(until)
    return by_kind(counted(day, day, until))


def by_kind(some: Iterable[Sum]) -> Sums:
    found = defaultdict(list)
    for one in some:
        found[one.what].append(one)
    return found


def between(found: Sums, first: date, last: date) -> Sums:
    """Those of some of the days."""
    return by_kind(one for some in found.values() for one in some if first <= one.day <= last)


def by_key(some: list[Sum]) -> dict[str, Sum]:
    """Sums of one kind by their keys, over all days together."""
    totals = {}
    for one in some:
        before = totals.get(one.key)
        totals[one.key] = Sum(*one[:3], *map(add, before[3:], one[3:])) if before else one
    return totals


def counted(*days: date | datetime) -> Iterator[Sum]:
    """The sums of the shop days from the first to the last, and before an instant if that is said, from their rows."""
    sums, when = defaultdict(lambda: [0, 0, 0, 0]), cache(_day_and_hour)
    for at, kinds, amount, discount in chain(_purchases(*days), _others(*days)):
        day, hour = when(_quarter(at))
        for what, key in kinds.items():
            if what in BY_HOUR or key is not None:
                one = sums[day, what, hour if what in BY_HOUR else key]
                one[0] += 1
                one[1] += amount or 0
                one[2] += discount or 0
                one[3] += amount is not None
    return (Sum(day, what, str(key), *found) for (day, what, key), found in sums.items())


def _purchases(*days: date | datetime) -> Iterator[tuple]:
    """When each was, what it counts for, and its amount and discount."""
    is_live = and_(Redemption.visit_id == Visit.id, Redemption.undone_at.is_(None))
    query = select(
        Visit.happened_at, Visit.amount, Visit.discount, Visit.staff_id, Visit.served_by, Redemption.id, Series.purpose
    ).outerjoin_from(Visit, Redemption, is_live)  # fmt: skip
    query = query.outerjoin(Coupon, Coupon.id == Visit.coupon_id).outerjoin(Series, Series.id == Coupon.series_id)
    rows = db.session.execute(query.where(STANDS, within(Visit.happened_at, *days)))
    for at, amount, discount, cashier, server, redemption, purpose in rows:
        with_or_without = {"redeemed" if redemption else "other": purpose or ""}
        yield at, {"hour": None, "cashier": cashier, "server": server} | with_or_without, amount, discount


def _others(*days: date | datetime) -> Iterator[tuple]:
    """The same of sign-ups and stars."""
    signups = select(Signup.finished_at, Signup.is_first).where(within(Signup.finished_at, *days))
    for at, is_first in db.session.execute(signups):
        yield at, {"signup": None, "new": "" if is_first else None}, None, None
    rated = select(Feedback.given_at, Feedback.stars).where(within(Feedback.given_at, *days))
    for at, stars in db.session.execute(rated):
        yield at, {"stars": stars}, None, None


def _quarter(at: datetime) -> datetime:
    """The quarter of an hour of an instant: there are zones that differ from UTC by one, and no day ends within."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _day_and_hour(at: datetime) -> tuple[date, int]:
    here = shop.current()
    day, local = here.day_of(at), here.time_of(at)
    return day, 24 * (local.date() - day).days + local.hour


def runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """The first and the last day of each run of days without a gap."""
    for _, run in groupby(enumerate(sorted(days)), lambda one: one[1].toordinal() - one[0]):
        days = [day for _, day in run]
        yield days[0], days[-1]


def _kept() -> dict | None:
    """Up to which day and which rows the sums are kept; None when the shop's days were others then."""
    kept, here = db.session.get(Setting, KEPT, populate_existing=True), shop.current()
    return kept.value if kept and kept.value["days"] == [here.time_zone, here.day_ends] else None


def kept_until() -> date:
    """The last of the shop's days whose sums are kept; the first of all days when there is none."""
    return _until(_kept())


def _until(kept: dict | None) -> date:
    return date.fromisoformat(kept["until"]) if kept else date.min


def _days_since(kept: dict) -> set[date]:
    """The shop days of what was stored since, and of the purchases that were taken back since."""
    first, day_of = aliased(Visit), cache(shop.current().day_of)
    taken_back = select(first.happened_at).join_from(Visit, first, first.id == Visit.corrects_id)
    asked = [
        select(Visit.happened_at).where(Visit.id > kept["visit"]), taken_back.where(Visit.id > kept["visit"]),
        select(Signup.finished_at).where(Signup.id > kept["signup"]),
        select(Feedback.given_at).where(Feedback.id > kept["feedback"]),
    ]  # fmt: skip
    return {day_of(_quarter(at)) for query in asked for at in db.session.scalars(query)}


def keep(at: datetime, *, anew: bool = False) -> None:
    """Keep the sums of all shop days before that of `at` which are not kept yet, or are not true any more; with `anew`,
    of all of them. In pieces, so that no till waits long."""
    here, kept = shop.current(), None if anew else _kept()
    back = 0 if is_sqlite() else NEWEST
    newest = {one.__tablename__: (db.session.scalar(select(func.max(one.id))) or 0) - back for one in TABLES}
    until = here.day_of(at) - DAY
    changed = _days_since(kept) if kept else ()
    first, last = span(until)
    first = date.fromisoformat(kept["until"]) + DAY if kept else first
    for start, end in runs({day for day in changed if day <= until} | each_day(first, last)):
        while start <= end:
            _keep_piece(start, min(end, start + PIECE - DAY))
            start += PIECE
    _note(newest | {"until": until.isoformat(), "days": [here.time_zone, here.day_ends]})


def span(until: date) -> tuple[date, date]:
    """The first and the last day on which anything was done, and one more on either side, since a shop day may have
    begun at another time."""
    day_of, times = shop.current().day_of, (Visit.happened_at, Signup.finished_at, Feedback.given_at)
    ends = [select(end(time)).scalar_subquery() for time in times for end in (func.min, func.max)]
    found = [day_of(at) for at in db.session.execute(select(*ends)).one() if at]
    return min(found, default=until) - DAY, min(max(found, default=until) + DAY, until)


@writes
def _keep_piece(first: date, last: date) -> None:
    db.session.execute(delete(DaySum).where(DaySum.day.between(first, last), DaySum.what != REGISTER))
    add_rows({DaySum: [one._asdict() for one in counted(first, last)]})


@writes
def _note(kept: dict) -> None:
    db.session.merge(Setting(name=KEPT, value=kept))


@writes
def keep_register(day: date, total: int | None) -> None:
    """Keep what the cash register came to on a shop day, in minor units; None takes it away."""
    db.session.execute(delete(DaySum).where(DaySum.day == day, DaySum.what == REGISTER))
    if total is not None:
        add_rows({DaySum: [Sum(day, REGISTER, "", 1, total)._asdict()]})


def registers(first: date, last: date) -> dict[date, int]:
    """What the cash register came to, on the days of which it was typed."""
    typed = select(DaySum.day, DaySum.amount).where(DaySum.day.between(first, last), DaySum.what == REGISTER)
    return dict(db.session.execute(typed).all())
