"""The backups that Suki makes by itself: every day, in the instance folder and at a second place, seven days and four
weeks of them; and the recovery sheet with the only key that opens them."""

import hashlib
import hmac
import secrets
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from flask_babel import gettext
from pyrage import x25519
from sqlalchemy.exc import SQLAlchemyError

from kiosk.base import outside
from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.base.writing import writes
from kiosk.models import Setting, StaffSession
from kiosk.shop import shop
from kiosk.upkeep import backup
from kiosk.upkeep.archive import NotABackup
from kiosk.upkeep.instance import NotWritable

NAME = "suki %Y-%m-%d %H.%M.%S.backup"  # UTC
OURS = "suki dddd-dd-dd dd.dd.dd.backup".replace("d", "[0-9]")  # and no copy that a synchronised folder has renamed
DAYS, WEEKS = 7, 4
DIGEST = "last_backup_digest"
BEGINNING, GROUP = "AGE-SECRET-KEY-1", 6  # how the key of the sheet begins, and how its letters are grouped


def first_place() -> Path:
    """The folder inside the instance."""
    return Path(current_app.config["KIOSK_INSTANCE"]) / "backups"


def second_place() -> Path | None:
    """The folder that the office has named: a stick, a network share, a synchronised folder. A practice shop has none:
    what is too old is removed there, and that would be the real shop's."""
    named = shop.current().backup_folder
    return Path(named) if named and not is_practice() else None


def is_practice() -> bool:
    return "PRACTICE" in current_app.config


def places() -> list[Path]:
    """Those of the two that are there."""
    return [place for place in (first_place(), second_place()) if place and place.is_dir()]


def is_due(at: datetime) -> bool:
    """Whether no backup was made on this shop day."""
    last = backup.last_made()
    return last is None or shop.current().day_of(last) != shop.current().day_of(at)


def make(at: datetime) -> dict[str, int]:
    """Make a backup, copy it to the second place if that is there, and remove what is too old; gives back what was
    counted in it. Raises what backup.make raises."""
    file = _new_file(at)
    counted = backup.make(file, at)
    _note_digest(_digest(file))
    for place in places():
        if place != file.parent:
            _copy(file, place)
        for known in filter(Path.exists, map(outside.file_of, outside.LISTS)):
            shutil.copyfile(known, place / known.name)
        for old in set(files_in(place)) - kept(files_in(place)):
            old.unlink()
    return counted


def before_migration(at: datetime) -> None:
    """Keep the data file as it is before its tables change, which is tried on the copy first. Raises NotWritable."""
    try:
        backup.write(_new_file(at), at)
    except (NotABackup, OSError, sqlite3.Error, SQLAlchemyError) as problem:
        raise NotWritable(
            f"the data was not brought up to date, since it cannot be backed up first: {problem}"
        ) from None


def _new_file(at: datetime) -> Path:
    """The name of a backup of that second, or of the next one that has none."""
    first_place().mkdir(exist_ok=True)
    file = first_place() / at.astimezone(UTC).strftime(NAME)
    return _new_file(at + timedelta(seconds=1)) if file.exists() else file


def _copy(file: Path, folder: Path) -> None:
    draft = folder / f".{file.name}.part"
    try:
        shutil.copyfile(file, draft)
        if _digest(draft) != _digest(file):
            raise NotABackup(f"{draft} is not what was written there.")
        draft.rename(folder / file.name)
    finally:
        draft.unlink(missing_ok=True)


@writes
def _note_digest(digest: str) -> None:
    db.session.merge(Setting(name=DIGEST, value=digest))


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def files_in(folder: Path) -> list[Path]:
    """The backups that lie there, the newest first."""
    return sorted(folder.glob(OURS), reverse=True)


def made_at(file: Path) -> datetime:
    """When it was made, by its name. Raises ValueError."""
    return datetime.strptime(file.name, NAME).replace(tzinfo=UTC)


def kept(files: list[Path]) -> set[Path]:
    """Which of the files, the newest first, stay: the newest of each of seven days, and of four weeks before them. Days
    are counted, not reckoned from today, so that a wrong clock removes nothing."""
    days, weeks = {}, {}
    for file in files:
        days.setdefault(made_at(file).date(), file)
    for day in [*days][DAYS:]:
        weeks.setdefault(day.isocalendar()[:2], days[day])
    return {*[*days.values()][:DAYS], *[*weeks.values()][:WEEKS]}


def spoiled() -> list[Path]:
    """The folders whose newest backup is missing or is not the one that was proved when it was made."""
    last = db.session.get(Setting, DIGEST)
    return [
        place for place in places() if last and not any(_digest(file) == last.value for file in files_in(place)[:1])
    ]


def choose_second_place(folder: str, at: datetime, *, by: StaffSession) -> None:
    """Keep where else backups go; nothing is nowhere. Raises Invalid."""
    if is_practice():
        raise Invalid(backup_folder=gettext("A practice shop has no second place for backups"))
    place = Path(folder)
    inside = place.is_relative_to(current_app.config["KIOSK_INSTANCE"])
    if folder and (not place.is_absolute() or not place.is_dir() or inside):
        raise Invalid(backup_folder=gettext("Enter a folder that is there, like /media/stick or E:\\Suki"))
    shop.decide(at, by=by, backup_folder=folder)


def new_sheet() -> tuple[str, list[str], dict[int, str]]:
    """A new key, kept nowhere: its public half, the groups of letters to print, and three of them to ask back, which
    are its numbers with keyed hashes."""
    identity = x25519.Identity.generate()
    letters = str(identity).removeprefix(BEGINNING)
    groups = [letters[n : n + GROUP] for n in range(0, len(letters), GROUP)]
    asked = secrets.SystemRandom().sample(range(1, len(groups)), 3)
    return str(identity.to_public()), groups, {n: _hash(groups[n - 1]) for n in sorted(asked)}


def use_sheet(public_key: str, typed: dict[int, str], asked: dict[int, str], at: datetime, *, by: StaffSession) -> None:
    """Encrypt backups for that sheet from now on, once three of its groups were read off it. Raises Invalid."""
    wrong = [n for n, expected in asked.items() if not hmac.compare_digest(_hash(typed[n]), expected)]
    if wrong or not asked:
        raise Invalid(**{f"group_{n}": gettext("This is not what is on the sheet") for n in wrong})
    shop.decide(at, by=by, recovery_key=public_key)


def _hash(group: str) -> str:
    return hmac.digest(current_app.secret_key, f"sheet {group.strip().upper()}".encode(), "sha256").hex()
