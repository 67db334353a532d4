"""Counting by the shop's clock what the database keeps in UTC."""

from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, func, select

from kiosk.base.database import db, is_sqlite
from kiosk.shop import shop


def days_from(earlier: ColumnElement, later: ColumnElement) -> ColumnElement[float]:
    """How many days, of 24 hours, lie between two instants."""
    if is_sqlite():
        return func.julianday(later) - func.julianday(earlier)
    return func.extract("epoch", later - earlier) / 86400


def within(when: ColumnElement, first: date, last: date) -> ColumnElement[bool]:
    """That an instant lies in shop days `first` to `last`."""
    start, end = shop.current().span(first, last)
    return and_(when >= start, when < end)


def between_each(when: ColumnElement, starts: list[datetime], *conditions) -> list[int]:
    """How many rows have their instant between each two of these that follow each other."""
    counts = [select(func.count()).where(when >= start, when < end, *conditions) for start, end in pairwise(starts)]
    return list(db.session.execute(select(*(count.scalar_subquery() for count in counts))).one())
