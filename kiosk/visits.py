"""A purchase by a known customer, with or without a coupon: what it came to, what was taken off, who served her."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext
from sqlalchemy import select

from . import audit, offers, shop
from .contacts import clean
from .database import alone, db, writes
from .models import Coupon, Customer, StaffSession, Visit
from .refusals import Invalid, NotAllowed, Refusal, saying


@dataclass(frozen=True)
class Purchase:
    """What the cashier says of it; all of it may be left out. Money in minor units."""

    amount: int | None = None
    what: str | None = None
    served_by: str | None = None


def read(form) -> Purchase:
    """A purchase as it was typed. Raises Invalid."""
    what, served_by = read_text(form, "what", 200), read_text(form, "served_by", 60)
    return Purchase(read_amount(form.get("amount")), what or None, served_by or None)


def read_amount(text: str | None, field: str = "amount") -> int | None:
    """Money as it was typed (decimal point or comma) in minor units; nothing typed is None. Raises Invalid."""
    text, digits = (text or "").strip().replace(",", "."), shop.current().minor_digits
    if not text:
        return None
    if not re.fullmatch(rf"\d{{1,10}}(\.\d{{0,{digits}}})?", text, re.ASCII):
        raise Invalid(**{field: gettext("Enter the amount in digits, like 250.50")})
    return int(Decimal(text).scaleb(digits))


def read_text(form, field: str, longest: int) -> str:
    """A few words on one line. Raises Invalid."""
    with saying(**{field: gettext("Use fewer words, and plain letters")}):
        return clean(form.get(field, ""), longest)


def read_reason(form) -> str:
    """Why something is done: its lines become one. Raises Invalid."""
    return read_text({"reason": " ".join(form.get("reason", "").split())}, "reason", 1000)


def add(customer_id: int, at: datetime, by: StaffSession, purchase: Purchase, **kept) -> Visit:
    """A further visit, inside the caller's transaction; `kept` are other columns of it."""
    who = {"customer_id": customer_id, "staff_id": by.staff_id, "device_id": by.device_id}
    visit = Visit(**who, happened_at=at, received_at=at, **asdict(purchase), **kept)
    db.session.add(visit)
    db.session.flush()
    return visit


def take_back(visit: Visit, at: datetime, by: StaffSession, reason: str) -> Visit:
    """The row that takes a visit's sums back, inside the caller's transaction."""
    amount, discount = (None if sum_ is None else -sum_ for sum_ in (visit.amount, visit.discount))
    said = Purchase(amount, visit.what, visit.served_by)
    kept = {"coupon_id": visit.coupon_id, "corrects_id": visit.id, "reason": reason or None}
    return add(visit.customer_id, at, by, said, discount=discount, **kept)


def record(
    who: Coupon | Customer | list, operation_id: str, at: datetime, *, by: StaffSession,
    purchase: Purchase, discount: int | None = None, reason: str = "",
) -> tuple[Visit, bool]:  # fmt: skip
    """Keep a purchase; also tells whether this was a repeat. A discount is a manager's, with a reason: so she
    honours a coupon that was refused, which stays as it is; what she leaves out is what the coupon would have given.

    Raises NotAllowed, Invalid, Refusal `operation_id_reused`, `mistyped` for somebody who is not one person.
    """
    if not isinstance(who, Coupon | Customer):
        raise Refusal("mistyped")
    _check_may_give(discount, reason, purchase, by)
    return _record(who, operation_id, at, by, purchase, discount, reason)


def _check_may_give(discount: int | None, reason: str, purchase: Purchase, by: StaffSession) -> None:
    if discount is None and not reason:
        return
    if not by.staff.is_manager:
        raise NotAllowed
    if not reason:
        raise Invalid(reason=gettext("Say in a few words why the discount is given"))
    if purchase.amount is not None and (discount or 0) > purchase.amount:
        raise Invalid(discount=gettext("Enter no more than the purchase amount"))


@writes
def _record(who, operation_id, at, by, purchase, discount, reason) -> tuple[Visit, bool]:
    honoured = who if reason and isinstance(who, Coupon) else None
    customer_id = who.customer_id if isinstance(who, Coupon) else who.id
    alone(f"visit {operation_id}")
    before = db.session.scalar(select(Visit).where(Visit.operation_id == operation_id))
    if before:
        if before.customer_id != customer_id:
            raise Refusal("operation_id_reused")
        return before, True
    if honoured and discount is None and purchase.amount is not None:
        discount = offers.take_off(honoured.offer, purchase.amount)
    kept = {"operation_id": operation_id, "coupon_id": honoured and honoured.id, "reason": reason or None}
    visit = add(customer_id, at, by, purchase, discount=discount, **kept)
    audit.add("honour" if reason else "visit", at, by=by, object_id=visit.id)
    return visit, False
