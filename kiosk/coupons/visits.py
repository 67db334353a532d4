"""A purchase by a known customer, with or without a coupon: what it came to, what was taken off, who served her."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from flask_babel import gettext
from sqlalchemy import and_, bindparam, exists, func, select, update
from sqlalchemy.orm import aliased

from kiosk.base.database import add_row, db
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import Coupon, Customer, Opening, StaffSession, Visit
from kiosk.shop import amounts

RECENT, FEWEST, FAR = 100, 20, 20  # purchases that are looked at, and needed; how many times the median is far from it
MOST_TAPS = 5
AGAIN_WITHIN = timedelta(minutes=2)
VISIT, UNDOING, HERS = Visit.__table__, aliased(Visit), Visit.customer_id == Customer.id
# Of visits neither reversed nor the row that reverses another. With expressions, since SQLite would take the index of
# `corrects_id` to find the many visits without one.
STANDS = and_(func.coalesce(Visit.corrects_id, 0) == 0, ~exists().where(UNDOING.corrects_id == Visit.id))
BEFORE = {
    name: select(func.coalesce(func.sum(getattr(Opening, name)), 0)).where(Opening.customer_id == Customer.id)
    for name in ("visits", "spent")
}  # what a list says of the time up to then
COUNT_ANEW = update(Customer.__table__).values(
    visits=select(func.count(Visit.id)).where(HERS, STANDS).scalar_subquery() + BEFORE["visits"].scalar_subquery(),
    spent=select(func.coalesce(func.sum(Visit.amount), 0)).where(HERS).scalar_subquery()
    + BEFORE["spent"].scalar_subquery(),
    last_visit_at=func.coalesce(
        select(func.max(Visit.happened_at)).where(HERS, STANDS).scalar_subquery(),
        select(func.max(Opening.last_visit_at)).where(Opening.customer_id == Customer.id).scalar_subquery(),
    ),
)
COUNT_ONE_ANEW = COUNT_ANEW.where(Customer.id == bindparam("customer_id"))
RECENT_AMOUNTS = select(VISIT.c.amount).where(VISIT.c.id > select(func.max(VISIT.c.id) - RECENT).scalar_subquery())


@dataclass(frozen=True)
class Purchase:
    """What the cashier says of it; all of it may be left out. Money in minor units."""

    amount: int | None = None
    what: str | None = None
    served_by: str | None = None
    is_confirmed: bool = False  # what would be asked about has been, and is right


def read(sent: Mapping[str, str]) -> Purchase:
    """Return a purchase as it was typed. Raises Invalid."""
    wanted, is_confirmed = gettext("Enter shorter text without special characters"), sent.get("confirm") == "yes"
    with Form(sent) as form:
        what, served_by = form.text("what", 200, wanted), form.text("served_by", 60, wanted)
        return Purchase(amounts.read(sent.get("amount"), "amount"), what or None, served_by or None, is_confirmed)


def last_said() -> dict[str, list[str]]:
    """What was bought and who served in the newest purchases, to be tapped instead of typed: the newest first."""
    newest = select(Visit.what, Visit.served_by).order_by(Visit.id.desc()).limit(RECENT)
    columns = zip(*db.session.execute(newest), strict=True)
    said = [list(dict.fromkeys(filter(None, texts)))[:MOST_TAPS] for texts in columns] or [[], []]
    return dict(zip(("what", "served_by"), said, strict=True))


def read_reason(sent: Mapping[str, str], most: int = 1000) -> str:
    """Read the field `reason`, its lines joined to one. Raises Invalid."""
    with Form({"reason": " ".join(sent.get("reason", "").split())}) as form:
        return form.text("reason", most, gettext("Enter shorter text without special characters"))


def add_visit(
    customer_id: int | None, at: datetime, by: StaffSession, purchase: Purchase, *, happened_at: datetime | None = None,
    **kept
) -> Visit:  # fmt: skip
    """Add a visit, and count it in the customer's sums, inside the caller's transaction; `kept` are other columns."""
    said = {"amount": purchase.amount, "what": purchase.what, "served_by": purchase.served_by, "discount": None}
    who = {"customer_id": customer_id, "staff_id": by.staff_id, "device_id": by.device_id}
    visit = add_row(Visit, who | {"happened_at": happened_at or at, "received_at": at} | said | kept)
    if customer_id:
        add_sums(customer_id)
    return visit


def add_sums(*customer_ids: int) -> None:
    """Work out `visits`, `spent` and `last_visit_at` of these customers anew (of all, when none is named), inside
    the caller's transaction. A visit that was reversed does not count."""
    connection = db.session.connection()
    if customer_ids:
        connection.execute(COUNT_ONE_ANEW, [{"customer_id": one} for one in customer_ids])
    else:
        connection.execute(COUNT_ANEW)


def ask_about_amount(purchase: Purchase) -> None:
    """Raise Refusal `unusual_amount`, with the `usual` one, for an amount over twenty times the median of the newest
    hundred purchases, unless it is confirmed. Below twenty amounts nothing is asked."""
    if purchase.is_confirmed or not purchase.amount:
        return
    amounts = [amount for amount in db.session.scalars(RECENT_AMOUNTS).all() if amount and amount > 0]
    if len(amounts) >= FEWEST and purchase.amount > FAR * (usual := int(median(amounts))):
        raise Refusal("unusual_amount", usual=usual)


def take_back(visit: Visit, at: datetime, by: StaffSession, reason: str, operation_id: str | None = None) -> Visit:
    """Reverse a visit inside the caller's transaction: add a row with its amount and discount below zero, and count
    the customer's sums anew."""
    amount, discount = (None if sum_ is None else -sum_ for sum_ in (visit.amount, visit.discount))
    said = Purchase(amount, visit.what, visit.served_by)
    kept = {"coupon_id": visit.coupon_id, "corrects_id": visit.id, "reason": reason or None}
    kept["device_id"] = by.device_id or visit.device_id  # what is done in the office belongs to the till it was at
    return add_visit(visit.customer_id, at, by, said, discount=discount, operation_id=operation_id, **kept)


def correction_of(visit_id: int) -> Visit | None:
    """Return the row that reverses a visit, if there is one."""
    return db.session.scalar(select(Visit).where(Visit.corrects_id == visit_id))


def made_by(operation_id: str, customer_id: int, by: StaffSession) -> Visit | None:
    """Return the visit that this operation has made already.

    Raises Refusal `operation_id_reused` when it was for another customer or at another till.
    """
    visit = db.session.scalar(select(Visit).where(Visit.operation_id == operation_id))
    if visit and (visit.customer_id, visit.device_id, visit.corrects_id) != (customer_id, by.device_id, None):
        raise Refusal("operation_id_reused")
    return visit


def record(
    who: Coupon | Customer | list, operation_id: str, at: datetime, *, by: StaffSession, purchase: Purchase
) -> tuple[Visit, bool]:
    """Record a purchase without redeeming anything; also tells whether this was a repeat.

    Raises Invalid when nothing is said of it; Refusal `mistyped` when the look-up did not find exactly one customer,
    `operation_id_reused`; `unusual_amount` and `recorded_just_now` unless it is confirmed.
    """
    if not isinstance(who, Coupon | Customer):
        raise Refusal("mistyped")
    if purchase.amount is None and not purchase.what and not purchase.served_by:
        raise Invalid(amount=gettext("Enter the amount, what was bought or who served"))
    return _record(who.customer_id if isinstance(who, Coupon) else who.id, operation_id, at, by, purchase)


@writes
def _record(customer_id: int, operation_id: str, at: datetime, by: StaffSession, purchase: Purchase):
    alone(f"visits of {customer_id}")
    if before := made_by(operation_id, customer_id, by):
        return before, True
    if not purchase.is_confirmed and _was_recorded_just_now(customer_id, at, purchase):
        raise Refusal("recorded_just_now")
    ask_about_amount(purchase)
    visit = add_visit(customer_id, at, by, purchase, operation_id=operation_id)
    audit.add_note("visit", at, by=by, object_id=visit.id)
    return visit, False


def _was_recorded_just_now(customer_id: int, at: datetime, purchase: Purchase) -> bool:
    """Whether the same purchase is there already, with a coupon or without, and was not taken back."""
    recent = db.session.scalars(
        select(Visit).where(Visit.customer_id == customer_id, Visit.happened_at > at - AGAIN_WITHIN)
    ).all()
    taken_back = {visit.corrects_id for visit in recent}
    same = [visit for visit in recent if (visit.amount, visit.what) == (purchase.amount, purchase.what)]
    return any(visit.id not in taken_back for visit in same if visit.corrects_id is None)
