"""The figures of a day, or of some days: who signed up, who came back, what it gave them and the shop."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, func, select

from kiosk.base.database import db
from kiosk.coupons.visits import STANDS
from kiosk.models import Coupon, Feedback, Redemption, Series, Signup, Visit
from kiosk.reports.buckets import within


@dataclass(frozen=True)
class Figures:
    """What happened on some shop days; money in minor units. Undone purchases do not count."""

    signups: int
    new_customers: int
    visits: int
    spent: int  # by customers who are known, with a coupon or without
    spent_with_coupon: int
    redeemed: int  # purchases with a coupon
    discounts: int
    welcome_discounts: int  # those of coupons for new customers
    stars: float | None
    rated: int

    @property
    def average(self) -> int | None:
        """A purchase without a coupon, on average."""
        without = self.visits - self.redeemed
        return round((self.spent - self.spent_with_coupon) / without) if without else None

    @property
    def average_with_coupon(self) -> int | None:
        return round(self.spent_with_coupon / self.redeemed) if self.redeemed else None

    @property
    def new_customer_costs(self) -> int | None:
        return round(self.welcome_discounts / self.new_customers) if self.new_customers else None


def before(first: date, last: date) -> tuple[date, date]:
    """As many days, just before those."""
    days = last - first + timedelta(days=1)
    return first - days, first - timedelta(days=1)


def of(first: date, last: date) -> Figures:
    """The figures of shop days `first` to `last`."""
    came = select(func.count(Signup.id), func.count(Signup.id).filter(Signup.is_first))
    is_redeemed, amount, off = Redemption.id.is_not(None), func.sum(Visit.amount), func.sum(Visit.discount)
    is_live = and_(Redemption.visit_id == Visit.id, Redemption.undone_at.is_(None))
    bought = select(
        func.count(Visit.id), amount, amount.filter(is_redeemed), func.count(Redemption.id),
        off, off.filter(Series.purpose == "welcome"),
    ).outerjoin_from(Visit, Redemption, is_live)  # fmt: skip
    bought = bought.outerjoin(Coupon, Coupon.id == Visit.coupon_id).outerjoin(Series, Series.id == Coupon.series_id)
    bought = bought.where(STANDS)
    rated = select(func.avg(Feedback.stars), func.count(Feedback.id))
    asked = ((came, Signup.finished_at), (bought, Visit.happened_at), (rated, Feedback.given_at))
    rows = [db.session.execute(query.where(within(when, first, last))).one() for query, when in asked]
    return Figures(*rows[0], *(value or 0 for value in rows[1]), rows[2][0] and float(rows[2][0]), rows[2][1])
