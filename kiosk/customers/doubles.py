"""Customers who are most likely one person: for somebody to look at, and merge or leave."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from sqlalchemy import select

from kiosk.base.database import db, in_pieces
from kiosk.base.folding import fold, words_in
from kiosk.guard import audit
from kiosk.models import Audit, Customer, StaffSession
from kiosk.models.customers import NOT_MERGED

MOST = 100  # pairs that are shown
LAST_DIGITS = 8  # those of a number that stay the same however its beginning is written
TWO_PEOPLE = "two_people"  # what is noted when somebody looked at a pair and said so


def likely() -> list[tuple[str, Customer, Customer]]:
    """Pairs of customers with the same `phone`, `email` or `name`, the oldest first, but those who are known to be two
    people. Each is read once and put beside the first with the same key, so that the time grows with their number, not
    with its square."""
    first, told_apart, pairs, apart = {}, {}, {}, _apart()
    columns = (Customer.id, Customer.name, Customer.city, Customer.phone, Customer.email)
    for row in chain.from_iterable(in_pieces(select(*columns).where(NOT_MERGED), Customer.id)):
        for why, key in _keys(row):
            known = first.setdefault(same := hash((why, key)), row.id)
            others = [known, *told_apart.get(same, ())]
            other = next((one for one in others if one != row.id and (one, row.id) not in apart), None)
            if other:
                pairs.setdefault((other, row.id), why)
            elif known != row.id:
                told_apart.setdefault(same, []).append(row.id)
        if len(pairs) >= MOST:
            break
    meant = select(Customer).where(Customer.id.in_({*chain.from_iterable(pairs)}))
    found = {one.id: one for one in db.session.scalars(meant)}
    return [(why, found[one], found[other]) for (one, other), why in list(pairs.items())[:MOST]]


def _apart() -> set[tuple[int, int]]:
    said = select(Audit.object_id, Audit.details).where(Audit.action == TWO_PEOPLE)
    return {(int(one), details["customer"]) for one, details in db.session.execute(said)}


def keep_apart(one: int, other: int, at: datetime, *, by: StaffSession) -> None:
    """Let these two customers be listed as a likely double no more."""
    first, second = sorted((one, other))
    audit.note(TWO_PEOPLE, at, by=by, object_id=first, details={"customer": second})


def _keys(row) -> Iterator[tuple[str, object]]:
    if row.phone:
        yield "phone", row.phone[-LAST_DIGITS:]
    if row.email:
        name, _, domain = fold(row.email).partition("@")
        yield "email", (name.partition("+")[0].replace(".", ""), domain)
    if row.name and row.city and len(words := words_in(row.name)) > 1:
        yield "name", (frozenset(words), fold(row.city))
