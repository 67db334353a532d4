"""How often is too often. The counts are in the database, so that a restart forgives nothing."""

from datetime import datetime

from flask import current_app
from sqlalchemy import delete, select, text

from .database import db, writes
from .models import Counter
from .refusals import TooMany

_ADD = text(
    "INSERT INTO counter (name, since, count) VALUES (:name, :since, 1) "
    "ON CONFLICT (name) DO UPDATE SET "
    "count = CASE WHEN counter.since = excluded.since THEN counter.count + 1 ELSE 1 END, "
    "since = excluded.since RETURNING count"
)


def add(name: str, *, most: int | None, seconds: int, at: datetime) -> int:
    """Count one, inside the caller's transaction, and give back how many that makes in the window.

    Raises TooMany when that is over `most`.
    """
    since = int(at.timestamp()) // seconds
    so_far = db.session.scalar(_ADD, {"name": name, "since": since})
    if most and so_far > most:
        raise _too_many(seconds, at)
    return so_far


count = writes(add)


def pause(name: str, seconds: int, at: datetime) -> None:
    """Let nothing through by that name for so many seconds; inside the caller's transaction."""
    db.session.execute(_ADD, {"name": f"pause {name}", "since": int(at.timestamp()) + seconds})


def check_pause(name: str, at: datetime) -> None:
    """Raise TooMany until the pause is over."""
    paused = db.session.get(Counter, f"pause {name}", populate_existing=True)
    if paused and paused.since > at.timestamp():
        raise TooMany(paused.since - int(at.timestamp()))


def setting(name: str) -> int:
    """The most there may be, by the setting's name without KIOSK_."""
    return int(current_app.config[f"KIOSK_{name}"])


def forget(*names: str) -> None:
    """Begin those counts anew, inside the caller's transaction."""
    db.session.execute(delete(Counter).where(Counter.name.in_(names)))


def check(name: str, *, most: int, seconds: int, at: datetime, word: str = "too_many") -> None:
    """Raise TooMany, with that word, when the limit has been reached, without counting."""
    counter = db.session.scalar(select(Counter).where(Counter.name == name))
    if counter and counter.since == int(at.timestamp()) // seconds and counter.count >= most:
        raise _too_many(seconds, at, word)


def _too_many(seconds: int, at: datetime, word: str = "too_many") -> TooMany:
    return TooMany(seconds - int(at.timestamp()) % seconds, word)
