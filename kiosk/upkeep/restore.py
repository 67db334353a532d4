"""Put a backup in place of the shop's data: all of it, or nothing, also when the machine stops in the middle.

What is to be put there stands ready in the folder `restoring` first. From the moment that folder has its name, the
restore happens, at the latest when Suki starts again. What was there is never opened, since it may be damaged: it moves
into a folder of its own, on PostgreSQL into a schema of the same name.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from kiosk.base import cipher, database, disk, migrate, outside, presence
from kiosk.base.database import db, for_ddl
from kiosk.base.writing import writing
from kiosk.guard import audit
from kiosk.shop import shop
from kiosk.upkeep import backup, encryption, epochs, instance
from kiosk.upkeep.archive import DATA, SECRET

HEAD = "audit.head"
JOURNALS = ("-journal", "-wal", "-shm")
ASIDE = "aside"  # a file in the folder that stands ready: what the folder with the data of before will be called


@dataclass(frozen=True)
class Restored:
    """What a backup held, where the data before it is kept, and whether the secret came with it."""

    counted: dict[str, int]
    before: Path
    has_secret: bool


def restore(file: Path, settings: Mapping[str, str], at: datetime, key: str = "") -> Restored:
    """Put a backup in place of the shop's data; a sealed one needs the recovery key. The caller holds the claim on the
    data file.

    Raises NotABackup and NotWritable, and then nothing has been touched; OSError.
    """
    with _alone_on(settings["KIOSK_DATABASE_URL"]):
        pass  # else it would be said only once the backup has been read
    ready, instance_folder = _ready(settings), Path(settings["KIOSK_INSTANCE"])
    data_key = encryption.key_of(settings)
    aside = f"before restore {at:%Y-%m-%d %H.%M.%S}"
    with backup.opened(file, key) as opened:
        has_secret = opened.description is not None
        secret = (opened.folder if has_secret else instance_folder) / SECRET
        _note(opened, secret.read_bytes(), at, _read(instance_folder / HEAD))
        (opened.folder / ASIDE).write_text(aside)
        draft = _draft(ready)
        shutil.copytree(opened.folder, draft, ignore=shutil.ignore_patterns(DATA))
        cipher.copy(opened.folder / DATA, draft / DATA, new_key=data_key)
        for path in draft.iterdir():
            disk.sync(path)
        draft.rename(ready)
        disk.sync(ready.parent)
    _take_lists(file.parent, instance_folder)
    finish(settings)
    return Restored(opened.counted, ready.with_name(aside), has_secret)


def _take_lists(place: Path, instance_folder: Path) -> None:
    """Of the lists that lie beside a backup, what this machine does not know."""
    for name in outside.LISTS:
        known = _read(instance_folder / name).splitlines()
        if new := [line for line in _read(place / name).splitlines() if line not in known]:
            outside.append(instance_folder / name, *new)


@contextmanager
def _alone_on(url: str) -> Iterator[Engine]:
    """The database, on which no server runs; a data file has been claimed. Raises NotWritable."""
    engine = create_engine(url, **database.engine_options(url))
    try:
        with presence.alone(engine) as is_alone:
            if not is_alone:
                raise instance.NotWritable(presence.RUNS)
            yield engine
    finally:
        engine.dispose()


def _note(opened: backup.Opened, secret: bytes, at: datetime, head_before: str) -> None:
    """Record in the restored audit that it was restored, and where the audit stood that it replaces."""
    with backup.shop_in(opened.folder, secret).app_context():
        audit.follow()
        with writing():
            shop.describe(**{backup.LAST: at.isoformat()})  # the backup is what is stored now, and was read back
            made_at = (opened.description or {}).get("made_at")
            epochs.begin(datetime.fromisoformat(made_at) if made_at else at, at)
            details = {"made_at": made_at, "head_before": head_before}
            audit.add_note(audit.RESTORE, at, by=None, details=opened.counted | details)
        db.session.remove()
        db.engine.dispose()


def finish(settings: Mapping[str, str]) -> None:
    """Carry out the restore that stands ready, if one does. The caller holds the claim on the data file.

    Raises NotWritable when it cannot be done.
    """
    ready = _ready(settings)
    shutil.rmtree(_draft(ready), ignore_errors=True)
    if not ready.exists():
        return
    aside, instance_folder = ready.with_name((ready / ASIDE).read_text()), Path(settings["KIOSK_INSTANCE"])
    aside.mkdir(exist_ok=True)
    try:
        if file := database.file_of(settings["KIOSK_DATABASE_URL"]):
            for kind in JOURNALS:
                _move_aside(file.with_name(file.name + kind), aside / (DATA + kind))
            _replace(file, ready / DATA, aside / DATA)
        else:
            _put_rows(settings["KIOSK_DATABASE_URL"], ready / DATA, aside.name)
    except instance.NotWritable:
        shutil.rmtree(ready)
        aside.rmdir()
        raise
    for name in (SECRET, HEAD):
        _replace(instance_folder / name, ready / name, aside / name)
    disk.sync(instance_folder)
    shutil.rmtree(ready)


@contextmanager
def put_back(file: Path | None, key: str) -> Iterator[None]:
    """Put the data file back as it was when what is inside fails. The caller holds its claim; of PostgreSQL, whose
    migrations are one transaction, there is no file."""
    with TemporaryDirectory() as folder:
        before = Path(folder, DATA)
        if file and file.exists():
            cipher.copy(file, before, key, key)
        try:
            yield
        except BaseException:
            if before.exists():
                for kind in JOURNALS:
                    file.with_name(file.name + kind).unlink(missing_ok=True)
                shutil.move(before, file)
            raise


def refuse_unfinished(settings: Mapping[str, str]) -> None:
    """Raise NotWritable while a restore stands ready that has not been finished."""
    if _ready(settings).exists():
        raise instance.NotWritable("a restore was interrupted. Start Suki without a command, and it will be finished.")


def _ready(settings: Mapping[str, str]) -> Path:
    """Beside the data file, so that it is on the same disk."""
    file = database.file_of(settings["KIOSK_DATABASE_URL"])
    return (file.parent if file else Path(settings["KIOSK_INSTANCE"])) / "restoring"


def _draft(ready: Path) -> Path:
    return ready.with_name(".restoring")


def _replace(place: Path, new: Path, aside: Path) -> None:
    """Move what lies there aside and put the new file there. Done again, it does what was left to do."""
    if new.exists():
        _move_aside(place, aside)
        shutil.move(new, place)


def _move_aside(place: Path, aside: Path) -> None:
    if place.exists() and not aside.exists():
        shutil.move(place, aside)


def _put_rows(url: str, data: Path, aside: str) -> None:
    """Move the tables into a schema of that name, and make new ones with the rows of the backup, in one transaction.

    Raises NotWritable when it was taken back.
    """
    source_engine = create_engine(f"sqlite:///{data}", poolclass=NullPool)
    try:
        with _alone_on(url) as engine, engine.connect() as target, source_engine.connect() as source, for_ddl(target):
            if aside not in inspect(target).get_schema_names():  # else this was done, and Suki stopped after it
                _move_tables(target, aside)
                migrate.add_newest(target)
                backup.copy_rows(source, target)
                database.go_on_numbering(target)
    except DBAPIError as error:
        if error.connection_invalidated:  # nobody knows whether it was stored; the next start finds out
            raise
        raise instance.NotWritable(f"the database refuses ({database.in_one_line(error)}).") from None


def _move_tables(target: Connection, schema: str) -> None:
    target.execute(text("SET LOCAL lock_timeout = '10s'"))
    target.execute(CreateSchema(schema))
    quote = target.dialect.identifier_preparer.quote
    for table in inspect(target).get_table_names():
        target.exec_driver_sql(f"ALTER TABLE {quote(table)} SET SCHEMA {quote(schema)}")


def _read(path: Path) -> str:
    return path.read_text(errors="replace").strip() if path.exists() else ""
