"""The people who work here: who they are, and what they may."""

from contextlib import suppress
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, select, update

from . import audit, passphrases, shop
from .contacts import NotUsable, clean
from .database import alone, db, writes
from .models import Staff, StaffSession
from .refusals import Invalid, Refusal, gathered

HERE = Staff.disabled_at.is_(None)


def anybody() -> bool:
    """Whether there is a manager yet."""
    return db.session.scalar(select(func.count(Staff.id)).where(Staff.role == "manager")) > 0


def is_alone() -> bool:
    """Whether one person is the whole shop; then her sign-in opens everything, and no PIN is asked."""
    return db.session.scalar(select(func.count(Staff.id)).where(HERE)) == 1


def everybody() -> list[Staff]:
    """Those who work here by name, then those who did."""
    return list(db.session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.folded_name)))


def with_pins() -> list[Staff]:
    """Those who can sign in at a till by a PIN."""
    return list(db.session.scalars(select(Staff).where(HERE, Staff.pin_hash.is_not(None)).order_by(Staff.folded_name)))


def named(name: str) -> Staff | None:
    """Who has that name; what cannot be a name is nobody's."""
    return db.session.scalar(select(Staff).where(Staff.folded_name == folded(name)))


def folded(name: str) -> str:
    """As names are told apart, large letters like small ones."""
    return _clean(name).casefold()


def _clean(name: str) -> str:
    """As it is kept; nothing of what cannot be a name."""
    with suppress(NotUsable):
        return clean(name, 60)
    return ""


def add(
    name: str, role: str, at: datetime, *, passphrase: str = "", pin: str = "", by: StaffSession | None = None
) -> Staff:
    """A further person, inside the caller's transaction: a manager with a passphrase, a cashier with a PIN.

    Raises Invalid.
    """
    name, problems = _clean(name), {}
    if not name:
        problems["name"] = gettext("Enter a name")
    elif named(name):
        problems["name"] = gettext("There is somebody of that name already")
    person = Staff(name=name, folded_name=folded(name), role=role, created_at=at)
    with gathered(problems):
        _give(person, passphrase, pin)
    if problems:
        raise Invalid(**problems)
    db.session.add(person)
    db.session.flush()
    audit.add("staff_add", at, by=by, object_id=person.id)
    return person


def _give(person: Staff, passphrase: str, pin: str) -> None:
    """Keep what was typed of the two; she then has what her role asks for, or Invalid says what is missing."""
    if passphrase or (person.needs_passphrase and not person.passphrase_hash):
        person.passphrase_hash = passphrases.of_passphrase(passphrase, person.name, str(shop.current().name))
    if pin or not (person.is_manager or person.pin_hash):
        person.pin_hash, person.pin_tries = passphrases.of_pin(pin), 0


@writes
def change(
    person_id: int, role: str, may_export: bool, at: datetime, *, passphrase: str, pin: str, by: StaffSession | None
) -> None:
    """Give a person another role or right, or a new passphrase or PIN; she is signed out everywhere else.

    Raises Invalid; Refusal `last_manager`.
    """
    alone("managers")
    person = db.session.get_one(Staff, person_id, populate_existing=True)
    if role != "manager":
        _keep_a_manager(person)
    person.role, person.may_export = role, may_export and role != "manager"
    _give(person, passphrase, pin)
    end_sessions(at, StaffSession.staff_id == person_id, StaffSession.id != (by.id if by else 0))
    audit.add("staff_change", at, by=by, object_id=person_id)


@writes
def reset(name: str, secret: str, at: datetime) -> None:
    """From the server: a new passphrase, or for a cashier six digits, her PIN; all her sessions end. Raises Invalid."""
    person = named(name)
    if person is None:
        raise Invalid(name=gettext("There is nobody of that name"))
    if person.is_manager or (person.may_export and len(secret) > 6):
        person.passphrase_hash = passphrases.of_passphrase(secret, person.name, str(shop.current().name))
    else:
        person.pin_hash, person.pin_tries = passphrases.of_pin(secret), 0
    end_sessions(at, StaffSession.staff_id == person.id)
    audit.add("staff_reset", at, by=None, object_id=person.id)


@writes
def disable(person_id: int, at: datetime, *, by: StaffSession) -> None:
    """Nothing opens for her from now on; what she did stays hers. Raises Refusal `last_manager`."""
    alone("managers")
    person = db.session.get_one(Staff, person_id, populate_existing=True)
    _keep_a_manager(person)
    person.disabled_at = person.disabled_at or at
    end_sessions(at, StaffSession.staff_id == person_id)
    audit.add("staff_disable", at, by=by, object_id=person_id)


@writes
def enable(person_id: int, at: datetime, *, by: StaffSession) -> None:
    """She works here again, with the passphrase or PIN that she had."""
    db.session.get_one(Staff, person_id, populate_existing=True).disabled_at = None
    audit.add("staff_enable", at, by=by, object_id=person_id)


def _keep_a_manager(person: Staff) -> None:
    others = select(func.count(Staff.id)).where(HERE, Staff.role == "manager", Staff.id != person.id)
    if person.is_manager and db.session.scalar(others) == 0:
        raise Refusal("last_manager")


def end_sessions(at: datetime, *which: ColumnElement[bool]) -> None:
    """End those sessions, as far as they go on, inside the caller's transaction; of none said, all."""
    db.session.execute(update(StaffSession).where(StaffSession.ended_at.is_(None), *which).values(ended_at=at))


@writes
def sign_out_everywhere(person_id: int, at: datetime) -> None:
    end_sessions(at, StaffSession.staff_id == person_id)


@writes
def speak(person_id: int, language: str | None) -> None:
    """Keep the language she wants her pages in; None is the shop's."""
    db.session.execute(update(Staff).where(Staff.id == person_id).values(language=language))
