"""How was it? Stars and a comment for a visit, from the customer's own phone, or from anybody at the tablet, and what
becomes of bad ones."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kiosk.base.database import db, known
from kiosk.base.forms import Form
from kiosk.base.refusals import Refusal, saying
from kiosk.base.writing import alone, writes, writing
from kiosk.coupons.visits import STANDS
from kiosk.guard import audit
from kiosk.models import Customer, Feedback, StaffSession, Visit
from kiosk.shop import shop
from kiosk.signups import kinds, tallies

ASKED_FOR = timedelta(days=30)  # so long after a visit
BAD = 2  # stars, or fewer
STARS = ("1", "2", "3", "4", "5")


def visit_to_rate(customer_id: int, at: datetime) -> Visit | None:
    """Return the customer's newest visit, unless it has its stars already or is too long ago."""
    newest = select(Visit).where(STANDS, Visit.customer_id == customer_id).order_by(Visit.happened_at.desc())
    visit = db.session.scalar(newest.limit(1))
    if visit is None or at - visit.happened_at > ASKED_FOR:
        return None
    return None if db.session.scalar(select(Feedback.id).where(Feedback.visit_id == visit.id)) else visit


def rate(customer: Customer, sent: Mapping[str, str], at: datetime) -> Feedback:
    """Keep `stars` (1 to 5) and a `comment` for the customer's newest visit, once.

    Raises Invalid; Refusal `nothing_to_rate`.
    """
    return _rate(customer.id, at, **_read(sent), language=customer.language)


def _read(sent: Mapping[str, str]) -> dict:
    with Form(sent) as form:
        stars = form.choice("stars", STARS, gettext("Choose from one to five stars"), required=True)
    with saying(comment=gettext("Enter no more than 1,000 characters")):
        comment = kinds.comment([sent.get("comment", "")], ())
    return {"stars": int(stars), "comment": "".join(comment) or None}


@writes
def _rate(customer_id: int, at: datetime, **said) -> Feedback:
    alone(f"visits of {customer_id}")
    visit = visit_to_rate(customer_id, at)
    if visit is None:
        raise Refusal("nothing_to_rate")
    feedback = Feedback(visit_id=visit.id, customer_id=customer_id, given_at=at, **said)
    db.session.add(feedback)
    return feedback


def say(sent: Mapping[str, str], language: str, at: datetime, *, sender: tuple[str, str]) -> None:
    """Keep `stars` and a `comment` from the tablet: nobody's, and of a shop day instead of an instant, which beside the
    sign-ups would tell whose they are. Raises Invalid; TooMany.
    """
    here, said = shop.current(), _read(sent)
    with writing():
        tallies.add_count(sender, at)
        db.session.add(Feedback(**said, language=language, given_at=here.start_of(here.day_of(at))))


def to_see_to(most: int = 5) -> list[Feedback]:
    """The bad ones that nobody has seen to yet, the newest first."""
    bad = select(Feedback).where(Feedback.stars <= BAD, Feedback.settled_at.is_(None))
    bad = bad.options(joinedload(Feedback.customer))
    return list(db.session.scalars(bad.order_by(Feedback.given_at.desc(), Feedback.id.desc()).limit(most)))


@writes
def settle(feedback_id: int, at: datetime, *, by: StaffSession) -> Feedback:
    """Note that somebody has seen to it. Raises Refusal `unknown`."""
    feedback = known(Feedback, feedback_id)
    if feedback.settled_at is None:
        feedback.settled_at, feedback.settled_by_id = at, by.staff_id
        audit.add_note("feedback_settled", at, by=by, object_id=feedback_id)
    return feedback
