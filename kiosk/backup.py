"""Copies of everything the shop has stored: one file, whichever database it came from, read back before it counts."""

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import Connection, create_engine, func, insert, select, text

from . import audit, shop
from .database import db, for_ddl, is_sqlite, writing
from .models import Coupon, Customer, Setting, Signup

COUNTED = {"signups": Signup, "customers": Customer, "coupons": Coupon}
LAST = "last_backup_at"


class NotABackup(Exception):
    """A file cannot be restored; the text says why, and nothing has been touched."""


def make(file: Path, at: datetime) -> dict[str, int]:
    """Copy everything into a new file, beside a running server; gives back what was counted in it.

    Raises FileExistsError, OSError, sqlite3.Error, NotABackup when it does not read back.
    """
    if file.exists():
        raise FileExistsError(file)
    draft = file.with_name(f".{file.name}.part")
    draft.write_bytes(b"")
    try:
        _copy_file(draft) if is_sqlite() else _copy_rows_out(draft)
        counted = inspect(draft)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
    with writing():
        shop.describe(**{LAST: at.isoformat()})
    return counted


def _copy_file(draft: Path) -> None:
    """SQLite's own online copy, in one piece: it neither blocks readers nor starts again at every write."""
    with closing(sqlite3.connect(db.engine.url.database)) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target, pages=-1)
        target.execute("PRAGMA journal_mode=DELETE")


def _copy_rows_out(draft: Path) -> None:
    engine = create_engine(f"sqlite:///{draft}")
    with engine.begin() as target, db.engine.connect() as source:
        source = source.execution_options(isolation_level="REPEATABLE READ")
        db.metadata.create_all(target)
        step = source.scalar(text("SELECT version_num FROM alembic_version"))
        target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        target.execute(text("INSERT INTO alembic_version VALUES (:step)"), {"step": step})
        _copy_rows(source, target)
    engine.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in db.metadata.sorted_tables:
        rows = source.execute(select(table)).mappings()
        for some in rows.partitions(1000):
            target.execute(insert(table), [dict(row) for row in some])


def inspect(file: Path) -> dict[str, int]:
    """How many rows of each kind a backup holds. Raises NotABackup for anything but a sound one of this shop's kind."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as backup:
            if backup.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise NotABackup(f"{file.name} is damaged.")
            if backup.execute("PRAGMA foreign_key_check").fetchall():
                raise NotABackup(f"{file.name} is incomplete.")
            step = backup.execute("SELECT version_num FROM alembic_version").fetchone()
            own = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if step is None or step[0] > own:
                raise NotABackup(f"{file.name} was made by a newer Suki. Update this one first.")
            asked = {name: f"SELECT count(*) FROM {one.__tablename__}" for name, one in COUNTED.items()}
            return {name: backup.execute(query).fetchone()[0] for name, query in asked.items()}
    except sqlite3.Error:
        raise NotABackup(f"{file.name} is not a backup of Suki, or it is damaged.") from None


def restore(file: Path, at: datetime) -> tuple[dict[str, int], Path]:
    """Put a backup in place of the shop's data; gives back what it held, and where the data before it was kept.

    The server must be stopped. Raises NotABackup, and then nothing has been touched.
    """
    counted = inspect(file)
    before = Path(current_app.config["KIOSK_INSTANCE"]) / f"before restore {at:%Y-%m-%d %H.%M.%S}.sqlite"
    make(before, at)
    _put_file(file) if is_sqlite() else _put_rows(file)
    audit.follow()
    with writing():
        shop.describe(**{LAST: at.isoformat()})  # the backup is what is stored now, and was read back
    return counted, before


def _put_file(file: Path) -> None:
    """Page by page into the data file, in one transaction of SQLite's own: all of it or nothing."""
    target_path = db.engine.url.database
    db.session.rollback()
    db.engine.dispose()
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(target_path)) as target:
        target.execute("PRAGMA synchronous=FULL")
        source.backup(target, pages=-1)


def _put_rows(file: Path) -> None:
    engine = create_engine(f"sqlite:///{file.resolve()}")
    db.session.rollback()
    with engine.connect() as source, db.engine.connect() as target, for_ddl(target):
        for table in reversed(db.metadata.sorted_tables):
            target.execute(table.delete())
        _copy_rows(source, target)
        for table in db.metadata.sorted_tables:
            if "id" in table.c:
                highest = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
                target.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest, False)))
    engine.dispose()


def last_made() -> datetime | None:
    """When the last backup was made and read back."""
    said = db.session.get(Setting, LAST)
    return said and datetime.fromisoformat(said.value)
