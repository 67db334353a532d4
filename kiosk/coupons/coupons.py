"""A coupon's life: issued once, redeemed once. How that is undone is in corrections."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm.attributes import set_committed_value

from kiosk.base.database import add_row, db, is_sqlite
from kiosk.base.refusals import Refusal, TooMany
from kiosk.base.writing import alone, writes
from kiosk.coupons import lookups, offers, visits
from kiosk.coupons.codes import new_code, new_token
from kiosk.coupons.scan import Scan, read
from kiosk.coupons.visits import Purchase
from kiosk.guard import audit, limits
from kiosk.models import Counter, Coupon, Offer, Redemption, StaffSession
from kiosk.shop import shop

EVER = 10**10  # s
COUPON = Coupon.__table__.c
MADE_BY = select(Redemption).where(Redemption.operation_id == bindparam("operation_id"))
CLAIM = update(Coupon.__table__).where(COUPON.id == bindparam("coupon_id"), COUPON.spent_at.is_(None))
CLAIM = CLAIM.where(COUPON.voided_at.is_(None)).values(spent_at=bindparam("at"))


@dataclass(frozen=True)
class Redeemed:
    redemption: Redemption
    is_repeat: bool  # the same operation, sent again


def issue_to(customer_id: int, offer: Offer | Row, at: datetime, *, occasion: str = "") -> Coupon:
    """Add a coupon inside the caller's transaction; it is good from today for the offer's days."""
    return add_row(Coupon, row_of(customer_id, offer, at, shop.current().day_of(at), occasion))


def row_of(customer_id: int, offer: Offer, at: datetime, today: date, occasion: str = "") -> dict:
    """The columns of a new coupon."""
    until = today + timedelta(days=offer.days_valid)
    which = {"customer_id": customer_id, "offer_id": offer.id, "series_id": offer.series_id, "occasion": occasion}
    return which | {
        "code": new_code(), "token": new_token(), "issued_at": at, "valid_from": today, "valid_until": until,
    }  # fmt: skip


def given_to(customer_id: int, offer: Offer, occasion: str = "") -> Coupon | None:
    """Return the customer's coupon of that offer's series and occasion, whichever version it was given for."""
    same = {"customer_id": customer_id, "series_id": offer.series_id, "occasion": occasion}
    return db.session.scalar(select(Coupon).filter_by(**same))


def note_opened(coupon: Coupon, at: datetime) -> None:
    """Remember that a phone has opened her link; once is enough."""
    if not was_opened(coupon):
        limits.count(f"opened {coupon.id}", most=None, seconds=EVER, at=at)


def was_opened(coupon: Coupon) -> bool:
    return db.session.get(Counter, f"opened {coupon.id}") is not None


def redeem(scanned: str | Coupon, operation_id: str, at: datetime, *, by: StaffSession, **said) -> Redeemed:
    """Spend a coupon, once, and keep the visit, in one transaction with the look-up. `scanned` is what was scanned or
    typed, or a coupon that was looked up already; `at` is UTC, `said` what was said of the purchase (see Purchase).

    The same operation and code again gives the same redemption. Raises Refusal: `operation_id_reused`, `mistyped`,
    `unknown`, `void`, `not_yet`, `expired`, `minimum_not_met`, `used`, `maybe_used`, `unusual_amount`; TooMany.
    """
    scanned = read(scanned) if isinstance(scanned, str) else scanned
    return lookups.granted(_redeem(scanned, operation_id, at, by, Purchase(**said)))


@writes
def _redeem(scanned, operation_id, at, by, purchase) -> Redeemed | lookups.No:
    """A refusal is recorded and given back, since raising it here would undo that and the count of look-ups."""
    alone(limits.till(by.device_id))
    before = db.session.scalar(MADE_BY, {"operation_id": operation_id})
    if before:
        return _repeat(before, scanned, at, by)
    if isinstance(scanned, Coupon):
        found = db.session.get(Coupon, scanned.id, populate_existing=True)
    else:
        found = lookups.add_look_up(scanned, by=by, at=at)
    if isinstance(found, Coupon):
        try:
            return Redeemed(add_redemption(found, operation_id, at, by, purchase), is_repeat=False)
        except Refusal as refusal:
            return _refused(refusal, at, by, found.id)
    if isinstance(found, TooMany):
        return found
    return _refused(found if isinstance(found, Refusal) else Refusal("mistyped"), at, by)


def _repeat(before: Redemption, scanned: Scan | Coupon, at: datetime, by: StaffSession) -> Redeemed | Refusal:
    coupon = before.coupon
    known = (coupon.id,) if isinstance(scanned, Coupon) else (coupon.code, coupon.token)
    asked = (scanned.id,) if isinstance(scanned, Coupon) else scanned.values
    if set(known).isdisjoint(asked) or before.device_id != by.device_id:
        return _refused(Refusal("operation_id_reused"), at, by)
    return Redeemed(before, is_repeat=True)


def _refused(refusal: Refusal, at: datetime, by: StaffSession, coupon_id: object = "") -> Refusal:
    """The refusal, recorded inside the caller's transaction."""
    audit.add_note("redeem", at, by=by, object_id=coupon_id, outcome=refusal.word)
    return refusal


def add_redemption(coupon: Coupon, operation_id: str, at: datetime, by: StaffSession, purchase: Purchase) -> Redemption:
    """Spend a coupon that was found, inside the caller's transaction. Raises the Refusals of `redeem` before
    anything is written."""
    alone(f"coupon {coupon.id}")
    if not is_sqlite():
        db.session.refresh(coupon)  # somebody else may have had it while we waited
    if refusal := refusal_of(coupon, at, by, purchase.amount):
        raise refusal
    visits.ask_about_amount(purchase)
    redemption = add_use(coupon, operation_id, at, by, purchase)
    audit.add_note("redeem", at, by=by, object_id=coupon.id)
    return redemption


def add_use(
    coupon: Coupon, operation_id: str, at: datetime, by: StaffSession, purchase: Purchase, /, **kept
) -> Redemption:
    """Mark a coupon as spent and add its visit and redemption, inside the caller's transaction; `kept` are other
    columns of the visit. Raises Refusal `used`."""
    if db.session.execute(CLAIM, {"coupon_id": coupon.id, "at": at}).rowcount != 1:
        raise _used(coupon.id, at, by)
    set_committed_value(coupon, "spent_at", at)
    kept = {"coupon_id": coupon.id, "discount": offers.take_off(coupon.offer, purchase.amount)} | kept
    visit = visits.add_visit(coupon.customer_id, at, by, purchase, **kept)
    same = ("coupon_id", "staff_id", "device_id", "happened_at", "received_at")
    used = {"operation_id": operation_id, "visit_id": visit.id, "undone_at": None}
    redemption = add_row(Redemption, used | {name: getattr(visit, name) for name in same})
    for name, known in (("coupon", coupon), ("visit", visit)):
        set_committed_value(redemption, name, known)
    return redemption


def refusal_of(coupon: Coupon, at: datetime, by: StaffSession, amount: int | None) -> Refusal | None:
    """Why the coupon cannot be redeemed now, for a purchase of that amount; None when it can."""
    today, minimum = shop.current().day_of(at), coupon.offer.minimum
    if coupon.voided_at:
        return Refusal("void")
    if coupon.begins_later(today, at):
        return Refusal("not_yet", valid_from=coupon.valid_from.isoformat())
    if coupon.has_ended(today):
        return Refusal("expired", valid_until=coupon.valid_until.isoformat())
    if minimum and (amount is None or amount < minimum):
        return Refusal("minimum_not_met", minimum=minimum)
    if coupon.is_spent:
        return _used(coupon.id, at, by)
    if is_in_doubt(coupon):
        return Refusal("maybe_used")
    return None


def is_in_doubt(coupon: Coupon) -> bool:
    """Whether it may have been used since the backup that was restored (see upkeep/epochs.py)."""
    until = shop.current().in_doubt
    return until != "" and not coupon.is_spent and coupon.issued_at <= datetime.fromisoformat(until)


def _used(coupon_id: int, at: datetime, by: StaffSession) -> Refusal:
    used = lookups.live_redemption(coupon_id)
    where = {"by": used.staff.name, "till": used.device.label, "just_now": lookups.is_just_now(used, by, at)}
    return Refusal("used", used_at=used.happened_at.isoformat(), **where)
