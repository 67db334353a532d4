"""What staff did, refused attempts too: who, where, when, to what. Nothing about any customer.

Each row is sealed with the one before (HMAC), and the newest seal is kept in a file as well: what is changed, left out,
put in, swapped or cut off is found.
"""

import hmac
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.orm import joinedload

from .database import alone, db, writes
from .models import Audit, StaffSession
from .refusals import Invalid, Refusal

CHUNK, PAGE = 1000, 50
NEWEST = select(Audit.id, Audit.mac).order_by(Audit.id.desc()).limit(1)


@dataclass(frozen=True)
class Actor:
    """Who or where, when nobody is signed in."""

    staff_id: int | None = None
    device_id: int | None = None


def add(
    action: str, at: datetime, *, by: StaffSession | Actor | None, object_id: object = "", outcome: str = "done"
) -> None:
    """Note an action inside the transaction that does it, as the last thing in it; `by` is None at the terminal."""
    alone("audit")
    last = _newest()
    kept = {"object_id": str(object_id)[:60], "outcome": outcome, "action": action, "happened_at": at}
    by = by or Actor()
    row = Audit(id=last[0] + 1, staff_id=by.staff_id, device_id=by.device_id, **kept)
    row.mac = _seal(row, last[1])
    db.session.add(row)
    db.session.flush()
    known = head()
    if known is None or known == last or _is_in_chain(*known):  # else the file stays, as a witness
        db.session.info["audit_head"] = (row.id, row.mac)


note = writes(add)  # in a transaction of its own: for what was refused, and for what stores nothing itself


@contextmanager
def refusals(action: str, at: datetime, *, by: StaffSession | Actor, object_id: object = ""):
    """Note it when what is tried inside is refused; the refusal goes on its way."""
    try:
        yield
    except (Refusal, Invalid) as refusal:
        outcome = refusal.word if isinstance(refusal, Refusal) else "wrong"
        note(action, at, by=by, object_id=object_id, outcome=outcome)
        raise


def _newest() -> tuple[int, str]:
    return tuple(db.session.execute(NEWEST).first() or (0, ""))


def _seal(row: Audit, before: str) -> str:
    at = row.happened_at.astimezone(UTC).isoformat()
    text = json.dumps(
        [row.id, at, row.staff_id, row.device_id, row.action, row.object_id, row.outcome, before], ensure_ascii=False
    )
    key = hmac.digest(current_app.secret_key, b"audit", "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def _is_in_chain(number: int, mac: str) -> bool:
    return db.session.scalar(select(Audit.mac).where(Audit.id == number)) == mac


def _file() -> Path:
    return Path(current_app.config["KIOSK_INSTANCE"]) / "audit.head"


def head() -> tuple[int, str] | None:
    """Number and seal of the newest row, as the file beside the database has them; None without such a file."""
    with suppress(OSError, ValueError):
        number, mac = _file().read_text().split()
        return int(number), mac
    return None


def head_line() -> str:
    """The newest row's number and seal, for whoever keeps them elsewhere."""
    return "{} {}".format(*_newest())


@event.listens_for(db.session, "after_commit")
def _keep_head(session) -> None:
    """Only after the commit: the file may be a row behind, which is no lie, but never ahead."""
    if newest := session.info.pop("audit_head", None):
        with suppress(OSError):
            _write_head(*newest)


@event.listens_for(db.session, "after_rollback")
def _forget_head(session) -> None:
    session.info.pop("audit_head", None)


def _write_head(number: int, mac: str) -> None:
    draft = _file().with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        draft.write_text(f"{number} {mac}\n")
        draft.replace(_file())
    finally:
        draft.unlink(missing_ok=True)


def follow() -> None:
    """Take the chain as it now stands for the true one: after a restore, which takes the newest rows back."""
    _write_head(*_newest())


def troubles() -> Iterator[str]:
    """A sentence for what is wrong with the chain; none when it is whole."""
    known, number, mac = head(), 0, ""
    while rows := db.session.scalars(select(Audit).where(Audit.id > number).order_by(Audit.id).limit(CHUNK)).all():
        for row in rows:
            if row.id != number + 1 or row.mac != _seal(row, mac):
                yield f"The audit is not as it was written: its row {number + 1} was changed, removed or put in."
                return
            number, mac = row.id, row.mac
        db.session.expunge_all()
    if known and not _is_in_chain(*known):
        yield f"The audit's newest rows are gone: it ends with row {number}, and had {known[0]}."
    if number and not known:
        yield "The file audit.head is missing, so that nobody can tell whether the audit's newest rows are."


def rows(*, staff_id: int, action: str, refused: bool, before: int) -> list[Audit]:
    """A page of the newest rows that are asked for, before that number; 0, "" and False ask for all."""
    asked = select(Audit).options(joinedload(Audit.staff), joinedload(Audit.device)).order_by(Audit.id.desc())
    wanted = (
        (staff_id, Audit.staff_id == staff_id), (action, Audit.action == action), (refused, Audit.outcome != "done"),
        (before, Audit.id < before),
    )  # fmt: skip
    return list(db.session.scalars(asked.where(*(is_so for given, is_so in wanted if given)).limit(PAGE)))
