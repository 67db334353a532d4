"""The folder with everything the shop owns: its data, its secret, its temporary files, and nothing elsewhere."""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path

from kiosk.base.disk import NotWritable, sync

SHORTEST_SECRET = 32  # bytes


def prepare(folder: Path) -> bytes:
    """Make what is missing in the folder and give back the shop's secret. What this process writes from now on, nobody
    else on this machine can read."""
    os.umask(0o077)
    try:
        temporary = folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(0, "it is read-only")
        os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
        os.environ.setdefault("SQLITE_TMPDIR", str(temporary))
        if not (folder / "secret").exists():
            make_secret(folder / "secret")
        return (folder / "secret").read_bytes()
    except OSError as error:
        raise NotWritable(f"Cannot write in {folder} ({error.strerror}). Choose another with KIOSK_INSTANCE.") from None


def sweep(folder: Path) -> None:
    """Remove the temporary files that a crash has left, which hold people's data; those of the last hour may be in
    use by another command."""
    for left in (folder / "tmp").iterdir():
        if time.time() - left.lstat().st_mtime > 3600:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def make_secret(path: Path) -> None:
    """Write 32 random bytes, in hexadecimal, to a file that nobody else can read; what is there already stays."""
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(secrets.token_hex(32))
    sync(draft)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another server, starting at the same moment, was first
    except OSError:
        draft.replace(path)  # a disk that knows no links
    draft.unlink(missing_ok=True)
    sync(path.parent)


def refuse_short(secret: bytes, folder: Path) -> None:
    """Raise NotWritable when the secret is empty or cut short; a restore may still replace it."""
    if len(secret) < SHORTEST_SECRET:
        raise NotWritable(
            f"{folder / 'secret'} is empty or cut short. Restore the last backup, or put the one of a backup in its "
            "place; without any, remove it: then every passphrase and PIN must be given anew (staff reset)."
        )


def refuse_lost(file: Path, folder: Path) -> None:
    """Raise NotWritable when there was a shop in this folder, and its data file is empty or gone."""
    if (folder / "audit.head").exists() and not (file.exists() and file.stat().st_size):
        raise NotWritable(
            f"{file} is empty or gone, but there was a shop here. Put the file back, or restore the last backup. To "
            f"begin a new shop, remove {folder / 'audit.head'}."
        )
