"""The one place that holds the shop's data: how it is read, and the one door through which it is written.

A verb like `redeem` owns its transaction (it is decorated with `writes`); one like `add_redemption` works inside its
caller's. So whoever owns a transaction calls only the second kind.
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache, wraps

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import CheckConstraint, ColumnElement, DateTime, MetaData, func, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, make_transient_to_detached, mapped_column
from sqlalchemy.types import TypeDecorator

from kiosk.base.refusals import Refusal

WRITER = "writer"  # the name of the second engine, which SQLite needs


class UTCDateTime(TypeDecorator):
    """An instant, always aware and in UTC; a naive one is a mistake and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value, dialect):
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


Base.registry.update_type_annotation_map({datetime: UTCDateTime})


class ByTwoDoors(Session):
    """Reads on connections that can do nothing else; inside the write door, everything on the one that may write, since
    a connection that is switched to and fro prepares all its statements anew."""

    def get_bind(self, *args, **kwargs):
        return self.info.get(WRITER) or super().get_bind(*args, **kwargs)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "class_": ByTwoDoors})


class Numbered(db.Model):
    """A table whose rows are numbered."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)


def one_of(column: str, *words: str) -> CheckConstraint:
    """The rule that a column has one of these words."""
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, words))})", name=column)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def known(model: type[Base], number: int):
    """The row of that number as it is now, whatever was read of it before. Raises Refusal `unknown`."""
    row = db.session.get(model, number, populate_existing=True)
    if row is None:
        raise Refusal("unknown")
    return row


def execute(statement):
    """Change or delete many rows, without looking for them among the objects that were read; gives back the result."""
    return db.session.execute(statement, execution_options={"synchronize_session": False})


def in_pieces(query, number, most: int = 5000) -> Iterator[Sequence]:
    """The rows of a query in the order of their `id`, which is `number`, in pieces of at most `most` rows; between
    them no transaction is open."""
    last = 0
    while some := db.session.execute(query.where(number > last).order_by(number).limit(most)).all():
        yield some
        last = some[-1].id


def add_row(model: type[Base], row: dict):
    """Insert one row; gives back its object as if it had been read. This costs a third of the session's own way."""
    number = add_id(model, row)
    thing = model(**row, id=number)
    make_transient_to_detached(thing)
    db.session.add(thing)
    return thing


def add_id(model: type[Base], row: dict) -> int:
    """Insert one row; gives back its number."""
    return db.session.connection().execute(_into(model), row).inserted_primary_key[0]


def add_rows(rows: dict[type[Base], list[dict]]) -> None:
    """Insert rows, table by table; those of one table have the same columns."""
    connection = db.session.connection()
    for model, added in rows.items():
        if added:
            connection.execute(_into(model), added)


@cache
def _into(model: type[Base]):
    return insert(model.__table__)


def begins(column, text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as an index is asked: from the text up to, but without, what comes after
    everything that begins with it."""
    return (column >= text) & (column < text[:-1] + chr(ord(text[-1]) + 1))


class Turnstile:
    """First come, first served. SQLite's own busy wait lets a writer starve for seconds."""

    def __init__(self):
        self._guard, self._waiting, self._busy = threading.Lock(), deque(), False

    def __enter__(self):
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_):
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False


_turnstile = Turnstile()
_this_thread = threading.local()  # its `verb` is what this thread is writing now


class Nested(RuntimeError):
    """A write was begun inside another one, for which it would wait for ever; the text names both."""


def writing():
    """The write door: everything inside is stored together, on the disk, when the block ends, or not at all.

    Raises Nested inside another write.
    """
    return _writing(sys._getframe(1).f_code.co_qualname)


@contextmanager
def _writing(verb: str):
    if outer := getattr(_this_thread, "verb", None):  # before anything of that write is touched
        raise Nested(f"{verb} begins a write inside that of {outer}. Inside it, use a verb that begins none (add_…).")
    _this_thread.verb = verb
    try:
        db.session.rollback()
        db.session.info[WRITER] = writer = db.engines.get(WRITER)
        with _turnstile if writer else nullcontext(), db.session.begin():
            if writer:
                db.session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield db.session
    finally:
        db.session.info.pop(WRITER, None)
        _this_thread.verb = None


def alone(what: str) -> None:
    """Let nobody else do this until our transaction ends, so that what is looked up next is the newest.
    On SQLite the write door does that; the unique keys decide in any case."""
    if not is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def writes(verb):
    """Run a verb in one transaction of its own; one that loses a race for a unique key is run again.

    The verb raises Nested when it is called inside another write.
    """

    @wraps(verb)
    def in_one_transaction(*args, **kwargs):
        for tries_left in (2, 1, 0):
            try:
                with _writing(f"{verb.__module__}.{verb.__qualname__}"):
                    return verb(*args, **kwargs)
            except DBAPIError as error:
                if not (tries_left and _lost_a_race(error)):
                    raise

    return in_one_transaction


def with_rests(pieces: Iterable) -> Iterator:
    """The pieces of long work, and after each a rest of as long as it took: others write then, also from another
    process, whose turn SQLite does not keep."""
    for piece in pieces:
        began = time.monotonic()
        yield piece
        time.sleep(time.monotonic() - began)


def _lost_a_race(error: DBAPIError) -> bool:
    serialization = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock
    return isinstance(error, IntegrityError) or (
        isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in serialization
    )
