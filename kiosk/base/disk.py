"""The disk that the data lies on: this computer's own, with one server for a data file, and safe from power cuts.

What is said when it is full is in web/errors.py.
"""

import os
import re
from pathlib import Path
from typing import BinaryIO

if os.name == "nt":
    import msvcrt
else:
    import fcntl

MOUNTS = Path("/proc/self/mounts")
# where file locks and fsync cannot be relied on (https://sqlite.org/howtocorrupt.html, section 2.1)
NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "glusterfs", "davfs", "ncpfs"}
NETWORK |= {f"fuse.{kind}" for kind in (*NETWORK, "sshfs", "s3fs", "rclone", "gvfsd-fuse", "davfs2")}

WITHOUT_RIGHTS = {"vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk"}  # every file on them is anybody's, or nobody's


class NotWritable(Exception):
    """The folder cannot be used; the text is one sentence for whoever installs."""


def sync(path: Path) -> None:
    """Have a file, or a folder's list of names, on the disk. Raises OSError."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def refuse_network(file: Path, mounts: str | None = None) -> None:
    """Raise NotWritable when the data file would be on another computer's disk; `mounts` is as in /proc/mounts."""
    kind = _kind_of_disk(file.parent.resolve(), _mounts() if mounts is None else mounts)
    if kind in NETWORK or str(file).startswith("\\\\"):
        raise NotWritable(
            f"{file.parent} is on a network drive{f' ({kind})' if kind else ''}, where data can be lost. "
            "Choose a folder on this computer's own disk with KIOSK_INSTANCE."
        )


def keeps_rights(file: Path) -> bool:
    """Whether the disk keeps who may read a file, so that it can be changed."""
    return _kind_of_disk(file.resolve(), _mounts()) not in WITHOUT_RIGHTS


def _mounts() -> str:
    return MOUNTS.read_text(errors="surrogateescape") if MOUNTS.exists() else ""


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
