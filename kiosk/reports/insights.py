"""What a span of days says about the shop: who comes, from where, when, how often, and what the discounts cost."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from sqlalchemy import ColumnElement, and_, func, select

from kiosk.base.database import db
from kiosk.coupons.visits import STANDS
from kiosk.models import Answer, Coupon, Customer, Signup, Staff, Visit
from kiosk.models.customers import NOT_MERGED
from kiosk.reports.buckets import by_hour, days_from, in_spans, within
from kiosk.shop import shop
from kiosk.signups import tallies
from kiosk.signups.questionnaire import Question, Questionnaire

FEWEST = 20  # with fewer there is nothing to tell
SMALL = 5  # a group of fewer people could name one of them
ACTIVE = (30, 90, 365)  # days since the last visit
LADDER = (1, 2, 3, 5, 10)
MONTHS = 12
DAYS = 14


@dataclass(frozen=True)
class Bar:
    """One line of a picture. Money in minor units; what is not known is None."""

    key: str
    count: int
    money: int | None = None  # on average
    days: float | None = None
    seconds: float | None = None
    other: int | None = None  # a second count beside the first


def answered(question: Question, first: date, last: date) -> list[Bar]:
    """How many people gave each answer at a sign-up of those days, and what they have spent a visit since."""
    given = select(Answer.value, Answer.customer_id).join(Signup, Signup.id == Answer.signup_id).distinct()
    is_its = func.coalesce(Answer.question, "") == question.key  # SQLite begins with the days, not with the question
    given = given.where(is_its, within(Signup.finished_at, first, last)).subquery()
    return _groups(given.c.value, given, Customer.id == given.c.customer_id)


def lived(column: ColumnElement, first: date, last: date) -> list[Bar]:
    """The same by a column of the customers who came to be in those days: town, language."""
    new = select(Customer.id).where(NOT_MERGED, within(Customer.created_at, first, last)).subquery()
    return _groups(column, new, Customer.id == new.c.id)


def _groups(value: ColumnElement, chosen, is_hers: ColumnElement[bool]) -> list[Bar]:
    """The largest group first. Groups so small that they could name a person are one together, without their money."""
    counted = select(value, func.count(), func.sum(Customer.spent), func.sum(Customer.visits))
    rows = db.session.execute(counted.select_from(chosen).join(Customer, is_hers).group_by(value)).all()
    large = [row for row in rows if row[1] >= SMALL and row[0]]
    bars = [Bar(key, count, round(spent / visits) if visits else None) for key, count, spent, visits in large]
    few = sum(row[1] for row in rows) - sum(row[1] for row in large)
    bars.sort(key=lambda bar: (-bar.count, bar.key))
    return bars + ([Bar("", few)] if few else [])


@dataclass(frozen=True)
class Lately:
    """The sign-ups of a day by the hour, beside those a week before, and by the day of the fourteen days up to it."""

    hours: list[Bar]
    days: list[Bar]


def lately(last: date) -> Lately:
    """How many signed up in the hours of that shop day, and on the days before it."""
    days = [last - timedelta(days=number) for number in range(DAYS - 1, -1, -1)]
    counts = by_hour(select(Signup.id), Signup.finished_at, days[0], last)
    now, then = ({hour: n for (day, hour), n in counts.items() if day == wanted} for wanted in (last, days[-8]))
    busy = sorted({*now, *then})
    hours = range(busy[0], busy[-1] + 1) if busy else ()
    by_day = Counter()
    for (day, _), count in counts.items():
        by_day[day] += count
    bars = [Bar(str(hour), now.get(hour, 0), other=then.get(hour, 0)) for hour in hours]
    return Lately(bars, [Bar(str(day), by_day[day]) for day in days])


def hours(first: date, last: date) -> Counter[tuple[int, int]]:
    """How many visits there were by weekday (Monday is 0) of the shop day and hour, 24 being the one after midnight."""
    counts = Counter()
    for (day, hour), count in by_hour(select(Visit.id).where(STANDS), Visit.happened_at, first, last).items():
        counts[day.weekday(), hour] += count
    return counts


def funnel(questionnaire: Questionnaire, first: date, last: date) -> list[Bar]:
    """How many of those who touched the screen got through each question, and the seconds it took them."""
    counts, seconds = tallies.of(first, last), tallies.seconds(first, last)
    steps = [*(question.key for question in questionnaire.asked()), "readback"]
    asked = [(step, counts.get(f"step {step}", 0), seconds.get(f"step {step}", 0)) for step in steps]
    through = [Bar(step, count, seconds=took / count if count else None) for step, count, took in asked]
    return [Bar("started", counts.get("started", 0)), *through, Bar("finished", counts.get("finished", 0))]


def loses_most(steps: list[Bar]) -> Bar | None:
    """The step that most people did not get to; None where nobody stopped."""
    lost = [(before.count - bar.count, bar) for before, bar in pairwise(steps)]
    most, bar = max(lost, key=lambda one: one[0])
    return bar if most > 0 else None


def ladder(first: date, last: date) -> list[Bar]:
    """Of the customers who came to be in those days: how many have come once, twice… so far, and how many days on
    average lay before that visit."""
    new = select(Customer.id).where(NOT_MERGED, within(Customer.created_at, first, last))
    order = {"partition_by": Visit.customer_id, "order_by": (Visit.happened_at, Visit.id)}
    came = select(
        func.row_number().over(**order).label("nth"),
        days_from(func.lag(Visit.happened_at).over(**order), Visit.happened_at).label("days"),
    ).where(STANDS, Visit.customer_id.in_(new)).subquery()  # fmt: skip
    counted = select(came.c.nth, func.count(), func.avg(came.c.days)).group_by(came.c.nth)
    found = {nth: (count, days) for nth, count, days in db.session.execute(counted.where(came.c.nth.in_(LADDER)))}
    return [Bar(str(nth), count, days=days and float(days)) for nth, (count, days) in sorted(found.items())]


def joined_and_lost(last: date) -> list[Bar]:
    """In each of the twelve months up to that day: how many became customers, and how many were then last seen 90 days
    ago and have not come since. The key is the month's first day."""
    months = [_month_before(last, number) for number in range(MONTHS - 1, -1, -1)]
    after = [*months[1:], _month_before(last, -1)]
    here, away = shop.current(), timedelta(days=ACTIVE[1])
    spans = [(here.span(one, one)[0], here.span(two, two)[0]) for one, two in zip(months, after, strict=True)]
    joined = in_spans(Customer.created_at, spans, NOT_MERGED)
    seen = [(start - away, end - away) for start, end in spans]
    lost = in_spans(Customer.last_visit_at, seen, NOT_MERGED)
    return [Bar(str(month), new, other=gone) for month, new, gone in zip(months, joined, lost, strict=True)]


def _month_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months before that day."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def active(at: datetime) -> list[Bar]:
    """How many customers were seen within the last 30, 90 and 365 days."""
    spans = [Customer.last_visit_at > at - timedelta(days=days) for days in ACTIVE]
    row = db.session.execute(select(*(func.count().filter(seen) for seen in spans)).where(NOT_MERGED, spans[-1])).one()
    return [Bar(str(days), count) for days, count in zip(ACTIVE, row, strict=True)]


def until_used(first: date, last: date) -> tuple[int, list[Bar]]:
    """How many coupons new customers got in those days, and how many of them were used within one, two… days of 24
    hours; those that took longer than thirty are together at the end."""
    given = and_(Signup.is_first, within(Signup.finished_at, first, last))
    days = func.floor(days_from(Coupon.issued_at, Coupon.spent_at)).label("days")
    counted = select(days, func.count()).join_from(Signup, Coupon, Coupon.id == Signup.coupon_id)
    counted = counted.where(given, Coupon.spent_at.is_not(None)).group_by(days)
    used = Counter()
    for day, count in db.session.execute(counted):
        used[min(max(int(day), 0), 30)] += count
    all_given = db.session.scalar(select(func.count(Signup.id)).where(given))
    return all_given, [Bar(str(day), used[day]) for day in range(max(used, default=-1) + 1)]


def half_within(used: list[Bar]) -> int:
    """Within how many days half of those that were used had been."""
    sums = list(accumulate(bar.count for bar in used))
    return next(day for day, so_far in enumerate(sums, 1) if 2 * so_far >= sums[-1])


def by_cashier(first: date, last: date) -> list[Bar]:
    """The purchases that each cashier rang up, and what one came to on average."""
    return _purchases(Staff.name, first, last)


def by_server(first: date, last: date) -> list[Bar]:
    """The purchases by who served, as far as it was said."""
    return _purchases(Visit.served_by, first, last)


def _purchases(who: ColumnElement, first: date, last: date) -> list[Bar]:
    bought = select(who, func.count(Visit.id), func.avg(Visit.amount)).join(Staff, Staff.id == Visit.staff_id)
    bought = bought.where(STANDS, who.is_not(None), within(Visit.happened_at, first, last)).group_by(who)
    rows = db.session.execute(bought.order_by(func.count(Visit.id).desc(), who)).all()
    return [Bar(name, count, None if amount is None else round(amount)) for name, count, amount in rows]
