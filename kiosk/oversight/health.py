"""Whether what is stored is whole and safe, and what to do when it is not: a sentence for each thing."""

import shutil
import sqlite3
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import get_locale, gettext
from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from kiosk.base import database, schema
from kiosk.base.database import db, is_sqlite
from kiosk.guard import audit
from kiosk.models import Consent, Coupon, Redemption, Signup, Undo
from kiosk.oversight import habits, machine
from kiosk.shop import shop
from kiosk.staff import devices
from kiosk.upkeep import backup, epochs, rotation

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: a table is missing
LEAST_FREE = 200  # MB
OLD = timedelta(days=3)
EVERY = timedelta(minutes=2)  # Today is opened often, and looks no more often than that
LATELY = timedelta(days=1)  # in which a tablet has said what its clock shows


def troubles(at: datetime, head: str = "") -> list[str]:
    """What is wrong and what to do, a sentence each, for everything; none when all is well. `head` is one that left
    the shop, to look for."""
    return stored_troubles(head) + quick_troubles(at)


def stored_troubles(head: str = "") -> list[str]:
    """The same about what is stored, all of which is read for it."""
    ask = gettext("Make a backup now, and show it to whoever looks after Suki.")
    look = gettext("Ask who was at this computer: exports and backups know what the log was.")
    found = [f"{sentence} {ask}" for sentence, wrong in _contradictions().items() if db.session.scalar(wrong.limit(1))]
    if is_sqlite():
        if wrong := schema.differences(db.engine):
            names = gettext("Some tables are not as Suki makes them: %(names)s.", names=", ".join(wrong))
            found.append(f"{names} {ask}")
        if db.session.execute(text("PRAGMA integrity_check")).scalar() != "ok":
            found.append(gettext("The data file is damaged. Restore the last backup."))
        if db.session.execute(text("PRAGMA foreign_key_check")).first():
            found.append(gettext("Some rows belong to nothing. Restore the last backup."))
    changed = [*audit.troubles(), audit.lost(head) if head else None]
    return found + [f"{sentence} {look}" for sentence in changed if sentence]


def quick_troubles(at: datetime) -> list[str]:
    """The same about what is found without reading everything."""
    wrong_clocks = [
        gettext("The clock of %(device)s is %(minutes)s minutes off this machine’s. Set the one that is wrong.",
                device=device.label, minutes=abs(device.clock_off)) for device in devices.with_wrong_clock(at - LATELY)
    ]  # fmt: skip
    spoiled = [
        gettext("The last backup is missing or damaged in %(place)s. Make one now.", place=place)
        for place in rotation.spoiled()
    ]
    found = [machine.clock_trouble(at), *wrong_clocks, *urgent_troubles(at), *spoiled, *machine.troubles()]
    return [sentence for sentence in found if sentence]


def urgent_troubles(at: datetime) -> list[str]:
    """The same about what nobody should have to look for: the disk and the backups."""
    found, last, second = [], backup.last_made(), rotation.second_place()
    free = shutil.disk_usage(current_app.config["KIOSK_INSTANCE"]).free // 1_000_000
    file = database.file_of(current_app.config["KIOSK_DATABASE_URL"])
    needed = max(LEAST_FREE, 3 * file.stat().st_size // 1_000_000 if file else 0)
    if free < needed:
        found.append(gettext("The disk is almost full: %(free)s MB are free, %(needed)s are needed. Make room.",
                             free=free, needed=needed))  # fmt: skip
    if last and at - last > OLD:
        found.append(gettext("The last backup is of %(day)s. Leave Suki running at night, or make one now.",
                             day=machine.written(last)))  # fmt: skip
    if second and not second.is_dir():
        found.append(gettext("The second place for backups is not there: %(place)s. Plug it in.", place=second))
    return found


def at_a_glance(at: datetime) -> dict[str, list]:
    """The sentences that are `urgent`, and the `habits` that are worth a look, in the language being read."""
    known, language = current_app.extensions.setdefault("glance", {}), str(get_locale())
    if language not in known or abs(at - known[language][0]) > EVERY:
        known[language] = at, {"urgent": urgent_troubles(at), "habits": habits.worth_a_look(at)}
    return known[language][1]


def hints(at: datetime) -> list[str]:
    """What is no trouble, and good to know."""
    tills = ", ".join(till.label for till in epochs.silent_tills())
    known = {
        gettext("Suki has made no daily backup yet. It makes one every night, and you can make one now."):
            not backup.last_made(),
        gettext("Backups are not encrypted: whoever finds one can read it. Print a recovery sheet."):
            not shop.current().recovery_key,
        gettext("Backups are on this machine only. Name a second place: a stick, or a folder of another computer."):
            not (rotation.second_place() or rotation.is_practice()),
        gettext("After the restore coupons ask for a manager, until the page of each till was opened: %(tills)s.",
                tills=tills): tills,
        machine.clock_doubt(at): True,
    }  # fmt: skip
    return [sentence for sentence, is_so in known.items() if sentence and is_so]


def said_of(error: DBAPIError | sqlite3.Error | OSError) -> str:
    """What an error of the database or the disk means, for whoever runs the shop."""
    if isinstance(error, OSError):
        return f"The disk does not do it: {error.strerror or error}. Make room, or mend it, and try again."
    said, code = database.in_one_line(error), database.code_of(getattr(error, "orig", error))
    if code in DAMAGED or isinstance(error, ProgrammingError):
        return f"The data is damaged ({said}). Restore the last backup: python3 start.py restore FILE"
    return f"The database does not answer ({said})."


def _contradictions() -> dict[str, Select]:
    """What would be wrong, and how to find one such row."""
    live = select(Redemption.id).where(Redemption.coupon_id == Coupon.id, Redemption.undone_at.is_(None)).exists()
    undone = select(Undo.id).where(Undo.redemption_id == Redemption.id).exists()
    asked = select(Consent.id).where(Consent.signup_id == Signup.id).exists()
    is_hers = Signup.customer_id.is_not(None)  # who is forgotten leaves her sign-up, and nothing of what she said
    coupon, redemption, signup = select(Coupon.id), select(Redemption.id), select(Signup.id)
    is_spent, is_undone = Coupon.spent_at.is_not(None), Redemption.undone_at.is_not(None)
    return {
        gettext("A coupon counts as spent, but nobody redeemed it."): coupon.where(is_spent, ~live),
        gettext("A coupon was redeemed, but does not count as spent."): coupon.where(~is_spent, live),
        gettext("A redemption counts as undone, but nobody undid it."): redemption.where(is_undone, ~undone),
        gettext("A redemption was undone, but counts."): redemption.where(~is_undone, undone),
        gettext("A first sign-up has no answer about consent."): signup.where(Signup.is_first, is_hers, ~asked),
    }


def counts() -> dict[str, int]:
    """How much there is."""
    kinds = backup.COUNTED | {"redemptions": Redemption}
    return {name: db.session.scalar(select(func.count(kind.id))) for name, kind in kinds.items()}
