"""The last things a till did today, refusals among them, from the log of actions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from kiosk.base.database import db
from kiosk.guard import audit
from kiosk.models import Audit, Coupon, Redemption, StaffSession, Visit
from kiosk.shop import shop

MOST = 10
ABOUT = {  # the actions that are shown: what their object is
    "look_up": Coupon, "redeem": Coupon, "leave": Coupon, "undo": Redemption, "undo_visit": Visit, "visit": Visit,
    "honour": Visit, "correct": Visit,
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One of them; coupon, visit and customer are None where there was none."""

    at: datetime
    outcome: str  # `redeem`, `undo`, `visit`, `honour`, `undo_visit`, `correct`, `leave`, or the refusal's word
    coupon: Coupon | None
    visit: Visit | None  # one that is no redemption's
    customer_id: int | None


def newest(till: StaffSession, at: datetime) -> list[Line]:
    """The last ten scans of today at this till, the newest first."""
    today = shop.current().day_of(at)
    done = select(Audit).where(
        Audit.device_id == till.device_id, Audit.action.in_(ABOUT),
        Audit.happened_at >= shop.current().span(today, today)[0],
    )  # fmt: skip
    return [_line(row) for row in db.session.scalars(done.order_by(Audit.id.desc()).limit(MOST))]


def served(till: StaffSession, at: datetime) -> set[int]:
    """The numbers of the customers in `newest`, of refused scans too."""
    return {line.customer_id for line in newest(till, at)} - {None}


def leave(coupon: Coupon, at: datetime, *, by: StaffSession) -> None:
    """Record that a good coupon was shown and something else was done instead of redeeming it."""
    audit.note("leave", at, by=by, object_id=coupon.id)


def _line(row: Audit) -> Line:
    kind = ABOUT[row.action]
    thing = db.session.get(kind, int(row.object_id)) if row.object_id else None
    coupon = thing if kind is Coupon else thing and thing.coupon
    customer_id = coupon.customer_id if coupon else thing and thing.customer_id
    outcome = row.action if row.outcome == "done" else row.outcome
    return Line(row.happened_at, outcome, coupon, thing if kind is Visit else None, customer_id)
