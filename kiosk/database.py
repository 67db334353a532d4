"""The one file that holds the shop's data: how it is read, and the one door through which it is written."""

import functools
import sqlite3
import threading
from collections import deque
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, MetaData, event, func, make_url, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

SERVING = 7320  # the advisory lock on PostgreSQL that servers share, and restoring wants alone
MOST_THREADS = 64  # each holds one connection; no more are opened than are used at once
# Versions before 3.51.3 can corrupt a write-ahead log (https://sqlite.org/wal.html, "WAL-reset bug").
JOURNAL_MODE = "wal" if sqlite3.sqlite_version_info >= (3, 51, 3) else "truncate"
ON_EACH_CONNECTION = {
    "journal_mode": JOURNAL_MODE,
    "synchronous": "FULL",  # an answer is given only for what a power cut cannot take back
    "foreign_keys": "ON",
    "secure_delete": "ON",  # what is erased leaves no bytes behind
    "busy_timeout": 10_000,
    "temp_store": "MEMORY",
    "query_only": "ON",  # only the write door turns this off
}

DISK_TROUBLE = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN)


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
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def now() -> datetime:
    return datetime.now(UTC)


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def file_of(url: str) -> Path | None:
    """The data file of a SQLite address."""
    place = make_url(url)
    return Path(place.database).resolve() if place.get_backend_name() == "sqlite" and place.database else None


def engine_options(url: str) -> dict:
    """What SQLAlchemy is told; parameters are hidden, since they are people's names and numbers."""
    options = {"hide_parameters": True, "pool_size": MOST_THREADS, "max_overflow": 0}
    if url.startswith("sqlite"):
        return options | {"connect_args": {"isolation_level": None, "check_same_thread": False}}
    waits = {"connect_timeout": 5, "tcp_user_timeout": 10_000}  # for a server that is away: seconds, milliseconds
    return options | {"isolation_level": "READ COMMITTED", "pool_pre_ping": True, "connect_args": waits}


def prepare_connections(engine) -> None:
    """Tell every new SQLite connection the settings above. A read is then a statement of its own:
    in TRUNCATE mode an open read would keep writers out."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection, _record):
        for pragma, value in ON_EACH_CONNECTION.items():
            connection.execute(f"PRAGMA {pragma}={value}")
        actual = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if actual != JOURNAL_MODE:
            raise sqlite3.OperationalError(f"journal mode is {actual}, not {JOURNAL_MODE}")

    @event.listens_for(engine, "handle_error")
    def on_trouble(context):
        """After trouble with the disk every connection is a new one: what was opened read-only would stay so."""
        if code_of(context.original_exception) not in DISK_TROUBLE:
            return
        context.is_disconnect = True
        if context.connection:  # closed alone, it would keep its locks until the last trace of the error is gone
            with suppress(context.dialect.loaded_dbapi.Error):
                context.connection.connection.rollback()

    @event.listens_for(engine, "checkin")
    def on_return(connection, record):
        if connection and record.info.pop("may_write", False):
            connection.execute("PRAGMA query_only=ON")


def code_of(error: BaseException | None) -> int | None:
    """SQLite's primary result code (https://sqlite.org/rescode.html); None for an error that is not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return code and code & 0xFF


def in_one_line(error: Exception) -> str:
    """What the database itself said, for whoever installs; PostgreSQL's driver takes several lines."""
    return " ".join(str(getattr(error, "orig", error)).split()).rstrip(".")


def is_full(error: DBAPIError) -> bool:
    """Whether the disk of the database has no room left."""
    return code_of(error.orig) == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == "53100"


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


@contextmanager
def writing():
    """The write door: everything inside is stored together, on the disk, when the block ends, or not at all."""
    db.session.rollback()
    with _turnstile if is_sqlite() else nullcontext(), db.session.begin():
        if is_sqlite():
            connection = db.session.connection()
            connection.info["may_write"] = True
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        yield db.session


def alone(what: str) -> None:
    """Let nobody else do this until our transaction ends, so that what is looked up next is the newest.
    On SQLite the write door does that; the unique keys decide in any case."""
    if not is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def say_serving() -> tuple[Connection | None, bool]:
    """Let those who want PostgreSQL for themselves know that a server runs on it, while what is given back is kept;
    also tells whether it is the only one. A data file has a lock of its own (instance.claim)."""
    if is_sqlite():
        return None, True
    held = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    is_only = held.scalar(select(func.pg_try_advisory_lock(SERVING)))
    held.execute(select(func.pg_advisory_lock_shared(SERVING)))
    if is_only:
        held.execute(select(func.pg_advisory_unlock(SERVING)))
    return held, is_only


def is_served() -> bool:
    """Whether a server runs on this PostgreSQL; of a data file, its claim tells."""
    if is_sqlite():
        return False
    with db.engine.connect() as connection:
        is_free = connection.scalar(select(func.pg_try_advisory_lock(SERVING)))
        return not (is_free and connection.scalar(select(func.pg_advisory_unlock(SERVING))))


def writes(verb):
    """Run a verb in one transaction of its own. Who loses a race for a unique key looks again."""

    @functools.wraps(verb)
    def in_one_transaction(*args, **kwargs):
        for tries_left in (2, 1, 0):
            try:
                with writing():
                    return verb(*args, **kwargs)
            except DBAPIError as error:
                if not (tries_left and _lost_a_race(error)):
                    raise

    return in_one_transaction


def _lost_a_race(error: DBAPIError) -> bool:
    serialization = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock
    return isinstance(error, IntegrityError) or (
        isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in serialization
    )


@contextmanager
def for_ddl(connection: Connection):
    """One transaction in which tables may be rebuilt: SQLite's foreign keys rest, and are checked at its end.

    Left on, they would silently delete the children of a rebuilt table; switched off inside a transaction,
    they would not switch (https://sqlite.org/foreignkeys.html#fk_enable).
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7319)")  # two servers starting at once
            yield
        return
    raw = connection.connection.dbapi_connection
    connection.info["may_write"] = True
    for statement in ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        raw.execute(statement)
    try:
        yield
        if orphans := raw.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"a migration would leave {len(orphans)} row(s) without what they belong to")
        raw.commit()
    finally:
        raw.rollback()
        raw.execute("PRAGMA foreign_keys=ON")
