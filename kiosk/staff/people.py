"""The people who work here: who they are, and what they may."""

from contextlib import suppress
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, func, select, update

from kiosk.base import outside
from kiosk.base.contacts import NotUsable, clean
from kiosk.base.database import db
from kiosk.base.folding import fold
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import Staff, StaffSession
from kiosk.shop import shop
from kiosk.staff import passphrases

HERE = Staff.disabled_at.is_(None)
LEFT = "disabled"  # the list beside the database: who was disabled, and stays so after a restore


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
    """The person of that name, however it is spelled; what cannot be a name is nobody's.

    The first version told people apart by letters that count as the same today: the exact spelling wins.
    """
    exact = _clean(name).casefold()
    found = db.session.scalars(select(Staff).where(Staff.folded_name.in_({folded(name), exact})))
    return max(found, key=lambda person: person.folded_name == exact, default=None)


def folded(name: str) -> str:
    """The letters by which names are told apart."""
    return fold(_clean(name))[:180]


def _clean(name: str) -> str:
    """As it is kept; nothing of what cannot be a name."""
    with suppress(NotUsable):
        return clean(name, 60)
    return ""


def add_person(
    name: str, role: str, at: datetime, *, passphrase: str | None = None, pin: str | None = None,
    by: StaffSession | None = None,
) -> Staff:  # fmt: skip
    """A further person, inside the caller's transaction: a manager with a passphrase, a cashier with a PIN.

    Raises Invalid.
    """
    with Form({"name": name}) as form:
        name = form.text("name")
        if not folded(name):
            form.problems["name"] = gettext("Enter a name")
        elif named(name):
            form.problems["name"] = gettext("Somebody already has this name")
        person = Staff(name=name, folded_name=folded(name), role=role, created_at=at)
        _give(person, passphrase, pin)
    db.session.add(person)
    db.session.flush()
    audit.add_note("staff_add", at, by=by, object_id=person.id, details={"role": [None, role]})
    return person


employ = writes(add_person)


def _give(person: Staff, passphrase: str | None, pin: str | None) -> dict[str, str]:
    """Store a new passphrase and PIN, as far as they were given or the role needs them; gives back which are new.

    Raises Invalid.
    """
    new = {}
    if passphrase is not None or (person.needs_passphrase and not person.passphrase_hash):
        person.passphrase_hash = passphrases.of_passphrase(passphrase or "", person.name, str(shop.current().name))
        new["passphrase"] = "new"
    if pin is not None or not (person.is_manager or person.pin_hash):
        person.pin_hash, person.pin_tries = passphrases.of_pin(pin or ""), 0
        new["pin"] = "new"
    return new


@writes
def change(
    person_id: int, role: str, may_export: bool, at: datetime, *, passphrase: str | None, pin: str | None,
    by: StaffSession | None,
) -> None:  # fmt: skip
    """Give a person another role or right, or a new passphrase or PIN; she is signed out everywhere else.

    Raises Invalid; Refusal `last_manager`.
    """
    alone("managers")
    person = db.session.get_one(Staff, person_id, populate_existing=True)
    if role != "manager":
        _keep_a_manager(person)
    wanted = {"role": role, "may_export": may_export and role != "manager"}
    before = {name: getattr(person, name) for name in wanted}
    person.role, person.may_export = wanted.values()
    changed = {name: [before[name], value] for name, value in wanted.items() if value != before[name]}
    changed |= _give(person, passphrase, pin)
    end_sessions(at, StaffSession.staff_id == person_id, StaffSession.id != (by.id if by else 0))
    audit.add_note("staff_change", at, by=by, object_id=person_id, details=changed)


@writes
def reset(name: str, secret: str, at: datetime) -> None:
    """From the server: a new passphrase, or for a cashier six digits, her PIN; all her sessions end. Raises Invalid."""
    person = named(name)
    if person is None:
        raise Invalid(name=gettext("Nobody has this name"))
    is_passphrase = person.is_manager or (person.may_export and len(secret) > 6)
    new = _give(person, *((secret, None) if is_passphrase else (None, secret)))
    end_sessions(at, StaffSession.staff_id == person.id)
    audit.add_note("staff_reset", at, by=None, object_id=person.id, details=new)


@writes
def disable(person_id: int, at: datetime, *, by: StaffSession) -> None:
    """End her sessions and let her sign in no more; what she did keeps her name. Raises Refusal `last_manager`."""
    alone("managers")
    person = db.session.get_one(Staff, person_id, populate_existing=True)
    _keep_a_manager(person)
    outside.add(LEFT, _line(person))
    person.disabled_at = person.disabled_at or at
    end_sessions(at, StaffSession.staff_id == person_id)
    audit.add_note("staff_disable", at, by=by, object_id=person_id)


@writes
def enable(person_id: int, at: datetime, *, by: StaffSession) -> None:
    """She works here again, with the passphrase or PIN that she had."""
    person = db.session.get_one(Staff, person_id, populate_existing=True)
    person.disabled_at = None
    outside.remove(LEFT, _line(person))
    audit.add_note("staff_enable", at, by=by, object_id=person_id)


@writes
def disable_again(at: datetime) -> list[str]:
    """Disable again whoever was disabled since the backup that was restored; gives back their names."""
    left = set(outside.lines_of(LEFT))
    back = [person for person in db.session.scalars(select(Staff).where(HERE)) if _line(person) in left]
    for person in back:
        person.disabled_at = at
        audit.add_note("staff_disable", at, by=None, object_id=person.id)
    return [person.name for person in back]


def _line(person: Staff) -> str:
    return f"{person.id} {person.created_at.isoformat()}"


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
def choose_language(person_id: int, language: str | None) -> None:
    """Keep the language she wants her pages in; None is the shop's."""
    db.session.execute(update(Staff).where(Staff.id == person_id).values(language=language))
