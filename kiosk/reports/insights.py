"""What a span of days says about the shop: who comes, from where, when, how often, and what the discounts cost."""

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from sqlalchemy import ColumnElement, func, select

from kiosk.base.database import db
from kiosk.models import Answer, Customer, Staff, SurveyAnswer, Tally
from kiosk.models.customers import NOT_MERGED
from kiosk.reports import sums
from kiosk.reports.sums import Sum, Sums, within
from kiosk.shop import shop
from kiosk.signups import tallies
from kiosk.signups.questionnaire import Question, Questionnaire

FEWEST = 20  # with fewer there is nothing to tell
SMALL = 5  # a group of fewer people could name one of them
ACTIVE = (30, 90, 365)  # days since the last visit
MONTHS = 12
MOST_LINES = 31
RECOMMEND = "recommend"  # the question
LONGEST = 30  # days until a coupon was used that are told apart
A_DAY = 86400  # s


@dataclass(frozen=True)
class Bar:
    """One line of a picture. Money in minor units; what is not known is None."""

    key: str
    count: int
    money: int | None = None  # on average
    days: float | None = None
    seconds: float | None = None
    other: int | None = None  # a second count beside the first
    average: float | None = None


def answered(question: Question, found: Sums) -> list[Bar]:
    """How many of the new customers of some days gave each answer, and what they have spent a visit since."""
    said = [(one.key.partition(" "), one) for one in found["said"]]
    return _groups([(key[2], one.count, one.amount, one.priced) for key, one in said if key[0] == question.key])


def lived_and_spoke(first: date, last: date) -> tuple[list[Bar], list[Bar]]:
    """The same by the town and by the language of the customers who came to be in those days."""
    by = (Customer.city, Customer.language)
    counted = select(*by, func.count(), func.sum(Customer.spent), func.sum(Customer.visits)).group_by(*by)
    rows = db.session.execute(counted.where(NOT_MERGED, within(Customer.created_at, first, last))).all()
    return _groups([(row[0], *row[2:]) for row in rows]), _groups([(row[1], *row[2:]) for row in rows])


def _groups(rows: list[tuple]) -> list[Bar]:
    """The largest group first. Groups so small that they could name a person are one together, without their money."""
    groups = defaultdict(lambda: [0, 0, 0])
    for key, *said in rows:
        groups[key] = [one + int(more) for one, more in zip(groups[key], said, strict=True)]
    large = {key: said for key, said in groups.items() if key and said[0] >= SMALL}
    bars = [Bar(key, count, round(spent / visits) if visits else None) for key, (count, spent, visits) in large.items()]
    few = sum(said[0] for said in groups.values()) - sum(bar.count for bar in bars)
    bars.sort(key=lambda bar: (-bar.count, bar.key))
    return bars + ([Bar("", few)] if few else [])


def by_hour(found: Sums, day: date, before: date) -> list[Bar]:
    """How many signed up in the hours of a shop day, beside those of a day before."""
    now, then = ({int(one.key): one.count for one in found["signup"] if one.day == on} for on in (day, before))
    busy = sorted({*now, *then})
    hours = range(busy[0], busy[-1] + 1) if busy else ()
    return [Bar(str(hour), now.get(hour, 0), other=then.get(hour, 0)) for hour in hours]


def periods(first: date, last: date, most: int = MOST_LINES) -> list[date]:
    """The first days of the days, weeks or months that a span is drawn by: no more than so many days, and weeks only as
    long as there are no more than 31."""
    length = (last - first).days + 1
    if length > 7 * MOST_LINES:
        months = [_month_before(last, n) for n in range(length // 28, -1, -1)]
        return [first, *(month for month in months if month > first)]
    return [first + timedelta(n) for n in range(0, length, 1 if length <= most else 7)]


def over_time(found: Sums, starts: list[date], what: str, beside: str) -> list[Bar]:
    """How many of one kind there were in each of the periods that begin on those days, and of another beside it."""
    counts, others = (_in_periods(found[kind], starts) for kind in (what, beside))
    return [Bar(str(day), counts[day], other=others[day]) for day in starts]


def _in_periods(some: list[Sum], starts: list[date]) -> Counter[date]:
    counts = Counter()
    for one in some:
        if one.day >= starts[0]:
            counts[_begun(starts, one.day)] += one.count
    return counts


def _begun(starts: list[date], day: date) -> date:
    return starts[bisect_right(starts, day) - 1]


def stars(found: Sums, starts: list[date]) -> list[Bar]:
    """How many stars were given in each period, and how many on average."""
    return _averages([(one.day, int(one.key), one.count) for one in found["stars"]], starts)


def recommended(first: date, last: date, starts: list[date]) -> list[Bar]:
    """The same of how likely people are to recommend the shop, from 0 to 10, in whichever form they said it."""
    asked, day_of = within(Answer.answered_at, first, last), shop.current().day_of
    said = db.session.execute(select(Answer.answered_at, Answer.value).where(Answer.question == RECOMMEND, asked))
    given = [(day_of(at), int(value), 1) for at, value in said if value.isdigit()]
    told = select(SurveyAnswer.day, SurveyAnswer.value).where(SurveyAnswer.question == RECOMMEND)
    told = db.session.execute(told.where(SurveyAnswer.day.between(first, last)))
    return _averages(given + [(day, int(value), 1) for day, value in told if value.isdigit()], starts)


def _averages(given: list[tuple[date, int, int]], starts: list[date]) -> list[Bar]:
    """Of days, values and how often these were given; an average of few could name somebody, and is not told."""
    counts, totals = Counter(), Counter()
    for day, value, count in given:
        counts[_begun(starts, day)] += count
        totals[_begun(starts, day)] += value * count
    bars = [Bar(str(day), count, average=totals[day] / count if count >= SMALL else None)
            for day in starts for count in [counts[day]]]  # fmt: skip
    return bars if counts else []


def hours(found: Sums) -> Counter[tuple[int, int]]:
    """How many visits there were by weekday (Monday is 0) of the shop day and hour, 24 being the one after midnight."""
    counts = Counter()
    for one in found["hour"]:
        counts[one.day.weekday(), int(one.key)] += one.count
    return counts


def funnel(questionnaire: Questionnaire, first: date, last: date) -> list[Bar]:
    """How many of those who touched the screen got through each question, and the seconds it took them."""
    counts, seconds = tallies.of(first, last), tallies.of(first, last, Tally.seconds)
    steps = [*(question.key for question in questionnaire.asked()), "readback"]
    asked = [(step, counts.get(f"step {step}", 0), seconds.get(f"step {step}", 0)) for step in steps]
    through = [Bar(step, count, seconds=took / count if count else None) for step, count, took in asked]
    return [Bar("started", counts.get("started", 0)), *through, Bar("finished", counts.get("finished", 0))]


def loses_most(steps: list[Bar]) -> Bar | None:
    """The step before which most people stopped; None where nobody did."""
    lost = [(before.count - bar.count, bar) for before, bar in pairwise(steps)]
    most, bar = max(lost, key=lambda one: one[0])
    return bar if most > 0 else None


def ladder(found: Sums) -> list[Bar]:
    """Of the new customers of some days: how many have come at least once, twice… so far, and how many days
    on average lay between that visit and the one before."""
    came = sorted(sums.by_key(found["nth"]).values(), key=lambda one: int(one.key))
    return [
        Bar(one.key, one.count, days=one.amount / one.count / A_DAY if one.key != "1" and one.count >= SMALL else None)
        for one in came
    ]


def regular_costs(discounts: int, steps: list[Bar]) -> int | None:
    """What those discounts were for each new customer who has come three times; `steps` are those of the ladder. None
    when there are too few to tell."""
    came = next((bar.count for bar in steps if bar.key == "3"), 0)
    return round(discounts / came) if came >= FEWEST else None


def joined_and_lost(last: date, at: datetime) -> list[Bar]:
    """In each of the twelve months up to that day: how many became customers, and how many were then last seen 90 days
    ago and have not come since, as far as that is known at that instant. The key is the month's first day."""
    months = [_month_before(last, number) for number in range(MONTHS - 1, -2, -1)]
    starts, away = [shop.current().start_of(month) for month in months], timedelta(days=ACTIVE[1])
    joined = _between_each(Customer.created_at, starts)
    lost = _between_each(Customer.last_visit_at, [min(start, at) - away for start in starts])
    return [Bar(str(month), new, other=gone) for month, new, gone in zip(months, joined, lost, strict=False)]


def _between_each(when: ColumnElement, starts: list[datetime]) -> list[int]:
    """How many customers have that instant between each two of these that follow each other."""
    counts = [select(func.count()).where(when >= start, when < end, NOT_MERGED) for start, end in pairwise(starts)]
    return list(db.session.execute(select(*(count.scalar_subquery() for count in counts))).one())


def _month_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months before that day."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def active(at: datetime) -> list[Bar]:
    """How many customers were seen within the last 30, 90 and 365 days."""
    spans = [Customer.last_visit_at > at - timedelta(days=days) for days in ACTIVE]
    row = db.session.execute(select(*(func.count().filter(seen) for seen in spans)).where(NOT_MERGED, spans[-1])).one()
    return [Bar(str(days), count) for days, count in zip(ACTIVE, row, strict=True)]


def until_used(found: Sums) -> list[Bar]:
    """How many coupons of new customers were used within one, two… days of 24 hours; those
    that took longer than thirty are together at the end."""
    used = Counter()
    for one in found["used"]:
        used[min(max(int(one.key), 0), LONGEST)] += int(one.count)
    return [Bar(str(day), used[day]) for day in range(max(used, default=-1) + 1)]


def half_within(used: list[Bar]) -> int:
    """Within how many days half of those that were used had been."""
    sums = list(accumulate(bar.count for bar in used))
    return next(day for day, so_far in enumerate(sums, 1) if 2 * so_far >= sums[-1])


def by_cashier(found: Sums) -> list[Bar]:
    """The purchases that each cashier rang up, and what one came to on average."""
    names = dict(db.session.execute(select(Staff.id, Staff.name)).all())
    return [replace(bar, key=names[int(bar.key)]) for bar in by_server(found, "cashier")]


def by_server(found: Sums, what: str = "server") -> list[Bar]:
    """The purchases by who served, as far as it was said."""
    of_each = sums.by_key(found[what]).items()
    bars = [Bar(key, one.count, round(one.amount / one.priced) if one.priced else None) for key, one in of_each]
    return sorted(bars, key=lambda bar: (-bar.count, bar.key))
