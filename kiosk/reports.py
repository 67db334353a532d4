"""The figures of a day, or of some days: who signed up, who came back with a coupon, what it gave them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from . import shop
from .database import db
from .models import Redemption, Signup, Visit


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
    taken_back = aliased(Visit)
    given = select(func.coalesce(func.sum(Visit.discount), 0)).outerjoin(taken_back, taken_back.corrects_id == Visit.id)
    given = given.where(Visit.corrects_id.is_(None), taken_back.id.is_(None))
    given = given.where(Visit.happened_at >= start, Visit.happened_at < end)
    return Summary(signups, new, *db.session.execute(used).one(), db.session.scalar(given))
