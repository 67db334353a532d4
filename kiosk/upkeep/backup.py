"""Copies of everything the shop has stored: one file, whichever database it came from, read back before it counts."""

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
from sqlalchemy import inspect as inspector
from sqlalchemy.exc import SQLAlchemyError

from kiosk.base import database, migrate
from kiosk.base.database import db, is_sqlite
from kiosk.base.writing import writing
from kiosk.guard import audit
from kiosk.models import Coupon, Customer, Setting, Signup
from kiosk.shop import shop
from kiosk.upkeep import archive, schema
from kiosk.upkeep.archive import DATA, NotABackup

COUNTED = {"signups": Signup, "customers": Customer, "coupons": Coupon}
LAST = "last_backup_at"


@dataclass(frozen=True)
class Opened:
    """A backup that has proved itself, in a folder of its own in which it is a shop."""

    folder: Path
    description: dict | None  # None in a backup of the first release, which had no secret either
    counted: dict[str, int]

    def shop(self, secret: bytes) -> Flask:
        """Enough of an app to work on its data."""
        return _shop_in(self.folder, secret)


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
            copy_file(db.engine.url.database, data) if is_sqlite() else _copy_rows_out(data)
            description = {"format": 1, "made_at": at.isoformat(), "head": _head(data), "rows": _row_counts(data)}
            key = shop.stored().recovery_key
            digest = archive.write(plain if key else draft, data, current_app.secret_key, description)
            if key:  # and to a key that is gone when it has been read back: the server has none that opens it
                archive.seal(plain, draft, key, str(proof.to_public()))
        counted = inspect(draft, str(proof))
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    return counted, digest


def copy_file(file: Path | str, data: Path) -> None:
    """SQLite's own online copy, in one piece: it neither blocks readers nor starts again at every write."""
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(data)) as target:
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")


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
            _prove(folder / DATA, description, file.name)
            counted = _bring_up_to_date(folder, file.name)
        except (sqlite3.Error, SQLAlchemyError):
            raise NotABackup(f"{file.name} is not a backup of Suki, or it is damaged.") from None
        yield Opened(folder, description, counted)


def _prove(data: Path, description: dict | None, name: str) -> None:
    """Look at the file itself, before anything in it is run."""
    with closing(sqlite3.connect(f"{data.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        copy.execute("PRAGMA trusted_schema=OFF")
        if copy.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
            raise NotABackup(f"{name} is damaged.")
        if copy.execute("PRAGMA foreign_key_check").fetchall():
            raise NotABackup(f"{name} is incomplete.")
        if foreign := copy.execute(schema.OTHERS).fetchone():
            raise NotABackup(f"{name} holds a {foreign[0]}, {foreign[1]}, that Suki did not make.")
    if description and description.get("rows") != _row_counts(data):
        raise NotABackup(f"{name} does not hold what it says it holds.")


def _head(data: Path) -> str:
    """Where the audit stands in a copy."""
    with closing(sqlite3.connect(data)) as copy:
        newest = copy.execute("SELECT id || ' ' || mac FROM audit ORDER BY id DESC LIMIT 1").fetchone()
        return newest[0] if newest else ""


def _row_counts(data: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"{data.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        tables = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in tables}


def _bring_up_to_date(folder: Path, name: str) -> dict[str, int]:
    """Run the migrations that a backup lacks, compare its tables with Suki's own, and count what it holds."""
    with _shop_in(folder, b"").app_context():
        try:
            if not inspector(db.engine).has_table("alembic_version"):
                raise NotABackup(f"{name} is not a backup of Suki.")
            migrate.to_newest(db.engine)
            if wrong := schema.differences(db.engine):
                raise NotABackup(f"{name} has other tables than Suki makes: {', '.join(wrong)}.")
            return {kind: db.session.query(model).count() for kind, model in COUNTED.items()}
        except migrate.Newer:
            raise NotABackup(f"{name} was made by a newer Suki. Update this one first.") from None
        finally:
            db.session.remove()
            db.engine.dispose()


def _shop_in(folder: Path, secret: bytes) -> Flask:
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
