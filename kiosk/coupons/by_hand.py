"""What a manager does with a customer's coupons by hand: give one, cancel one, honour one that was refused."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select, update

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import coupons, offers, visits
from kiosk.guard import audit
from kiosk.models import Audit, Coupon, Customer, ImportBatch, Note, Offer, Opening, StaffSession, Visit
from kiosk.shop import shop

LONGEST_REASON = 900  # the note that keeps it says more
REFUSALS = ("void", "not_yet", "expired", "minimum_not_met", "used", "maybe_used")  # which a manager may overrule


@writes
def give(customer_id: int, offer_id: int, at: datetime, *, by: StaffSession, reason: str = "") -> Coupon:
    """Give a customer a coupon of an active offer.

    One who had a coupon of that series already gets a further one only with a reason (an apology, say), and never
    while one is still good. The further one has an occasion of its own, and the reason is kept as a note.
    Raises Refusal `unknown` for an offer that is not active, `ended`, `already_had`.
    """
    today = shop.current().day_of(at)
    if shop.current().has_ended(today):
        raise Refusal("ended")
    offer = next((one for one in offers.active() if one.id == offer_id), None)
    if offer is None:
        raise Refusal("unknown")
    alone(f"coupons of {customer_id}")
    same = {"customer_id": customer_id, "series_id": offer.series_id}
    had = db.session.scalars(select(Coupon).filter_by(**same)).all()
    is_waiting = any(one.state(today, at) in ("issued", "not_yet") for one in had)
    if is_waiting or (had and not reason):
        raise Refusal("already_had")
    coupon = coupons.issue_to(customer_id, offer, at, occasion=f"{at:%y%m%d%H%M%S}" if had else "")
    if reason:
        _add_note(customer_id, gettext("Coupon given: %(reason)s", reason=reason), at, by)
    audit.add_note("give", at, by=by, object_id=coupon.id)
    return coupon


def waiting_for(customer: Customer) -> Offer | None:
    """The offer that was chosen for everybody of her list, until she has been given a coupon of it."""
    mine = (Opening.customer_id == customer.id) & (ImportBatch.id == Opening.batch_id)
    had = select(Coupon.series_id).where(Coupon.customer_id == customer.id)
    series = db.session.scalars(select(ImportBatch.series_id).where(mine, ImportBatch.series_id.not_in(had))).all()
    return next((one for one in offers.active() if one.series_id in series), None) if series else None


def give_waiting(found: object, at: datetime, *, by: StaffSession) -> None:
    """Give who was found a coupon of that offer, if it is a customer who has one waiting. Raises Refusal as `give`."""
    offer = waiting_for(found) if isinstance(found, Customer) else None
    if offer:
        give(found.id, offer.id, at, by=by)


def void(coupon_id: int, at: datetime, *, by: StaffSession, reason: str) -> None:
    """Make a coupon worthless for good; the reason is kept as a note on the customer.

    Raises Refusal `unknown`, `used`, `void`; Invalid without a reason.
    """
    with audit.refusals("void", at, by=by, object_id=coupon_id):
        if not reason:
            raise Invalid(reason=gettext("Enter a reason for cancelling"))
        _void(coupon_id, at, by, reason)


@writes
def _void(coupon_id: int, at: datetime, by: StaffSession, reason: str) -> None:
    alone(f"coupon {coupon_id}")
    coupon = db.session.get(Coupon, coupon_id, populate_existing=True)
    if coupon is None or coupon.customer_id is None:
        raise Refusal("unknown")
    live = update(Coupon).where(Coupon.id == coupon_id, Coupon.spent_at.is_(None), Coupon.voided_at.is_(None))
    if db.session.execute(live.values(voided_at=at)).rowcount != 1:
        raise Refusal("void" if coupon.voided_at else "used")
    _add_note(coupon.customer_id, gettext("Coupon cancelled: %(reason)s", reason=reason), at, by)
    audit.add_note("void", at, by=by, object_id=coupon_id)


def _add_note(customer_id: int, text: str, at: datetime, by: StaffSession) -> None:
    db.session.add(Note(customer_id=customer_id, text=text, staff_id=by.staff_id, written_at=at))


def honour(
    coupon: Coupon, operation_id: str, at: datetime, *, by: StaffSession, purchase: visits.Purchase,
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
    if discount is None:
        discount = offers.take_off(coupon.offer, purchase.amount)
    kept = {"operation_id": operation_id, "coupon_id": coupon_id, "discount": discount, "reason": reason}
    if coupon.is_spent or coupon.voided_at:
        visit = visits.add_visit(coupon.customer_id, at, by, purchase, **kept)
    else:
        visit = coupons.add_use(coupon, operation_id, at, by, purchase, **kept).visit
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
