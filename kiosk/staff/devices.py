"""The browsers that a manager has made a till or a tablet."""

import hashlib
import secrets
from contextlib import suppress
from datetime import date, datetime, timedelta

from flask_babel import gettext
from sqlalchemy import ColumnElement, Row, bindparam, func, select, update
from sqlalchemy.exc import OperationalError

from kiosk.base.clock import TOLERANCE
from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.writing import writes, writing
from kiosk.guard import audit
from kiosk.models import Device, StaffSession
from kiosk.staff.people import end_sessions

KINDS = ("till", "tablet")
LINK_LASTS = timedelta(minutes=10)
IN_USE = Device.paired_at.is_not(None) & Device.revoked_at.is_(None)
WITH_KEY = select(*Device.__table__.c).where(Device.key_hash == bindparam("key_hash"), IN_USE)
PAIRED_TABLET = select(Device.id).where(Device.kind == "tablet", IN_USE).limit(1)


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def in_use_or_waiting(at: datetime) -> list[Device]:
    """Those in use, and the links that can still pair one, the newest first."""
    return list(db.session.scalars(select(Device).where(IN_USE | _is_waiting(at)).order_by(Device.id.desc())))


def _is_waiting(at: datetime) -> ColumnElement[bool]:
    is_new = Device.created_at.between(at - LINK_LASTS, at + TOLERANCE)
    return Device.paired_at.is_(None) & Device.revoked_at.is_(None) & is_new


def named(device: Device) -> dict[str, str]:
    """What the audit says of a device, whose label may be another one later."""
    return {"kind": device.kind, "label": device.label}


def any_tablet() -> bool:
    """Whether a tablet is paired; then only paired ones show a coupon that somebody has already."""
    return db.session.scalar(PAIRED_TABLET) is not None


def with_key(key: str | None, at: datetime) -> Row | None:
    """The columns of the device with that key (every request of a device asks, and a row costs half of an object); that
    it was seen is kept to the minute."""
    found = db.session.connection().execute(WITH_KEY, {"key_hash": hashed(key)}).first() if key else None
    if found:
        note_seen(Device, found, at, every=timedelta(minutes=1))
    return found


def note_seen(model: type, seen: Row | StaffSession, at: datetime, *, every: timedelta) -> None:
    """Keep when a device or a session was last used, so often at most."""
    if seen.seen_at is None or abs(at - seen.seen_at) > every:
        _keep(model, seen.id, seen_at=at)


def note_clock(device: Device | None, said: str, at: datetime) -> None:
    """Keep by how many minutes a device's clock, which says so many milliseconds since 1970, is ahead of ours."""
    if device and said.isdecimal() and len(said) < 15:
        ahead = timedelta(milliseconds=int(said)) - timedelta(seconds=at.timestamp())
        off = round(ahead / timedelta(minutes=1)) if abs(ahead) > TOLERANCE else 0
        if abs(off - (device.clock_off or 0)) > 1:
            _keep(Device, device.id, clock_off=off)


def add_scan(till: Device, day: date) -> None:
    """Keep on which shop day a scanner was last used at a till, inside the caller's transaction."""
    if till.scanned_on != day:
        db.session.execute(update(Device).where(Device.id == till.id).values(scanned_on=day))


def _keep(model: type, number: int, **seen) -> None:
    with suppress(OperationalError), writing():  # a page is shown even when nothing can be written
        db.session.execute(update(model).where(model.id == number).values(**seen))


def with_wrong_clock(since: datetime) -> list[Device]:
    """Those seen since then, of which it is known that their clock is wrong."""
    wrong = select(Device).where(IN_USE, Device.clock_off != 0, Device.seen_at > since)
    return list(db.session.scalars(wrong.order_by(Device.id)))


def add_device(kind: str, label: str, at: datetime, *, is_paired: bool = True) -> tuple[Device, str]:
    """A device and its key (or, not yet paired, the secret of its link), inside the caller's transaction.

    Without a label it gets a number. Raises Invalid.
    """
    with Form({"kind": kind, "label": label}) as form:
        kind = form.choice("kind", KINDS, gettext("Choose one"), required=True)
        label = form.text("label", wanted=gettext("Enter a shorter name"))
    key = secrets.token_urlsafe(32 if is_paired else 16)
    number = db.session.scalar(select(func.count(Device.id)).where(Device.kind == kind)) + 1
    device = Device(kind=kind, label=label or str(number), key_hash=hashed(key), created_at=at)
    device.paired_at = at if is_paired else None
    db.session.add(device)
    db.session.flush()
    return device, key


@writes
def invite(kind: str, label: str, at: datetime, *, by: StaffSession) -> tuple[Device, str]:
    """A link that makes the browser following it a device; gives back that and the link's secret. Raises Invalid."""
    device, secret = add_device(kind, label, at, is_paired=False)
    audit.add_note("device_link", at, by=by, object_id=device.id, details=named(device))
    return device, secret


def waiting(secret: str, at: datetime) -> Device | None:
    """What the link with that secret would pair."""
    return db.session.scalar(select(Device).where(Device.key_hash == hashed(secret), _is_waiting(at)))


@writes
def pair(secret: str, at: datetime, *, instead_of: Device | None) -> tuple[Device, str] | None:
    """Make the browser that followed a link the device, once; gives back the device and its key, or None."""
    device, key = waiting(secret, at), secrets.token_urlsafe(32)
    guarded = update(Device).where(Device.key_hash == hashed(secret), _is_waiting(at))
    if db.session.execute(guarded.values(key_hash=hashed(key), paired_at=at, seen_at=at)).rowcount != 1:
        return None
    replace(instead_of, at)
    where = audit.Actor(device_id=device.id)
    audit.add_note("device_pair", at, by=where, object_id=device.id, details=named(device))
    return device, key


@writes
def revoke(device: Device, at: datetime, *, by: StaffSession) -> None:
    """It is a browser like any other again, and nobody is signed in on it any more."""
    replace(device, at)
    audit.add_note("device_revoke", at, by=by, object_id=device.id, details=named(device))


def replace(device: Device | None, at: datetime) -> None:
    """The same inside the caller's transaction, when that browser becomes another device."""
    if device is None:
        return
    db.session.execute(update(Device).where(Device.id == device.id).values(revoked_at=at))
    end_sessions(at, StaffSession.device_id == device.id)
