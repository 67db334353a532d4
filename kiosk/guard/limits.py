"""How often is too often. The counts are in the database, so that a restart does not reset them."""

from datetime import datetime

from flask import current_app
from sqlalchemy import bindparam, delete, or_, select, text

from kiosk.base.database import db
from kiosk.base.refusals import TooMany
from kiosk.base.writing import writes
from kiosk.models import Counter

LONGEST_PAUSE = 600  # s
PIECE = 500  # counts that are removed at once
_ADD_EACH = (
    "INSERT INTO counter (name, since, count) VALUES {} "
    "ON CONFLICT (name) DO UPDATE SET "
    "count = CASE WHEN counter.since = excluded.since THEN counter.count + 1 ELSE 1 END, "
    "since = excluded.since RETURNING count, name"
)
_ADD = text(_ADD_EACH.format("(:name, :since, 1)"))
_NAMED = select(Counter.since, Counter.count).where(Counter.name == bindparam("name"))
_ADD_BOTH = text(_ADD_EACH.format("(:browser, :since, 1), (:address, :since, 1)"))


def add_count(name: str, *, most: int | None, seconds: int, at: datetime) -> int:
    """Count one, inside the caller's transaction, and give back how many that makes in the window.

    Raises TooMany when that is over `most`.
    """
    since = int(at.timestamp()) // seconds
    so_far = db.session.connection().scalar(_ADD, {"name": name, "since": since})
    if most and so_far > most:
        raise TooMany(_left(seconds, at))
    return so_far


count = writes(add_count)  # the same in a transaction of its own


def add_count_of(what: str, sender: tuple[str, str], at: datetime, *, most: int) -> None:
    """Add one to the minute's count of a browser (or a name) and to that of its address, inside the caller's
    transaction.

    The address may have ten times as many. Raises TooMany.
    """
    browser, address = f"{what} {sender[0]}", f"{what} from {sender[1]}"
    named = {"browser": browser, "address": address, "since": int(at.timestamp()) // 60}
    counts = db.session.connection().execute(_ADD_BOTH, named).all()
    if any(so_far > {browser: most, address: 10 * most}[name] for so_far, name in counts):
        raise TooMany(_left(60, at))


def add_pause(name: str, seconds: int, at: datetime) -> None:
    """Let nothing through by that name for those seconds; inside the caller's transaction."""
    db.session.execute(_ADD, {"name": f"pause {name}", "since": int(at.timestamp()) + seconds})


def pause_left(name: str, at: datetime) -> int:
    """How many seconds that pause goes on; 0 when there is none, or a wrong clock made one that is too long."""
    paused = db.session.get(Counter, f"pause {name}", populate_existing=True)
    left = paused.since - int(at.timestamp()) if paused else 0
    return left if 0 < left <= LONGEST_PAUSE else 0


def setting(name: str) -> int:
    """The most there may be, by the setting's name without KIOSK_."""
    return int(current_app.config[f"KIOSK_{name}"])


@writes
def forgive_till(device_id: int) -> None:
    """Forget the unknown codes that were typed at a till, and its pause: a manager stands there now."""
    names = f"miss {till(device_id)}", f"pause {till(device_id)}"
    db.session.execute(delete(Counter).where(Counter.name.in_(names)))


@writes
def forget_old(at: datetime) -> None:
    """Remove some of the counts whose window has been over for a day; call it now and then.

    A number is a count's window when it says an instant of this century in the windows' unit; other units are kept.
    """
    until = int(at.timestamp()) - 86_400
    over = or_(*(Counter.since.between(10**9 // unit, until // unit) for unit in (1, 60, 86_400)))
    some = select(Counter.name).where(over).limit(PIECE)
    db.session.execute(delete(Counter).where(Counter.name.in_(some)))


def till(device_id: int) -> str:
    """What the limits know a till by."""
    return f"till {device_id}"


def wait(name: str, *, most: int, seconds: int, at: datetime) -> int:
    """How many seconds until one may go on, when that limit has been reached; else 0. Counts nothing."""
    since, so_far = db.session.connection().execute(_NAMED, {"name": name}).first() or (None, 0)
    return _left(seconds, at) if since == int(at.timestamp()) // seconds and so_far >= most else 0


def _left(seconds: int, at: datetime) -> int:
    return seconds - int(at.timestamp()) % seconds
