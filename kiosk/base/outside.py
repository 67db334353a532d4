"""Lists beside the database, which a restored backup does not take back: who was forgotten, who works here no more."""

import os
from pathlib import Path

from flask import current_app

LISTS = ("forgotten", "disabled")


def file_of(name: str) -> Path:
    return Path(current_app.config["KIOSK_INSTANCE"]) / name


def lines_of(name: str) -> list[str]:
    return file_of(name).read_text().split("\n")[:-1] if file_of(name).exists() else []


def add(name: str, *lines: str) -> None:
    """Add lines, on the disk before this ends."""
    append(file_of(name), *lines)


def append(file: Path, *lines: str) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(opened, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(opened)
    finally:
        os.close(opened)


def remove(name: str, line: str) -> None:
    draft = file_of(f"{name}.draft")
    append(draft, *[one for one in lines_of(name) if one != line])
    draft.replace(file_of(name))
