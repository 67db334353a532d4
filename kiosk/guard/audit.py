"""What staff did, refused attempts too: who, where, when, to what. Nothing about any customer.

Each row is sealed with the one before (HMAC): what is changed, left out, put in or swapped is found. So that a cut end
is found as well, the newest row has witnesses: a file beside the database, a setting in it, how many exports and
redemptions there were, and whatever left the shop with the head of the chain: exports, backups, the browsers of tills
and tablets. A witness that does not agree with the chain stays as it is.
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
from types import SimpleNamespace

from flask import current_app
from flask_babel import gettext
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import joinedload

from kiosk.base.database import add_rows, db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import alone, writes
from kiosk.models import Audit, Device, Redemption, Setting, StaffSession

CHUNK = 1000  # rows that are looked at in one piece
HEAD, EXPORT, EXPORTS = "audit_head", "export_begin", "exports"  # a setting, an action, a setting
AUDIT, SETTING = Audit.__table__.c, Setting.__table__
NUMBER = select(func.max(AUDIT.id)).scalar_subquery()
MAC = select(AUDIT.mac).where(AUDIT.id == NUMBER).scalar_subquery()
SAID = select(SETTING.c.value).where(SETTING.c.name == HEAD).scalar_subquery()
END = select(func.coalesce(NUMBER, 0), func.coalesce(MAC, ""), SAID)  # of the chain, and what the setting says of it
SAY = update(SETTING).where(SETTING.c.name == HEAD)
RESTORE, GONE = "restore", "audit_gone"  # actions
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Actor:
    """Who or where, when nobody is signed in."""

    staff_id: int | None = None
    device_id: int | None = None


def add_note(
    action: str, at: datetime, *, by: StaffSession | Actor | None, object_id: object = "", outcome: str = "done",
    details: dict | None = None,
) -> None:  # fmt: skip
    """Record an action inside the transaction that does it, as the last thing in it; `by` is None at the terminal.

    `details` say what changed: `{"role": ["cashier", "manager"]}` is from what to what, `{"rows": 12}` a plain fact.
    They are JSON, sealed with the row, and hold nothing about any customer; of a secret only that it is new.
    """
    kept = {"action": action, "object_id": str(object_id)[:60], "outcome": outcome, "details": details or None}
    add_notes([kept | {"happened_at": at}], by=by)


def add_notes(notes: list[dict], *, by: StaffSession | Actor | None) -> None:
    """Record actions, as columns of their rows, one after the other; also inside the caller's transaction."""
    alone("audit")
    *first, said = db.session.connection().execute(END).one()
    by, last, rows = by or Actor(), first, []
    where = {"staff_id": by.staff_id, "device_id": by.device_id, "outcome": "done", "details": None}
    for kept in notes:
        row = where | {"id": last[0] + 1} | kept
        last = (row["id"], _seal(SimpleNamespace(**row), last[1]))
        rows.append(row | {"mac": last[1]})
    if rows:
        add_rows({Audit: rows})
        _keep_witnesses(tuple(first), last, said, exports=sum(row["action"] == EXPORT for row in rows))


note = writes(add_note)  # in a transaction of its own: for what was refused, and for what stores nothing itself


@contextmanager
def refusals(action: str, at: datetime, *, by: StaffSession | Actor, object_id: object = ""):
    """Note it when what is tried inside is refused; the refusal goes on its way."""
    try:
        yield
    except (Refusal, Invalid) as refusal:
        outcome = refusal.word if isinstance(refusal, Refusal) else "wrong"
        note(action, at, by=by, object_id=object_id, outcome=outcome)
        raise


def _seal(row: Audit | SimpleNamespace, before: str) -> str:
    at = row.happened_at.astimezone(UTC).isoformat()
    sealed = [row.id, at, row.staff_id, row.device_id, row.action, row.object_id, row.outcome, before]
    sealed += [row.details] if row.details is not None else []  # older rows were sealed without them
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True)
    key = hmac.digest(current_app.secret_key, b"audit", "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def is_in_chain(number: int, mac: str) -> bool:
    return db.session.scalar(select(Audit.mac).where(Audit.id == number)) == mac


def _keep_witnesses(before: tuple[int, str], newest: tuple[int, str], said: str | None, *, exports: int) -> None:
    """Let them say the newest row, as far as they agree with the chain that was there before."""
    if said == _line(before):
        db.session.connection().execute(SAY, {"value": _line(newest)})
    elif said is None and not before[0]:
        add_rows({Setting: [{"name": HEAD, "value": _line(newest)}]})
    known = db.session.info.get(HEAD) or head()  # that of an earlier row of this transaction is not written yet
    if known is None if not before[0] else known and (known == before or is_in_chain(*known)):
        db.session.info[HEAD] = newest
    if exports:
        made = db.session.get(Setting, EXPORTS, populate_existing=True)
        db.session.merge(Setting(name=EXPORTS, value=(made.value if made else 0) + exports))
        db.session.flush()


def _line(row: tuple[int, str]) -> str:
    return "{} {}".format(*row)


def read_line(line: str) -> tuple[int, str] | None:
    """The number and the seal of a row, as `head_line` writes them."""
    number, _, mac = line.strip().partition(" ")
    return (int(number), mac) if number.isdecimal() and number.isascii() and mac else None


def _file() -> Path:
    return Path(current_app.config["KIOSK_INSTANCE"]) / "audit.head"


def head() -> tuple[int, str] | None:
    """Number and seal of the newest row, as the file beside the database has them; None without such a file."""
    with suppress(OSError, ValueError):
        return read_line(_file().read_text())
    return None


def head_line() -> str:
    """The newest row's number and seal, for whoever keeps them elsewhere."""
    return _line(db.session.execute(END).one()[:2])


@event.listens_for(db.session, "after_commit")
def _keep_head(session) -> None:
    """Only after the commit: the file may be a row behind, which is no lie, but never ahead."""
    if newest := session.info.pop(HEAD, None):
        with suppress(OSError):
            _write_head(*newest)


@event.listens_for(db.session, "after_rollback")
def _forget_head(session) -> None:
    session.info.pop(HEAD, None)


def _write_head(number: int, mac: str) -> None:
    draft = _file().with_suffix(f".{os.getpid()}")
    with _one_at_a_time:  # of two that end at once, the later row stays
        try:
            if (head() or (0, ""))[0] < number:
                draft.write_text(_line((number, mac)) + "\n")
                draft.replace(_file())
        finally:
            draft.unlink(missing_ok=True)


@writes
def follow() -> None:
    """Take the chain as it now stands for the true one: before a restore is recorded in it."""
    db.session.merge(Setting(name=HEAD, value=head_line()))
    _file().unlink(missing_ok=True)
    db.session.info[HEAD] = read_line(head_line())


def troubles() -> Iterator[str]:
    """A sentence for what is wrong with the chain; none when it is whole."""
    number, mac = 0, ""
    while rows := db.session.scalars(select(Audit).where(Audit.id > number).order_by(Audit.id).limit(CHUNK)).all():
        for row in rows:
            if row.id != number + 1 or row.mac != _seal(row, mac):
                yield gettext("The log was changed, cut or added to at row %(row)s.", row=number + 1)
                return
            number, mac = row.id, row.mac
        db.session.expunge_all()
    yield from _end_troubles(number)
    yield from _tally_troubles()
    yield from _device_troubles()


def lost(line: str) -> str | None:
    """A sentence when a head that left the shop, a row's seal with or without its number, is not in the chain."""
    number, mac = read_line(line) or (None, line.strip())
    found = db.session.scalar(select(Audit.id).where(Audit.mac == mac))
    if found is not None and number in (None, found):
        return None
    why = gettext("a restore took it back") if was_taken_back(number or 0) else gettext("rows were removed or changed")
    return gettext("The head %(head)s is not in the log: %(why)s.", head=line.strip()[:80], why=why)


def was_taken_back(number: int) -> bool:
    """Whether the row of that number was among those that a restore replaced."""
    restored = db.session.scalars(select(Audit).where(Audit.action == RESTORE))
    heads = [read_line((row.details or {}).get("head_before") or "") for row in restored]
    return any(before and before[0] >= number for before in heads)


def _device_troubles() -> Iterator[str]:
    """What tills and tablets have missed since the last restore."""
    restored = select(func.coalesce(func.max(Audit.id), 0)).where(Audit.action == RESTORE).scalar_subquery()
    missed = select(Audit).options(joinedload(Audit.device)).where(Audit.action == GONE, Audit.id > restored)
    for row in db.session.scalars(missed.order_by(Audit.id)):
        yield gettext("The %(device)s was shown row %(row)s of the log, which is gone.",
                      device=f"{row.device.kind} {row.device.label}", row=row.object_id)  # fmt: skip


def _end_troubles(number: int) -> Iterator[str]:
    """What the witnesses say against a chain that ends with the row of that number."""
    setting = db.session.get(Setting, HEAD, populate_existing=True)
    witnesses = {"file audit.head": head(), "setting audit_head": setting and read_line(setting.value)}
    gone = {known[0] for known in witnesses.values() if known and not is_in_chain(*known)}
    if gone:
        yield gettext("The log ends with row %(row)s, and had %(more)s: rows are gone.", row=number, more=max(gone))
    for name, known in witnesses.items():
        if number and not known:
            yield gettext("The %(name)s is missing, so nobody can tell whether the log’s newest rows are.", name=name)
        elif known and known[0] < number - 1 and not gone:  # one row behind it may be, when a process was killed
            yield gettext("The %(name)s is older than the log: it says row %(row)s, the log ends with %(last)s.",
                          name=name, row=known[0], last=number)  # fmt: skip


def _tally_troubles() -> Iterator[str]:
    """What was done, counted elsewhere than in the audit; the tills of a demo were never paired."""
    redeemed = select(func.count(Redemption.id)).join(Device).where(Device.paired_at.is_not(None))
    exported = db.session.get(Setting, EXPORTS, populate_existing=True)
    counts = {"redeem": db.session.scalar(redeemed), EXPORT: exported.value if exported else 0}
    for action, done in counts.items():
        rows = select(func.count(Audit.id)).where(Audit.action == action, Audit.outcome == "done")
        if (noted := db.session.scalar(rows)) < done:
            yield gettext("The log has %(noted)s row(s) of “%(action)s”, and it was done %(done)s time(s).",
                          noted=noted, action=action, done=done)  # fmt: skip
