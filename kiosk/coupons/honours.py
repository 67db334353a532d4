"""Giving what a refused coupon was worth all the same: a manager may, with a reason, once for each refusal."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import coupons, offers, visits
from kiosk.coupons.visits import Purchase
from kiosk.guard import audit
from kiosk.models import Audit, Coupon, StaffSession, Visit
from kiosk.shop import shop

REFUSALS = ("void", "not_yet", "expired", "minimum_not_met", "used", "maybe_used")


def honour(
    coupon: Coupon, operation_id: str, at: datetime, *, by: StaffSession, purchase: Purchase,
    discount: int | None = None, reason: str = "",
) -> tuple[Visit, bool]:  # fmt: skip
    """Record a purchase with the discount of a coupon that was refused, or with another discount; also tells whether
    this was a repeat. A coupon that is neither used nor cancelled is spent by it, so that it cannot be redeemed as
    well.

    Raises NotAllowed, Invalid; Refusal `not_refused` for a coupon that would not be refused now, or that was
    honoured and has not been refused again since; `operation_id_reused`, `unusual_amount`.
    """
    if not by.staff.is_manager:
        raise NotAllowed
    if not reason:
        raise Invalid(reason=gettext("Enter a reason for the discount"))
    if purchase.amount is not None and (discount or 0) > purchase.amount:
        raise Invalid(discount=gettext("Enter no more than the purchase amount"))
    with audit.refusals("honour", at, by=by):
        if not isinstance(coupon, Coupon):
            raise Refusal("not_refused")
        return _honour(coupon.id, operation_id, at, by, purchase, discount, reason)


@writes
def _honour(coupon_id, operation_id, at, by, purchase, discount, reason) -> tuple[Visit, bool]:
    alone(f"coupon {coupon_id}")
    coupon = db.session.get(Coupon, coupon_id, populate_existing=True)
    if before := visits.made_by(operation_id, coupon.customer_id, by):
        return before, True
    if not coupons.refusal_of(coupon, at, by, purchase.amount) or _was_honoured(coupon, at):
        raise Refusal("not_refused")
    visits.ask_about_amount(purchase)
    if discount is None and purchase.amount is not None:
        discount = offers.take_off(coupon.offer, purchase.amount)
    is_live = not (coupon.is_spent or coupon.voided_at)
    if is_live:
        coupons.claim(coupon, at, by)
    kept = {"operation_id": operation_id, "coupon_id": coupon_id, "discount": discount, "reason": reason}
    visit = visits.add_visit(coupon.customer_id, at, by, purchase, **kept)
    if is_live:
        coupons.add_use(coupon, visit, operation_id)
    audit.add_note("honour", at, by=by, object_id=visit.id)
    return visit, False


def _was_honoured(coupon: Coupon, at: datetime) -> bool:
    """Whether it was honoured, and not refused again since."""
    honoured = select(Visit.happened_at).where(visits.STANDS, Visit.coupon_id == coupon.id, Visit.reason.is_not(None))
    last = db.session.scalar(honoured.order_by(Visit.id.desc()).limit(1))
    if last is None:
        return False
    today = shop.current().day_of(at)
    refused = select(Audit.id).where(
        Audit.happened_at > max(last, shop.current().span(today, today)[0]), Audit.object_id == str(coupon.id),
        Audit.action.in_(("look_up", "redeem")), Audit.outcome.in_(REFUSALS),
    )  # fmt: skip
    return db.session.scalar(refused.limit(1)) is None
