"""A coupon's life: issued once, redeemed once, perhaps undone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select, update

from . import audit, limits, lookups, offers, shop, visits
from .codes import digits_in, new_code, new_token, token_in
from .database import alone, db, writes
from .models import Counter, Coupon, Customer, Offer, Redemption, StaffSession, Undo
from .refusals import Invalid, Refusal
from .visits import Purchase

UNDO_WITHIN = timedelta(minutes=10)
EVER = 10**10  # s


@dataclass(frozen=True)
class Redeemed:
    redemption: Redemption
    is_repeat: bool  # the same operation, sent again


def issue_to(customer: Customer, offer: Offer, at: datetime) -> Coupon:
    """A new coupon, inside the caller's transaction; good from today for the offer's days."""
    today = shop.current().day_of(at)
    until = today + timedelta(days=offer.days_valid)
    kept = {"customer": customer, "offer": offer, "issued_at": at, "valid_from": today, "valid_until": until}
    coupon = Coupon(code=new_code(), token=new_token(), **kept)
    db.session.add(coupon)
    db.session.flush()
    return coupon


def note_opened(coupon: Coupon, at: datetime) -> None:
    """Remember that a phone has opened her link; once is enough."""
    if not was_opened(coupon):
        limits.count(f"opened {coupon.id}", most=None, seconds=EVER, at=at)


def was_opened(coupon: Coupon) -> bool:
    return db.session.get(Counter, f"opened {coupon.id}") is not None


def redeem(scanned: str, operation_id: str, at: datetime, *, by: StaffSession, **said) -> Redeemed:
    """Spend a coupon, once, and keep the visit; `at` is UTC, `said` what was said of the purchase (see Purchase).

    The same operation and code again gives the same redemption. Raises Refusal: `operation_id_reused`,
    `mistyped`, `unknown`, `void`, `not_yet`, `expired`, `minimum_not_met`, `used`.
    """
    with audit.refusals("redeem", at, by=by):
        before = db.session.scalar(select(Redemption).where(Redemption.operation_id == operation_id))
        if before and not {before.coupon.code, before.coupon.token} & {digits_in(scanned), token_in(scanned)}:
            raise Refusal("operation_id_reused")
        coupon = lookups.ask(scanned, by=by, at=at)
        if not isinstance(coupon, Coupon):
            raise Refusal("mistyped")
    with audit.refusals("redeem", at, by=by, object_id=coupon.id):
        return _redeem(coupon.id, operation_id, at, by, Purchase(**said))


def add_redemption(coupon_id: int, operation_id: str, at: datetime, by: StaffSession, purchase: Purchase) -> Redeemed:
    """The same for a coupon that was found, inside the caller's transaction."""
    alone(f"coupon {coupon_id}")
    before = db.session.scalar(select(Redemption).where(Redemption.operation_id == operation_id))
    if before:
        if before.coupon_id != coupon_id:
            raise Refusal("operation_id_reused")
        return Redeemed(before, is_repeat=True)
    coupon = db.session.get(Coupon, coupon_id, populate_existing=True)
    _refuse_unless_good(coupon, at, purchase.amount)
    guarded = update(Coupon).where(Coupon.id == coupon_id, Coupon.spent_at.is_(None), Coupon.voided_at.is_(None))
    if db.session.execute(guarded.values(spent_at=at)).rowcount != 1:
        raise _used(coupon_id, at, by)
    taken = None if purchase.amount is None else offers.take_off(coupon.offer, purchase.amount)
    redemption = Redemption(
        coupon_id=coupon_id, operation_id=operation_id, staff_id=by.staff_id, device_id=by.device_id,
        visit=visits.add(coupon.customer_id, at, by, purchase, discount=taken, coupon_id=coupon_id),
        happened_at=at, received_at=at,
    )  # fmt: skip
    db.session.add(redemption)
    audit.add("redeem", at, by=by, object_id=coupon_id)
    db.session.flush()
    return Redeemed(redemption, is_repeat=False)


_redeem = writes(add_redemption)


def _refuse_unless_good(coupon: Coupon, at: datetime, amount: int | None) -> None:
    today, minimum = shop.current().day_of(at), coupon.offer.minimum
    if coupon.voided_at:
        raise Refusal("void")
    if today < coupon.valid_from:
        raise Refusal("not_yet", valid_from=coupon.valid_from.isoformat())
    if today > coupon.valid_until:
        raise Refusal("expired", valid_until=coupon.valid_until.isoformat())
    if minimum and (amount is None or amount < minimum):
        raise Refusal("minimum_not_met", minimum=minimum)


def _used(coupon_id: int, at: datetime, by: StaffSession) -> Refusal:
    redemption = lookups.live_redemption(coupon_id)
    return Refusal(
        "used",
        used_at=redemption.happened_at.isoformat(),
        by=redemption.staff.name,
        till=redemption.device.label,
        just_now=lookups.is_just_now(redemption, by, at),
    )


def undo(
    redemption_id: int, operation_id: str, at: datetime, *, by: StaffSession, reason: str = ""
) -> tuple[Undo, bool]:
    """Take a redemption back, so that the coupon is good again; also tells whether this was a repeat.

    The till it happened at may for ten minutes; later, or elsewhere, a manager with a reason.
    Raises Refusal `unknown`, `already_undone`, `operation_id_reused`, `too_late`; Invalid.
    """
    with audit.refusals("undo", at, by=by, object_id=redemption_id):
        return _undo(redemption_id, operation_id, at, by, reason)


@writes
def _undo(redemption_id: int, operation_id: str, at: datetime, by: StaffSession, reason: str) -> tuple[Undo, bool]:
    redemption = db.session.get(Redemption, redemption_id, populate_existing=True)
    if redemption is None:
        raise Refusal("unknown")
    alone(f"coupon {redemption.coupon_id}")
    before = db.session.scalar(select(Undo).where(Undo.redemption_id == redemption_id))
    if before:
        if before.operation_id != operation_id:
            raise Refusal("already_undone")
        return before, True
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
    audit.add("undo", at, by=by, object_id=redemption_id)
    db.session.flush()
    return undone, False


def is_easily_undone(redemption: Redemption, by: StaffSession, at: datetime) -> bool:
    """Whether whoever is at this till may still take it back, without saying why."""
    return redemption.device_id == by.device_id and at - redemption.happened_at <= UNDO_WITHIN


def _check_may_undo(redemption: Redemption, at: datetime, by: StaffSession, reason: str) -> None:
    if is_easily_undone(redemption, by, at):
        return
    if not by.staff.is_manager:
        raise Refusal("too_late")
    if not reason:
        raise Invalid(reason=gettext("Say in a few words why it is undone"))
