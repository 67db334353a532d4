"""Whether the clock of this machine can be right, by the newest instants that are stored."""

from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import func, select

from kiosk.base.clock import MADE, TOLERANCE
from kiosk.base.database import db
from kiosk.models import Audit, Signup, Visit
from kiosk.shop import shop

INSTANTS = (Audit.happened_at, Signup.finished_at, Visit.happened_at)  # each has an index
QUIET = timedelta(days=30)  # longer than a shop is closed


def last_stored() -> datetime | None:
    """The newest instant at which something was done here; None in a new shop."""
    found = [db.session.scalar(select(func.max(column))) for column in INSTANTS]
    return max(filter(None, found), default=None)


def trouble(at: datetime) -> str | None:
    """What is wrong with the clock, in one sentence; None when nothing is known to be."""
    if at < MADE:
        return gettext("The clock of this machine cannot be right: it says %(now)s. Set it.", now=written(at))
    last = last_stored()
    if last and last > at + TOLERANCE:
        return gettext(
            "The clock of this machine is wrong, or was: it says %(now)s, but something was done here at %(last)s. "
            "Set it, if it is still wrong.",
            now=written(at), last=written(last),
        )  # fmt: skip
    return None


def doubt(at: datetime) -> str | None:
    """What to look at after a long quiet time, for which a shop may have been closed; None without one."""
    last = last_stored()
    if last is None or at - last <= QUIET:
        return None
    return gettext("Nothing was done here from %(last)s to %(now)s. If that is not so, the clock is wrong: set it.",
                   last=written(last), now=written(at))  # fmt: skip


def written(at: datetime) -> str:
    """An instant by the shop's calendar and clock."""
    return f"{shop.current().time_of(at):%Y-%m-%d %H:%M}"
