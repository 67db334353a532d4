"""Taking back a sign-up that staff typed in a moment ago, wrongly."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from kiosk.base.clock import is_within
from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.customers import forgetting
from kiosk.models import Coupon, Note, Signup, StaffSession, Visit

WITHIN = timedelta(minutes=10)


def take_back(made: Signup | None, at: datetime, *, by: StaffSession) -> None:
    """Forget the customer whom the sign-up made, and let its paper form be typed again.

    Raises Refusal `too_late` after ten minutes, when it made no customer, or once anything else has happened to her.
    """
    if not (made and made.is_first and is_within(WITHIN, made.finished_at, at)) or _has_more(made.customer_id):
        raise Refusal("too_late")
    customer_id = made.customer_id
    with writing():
        db.session.execute(update(Signup).where(Signup.id == made.id).values(form_number=None))
    forgetting.forget(customer_id, at, by=by)


def _has_more(customer_id: int) -> bool:
    """Whether there is more of a customer than one sign-up and its unspent coupon."""
    counts = [(Signup, 1), (Coupon, 1), (Visit, 0), (Note, 0)]
    return any(
        db.session.scalar(select(func.count()).where(model.customer_id == customer_id)) > usual
        for model, usual in counts
    )
