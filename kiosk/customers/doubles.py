"""Customers who are most likely one person: for somebody to look at, and merge or leave."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select

from kiosk.base.database import db, in_pieces
from kiosk.base.folding import fold, words_in
from kiosk.models import Customer
from kiosk.models.customers import NOT_MERGED

MOST = 100  # pairs that are shown
LAST_DIGITS = 8  # those of a number that stay the same however its beginning is written


def likely() -> list[tuple[str, Customer, Customer]]:
    """Pairs of customers with the same `phone`, `email` or `name`, the oldest first. Each is read once and put beside
    those with the same key, so that the time grows with their number, not with its square."""
    first, pairs = {}, {}
    columns = (Customer.id, Customer.name, Customer.city, Customer.phone, Customer.email)
    for row in chain.from_iterable(in_pieces(select(*columns).where(NOT_MERGED), Customer.id)):
        for why, key in _keys(row):
            known = first.setdefault(hash((why, key)), row.id)
            if known != row.id:
                pairs.setdefault((known, row.id), why)
        if len(pairs) >= MOST:
            break
    meant = select(Customer).where(Customer.id.in_({*chain.from_iterable(pairs)}))
    found = {one.id: one for one in db.session.scalars(meant)}
    return [(why, found[one], found[other]) for (one, other), why in list(pairs.items())[:MOST]]


def _keys(row) -> Iterator[tuple[str, object]]:
    if row.phone:
        yield "phone", row.phone[-LAST_DIGITS:]
    if row.email:
        name, _, domain = fold(row.email).partition("@")
        yield "email", (name.partition("+")[0].replace(".", ""), domain)
    if row.name and row.city and len(words := words_in(row.name)) > 1:
        yield "name", (frozenset(words), fold(row.city))
