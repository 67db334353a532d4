"""Who is signed in on which browser: sessions are rows, so that they can be ended from anywhere, at once."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import or_, select, update

from . import audit, devices, limits, lookups, shop, staff
from .database import db, writes
from .devices import hashed, note_seen
from .models import Device, Staff, StaffSession
from .passphrases import is_right, is_right_pin
from .refusals import Invalid, NotAllowed, Refusal, TooMany
from .staff import end_sessions

IDLE, ABSOLUTE, PROOF = timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=15)
TRIES_AT_ONCE, TRIES_IN_ALL, WAIT = 5, 10, timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """What a browser is given to keep: both are secret, and only their hashes are stored."""

    session_key: str
    device_key: str | None


def sign_in(
    name: str, passphrase: str, at: datetime, *, device: Device | None = None, instead_of: str | None = None,
    sender: str = "",
) -> SignedIn:  # fmt: skip
    """Start a session on this browser, which is `device`; the one whose key is `instead_of` ends. `sender` is the
    address, which the limits count, too: each try costs the machine a quarter of a second.

    Raises Invalid (one wording for a wrong name and a wrong passphrase), TooMany; NotAllowed on a tablet.
    """
    if device and device.kind == "tablet":
        raise NotAllowed("tablet")
    person, most = staff.named(name), limits.setting("SIGN_INS_PER_MINUTE")
    limits.count(f"sign-in {hashed(staff.folded(name))[:16]}", most=most, seconds=60, at=at)
    limits.count(f"sign-in from {sender}", most=10 * most, seconds=60, at=at)
    may = person and person.needs_passphrase and not person.disabled_at
    where = audit.Actor(person and person.id, device and device.id)
    with audit.refusals("sign_in", at, by=where):
        if not is_right(passphrase, person.passphrase_hash if may else None):
            raise Invalid(passphrase=gettext("The name or the passphrase is wrong. Please try again."))
    if device and person.is_manager:
        lookups.let_go_on(device.id)
    return start(person.id, at, device=device, instead_of=instead_of)


def add(
    staff_id: int, at: datetime, *, device: Device | None = None, instead_of: str | None = None, is_by_pin: bool = False
) -> SignedIn:
    """A new session, inside the caller's transaction. While there is one person, her browser becomes a till."""
    device_key = None
    if device is None and staff.is_alone():
        device, device_key = devices.add("till", "", at)
    end_sessions(at, StaffSession.key_hash == hashed(instead_of or ""))
    key = secrets.token_urlsafe(32)
    times = {"started_at": at, "seen_at": at, "proved_at": at}
    where = {"staff_id": staff_id, "device_id": device and device.id, "is_by_pin": is_by_pin}
    session = StaffSession(key_hash=hashed(key), **where, **times)
    db.session.add(session)
    if is_by_pin:
        db.session.execute(update(Staff).where(Staff.id == staff_id).values(pin_tries=0))
    audit.add("sign_in", at, by=session)
    return SignedIn(key, device_key)


start = writes(add)


def sign_in_with_pin(
    staff_id: int, pin: str, at: datetime, *, device: Device | None, instead_of: str | None = None
) -> SignedIn:
    """The same at a till. Only so many tries are looked at, however many come at once.

    Raises Invalid, TooMany; Refusal `locked`, until a manager gives her a new PIN; NotAllowed off a till.
    """
    if device is None or device.kind != "till":
        raise NotAllowed("not_a_till")
    person = db.session.get(Staff, staff_id)
    with audit.refusals("sign_in_by_pin", at, by=audit.Actor(person and person.id, device.id)):
        if person and not _may_try(staff_id, at):
            _refuse_to_try(staff_id, at)
        may = person and not person.disabled_at
        if not is_right_pin(pin, person.pin_hash if may else None):
            raise Invalid(pin=gettext("That is not the PIN. Please try again."))
    return start(staff_id, at, device=device, instead_of=instead_of, is_by_pin=True)


@writes
def _may_try(staff_id: int, at: datetime) -> bool:
    """Counted before it is looked at, by the database: five at once, then one a minute, ten in all."""
    rested = (Staff.pin_tries < TRIES_IN_ALL) & (Staff.pin_tried_at <= at - WAIT)
    guarded = update(Staff).where(Staff.id == staff_id, or_(Staff.pin_tries < TRIES_AT_ONCE, rested))
    return db.session.execute(guarded.values(pin_tries=Staff.pin_tries + 1, pin_tried_at=at)).rowcount == 1


def _refuse_to_try(staff_id: int, at: datetime) -> None:
    tries, last = db.session.execute(select(Staff.pin_tries, Staff.pin_tried_at).where(Staff.id == staff_id)).one()
    if tries >= TRIES_IN_ALL:
        raise Refusal("locked")
    raise TooMany(max(1, int((last + WAIT - at).total_seconds()) + 1))


def of(key: str | None, at: datetime, *, device: Device | None) -> StaffSession | None:
    """The session with that key on that device, unless it has ended, or lain idle, or lasted, too long."""
    found = db.session.scalar(select(StaffSession).where(StaffSession.key_hash == hashed(key))) if key else None
    if found is None or found.ended_at or found.staff.disabled_at or found.device_id != (device and device.id):
        return None
    if at - found.seen_at > may_lie_idle(found) or at - found.started_at > ABSOLUTE:
        return None
    note_seen(found, at, every=timedelta(seconds=15))
    return found


def may_lie_idle(session: StaffSession) -> timedelta:
    """How long nobody need touch anything before she is asked again who she is."""
    return timedelta(minutes=shop.current().relock_minutes) if session.is_by_pin else IDLE


@writes
def end(session: StaffSession, at: datetime) -> None:
    end_sessions(at, StaffSession.id == session.id)
    audit.add("sign_out", at, by=session)


end_all = writes(end_sessions)  # whoever was signed in when the server stopped signs in again


def has_proved(session: StaffSession, at: datetime) -> bool:
    """Whether she gave her passphrase in the last fifteen minutes."""
    return at - session.proved_at <= PROOF


def prove(session: StaffSession, passphrase: str, at: datetime) -> str:
    """Give the passphrase once more; gives back the session's new key. Raises Invalid, TooMany."""
    limits.count(f"prove {session.staff_id}", most=limits.setting("SIGN_INS_PER_MINUTE"), seconds=60, at=at)
    with audit.refusals("prove", at, by=session):
        if not is_right(passphrase, session.staff.passphrase_hash if not session.is_by_pin else None):
            raise Invalid(passphrase=gettext("That is not your passphrase. Please try again."))
    return renew(session, proved_at=at)


@writes
def make_device(kind: str, label: str, at: datetime, *, by: StaffSession, instead_of: Device | None) -> SignedIn:
    """The browser she is signed in on becomes a till, where she goes on, or a tablet, where she no longer is.

    Raises Invalid.
    """
    device, device_key = devices.add(kind, label, at)
    key = move(by, device_id=device.id, ended_at=at if kind == "tablet" else None)
    devices.replace(instead_of, at)
    audit.add("device_pair", at, by=by, object_id=device.id)
    return SignedIn(key, device_key)


def move(session: StaffSession, **changed) -> str:
    """A new key for a session whose rights change, inside the caller's transaction; the old one is worth nothing."""
    key = secrets.token_urlsafe(32)
    hers = update(StaffSession).where(StaffSession.id == session.id, StaffSession.ended_at.is_(None))
    db.session.execute(hers.values(key_hash=hashed(key), **changed))
    return key


renew = writes(move)
