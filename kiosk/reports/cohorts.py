"""What became of the customers who were new on a shop day: what they answered and have spent since, how often they
came, and when they used their coupon. In a large shop the night counts it for every day, so that nobody waits for it.
"""

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import ColumnElement, Integer, Select, cast, delete, func, select

from kiosk.base.database import add_rows, db, is_sqlite
from kiosk.base.writing import writes
from kiosk.coupons.visits import STANDS
from kiosk.models import Answer, Coupon, Customer, DaySum, Signup, Visit
from kiosk.reports import sums
from kiosk.reports.sums import COLUMNS, DAY, DAY_OF, OF_COHORTS, Sum, Sums, within
from kiosk.shop import shop
from kiosk.signups import questionnaires

ASKED = ("one", "many", "ranking", "scale", "stars")  # kinds of questions with answers to choose from
LADDER = (1, 2, 3, 5, 10)
MANY = 20_000  # sign-ups, from which on what the night has counted is believed


def of(first: date, last: date, signups: int) -> Sums:
    """What became of the new customers of these days: `said` by question and answer, with what they spent in how many
    visits, `nth` by the number of a visit, with the seconds since the one before, and `used` by the days until a coupon
    was used. With many `signups` in these days it is what was true last night."""
    found, left = [], sums.each_day(first, last)
    if signups >= MANY:
        kept = DAY_OF.between(first, min(last, sums.kept_until()))
        asked = sums.totals().where(kept, COLUMNS[0].in_(OF_COHORTS))
        found = [Sum(*row[:3], *map(int, row[3:])) for row in db.session.connection().execute(asked)]
        left -= set(db.session.scalars(select(DAY_OF).where(kept, COLUMNS[0] == OF_COHORTS[0])))
    for run in sums.runs(left):
        found += counted(*run)
    return sums.by_kind(found)


def counted(first: date, last: date) -> Iterator[Sum]:
    """The same from the rows."""
    for question, value, count, spent, visits in db.session.execute(_said(first, last)):
        yield Sum(first, "said", f"{question} {value}", count, spent, 0, visits)
    for nth, count, gap in db.session.execute(_came(first, last)):
        yield Sum(first, "nth", str(nth), count, round(86400 * (gap or 0)))
    for days, count in db.session.execute(_used(first, last)):
        yield Sum(first, "used", str(int(days)), count)


def _said(first: date, last: date) -> Select:
    keys = [one.key for one in questionnaires.ever_asked("signup", "later") if one.kind in ASKED]
    given = select(Answer.question, Answer.value, Customer.id, Customer.spent, Customer.visits).distinct()
    given = given.join(Customer, Customer.id == Answer.customer_id).where(within(Customer.created_at, first, last))
    # with an expression, since SQLite would begin with the questions, and not with the days
    given = given.where(func.coalesce(Answer.question, "").in_(keys), Answer.value != "").subquery().c
    query = select(given.question, given.value, func.count(), func.sum(given.spent), func.sum(given.visits))
    return query.group_by(given.question, given.value)


def _came(first: date, last: date) -> Select:
    """How many came at least once, twice…, and the days between that visit and the one before, added up."""
    hers = {"partition_by": Visit.customer_id, "order_by": Visit.happened_at}  # as its index has them
    gap = _days_from(func.lag(Visit.happened_at).over(**hers), Visit.happened_at).label("gap")
    new = select(Customer.id).where(within(Customer.created_at, first, last))
    came = select(func.row_number().over(**hers).label("nth"), gap).where(STANDS, Visit.customer_id.in_(new))
    came = came.subquery().c
    return select(came.nth, func.count(), func.sum(came.gap)).where(came.nth.in_(LADDER)).group_by(came.nth)


def _used(first: date, last: date) -> Select:
    """How many coupons of new customers were used within one, two… days of 24 hours."""
    days = _days_from(Coupon.issued_at, Coupon.spent_at)
    days = cast(days, Integer) if is_sqlite() else func.floor(days)  # SQLite's floor is Python's
    query = select(days, func.count()).join_from(Signup, Coupon, Coupon.id == Signup.coupon_id).group_by(days)
    return query.where(Signup.is_first, Coupon.spent_at.is_not(None), within(Signup.finished_at, first, last))


def _days_from(earlier: ColumnElement, later: ColumnElement) -> ColumnElement[float]:
    """How many days, of 24 hours, lie between two instants."""
    if is_sqlite():
        return func.julianday(later) - func.julianday(earlier)
    return func.extract("epoch", later - earlier) / 86400


def keep(at: datetime) -> None:
    """Count every day before that of `at` anew, in a shop with many sign-ups."""
    if (db.session.scalar(select(func.max(Signup.id))) or 0) >= MANY:
        for day in sorted(sums.each_day(*sums.span(shop.current().day_of(at) - DAY))):
            _keep(day, [Sum(day, OF_COHORTS[0], "", 0), *counted(day, day)])


@writes
def _keep(day: date, found: list[Sum]) -> None:
    db.session.execute(delete(DaySum).where(DaySum.day == day, DaySum.what.in_(OF_COHORTS)))
    add_rows({DaySum: [one._asdict() for one in found]})
