"""Whether what is stored is whole: what the database itself checks, and what must be true of coupons."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, text

from . import audit, backup
from .database import db, is_sqlite
from .models import Consent, Coupon, Redemption, Signup, Undo


def troubles(at: datetime) -> list[str]:
    """A sentence for everything that is wrong; none when all is well."""
    found = [sentence for sentence, wrong in _contradictions().items() if db.session.scalar(wrong.limit(1))]
    if is_sqlite():
        if db.session.execute(text("PRAGMA integrity_check")).scalar() != "ok":
            found.append("The data file is damaged. Restore the last backup.")
        if db.session.execute(text("PRAGMA foreign_key_check")).first():
            found.append("Some rows belong to nothing. Restore the last backup.")
    found += audit.troubles()
    last = backup.last_made()
    if last and at - last > timedelta(days=7):
        found.append("The last backup is more than a week old. Make one: python -m kiosk backup FILE")
    return found


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
