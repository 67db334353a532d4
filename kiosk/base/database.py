"""The one file that holds the shop's data: how it is read, and the one door through which it is written."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import CheckConstraint, ColumnElement, Connection, DateTime, MetaData, event, insert, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, make_transient_to_detached, mapped_column
from sqlalchemy.types import TypeDecorator

from kiosk.base import cipher
from kiosk.base.refusals import Refusal

WRITER = "writer"  # the name of the second engine, which SQLite needs
MOST_THREADS = 64  # each holds one connection; no more are opened than are used at once
ON_EACH_CONNECTION = {
    "synchronous": "FULL",  # an answer is given only for what a power cut cannot take back
    "foreign_keys": "ON",
    "secure_delete": "ON",  # what is erased leaves no bytes behind
    "busy_timeout": 10_000,
    "temp_store": "MEMORY",
    "query_only": "ON",  # but on the connection of the write door
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


def file_of(url: str) -> Path | None:
    """The data file of a SQLite address."""
    place = make_url(url)
    return Path(place.database).resolve() if place.get_backend_name() == "sqlite" and place.database else None


def configure(app: Flask, url: str, key: str) -> None:
    """Let the app open that database."""
    options = engine_options(url, key)
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    if url.startswith("sqlite"):
        app.config["SQLALCHEMY_BINDS"] = {WRITER: options | {"url": url}}
    db.init_app(app)
    with app.app_context():
        prepare_connections(db.engine)
        if writer := db.engines.get(WRITER):
            prepare_connections(writer, query_only="OFF")
            event.listen(db.engine, "engine_disposed", lambda _: writer.dispose())


def engine_options(url: str, key: str = "") -> dict:
    """What SQLAlchemy is told; parameters are hidden, since they are people's names and numbers."""
    options = {"hide_parameters": True, "pool_size": MOST_THREADS, "max_overflow": 0}
    if url.startswith("sqlite"):
        said = {"isolation_level": None, "check_same_thread": False}
        under_key = {"module": cipher.library(key), "creator": partial(cipher.connect, file_of(url), key, **said)}
        return options | (under_key if key else {}) | {"connect_args": said}
    waits = {"connect_timeout": 5, "tcp_user_timeout": 10_000}  # for a server that is away: seconds, milliseconds
    return options | {"isolation_level": "READ COMMITTED", "pool_pre_ping": True, "connect_args": waits}


def journal_mode(engine) -> str:
    """`wal`; `truncate` before 3.51.3, which corrupts some logs (https://sqlite.org/wal.html, "WAL-reset bug")."""
    return "wal" if engine.dialect.dbapi.sqlite_version_info >= (3, 51, 3) else "truncate"


def prepare_connections(engine, **other) -> None:
    """Tell every new SQLite connection the settings above. A read is then a statement of its own:
    in TRUNCATE mode an open read would keep writers out."""
    if engine.dialect.name != "sqlite":
        return
    mode = journal_mode(engine)

    @event.listens_for(engine, "connect")
    def on_connect(connection, _record):
        for pragma, value in ({"journal_mode": mode} | ON_EACH_CONNECTION | other).items():
            connection.execute(f"PRAGMA {pragma}={value}")
        actual = connection.execute("PRAGMA journal_mode").fetchone()[0]
        if actual != mode:
            raise sqlite3.OperationalError(f"journal mode is {actual}, not {mode}")

    @event.listens_for(engine, "handle_error")
    def on_trouble(context):
        """After trouble with the disk every connection is a new one: what was opened read-only would stay so."""
        if code_of(context.original_exception) not in DISK_TROUBLE:
            return
        context.is_disconnect = True
        if context.connection:  # closed alone, it would keep its locks until the last trace of the error is gone
            with suppress(context.dialect.loaded_dbapi.Error):
                context.connection.connection.rollback()


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


def go_on_numbering(connection: Connection) -> None:
    """Let PostgreSQL number the next rows after those that brought their numbers along; SQLite does so anyway."""
    for table in db.metadata.tables.values() if connection.dialect.name == "postgresql" else ():
        if "id" in table.c:
            sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
            connection.execute(text(f'SELECT setval({sequence}, coalesce(max(id), 0) + 1, false) FROM "{table.name}"'))


@cache
def _into(model: type[Base]):
    return insert(model.__table__)


def begins(column, text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as an index is asked: from the text up to, but without, what comes after
    everything that begins with it."""
    return (column >= text) & (column < text[:-1] + chr(ord(text[-1]) + 1))


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


@contextmanager
def for_ddl(connection: Connection):
    """One transaction in which tables may be rebuilt: SQLite's foreign keys rest, and are checked if rows were changed.

    Left on, they would silently delete the children of a rebuilt table; switched off inside a transaction,
    they would not switch (https://sqlite.org/foreignkeys.html#fk_enable).
    """
    if connection.dialect.name != "sqlite":
        with connection.begin():
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7319)")  # two servers starting at once
            yield
        return
    raw = connection.connection.dbapi_connection
    before, changes = raw.execute("PRAGMA query_only").fetchone()[0], raw.total_changes
    for statement in ("PRAGMA query_only=OFF", "PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"):
        raw.execute(statement)
    try:
        yield
        if orphans := raw.total_changes > changes and raw.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"a migration would leave {len(orphans)} row(s) without what they belong to")
        raw.commit()
    finally:
        raw.rollback()
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute(f"PRAGMA query_only={before}")
