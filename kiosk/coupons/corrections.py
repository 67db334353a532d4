"""Taking back what a till did, and putting it right: always a further row, never a changed one."""

from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select, update

from kiosk.base.clock import is_within
from kiosk.base.database import db, known
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import offers, visits
from kiosk.guard import audit
from kiosk.models import Coupon, Feedback, Redemption, StaffSession, Undo, Visit

UNDO_WITHIN = timedelta(minutes=10)


def undo(
    redemption_id: int, operation_id: str, at: datetime, *, by: StaffSession, reason: str = ""
) -> tuple[Undo, bool]:
    """Undo a redemption: reverse its visit, and make the coupon good again. Also tells whether this was a repeat.

    The till it happened at may for ten minutes; later, or elsewhere, a manager with a reason. Raises Refusal
    `unknown`, `already_undone`, `operation_id_reused`, `too_late`; Invalid.
    """
    with audit.refusals("undo", at, by=by, object_id=redemption_id):
        return _undo(redemption_id, operation_id, at, by, reason)


@writes
def _undo(redemption_id: int, operation_id: str, at: datetime, by: StaffSession, reason: str) -> tuple[Undo, bool]:
    redemption = known(Redemption, redemption_id)
    alone(f"coupon {redemption.coupon_id}")
    before = db.session.scalar(select(Undo).where(Undo.redemption_id == redemption_id))
    if before:
        return _same_undo(before, operation_id, by), True
    if db.session.scalar(select(Undo.id).where(Undo.operation_id == operation_id)):
        raise Refusal("operation_id_reused")
    _check_may_undo(redemption, at, by, reason)
    undone = Undo(
        redemption_id=redemption_id, operation_id=operation_id, staff_id=by.staff_id, device_id=by.device_id,
        reason=reason or None, happened_at=at,
    )  # fmt: skip
    db.session.add(undone)
    redemption.undone_at = at
    visits.take_back(redemption.visit, at, by, reason)
    db.session.execute(update(Coupon).where(Coupon.id == redemption.coupon_id).values(spent_at=None))
    audit.add_note("undo", at, by=by, object_id=redemption_id)
    db.session.flush()
    return undone, False


def undo_visit(
    visit_id: int, operation_id: str, at: datetime, *, by: StaffSession, reason: str = ""
) -> tuple[Visit | Undo, bool]:
    """Take a recorded purchase back by a further row; also tells whether this was a repeat. A visit with a coupon is
    taken back with its redemption. The rules and refusals are those of `undo`."""
    redemption_id = db.session.scalar(select(Redemption.id).where(Redemption.visit_id == visit_id))
    if redemption_id:
        return undo(redemption_id, operation_id, at, by=by, reason=reason)
    with audit.refusals("undo_visit", at, by=by, object_id=visit_id):
        return _undo_visit(visit_id, operation_id, at, by, reason)


@writes
def _undo_visit(visit_id: int, operation_id: str, at: datetime, by: StaffSession, reason: str) -> tuple[Visit, bool]:
    visit = _to_change(visit_id)
    if before := visits.correction_of(visit_id):
        return _same_undo(before, operation_id, by), True
    if db.session.scalar(select(Visit.id).where(Visit.operation_id == operation_id)):
        raise Refusal("operation_id_reused")
    _check_may_undo(visit, at, by, reason)
    further = visits.take_back(visit, at, by, reason, operation_id)
    audit.add_note("undo_visit", at, by=by, object_id=visit_id)
    return further, False


def _to_change(visit_id: int) -> Visit:
    """Return the visit, which nobody else changes until our transaction ends."""
    visit = db.session.get(Visit, visit_id, populate_existing=True)
    if visit is None or visit.corrects_id:
        raise Refusal("unknown")
    alone(f"visits of {visit.customer_id}")
    return visit


def _same_undo(before: Undo | Visit, operation_id: str, by: StaffSession) -> Undo | Visit:
    """Return what has undone it already, if this is the same operation at the same till."""
    if before.operation_id != operation_id:
        raise Refusal("already_undone")
    if before.device_id != by.device_id:
        raise Refusal("operation_id_reused")
    return before


def is_easily_undone(done: Redemption | Visit, by: StaffSession, at: datetime) -> bool:
    """Whether whoever is at this till may still take it back, without saying why."""
    return done.device_id == by.device_id and is_within(UNDO_WITHIN, done.happened_at, at)


def _check_may_undo(done: Redemption | Visit, at: datetime, by: StaffSession, reason: str) -> None:
    if is_easily_undone(done, by, at):
        return
    if not by.staff.is_manager:
        raise Refusal("too_late")
    if not reason:
        raise Invalid(reason=gettext("Enter a reason for undoing"))


def correct(
    visit_id: int, operation_id: str, at: datetime, *, by: StaffSession, reason: str = "", **right
) -> tuple[Visit, bool]:
    """Reverse a visit and add one that replaces it, at the time of the first one; `right` is its new `amount` (in minor
    units; for a refund of a part, what is left) or its new `customer_id`. The discount is worked out anew. Also tells
    whether this was a repeat.

    The rules and refusals are those of `undo`.
    """
    with audit.refusals("correct", at, by=by, object_id=visit_id):
        return _correct(visit_id, operation_id, at, by, reason, right)


@writes
def _correct(visit_id, operation_id, at, by, reason, right) -> tuple[Visit, bool]:
    visit = _to_change(visit_id)
    if before := db.session.scalar(select(Visit).where(Visit.operation_id == operation_id)):
        if before.replaces_id != visit_id or by.device_id not in (None, before.device_id):
            raise Refusal("operation_id_reused")
        return before, True
    if visits.correction_of(visit_id):
        raise Refusal("already_undone")
    _check_may_undo(visit, at, by, reason)
    return add_correction(visit, operation_id, at, by, reason, **right), False


def add_correction(
    visit: Visit, operation_id: str | None, at: datetime, by: StaffSession, reason: str, **right
) -> Visit:
    """Replace a visit inside the caller's transaction; its redemption and its stars belong to the new one."""
    bought = visits.Purchase(right.get("amount", visit.amount), visit.what, visit.served_by)
    discount = visit.discount
    redemption = db.session.scalar(select(Redemption).where(Redemption.visit_id == visit.id))
    if redemption and bought.amount is not None:
        discount = offers.take_off(redemption.coupon.offer, bought.amount)
    elif discount and bought.amount is not None:
        discount = min(discount, bought.amount)
    visits.take_back(visit, at, by, reason)
    further = visits.add_visit(
        right.get("customer_id", visit.customer_id), at, by, bought, happened_at=visit.happened_at, discount=discount,
        coupon_id=visit.coupon_id, replaces_id=visit.id, operation_id=operation_id, reason=visit.reason,
        device_id=by.device_id or visit.device_id,
    )  # fmt: skip
    for model in (Redemption, Feedback):
        db.session.execute(update(model).where(model.visit_id == visit.id).values(visit_id=further.id))
    audit.add_note("correct", at, by=by, object_id=further.id)
    return further
