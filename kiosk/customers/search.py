"""The list of customers: who is found, in which order, a page at a time, and what all of them spent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, tuple_

from kiosk.base.contacts import masked
from kiosk.base.database import db, in_pieces
from kiosk.base.refusals import Refusal
from kiosk.coupons import lookups
from kiosk.customers import filters
from kiosk.customers.filters import SORTS, Filters
from kiosk.models import Coupon, Customer
from kiosk.models.customers import NOT_MERGED

PAGE, STRETCH = 50, 1000
TIMES = (Customer.last_visit_at, Customer.created_at)


@dataclass(frozen=True)
class Found:
    """A page of customers, how many were found in all, and the sums of all of them (minor units)."""

    count: int
    visits: int
    spent: int
    customers: Sequence[Customer]
    next: str  # the key after which the next page begins; empty on the last one
    waiting: dict[int, Coupon]  # by customer, the coupon that is good now and ends first


def page(asked: Filters, at: datetime, *, after: str = "") -> Found:
    """Return the customers who are meant, the newest or largest first; who never came is last.

    `after` is the `next` of the page before; one that cannot be read begins at the front.
    """
    sort, conditions = asked.sort, (NOT_MERGED, *filters.conditions(asked, at))
    sums = select(func.count(), func.coalesce(func.sum(Customer.visits), 0), func.coalesce(func.sum(Customer.spent), 0))
    count, visits, spent = db.session.execute(sums.where(*conditions)).one()
    ids = _ids(select(Customer.id).where(*conditions), SORTS[sort], after)
    read = {one.id: one for one in db.session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    rows = [read[number] for number in ids]
    more = _key(rows[PAGE - 1], sort) if len(rows) > PAGE else ""
    return Found(count, visits, spent, rows[:PAGE], more, _waiting(rows[:PAGE], at))


def stretches() -> Iterator[list[int]]:
    """The numbers of all customers, so many at once that a question about them keeps nobody from writing for long."""
    for rows in in_pieces(select(Customer.id), Customer.id, STRETCH):
        yield [row.id for row in rows]


def _ids(query: Select, column, after: str) -> list[int]:
    """One more than a page. Those whose column is empty come last, by a query of their own, which an index answers."""
    value, customer_id = _read_key(after, column)
    ids = []
    if value is not None or not customer_id:
        filled = query.where(column.is_not(None)).order_by(column.desc(), Customer.id.desc()).limit(PAGE + 1)
        if customer_id:
            filled = filled.where(tuple_(column, Customer.id) < (value, customer_id))
        ids, customer_id = list(db.session.scalars(filled)), 0
    if len(ids) <= PAGE and column is Customer.last_visit_at:
        empty = query.where(column.is_(None)).order_by(Customer.id.desc()).limit(PAGE + 1 - len(ids))
        ids += db.session.scalars(empty.where(Customer.id < customer_id) if customer_id else empty)
    return ids


def _key(customer: Customer, sort: str) -> str:
    value = getattr(customer, SORTS[sort].key)
    return f"{value.isoformat() if isinstance(value, datetime) else '' if value is None else value}_{customer.id}"


def _read_key(after: str, column) -> tuple[datetime | int | None, int]:
    """The value and the number in a key; None and 0 when there is no such key."""
    text, _, number = after.rpartition("_")
    try:
        value = (datetime.fromisoformat(text) if any(column is one for one in TIMES) else int(text)) if text else None
        return value, int(number)
    except ValueError:
        return None, 0


def _waiting(customers: Sequence[Customer], at: datetime) -> dict[int, Coupon]:
    ids = [customer.id for customer in customers]
    good = select(Coupon).where(Coupon.customer_id.in_(ids), *filters.good_now(at))
    found = db.session.scalars(good.order_by(Coupon.valid_until.desc(), Coupon.id.desc()))
    return {coupon.customer_id: coupon for coupon in found}


def as_dict(found: Found) -> dict:
    """The page as plain JSON: contacts masked, money in minor units, instants in UTC (ISO 8601)."""
    customers = [
        {"id": one.id, "name": one.name, "contact": masked(one.phone, one.email), "town": one.city,
         "visits": one.visits, "spent": one.spent, "since": one.created_at.isoformat(),
         "last_visit": one.last_visit_at and one.last_visit_at.isoformat()}
        for one in found.customers
    ]  # fmt: skip
    return {"count": found.count, "customers": customers, "next": found.next}


def people(typed: str) -> list[Customer]:
    """Return the few customers whom what was typed finds as at the till; none when it finds nobody."""
    try:
        found = lookups.find(typed)
    except Refusal:
        return []
    return found if isinstance(found, list) else [found.customer if isinstance(found, Coupon) else found]
