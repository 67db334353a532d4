"""The folder with everything the shop owns: its data, its secret, its temporary files, and nothing elsewhere."""

import os
import re
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

if os.name == "nt":
    import msvcrt
else:
    import fcntl

SHORTEST_SECRET = 32  # bytes
MOUNTS = Path("/proc/self/mounts")
# where file locks and fsync cannot be relied on (https://sqlite.org/howtocorrupt.html, section 2.1)
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "davfs", "ncpfs"}
NETWORK |= {f"fuse.{kind}" for kind in (*NETWORK, "sshfs", "s3fs", "rclone", "gvfsd-fuse", "davfs2")}


class NotWritable(Exception):
    """The folder cannot be used; the text is one sentence for whoever installs."""


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
        return _secret(folder / "secret")
    except OSError as error:
        raise NotWritable(f"Cannot write in {folder} ({error.strerror}). Choose another with KIOSK_INSTANCE.") from None


def sweep(folder: Path) -> None:
    """Remove the temporary files that a crash has left, which hold people's data; those of the last hour may be in
    use by another command."""
    for left in (folder / "tmp").iterdir():
        if time.time() - left.lstat().st_mtime > 3600:
            shutil.rmtree(left) if left.is_dir() else left.unlink()


def _secret(path: Path) -> bytes:
    """What cookies are signed with; made once, readable by nobody else."""
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(0o600)
        with draft.open("wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another server, starting at the same moment, was first
        except OSError:
            draft.replace(path)  # a disk that knows no links
        draft.unlink(missing_ok=True)
    return path.read_bytes()


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


def refuse_network(file: Path, mounts: str | None = None) -> None:
    """Raise NotWritable when the data file would be on another computer's disk; `mounts` is as in /proc/mounts."""
    if mounts is None:
        mounts = MOUNTS.read_text(errors="surrogateescape") if MOUNTS.exists() else ""
    kind = _kind_of_disk(file.parent.resolve(), mounts)
    if kind in NETWORK or str(file).startswith("\\\\"):
        raise NotWritable(
            f"{file.parent} is on a network drive{f' ({kind})' if kind else ''}, where data can be lost. "
            "Choose a folder on this computer's own disk with KIOSK_INSTANCE."
        )


def _kind_of_disk(folder: Path, mounts: str) -> str:
    """The type of the innermost mount that holds the folder; of two on one place, the later."""
    depth, kind = -1, ""
    for line in mounts.splitlines():
        _, place, found, *_ = line.split(" ")
        place = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place))
        if folder.is_relative_to(place) and len(place.parts) >= depth:
            depth, kind = len(place.parts), found
    return kind


def claim(file: Path) -> BinaryIO:
    """Make this the one server of that data file while what is given back is kept; the system takes it back when
    the process ends, however it ends. Raises NotWritable when there is another."""
    lock = file.with_name(f"{file.name}.lock")
    try:
        lock.touch(0o600)
        held = lock.open("rb")
    except OSError as error:
        raise NotWritable(f"Cannot write in {file.parent} ({error.strerror}).") from None
    try:
        _lock(held.fileno())
    except OSError:
        held.close()
        raise NotWritable(
            f"another Suki is already running on {file}. Stop it first, or give this one a folder of its own "
            "with KIOSK_INSTANCE."
        ) from None
    return held


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
