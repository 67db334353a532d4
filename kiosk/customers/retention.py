"""How long customers are kept: whoever does not come back is forgotten.

A customer who never came, and agreed to no messages, is kept until 30 days after the coupon's end; others until the
shop's number of months after the last visit, or after they became customers; who came with a list, also after that.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, or_, select

from kiosk.base.database import db
from kiosk.base.writing import with_rests
from kiosk.customers import forgetting, search
from kiosk.models import Coupon, Customer, ImportBatch, Opening, Setting
from kiosk.models.customers import NOT_MERGED
from kiosk.shop import shop
from kiosk.signups import submissions

AFTER_COUPON = 30  # days
AHEAD = timedelta(days=7)  # so long before it is shown who will be forgotten
FIRST_DAY = "forget_from"  # the setting that says on which shop day it begins, where a migration has put it off
CHUNK = 50  # customers a transaction


def due(day: date) -> list[Customer]:
    """The customers who are to be forgotten on that shop day, or were before and are not yet."""
    here = shop.current()
    last_day = _months_before(day, here.keep_months)
    coupon_ended = select(func.max(Coupon.valid_until)).where(Coupon.customer_id == Customer.id).scalar_subquery()
    agreed = or_(Customer.may_sms, Customer.may_email, Customer.may_call)
    never_came = Customer.last_visit_at.is_(None) & (Customer.visits == 0) & ~agreed
    never_came &= coupon_ended < day - timedelta(days=AFTER_COUPON)
    start = here.span(last_day, last_day)[0]
    newly_listed = exists().where(Opening.customer_id == Customer.id, ImportBatch.id == Opening.batch_id,
                                  ImportBatch.brought_at >= start)  # fmt: skip
    long_ago = (func.coalesce(Customer.last_visit_at, Customer.created_at) < start) & ~newly_listed
    query = select(Customer).where(NOT_MERGED, or_(never_came, long_ago)).order_by(Customer.id)
    found = (db.session.scalars(query.where(Customer.id.in_(ids))).all() for ids in search.stretches())
    return [customer for some in found for customer in some]


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the last one of a month that is shorter."""
    year, month = divmod(12 * day.year + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def forget_due(at: datetime) -> int:
    """Forget who is due on the shop day of `at`, in pieces; gives back how many.

    A shop that had customers before there was any forgetting has a week to see who will go.
    """
    day, first_day = shop.current().day_of(at), db.session.get(Setting, FIRST_DAY)
    if first_day and day.isoformat() < first_day.value:
        return 0
    ids = [customer.id for customer in due(day)]
    submissions.forget_before(_months_before(day, shop.current().keep_months))
    for start in with_rests(range(0, len(ids), CHUNK)):
        forgetting.forget_all(ids[start : start + CHUNK], at, by=None)
    return len(ids)
