"""What a customer does by herself about what is kept of her: show that it is she, correct it, have it deleted.

Whoever photographed her code has her link; what is kept of her opens with what only she is likely to know.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import delete

from kiosk.base.database import db
from kiosk.base.folding import small
from kiosk.base.refusals import Invalid, Refusal, TooMany
from kiosk.base.writing import alone, writes
from kiosk.coupons.scan import LAST_DIGITS, digits_in
from kiosk.customers import forgetting, profile
from kiosk.guard import audit, limits
from kiosk.models import Counter, Customer, StaffSession

WRONG, WRONG_IN = 5, 30 * 86_400  # answers, and the seconds after which there may be as many again
CORRECTIONS = 10  # a day
OPEN = timedelta(minutes=10)  # so long nothing is asked again


def prove(customer: Customer, typed: str, at: datetime) -> None:
    """Take the last four digits of the customer's number, or without one the part of the e-mail address before the @,
    as a proof that it is she. After five wrong answers, on whichever of her links, nobody is believed: the shop's
    staff know her. Raises Invalid; TooMany `ask_staff`.
    """
    if problem := _prove(customer.id, typed, at):
        raise problem


@writes
def _prove(customer_id: int, typed: str, at: datetime) -> Invalid | TooMany | None:
    """What is wrong with the answer, given back so that it is counted whatever comes of it."""
    wrong = f"wrong answer of {customer_id}"
    alone(wrong)
    if left := closed_for(customer_id, at):
        return TooMany(left, "ask_staff")
    if _is_right(db.session.get(Customer, customer_id, populate_existing=True), typed):
        return None
    limits.add_count(wrong, most=None, seconds=WRONG_IN, at=at)
    return Invalid(answer=gettext("That is not what we have. Try again, or ask our staff"))


def closed_for(customer_id: int, at: datetime) -> int:
    """For how many seconds nobody is believed any more to be that customer; 0 while answers are looked at."""
    return limits.wait(f"wrong answer of {customer_id}", most=WRONG, seconds=WRONG_IN, at=at)


@writes
def open_again(customer_id: int, at: datetime, *, by: StaffSession) -> None:
    """Let the customer, who stands before the staff, answer on her own phone again."""
    db.session.execute(delete(Counter).where(Counter.name == f"wrong answer of {customer_id}"))
    audit.add_note("open_again", at, by=by, object_id=customer_id)


def _is_right(customer: Customer | None, typed: str) -> bool:
    if customer and customer.phone:
        kept, given = customer.phone[-LAST_DIGITS:], (digits_in(typed) or "")[-LAST_DIGITS:]
    else:
        kept, given = ((customer and customer.email) or "").rpartition("@")[0], small(typed.strip())
    return bool(kept) and hmac.compare_digest(kept.encode(), given.encode())


def correct(customer: Customer, sent: Mapping[str, str], at: datetime) -> None:
    """Correct what is kept, as the office does. A contact that is another customer's is the staff's to see to: nobody
    is told here whose it is. Raises Invalid; TooMany.
    """
    limits.count(f"corrections by {customer.id}", most=CORRECTIONS, seconds=86_400, at=at)
    field = "phone" if sent.get("phone", "") != (customer.phone or "") else "email"
    try:
        profile.correct(customer.id, sent, at, by=None)
    except Refusal:
        raise Invalid(**{field: gettext("Please ask our staff to change this")}) from None


def forget(customer: Customer, typed: str, at: datetime) -> None:
    """Forget the customer, who shows once more that it is she. Raises Invalid; TooMany `ask_staff`."""
    prove(customer, typed, at)
    forgetting.forget(customer.id, at, by=None)
