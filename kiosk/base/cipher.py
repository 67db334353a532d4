"""A data file that may be under a key: then SQLCipher, an optional package, opens it, else Python's own SQLite.

A key is 64 hexadecimal digits, of which SQLCipher derives nothing further, so that opening costs no time
(https://www.zetetic.net/sqlcipher/sqlcipher-api/#key).
"""

import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PLAIN = b"SQLite format 3\0"  # how a file without a key begins


def library(key: str):
    """The module that opens a file under that key."""
    return importlib.import_module("sqlcipher3.dbapi2") if key else sqlite3


def is_plain(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(PLAIN)) == PLAIN


def connect(file: Path | str, key: str = "", module=None, **options) -> sqlite3.Connection:
    """Open a data file, whether the key is right or not: reading something tells."""
    connection = (module or library(key)).connect(str(file), **options)
    if key:
        connection.execute("PRAGMA cipher_log_level=NONE")  # what is wrong is said in a sentence
        connection.execute(f"PRAGMA key=\"x'{key}'\"")
    return connection


@contextmanager
def opened(file: Path | str, key: str = "", module=None) -> Iterator[sqlite3.Connection]:
    """The same for a while; what goes wrong is an error of Python's own SQLite, whichever opened it."""
    module = module or library(key)
    try:
        connection = connect(file, key, module, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()
    except module.Error as error:
        same = getattr(sqlite3, type(error).__name__)(*error.args)
        same.sqlite_errorcode = getattr(error, "sqlite_errorcode", None)
        raise same from None


def copy(file: Path | str, to: Path, key: str = "", new_key: str = "") -> None:
    """Copy a data file beside a running server, under another key or none: all of one moment, in one piece, which
    neither blocks readers nor starts again at every write. Raises sqlite3.Error."""
    if key == new_key:
        with opened(file, key) as source, opened(to, key) as target:
            source.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode=DELETE")
        return
    with opened(file, key, library(key or new_key)) as source:
        source.execute("ATTACH DATABASE ? AS copy KEY ?", (str(to), new_key and f"x'{new_key}'"))
        source.execute("BEGIN")
        source.execute("SELECT sqlcipher_export('copy')")
        source.execute("COMMIT")
