"""The one file that a backup is: a ZIP of the data, the secret and a description, ending in a digest of all of it.

Where there is a recovery sheet the ZIP is sealed in the age format (https://age-encryption.org/v1), which the program
`age` opens as well.
"""

import hashlib
import json
import os
import shutil
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import pyrage
from pyrage import x25519

from kiosk.base.disk import sync

DATA, SECRET, DESCRIPTION = "kiosk.sqlite", "secret", "backup.json"
DIGEST = 64  # SHA-256 in hexadecimal; it is the comment with which the ZIP ends
OLDER = b"SQLite format 3\0"  # how a backup of the first release begins: it was the data alone
SEALED = b"age-encryption.org/v1\n"


class NotABackup(Exception):
    """A file cannot be restored; the text says why, and nothing has been touched."""


def write(file: Path, data: Path, secret: bytes, description: dict) -> str:
    """Write a backup and sync it to the disk; gives back its digest. Raises OSError."""
    with ZipFile(file, "w", ZIP_DEFLATED, strict_timestamps=False) as archive:
        archive.writestr(DESCRIPTION, json.dumps(description))
        archive.writestr(SECRET, secret)
        archive.write(data, DATA)
        archive.comment = b"0" * DIGEST
    with file.open("r+b") as written:
        digest = _digest(file)
        written.seek(-DIGEST, os.SEEK_END)
        written.write(digest.encode())
    sync(file)
    return digest


def is_sealed(file: Path) -> bool:
    """Whether a backup needs the recovery key. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(len(SEALED)) == SEALED


def seal(plain: Path, sealed: Path, *recipients: str) -> None:
    """Write a sealed copy that the private half of each of those keys opens, and sync it. Raises OSError."""
    pyrage.encrypt_file(str(plain), str(sealed), [x25519.Recipient.from_str(key) for key in recipients])
    sync(sealed)


def read(file: Path, folder: Path, key: str = "") -> dict | None:
    """Put the data and the secret of a backup into a folder; gives back its description. A sealed one needs the
    recovery key, with or without spaces.

    A backup of the first release has neither secret nor description: None. Raises NotABackup, OSError.
    """
    if is_sealed(file):
        plain = folder / file.name
        try:
            _unseal(file, plain, key)
            return read(plain, folder)
        finally:
            plain.unlink(missing_ok=True)
    with file.open("rb") as opened:
        if opened.read(len(OLDER)) == OLDER:
            shutil.copyfile(file, folder / DATA)
            return None
        opened.seek(max(0, file.stat().st_size - DIGEST))
        if opened.read() != _digest(file).encode():
            raise NotABackup(f"{file.name} is not a backup of Suki, or it is damaged.")
    try:
        with ZipFile(file) as archive:
            for name in (DATA, SECRET):
                with archive.open(name) as source, (folder / name).open("wb") as target:
                    shutil.copyfileobj(source, target)
            return dict(json.loads(archive.read(DESCRIPTION)))
    except (BadZipFile, KeyError, ValueError, zlib.error):
        raise NotABackup(f"{file.name} is not a backup of Suki.") from None


def _unseal(file: Path, plain: Path, key: str) -> None:
    try:
        identity = x25519.Identity.from_str("".join(key.split()).upper())
        pyrage.decrypt_file(str(file), str(plain), [identity])
    except pyrage.IdentityError:
        raise NotABackup(f"{file.name} is encrypted, and that is not a recovery key.") from None
    except (pyrage.DecryptError, OSError) as error:
        if getattr(error, "errno", None):  # the disk's own
            raise
        raise NotABackup(f"{file.name} is of another recovery sheet, or it is damaged.") from None


def _digest(file: Path) -> str:
    """The SHA-256 of all of a file but the digest at its end."""
    digest, left = hashlib.sha256(), file.stat().st_size - DIGEST
    with file.open("rb") as opened:
        while left > 0 and (piece := opened.read(min(left, 1 << 20))):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
