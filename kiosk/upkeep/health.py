"""Whether what is stored is whole: what the database itself checks, and what must be true of coupons."""

import sqlite3
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from kiosk.base import database
from kiosk.base.database import db, is_sqlite
from kiosk.guard import audit
from kiosk.models import Consent, Coupon, Redemption, Signup, Undo
from kiosk.upkeep import backup, schema, timekeeping

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)  # the last: a table is missing


def troubles(at: datetime, head: str = "") -> list[str]:
    """A sentence for everything that is wrong, none when all is well; `head` is one that left the shop, to look for."""
    found = [sentence for sentence, wrong in _contradictions().items() if db.session.scalar(wrong.limit(1))]
    if is_sqlite():
        if wrong := schema.differences(db.engine):
            found.append(f"Some tables are not as Suki makes them: {', '.join(wrong)}.")
        if db.session.execute(text("PRAGMA integrity_check")).scalar() != "ok":
            found.append("The data file is damaged. Restore the last backup.")
        if db.session.execute(text("PRAGMA foreign_key_check")).first():
            found.append("Some rows belong to nothing. Restore the last backup.")
    found += audit.troubles()
    found += filter(None, [audit.lost(head) if head else None, timekeeping.trouble(at)])
    last = backup.last_made()
    if last and at - last > timedelta(days=7):
        found.append("The last backup is more than a week old. Make one: python -m kiosk backup FILE")
    return found


def said_of(error: DBAPIError | sqlite3.Error) -> str:
    """What an error of the database means, for whoever runs the shop."""
    said, code = database.in_one_line(error), database.code_of(getattr(error, "orig", error))
    if code in DAMAGED or isinstance(error, ProgrammingError):
        return f"The data is damaged ({said}). Restore the last backup: python -m kiosk restore FILE"
    return f"The database does not answer ({said})."


def about_backups() -> str:
    """When the last one was made and read back; that there is none yet is no trouble, but good to know."""
    last = backup.last_made()
    return (
        f"The last backup is of {last:%Y-%m-%d %H:%M} UTC."
        if last
        else ("There is no backup yet. Make one: python -m kiosk backup FILE")
    )


def _contradictions() -> dict[str, Select]:
    """What would be wrong, and how to find one such row."""
    live = select(Redemption.id).where(Redemption.coupon_id == Coupon.id, Redemption.undone_at.is_(None)).exists()
    undone = select(Undo.id).where(Undo.redemption_id == Redemption.id).exists()
    asked = select(Consent.id).where(Consent.signup_id == Signup.id).exists()
    coupon, redemption, signup = select(Coupon.id), select(Redemption.id), select(Signup.id)
    is_spent, is_undone = Coupon.spent_at.is_not(None), Redemption.undone_at.is_not(None)
    return {
        "A coupon counts as spent, but nobody redeemed it.": coupon.where(is_spent, ~live),
        "A coupon was redeemed, but does not count as spent.": coupon.where(~is_spent, live),
        "A redemption counts as undone, but nobody undid it.": redemption.where(is_undone, ~undone),
        "A redemption was undone, but counts.": redemption.where(~is_undone, undone),
        "A first sign-up has no answer about consent.": signup.where(Signup.is_first, ~asked),
    }


def counts() -> dict[str, int]:
    """How much there is."""
    kinds = backup.COUNTED | {"redemptions": Redemption}
    return {name: db.session.scalar(select(func.count(kind.id))) for name, kind in kinds.items()}
