"""One more question after a visit: what the shop would like to know and does not ask at the sign-up. It is asked on her
card, and at the tablet when she scans or types her card there."""

from datetime import datetime

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons.scan import read
from kiosk.customers import search
from kiosk.customers.profile import SKIPPED
from kiosk.guard import limits
from kiosk.models import Answer, Customer
from kiosk.signups import answers, questionnaires
from kiosk.signups.questionnaire import Question

DAY = 86_400  # s


def whose(text: str, address: str, at: datetime) -> Customer | None:
    """Return the customer whose card, coupon or link was scanned or typed at the tablet. Unknown codes are counted; an
    address that has sent as many as a till may in a day finds nobody any more."""
    misses, scan = f"cards from {address}", read(text)
    if not scan.is_code or limits.wait(misses, most=limits.setting("MISSES_PER_DAY"), seconds=DAY, at=at):
        return None
    found = search.people(text)
    if not found:
        limits.count(misses, most=None, seconds=DAY, at=at)
    return found[0] if len(found) == 1 else None


def next_question(customer: Customer) -> Question | None:
    """The first of the questions asked later that the customer has neither answered nor skipped; after each visit one.

    None before the first visit, and when one was asked since the last.
    """
    later, last = questionnaires.current().with_answers("later"), customer.last_visit_at
    if not later or last is None:
        return None
    columns = Answer.question, Answer.signup_id, Answer.answered_at
    given = db.session.execute(select(*columns).where(Answer.customer_id == customer.id)).all()
    if any(row.signup_id is None and row.answered_at >= last for row in given):
        return None
    known = {row.question for row in given}
    return next((question for question in later if question.key not in known), None)


def answer(customer: Customer, sent: MultiDict, at: datetime) -> None:
    """Keep the answer to the `question` that the customer is asked now, or with `skip` that there is none; with
    `may_skip` an empty answer means that.

    Raises Invalid; Refusal `nothing_to_answer`.
    """
    question = next_question(customer)
    if question is None or question.key != sent.get("question"):
        raise Refusal("nothing_to_answer")
    values = () if "skip" in sent else answers.read_choice(sent, question)[question.key]
    if not (values or sent.keys() & {"skip", "may_skip"}):
        raise Invalid(**{question.key: answers.wanted(question)})
    _keep(customer.id, question.key, values or (SKIPPED,), at)


@writes
def _keep(customer_id: int, key: str, values: tuple[str, ...], at: datetime) -> None:
    alone(f"answers of {customer_id}")
    asked = next_question(db.session.get(Customer, customer_id, populate_existing=True))
    if asked is None or asked.key != key:
        raise Refusal("nothing_to_answer")
    db.session.add_all(Answer(customer_id=customer_id, question=key, value=value, answered_at=at) for value in values)
