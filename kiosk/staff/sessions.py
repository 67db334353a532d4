"""Who is signed in on which browser: sessions are rows, so that they can be ended from anywhere, at once."""

import secrets
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import bindparam, or_, select, update

from kiosk.base.clock import is_within
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal, TooMany
from kiosk.base.writing import writes
from kiosk.guard import audit, limits
from kiosk.models import Device, Staff, StaffSession
from kiosk.shop import shop
from kiosk.staff import devices, passphrases, people

LONGEST_IDLE, LONGEST, PROOF_LASTS = timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=15)
TRIES_AT_ONCE, TRIES_IN_ALL, WAIT = 5, 10, timedelta(minutes=1)
WITH_KEY = select(StaffSession).where(StaffSession.key_hash == bindparam("key_hash"))


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
    address, which the limits count, too; the tries of a paired device are counted apart from those of strangers.

    Raises Invalid (one wording for a wrong name and a wrong passphrase), TooMany; NotAllowed on a tablet.
    """
    if device and device.kind == "tablet":
        raise NotAllowed("tablet")
    with nullcontext() if device else passphrases.in_turn():
        _count_try(name, sender, device, at)
        person = _proved(name, passphrase, at, device)
    limits.forget_old(at)  # here nobody waits in a queue
    if device and person.is_manager:
        limits.forgive_till(device.id)
    return start(person.id, at, device=device, instead_of=instead_of)


@writes
def _count_try(name: str, sender: str, device: Device | None, at: datetime) -> None:
    named = devices.hashed(people.folded(name))[:16] + (f" on {device.id}" if device else "")
    limits.add_count_of("sign-in", (named, sender), at, most=limits.setting("SIGN_INS_PER_MINUTE"))


def _proved(name: str, passphrase: str, at: datetime, device: Device | None) -> Staff:
    """Who has that name and that passphrase. Raises Invalid, in one wording."""
    person = people.named(name)
    may = person and person.needs_passphrase and not person.disabled_at
    with audit.refusals("sign_in", at, by=audit.Actor(person and person.id, device and device.id)):
        if not passphrases.is_right(passphrase, person.passphrase_hash if may else None):
            raise Invalid(passphrase=gettext("Wrong name or passphrase. Try again."))
    return person


def add_session(
    staff_id: int, at: datetime, *, device: Device | None = None, instead_of: str | None = None, is_by_pin: bool = False
) -> SignedIn:
    """A new session, inside the caller's transaction. While there is one person, her browser becomes a till."""
    device_key = None
    if device is None and people.is_alone():
        device, device_key = devices.add_device("till", "", at)
    people.end_sessions(at, StaffSession.key_hash == devices.hashed(instead_of or ""))
    key = secrets.token_urlsafe(32)
    times = {"started_at": at, "seen_at": at, "proved_at": at}
    where = {"staff_id": staff_id, "device_id": device and device.id, "is_by_pin": is_by_pin}
    session = StaffSession(key_hash=devices.hashed(key), **where, **times)
    db.session.add(session)
    if is_by_pin:
        db.session.execute(update(Staff).where(Staff.id == staff_id).values(pin_tries=0))
    audit.add_note("sign_in", at, by=session)
    return SignedIn(key, device_key)


start = writes(add_session)


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
        if not passphrases.is_right_pin(pin, person.pin_hash if may else None):
            raise Invalid(pin=gettext("Wrong PIN. Try again."))
    return start(staff_id, at, device=device, instead_of=instead_of, is_by_pin=True)


@writes
def _may_try(staff_id: int, at: datetime) -> bool:
    """Counted before it is looked at, by the database: five at once, then one a minute, ten in all."""
    waited = or_(Staff.pin_tried_at <= at - WAIT, Staff.pin_tried_at > at + WAIT)  # the second by a wrong clock
    rested = (Staff.pin_tries < TRIES_IN_ALL) & waited
    guarded = update(Staff).where(Staff.id == staff_id, or_(Staff.pin_tries < TRIES_AT_ONCE, rested))
    return db.session.execute(guarded.values(pin_tries=Staff.pin_tries + 1, pin_tried_at=at)).rowcount == 1


def _refuse_to_try(staff_id: int, at: datetime) -> None:
    tries, last = db.session.execute(select(Staff.pin_tries, Staff.pin_tried_at).where(Staff.id == staff_id)).one()
    if tries >= TRIES_IN_ALL:
        raise Refusal("locked")
    raise TooMany(max(1, int((last + WAIT - at).total_seconds()) + 1))


def of(key: str | None, at: datetime, *, device: Device | None, is_used: bool = True) -> StaffSession | None:
    """The session with that key on that device, unless it has ended, or lain idle, or lasted, too long. Asking is
    a use of it, unless that is said."""
    found = db.session.scalar(WITH_KEY, {"key_hash": devices.hashed(key)}) if key else None
    if found is None or found.ended_at or found.staff.disabled_at or found.device_id != (device and device.id):
        return None
    is_awake = is_within(may_lie_idle(found), found.seen_at, at)
    if not (is_awake and is_within(LONGEST, found.started_at, at)):
        return None
    db.session.expunge(found)  # the same throughout a request: no write reads it again
    if is_used:
        devices.note_seen(StaffSession, found, at, every=timedelta(seconds=15))
    return found


def may_lie_idle(session: StaffSession) -> timedelta:
    """How long nobody need touch anything before she is asked again who she is; by PIN, as the shop decided (see
    Shop in shop/shop.py)."""
    return timedelta(minutes=shop.current().relock_minutes) if session.is_by_pin else LONGEST_IDLE


@writes
def end(session: StaffSession, at: datetime) -> None:
    people.end_sessions(at, StaffSession.id == session.id)
    audit.add_note("sign_out", at, by=session)


def anybody() -> bool:
    """Whether somebody was signed in when the server stopped, or is now."""
    return db.session.scalar(select(StaffSession.id).where(StaffSession.ended_at.is_(None)).limit(1)) is not None


end_all = writes(people.end_sessions)  # whoever was signed in when the server stopped signs in again


def has_proved(session: StaffSession, at: datetime) -> bool:
    """Whether she gave her passphrase in the last fifteen minutes."""
    return is_within(PROOF_LASTS, session.proved_at, at)


def prove(session: StaffSession, passphrase: str, at: datetime) -> str:
    """Give the passphrase once more; gives back the session's new key. Raises Invalid, TooMany."""
    limits.count(f"prove {session.staff_id}", most=limits.setting("SIGN_INS_PER_MINUTE"), seconds=60, at=at)
    with audit.refusals("prove", at, by=session):
        if not passphrases.is_right(passphrase, session.staff.passphrase_hash if not session.is_by_pin else None):
            raise Invalid(passphrase=gettext("Wrong passphrase. Try again."))
    return renew(session, proved_at=at)


@writes
def make_device(kind: str, label: str, at: datetime, *, by: StaffSession, instead_of: Device | None) -> SignedIn:
    """The browser she is signed in on becomes a till, where she goes on, or a tablet, where she no longer is.

    Raises Invalid.
    """
    device, device_key = devices.add_device(kind, label, at)
    key = move(by, device_id=device.id, ended_at=at if kind == "tablet" else None)
    devices.replace(instead_of, at)
    audit.add_note("device_pair", at, by=by, object_id=device.id, details=devices.named(device))
    return SignedIn(key, device_key)


def move(session: StaffSession, **changed) -> str:
    """A new key for a session whose rights change, inside the caller's transaction; the old one is worth nothing."""
    key = secrets.token_urlsafe(32)
    hers = update(StaffSession).where(StaffSession.id == session.id, StaffSession.ended_at.is_(None))
    db.session.execute(hers.values(key_hash=devices.hashed(key), **changed))
    return key


renew = writes(move)
