"""The data file encrypted, against whoever takes the computer: its key is a file of its own, best on a stick."""

import os
import re
import sqlite3
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from kiosk.base import cipher, disk
from kiosk.base.database import file_of
from kiosk.base.disk import NotWritable
from kiosk.upkeep.instance import make_secret

SETTING, KEY = "KIOSK_DATABASE_KEY_FILE", re.compile("[0-9a-f]{64}")
PIECE = 1 << 20  # bytes


def unlock(settings: Mapping[str, str]) -> str:
    """The key, after it has opened the data file. Raises NotWritable when it does not."""
    key, file = key_of(settings), file_of(settings["KIOSK_DATABASE_URL"])
    if file:
        _refuse_wrong(file, key)
    return key


def key_of(settings: Mapping[str, str]) -> str:
    """What is in the key file; nothing where none is set. Raises NotWritable."""
    file = Path(settings[SETTING])
    if not settings[SETTING]:
        return ""
    try:
        key = file.read_text(errors="replace").strip()
    except OSError as error:
        raise NotWritable(
            f"the key file {file} cannot be read ({error.strerror}). Put in the stick that it is on, or put back the "
            "copy that you kept. For a shop that has no key yet, make one with: python3 start.py encrypt"
        ) from None
    if not KEY.fullmatch(key):
        raise NotWritable(f"{file} holds no key, which is 64 digits and letters up to f. Put back the copy you kept.")
    return key


def _refuse_wrong(file: Path, key: str) -> None:
    """Raise NotWritable when the data file is not under that key, or under one when none is set."""
    if not file.exists() or not file.stat().st_size:
        return
    try:
        is_plain = cipher.is_plain(file)
    except OSError as error:
        raise NotWritable(f"{file} cannot be read ({error.strerror}). Run Suki as whoever owns it.") from None
    if is_plain:
        if key:
            raise NotWritable(
                f"{file} is not encrypted, but {SETTING} is set. Encrypt it with: python3 start.py encrypt "
                "Or take the setting away."
            )
    elif not key:
        raise NotWritable(
            f"{file} is encrypted or damaged. If it is encrypted, say where its key file is, with {SETTING}. "
            "Else restore the last backup."
        )
    elif not _opens(file, key):
        raise NotWritable(
            f"the key does not open {file}. Put back the key file of this shop; if it is the right one, the data is "
            "damaged: restore the last backup."
        )


def _opens(file: Path, key: str) -> bool:
    try:
        with cipher.opened(file, key) as data:
            return data.execute("SELECT count(*) FROM sqlite_master").fetchone() is not None
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_NOTADB:
            raise
        return False


def encrypt(settings: Mapping[str, str]) -> None:
    """Put the data file under its key, which is made if there is none. The caller holds the claim on the data file.

    Raises NotWritable, sqlite3.Error; then the data is as it was, while the key may have been made.
    """
    file, key_file = _to_turn(settings), Path(settings[SETTING])
    if not key_file.parent.is_dir():
        raise NotWritable(f"there is no folder {key_file.parent} for the key. Put in the stick, or name another place.")
    if not key_file.exists() and (not file.exists() or cipher.is_plain(file)):
        make_secret(key_file)
    if file.exists() and cipher.is_plain(file):
        _turn(file, "", key_of(settings))
    unlock(settings)


def decrypt(settings: Mapping[str, str]) -> None:
    """Take the encryption off the data file; the key file stays. The caller holds the claim. Raises NotWritable,
    sqlite3.Error; then the data is as it was."""
    file = _to_turn(settings)
    if file.exists() and not cipher.is_plain(file):
        _turn(file, unlock(settings), "")


def _to_turn(settings: Mapping[str, str]) -> Path:
    if not settings[SETTING]:
        raise NotWritable(f"say first where the key file is, or is to be, with {SETTING}: best on a stick.")
    return file_of(settings["KIOSK_DATABASE_URL"])


def draft_of(file: Path) -> Path:
    """What is on its way to be the data file; what a crash left of it is worth nothing."""
    return file.with_name(f".{file.name}.turning")


def _turn(file: Path, key: str, new_key: str) -> None:
    """Make a copy under the new key, read it back, and put it in place: the old one is there whole until then."""
    draft = draft_of(file)
    draft.unlink(missing_ok=True)
    try:
        with cipher.opened(file, key) as data:
            data.execute("PRAGMA journal_mode=DELETE")  # what is in the log goes into the file
        cipher.copy(file, draft, key, new_key)
        if _contents(draft, new_key) != _contents(file, key):
            raise NotWritable("the copy does not hold what it should. Nothing has been changed. Check the disk.")
        disk.sync(draft)
        _replace(file, draft)
    finally:
        draft.unlink(missing_ok=True)


def _contents(file: Path, key: str) -> list:
    """Whether a data file is sound, what is in it, and how many rows each table has."""
    with cipher.opened(file, key) as data:
        shape = data.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
        tables = [name for kind, name, _ in shape if kind == "table"]
        rows = [data.execute(f'SELECT count(*) FROM "{name}"').fetchone() for name in tables]
        return [shape, rows, data.execute("PRAGMA integrity_check").fetchall()]


def _replace(file: Path, new: Path) -> None:
    """Put the new file in place of the old one, and write zeros over what the old one held; Windows, on which no open
    file can be replaced, only deletes it."""
    with nullcontext() if os.name == "nt" else file.open("r+b") as old:
        new.replace(file)
        disk.sync(file.parent)
        if old:
            size = os.fstat(old.fileno()).st_size
            for start in range(0, size, PIECE):
                old.write(bytes(min(PIECE, size - start)))  # not a byte more: the disk may be full
            os.fsync(old.fileno())
