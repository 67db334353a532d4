"""The list of customers: who is found, in which order, a page at a time, and what all of them spent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Row, Select, func, select, true, tuple_

from kiosk.base.contacts import masked
from kiosk.base.database import db, in_pieces
from kiosk.base.refusals import Refusal
from kiosk.coupons import lookups
from kiosk.customers import filters
from kiosk.customers.filters import SORTS, Filters
from kiosk.models import Coupon, Customer
from kiosk.models.customers import NOT_MERGED

PAGE, STRETCH = 50, 1000
FEW = 1000  # found, up to which all are read, and the page, the count and the sums are made of them
SMALL = 200_000  # customers of a shop in which more are counted, and added up, each time
TIMES = (Customer.last_visit_at, Customer.created_at)


@dataclass(frozen=True)
class Found:
    """A page of customers, how many were found in all, and the sums of all of them (minor units)."""

    count: int  # or, where it is not `exact`, how many they are more than
    exact: bool
    visits: int | None  # None when they were not added up, since that takes long
    spent: int | None
    customers: Sequence[Customer]
    next: str  # the key after which the next page begins; empty on the last one
    waiting: dict[int, Coupon]  # by customer, the coupon that is good now and ends first


def page(asked: Filters, at: datetime, *, after: str = "", exact: bool = True) -> Found:
    """Return the customers who are meant, the newest or largest first; who never came is last.

    `after` is the `next` of the page before; one that cannot be read begins at the front. Unless it has to be `exact`,
    many are not counted in a large shop.
    """
    column, meant = SORTS[asked.sort], list(filters.each_of(asked, at))
    each, are_many = zip(*(one.quickly() for one in meant), strict=True) if meant else ((), ())
    query = select(Customer.id).where(NOT_MERGED, *each)
    few = None if are_many == (True,) else _few(query, column, asks_each=any(are_many))  # known to be many
    if few is None:
        exact |= any(one.ids is not None and not many for one, many in zip(meant, are_many, strict=True))
        conditions = [one.by_index() if many else way for one, way, many in zip(meant, each, are_many, strict=True)]
        ids, counted = _ids(query, column, after), _counted(conditions, exact=exact)
    else:
        ids, counted = _part(few, column, after), _added_up(few)
    read = {one.id: one for one in db.session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    rows = [read[number] for number in ids]
    more = _key(rows[PAGE - 1], asked.sort) if len(rows) > PAGE else ""
    return Found(*counted, rows[:PAGE], more, _waiting(rows[:PAGE], at))


def _few(query: Select, column, *, asks_each: bool) -> list[Row] | None:
    """Everybody whom the query finds, with what the list is sorted by and adds up; None when they are more than few."""
    if asks_each:  # by the index of the list, so that SQLite compares what stands in it before it reads a row
        query = query.order_by(Customer.last_visit_at)
    columns = (Customer.id, column.label("value"), Customer.visits.label("visits"), Customer.spent.label("spent"))
    rows = db.session.execute(query.with_only_columns(*columns).limit(FEW + 1)).all()
    return rows if len(rows) <= FEW else None


def _part(few: list[Row], column, after: str) -> list[int]:
    """The same page of them as `_ids` asks for."""
    value, customer_id = _read_key(after, column)
    keys = sorted(((row.value is not None, row.value, row.id) for row in few), reverse=True)
    if customer_id:
        keys = [key for key in keys if key < (value is not None, value, customer_id)]
    return [number for *_, number in keys[: PAGE + 1]]


def _added_up(few: list[Row]) -> tuple:
    return len(few), True, sum(row.visits for row in few), sum(row.spent for row in few)


def _counted(conditions: list[ColumnElement], *, exact: bool) -> tuple:
    """How many they are, whether so many exactly, their visits and what they spent."""
    is_large = (db.session.scalar(select(func.max(Customer.id))) or 0) > SMALL
    if is_large and not conditions:
        every = select(func.count()).select_from(Customer)
        merged = db.session.scalar(every.where(Customer.merged_into_id.is_not(None)))
        return db.session.scalar(every) - merged, True, None, None
    if is_large and not exact:
        return FEW, False, None, None
    sums = (func.coalesce(func.sum(column), 0) for column in (Customer.visits, Customer.spent))
    return db.session.execute(select(func.count(), true(), *sums).where(NOT_MERGED, *conditions)).one()


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
    is_time = any(column is one for one in TIMES)
    try:
        value = (datetime.fromisoformat(text).replace(tzinfo=UTC) if is_time else int(text)) if text else None
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
