"""What a customer decides about messages after the sign-up: by word of mouth, or by herself."""

from datetime import datetime

from flask_babel import force_locale, gettext
from sqlalchemy import select

from kiosk.base.database import db, known
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import Consent, Customer, StaffSession
from kiosk.shop import shop
from kiosk.signups import consents
from kiosk.signups.answers import PURPOSES

NEEDS = PURPOSES | {"call": "phone"}  # the contact without which nobody can agree to be reached
DECISIONS = ("yes", "no", "withdrawn")


def wordings(customer: Customer) -> dict[str, str]:
    """The exact sentence of each purpose, in the customer's language, for staff to read out."""
    with force_locale(customer.language):
        return consents.wordings()


@writes
def decide(customer_id: int, purpose: str, decision: str, at: datetime, *, by: StaffSession | None) -> Consent:
    """Keep what a customer decided about a purpose, as a further row: `yes`, `no` or `withdrawn`.

    `by` is whom of the staff she told; None when she did it herself, on a page that her link opens. That is enough to
    stop messages; a `yes` from there stays unconfirmed. Raises Refusal `unknown`; Invalid.
    """
    alone(f"consents of {customer_id}")
    customer = known(Customer, customer_id)
    with Form({"purpose": purpose, "decision": decision}) as form:
        form.choice("purpose", consents.wordings().keys() - {"processing_form"}, required=True)
        form.choice("decision", DECISIONS, required=True)
    if decision == "yes" and purpose in NEEDS and not getattr(customer, NEEDS[purpose]):
        raise Invalid(purpose=gettext("Enter the contact for it first"))
    with force_locale(customer.language):
        said = consents.sentence(consents.wordings()[purpose]) | {"notice_hash": consents.notice_version()}
    said |= {"customer_id": customer_id, "staff_id": by and by.staff_id, "method": "staff" if by else "phone"}
    said |= {"purpose": purpose, "decision": decision, "language": customer.language, "is_verified": by is not None}
    consent = Consent(decided_at=at, **said)
    db.session.add(consent)
    db.session.flush()
    consents.keep_newest(customer_id)
    audit.add_note("consent", at, by=by, object_id=customer_id, details={purpose: ""})
    return consent


def agreed_to(customer: Customer) -> list[str]:
    """The purposes for which the shop sends the customer messages, and the partner that may be told of her."""
    told = select(Consent.decision).where(Consent.customer_id == customer.id, Consent.decision != "given on")
    partnership = shop.current().partnership
    newest = told.where(Consent.purpose == partnership).order_by(Consent.id.desc()).limit(1)
    known = [partnership] if partnership and db.session.scalar(newest) == "yes" else []
    return [purpose for purpose in consents.MESSAGES if getattr(customer, f"may_{purpose}")] + known


def stop(customer: Customer, at: datetime, *, by: StaffSession | None) -> None:
    """Withdraw all that the customer agreed to of them; `by` as above."""
    for purpose in agreed_to(customer):
        decide(customer.id, purpose, "withdrawn", at, by=by)
