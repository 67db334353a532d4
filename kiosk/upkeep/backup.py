"""Copies of everything the shop has stored: one file, whichever database it came from, read back before it counts.

The data in it is under no key but that of the recovery sheet, so that the sheet alone brings everything back.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask, current_app
from pyrage import x25519
from sqlalchemy import Connection, create_engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from kiosk.base import cipher, database, migrate, schema
from kiosk.base.database import db, is_sqlite
from kiosk.base.writing import writing
from kiosk.guard import audit
from kiosk.models import Coupon, Customer, Setting, Signup
from kiosk.shop import shop
from kiosk.upkeep import archive
from kiosk.upkeep.archive import DATA, NotABackup

COUNTED = {"signups": Signup, "customers": Customer, "coupons": Coupon}
LAST = "last_backup_at"
NEWEST_AUDIT = "SELECT id || ' ' || mac FROM audit ORDER BY id DESC LIMIT 1"


@dataclass(frozen=True)
class Opened:
    """A backup that has proved itself, in a folder of its own in which it is a shop."""

    folder: Path
    description: dict | None  # None in a backup of the first release, which had no secret either
    counted: dict[str, int]


def make(file: Path, at: datetime) -> dict[str, int]:
    """Copy everything into a new file, beside a running server; gives back what was counted in it.

    Raises FileExistsError, OSError, sqlite3.Error, DBAPIError; NotABackup when it does not read back.
    """
    counted, digest = write(file, at)
    with writing():
        shop.describe(**{LAST: at.isoformat()})
        audit.add_note("backup", at, by=None, object_id=file.name, details=counted | {"sha256": digest})
    return counted


def write(file: Path, at: datetime) -> tuple[dict[str, int], str]:
    """The same without a trace in the database; gives back the digest of the archive, too."""
    if file.exists():
        raise FileExistsError(file)
    draft, proof = file.with_name(f".{file.name}.part"), x25519.Identity.generate()
    draft.touch()
    try:
        with TemporaryDirectory() as folder:
            data, plain = Path(folder, DATA), Path(folder, "plain")
            if is_sqlite():
                cipher.copy(db.engine.url.database, data, current_app.config["DATABASE_KEY"])
            else:
                _copy_rows_out(data)
            head = "".join(row for (row,) in _read(data, NEWEST_AUDIT))
            description = {"format": 1, "made_at": at.isoformat(), "head": head, "rows": _row_counts(data)}
            key = shop.stored().recovery_key
            digest = archive.write(plain if key else draft, data, current_app.secret_key, description)
            if key:  # and to a key that is gone when it has been read back: the server has none that opens it
                archive.seal(plain, draft, key, str(proof.to_public()))
        counted = inspect(draft, str(proof))
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return counted, digest


def _copy_rows_out(data: Path) -> None:
    engine = create_engine(f"sqlite:///{data}")
    migrate.to_newest(engine)
    with engine.begin() as target, db.engine.connect() as source:
        source = source.execution_options(isolation_level="REPEATABLE READ", stream_results=True)
        copy_rows(source, target)
    engine.dispose()


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy all rows of all tables into tables that are empty."""
    for table in db.metadata.sorted_tables:
        rows = source.execute(select(table)).mappings()
        for some in rows.partitions(1000):
            target.execute(insert(table), [dict(row) for row in some])


def inspect(file: Path, key: str = "") -> dict[str, int]:
    """How many rows of each kind a backup holds. Raises NotABackup for anything but a sound one of this shop's kind."""
    with opened(file, key) as backup:
        return backup.counted


@contextmanager
def opened(file: Path, key: str = "") -> Iterator[Opened]:
    """Open a backup in a temporary folder, brought to this version of Suki, after it has proved itself.

    It must match its digest, hold what it says it holds, and have the tables that Suki makes, and nothing else.
    Raises NotABackup, OSError.
    """
    with TemporaryDirectory() as folder:
        folder = Path(folder)
        description = archive.read(file, folder, key)
        try:
            rows = _prove(folder / DATA, description, file.name)
            _bring_up_to_date(folder / DATA, file.name)
        except (sqlite3.Error, SQLAlchemyError):
            raise NotABackup(f"{file.name} is not a backup of Suki, or it is damaged.") from None
        yield Opened(folder, description, {kind: rows[model.__tablename__] for kind, model in COUNTED.items()})


def _prove(data: Path, description: dict | None, name: str) -> dict[str, int]:
    """Look at the file itself, before anything in it is run; gives back how many rows each table has."""
    if _read(data, "PRAGMA integrity_check") != [("ok",)]:
        raise NotABackup(f"{name} is damaged.")
    if _read(data, "PRAGMA foreign_key_check"):
        raise NotABackup(f"{name} is incomplete.")
    for kind, foreign in _read(data, schema.OTHERS):
        raise NotABackup(f"{name} holds a {kind}, {foreign}, that Suki did not make.")
    rows = _row_counts(data)
    if description and description.get("rows") != rows:
        raise NotABackup(f"{name} does not hold what it says it holds.")
    if "alembic_version" not in rows:
        raise NotABackup(f"{name} is not a backup of Suki.")
    return rows


def _read(data: Path, sql: str) -> list[tuple]:
    """Ask a copy, of which nothing is changed or run."""
    with closing(sqlite3.connect(f"{data.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        copy.execute("PRAGMA trusted_schema=OFF")
        return copy.execute(sql).fetchall()


def _row_counts(data: Path) -> dict[str, int]:
    tables = _read(data, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return {name: _read(data, f'SELECT count(*) FROM "{name}"')[0][0] for (name,) in tables}


def _bring_up_to_date(data: Path, name: str) -> None:
    """Run the migrations that a backup lacks, and compare its tables with Suki's own."""
    engine = create_engine(f"sqlite:///{data}")
    try:
        migrate.to_newest(engine)
        if wrong := schema.differences(engine):
            raise NotABackup(f"{name} has other tables than Suki makes: {', '.join(wrong)}.")
    except migrate.Newer:
        raise NotABackup(f"{name} was made by a newer Suki. Update this one first.") from None
    finally:
        engine.dispose()


def shop_in(folder: Path, secret: bytes) -> Flask:
    """Enough of an app to work on the data that lies in a folder."""
    app, url = Flask(__name__), f"sqlite:///{folder / DATA}"
    app.secret_key = secret
    app.config.update(KIOSK_INSTANCE=str(folder), SQLALCHEMY_DATABASE_URI=url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = database.engine_options(url)
    db.init_app(app)
    return app


def last_made() -> datetime | None:
    """When the last backup was made and read back."""
    said = db.session.get(Setting, LAST)
    return said and datetime.fromisoformat(said.value)
