"""The figures of a day, or of some days: who signed up, who came back with a coupon, what it gave them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from kiosk.base.database import db
from kiosk.coupons.visits import that_count
from kiosk.models import Redemption, Signup, Visit
from kiosk.shop import shop


@dataclass(frozen=True)
class Summary:
    signups: int
    new_customers: int
    redeemed: int
    spent: int  # what was rung up with a coupon, as far as it was typed in; minor units
    taken_off: int  # with a coupon, or by a manager without


def summary(first: date, last: date) -> Summary:
    """The figures of shop days `first` to `last`; what was undone does not count."""
    start, end = shop.current().span(first, last)
    came = select(func.count(Signup.id), func.count(Signup.id).filter(Signup.is_first))
    signups, new = db.session.execute(came.where(Signup.finished_at >= start, Signup.finished_at < end)).one()
    used = select(func.count(Redemption.id), func.coalesce(func.sum(Visit.amount), 0)).join_from(Redemption, Visit)
    used = used.where(Redemption.undone_at.is_(None), Redemption.happened_at >= start, Redemption.happened_at < end)
    given = that_count(select(func.coalesce(func.sum(Visit.discount), 0)))
    given = given.where(Visit.happened_at >= start, Visit.happened_at < end)
    return Summary(signups, new, *db.session.execute(used).one(), db.session.scalar(given))
