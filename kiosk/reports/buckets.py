"""Counting by the shop's clock what the database keeps in UTC."""

from collections import Counter
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Integer, Select, String, and_, cast, func, literal_column, select, type_coerce

from kiosk.base.database import db, is_sqlite
from kiosk.shop import shop


def by_hour(query: Select, when: ColumnElement, first: date, last: date) -> Counter[tuple[date, int]]:
    """How many rows of the query there are in each hour of those shop days, by the day and its hour in shop time.
    Hours go on after midnight, 24 being the first, where the shop day does.

    The database counts quarters of an hour, since there are zones that differ from UTC by a quarter; only these become
    shop time here.
    """
    here = shop.current()
    start, end = here.span(first, last)
    quarter = _quarter(when).label("quarter")
    counted = query.with_only_columns(quarter, func.count()).where(when >= start, when < end).group_by(quarter)
    hours = Counter()
    for text, count in db.session.execute(counted):
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
        day, local = here.day_of(at), here.time_of(at)
        hours[day, 24 * (local.date() - day).days + local.hour] += count
    return hours


def _quarter(when: ColumnElement) -> ColumnElement[str]:
    """The quarter of an hour of an instant, in UTC, like `2026-11-29 13:45`."""
    if is_sqlite():
        text = type_coerce(when, String)
        minutes = func.printf("%02d", cast(func.substr(text, 15, 2), Integer).op("/")(15).op("*")(15))
        return func.substr(text, 1, 14).concat(minutes)
    begin = func.date_bin(literal_column("interval '15 minutes'"), func.timezone("UTC", when),
                          literal_column("timestamp '2000-01-01'"))  # fmt: skip
    return func.to_char(begin, "YYYY-MM-DD HH24:MI")


def days_from(earlier: ColumnElement, later: ColumnElement) -> ColumnElement[float]:
    """How many days, of 24 hours, lie between two instants."""
    if is_sqlite():
        return func.julianday(later) - func.julianday(earlier)
    return func.extract("epoch", later - earlier) / 86400


def within(when: ColumnElement, first: date, last: date) -> ColumnElement[bool]:
    """That an instant lies in shop days `first` to `last`."""
    start, end = shop.current().span(first, last)
    return and_(when >= start, when < end)


def in_spans(when: ColumnElement, spans: list[tuple[datetime, datetime]], *conditions) -> list[int]:
    """How many rows have their instant in each of these spans."""
    counts = [select(func.count()).where(when >= start, when < end, *conditions) for start, end in spans]
    return list(db.session.execute(select(*(count.scalar_subquery() for count in counts))).one())
