"""Customers who are most likely one person: for somebody to look at, and merge or leave."""

from collections.abc import Iterator

from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.folding import fold, words_in
from kiosk.models import Customer
from kiosk.models.customers import NOT_MERGED

MOST, CHUNK = 100, 5000  # pairs that are shown; customers that are read at once
LAST_DIGITS = 8  # those of a number that stay the same however its beginning is written


def likely() -> list[tuple[str, Customer, Customer]]:
    """Pairs of customers with the same `phone`, `email` or `name`, the oldest first. Each is read once and put beside
    those with the same key, so that the time grows with their number, not with its square."""
    first, pairs = {}, {}
    for row in _rows():
        for why, key in _keys(row):
            known = first.setdefault(hash((why, key)), row.id)
            if known != row.id:
                pairs.setdefault((known, row.id), why)
        if len(pairs) >= MOST:
            break
    found = {one.id: one for one in db.session.scalars(select(Customer).where(Customer.id.in_(_ids(pairs))))}
    return [(why, found[one], found[other]) for (one, other), why in list(pairs.items())[:MOST]]


def _ids(pairs: dict) -> set[int]:
    return {number for pair in pairs for number in pair}


def _rows() -> Iterator:
    columns = (Customer.id, Customer.name, Customer.city, Customer.phone, Customer.email)
    last = 0
    while some := db.session.execute(
        select(*columns).where(NOT_MERGED, Customer.id > last).order_by(Customer.id).limit(CHUNK)
    ).all():
        yield from some
        last = some[-1].id


def _keys(row) -> Iterator[tuple[str, object]]:
    if row.phone:
        yield "phone", row.phone[-LAST_DIGITS:]
    if row.email:
        name, _, domain = fold(row.email).partition("@")
        yield "email", (name.partition("+")[0].replace(".", ""), domain)
    if row.name and row.city and len(words := words_in(row.name)) > 1:
        yield "name", (frozenset(words), fold(row.city))
