"""What a customer may agree to: the exact sentences, and a row for each decision."""

import hashlib
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select, update
from sqlalchemy.orm import aliased

from kiosk.base.database import add_rows, execute
from kiosk.models import Consent, Coupon, Customer, Signup
from kiosk.shop import shop
from kiosk.shop.languages import kept_by_language
from kiosk.signups import privacy
from kiosk.signups.answers import PURPOSES, Answers

MESSAGES = ("sms", "email", "call")  # purposes that let the shop reach a customer
BY_HERSELF = ("tablet", "browser", "phone")  # methods where nobody of the staff was told


@kept_by_language
def wordings() -> dict[str, str]:
    """The exact sentence beside the box of each purpose, in the language being read."""
    here, name = shop.current(), shop.current().name
    partner = gettext(
        "Yes, %(shop)s may pass my name, mobile number and email on to %(partner)s, who may send me offers. I can stop "
        "at any time.", shop=name, partner=here.partner,
    )  # fmt: skip
    return {
        "sms": gettext("Yes, send me offers from %(shop)s by text message. I can stop at any time.", shop=name),
        "email": gettext("Yes, send me offers from %(shop)s by email. I can stop at any time.", shop=name),
        "call": gettext("Yes, call me about offers from %(shop)s. I can stop at any time.", shop=name),
        "processing": gettext(
            "I give %(shop)s my consent to process my personal data so that I can get the coupon", shop=name
        ),
        "processing_form": gettext(
            "I give %(shop)s my consent to process my personal data so that what I fill in can be dealt with", shop=name
        ),
    } | ({here.partnership: partner} if here.partner else {})


def decided(
    answers: Answers, signup: dict, method: str, sentences: dict[str, str], notice: str, *, staff_id: int | None = None
) -> list[dict]:  # fmt: skip
    """A row for each purpose the customer was asked about, in these wordings, beside that version of the notice; for
    one who was known already, only what was agreed to. `signup` are the columns of the signup, `staff_id` says whom of
    the staff she told."""
    kept = {"customer_id": signup["customer_id"], "signup_id": signup["id"], "decided_at": signup["finished_at"]}
    kept |= {"method": method, "staff_id": staff_id, "is_verified": signup["is_first"] or staff_id is not None}
    kept |= {"language": answers.language, "notice_hash": notice}
    decisions = {purpose: "no" for purpose, contact in PURPOSES.items() if getattr(answers, contact)}
    decisions |= dict.fromkeys(answers.consents, "yes")
    return [
        kept | {"purpose": purpose, "decision": decision} | sentence(sentences[purpose])
        for purpose, decision in decisions.items()
        if decision == "yes" or signup["is_first"]
    ]


def add_processing(customer_id: int, answers: Answers, method: str, at: datetime, **said) -> None:
    """Add what was agreed to under a form beside the sign-up, inside the caller's transaction; `said` are `is_verified`
    and `staff_id`, as in `decided`."""
    row = {"customer_id": customer_id, "method": method, "language": answers.language, "decided_at": at}
    row |= {"notice_hash": privacy.version(), "purpose": "processing", "decision": "yes"} | said
    add_rows({Consent: [row | sentence(wordings()["processing_form"])]})


def sentence(wording: str) -> dict[str, str]:
    """The columns that keep what exactly was agreed to."""
    return {"wording": wording, "wording_hash": hashlib.sha256(wording.encode()).hexdigest()}


def keep_newest(*customer_ids: int) -> None:
    """Set `may_sms`, `may_email` and `may_call` of these customers to what their newest consents say, inside the
    caller's transaction."""
    may = {f"may_{one}": func.coalesce(of_newest(Consent.decision, one) == "yes", False) for one in MESSAGES}
    execute(update(Customer).where(Customer.id.in_(customer_ids)).values(may))


def of_newest(column: ColumnElement, purpose: str) -> ScalarSelect:
    """The subquery for a column of a customer's newest decision about that purpose."""
    said = select(column).where(Consent.customer_id == Customer.id, Consent.purpose == purpose)
    return said.order_by(Consent.id.desc()).limit(1).scalar_subquery()


def is_confirmed() -> ColumnElement[bool]:
    """The SQL condition that a decision is known to be the customer's own; else whoever typed her number at a tablet
    gave it.

    It is true when staff recorded it, or when the coupon of the sign-up that made the customer was redeemed and
    nobody had signed up with the same contact in between. (That a phone opened the link proves less: it stands on
    the tablet.)
    """
    made, again = aliased(Signup), aliased(Signup)
    signed_up_again = exists().where(
        again.customer_id == made.customer_id, again.id > made.id, again.finished_at < Coupon.spent_at
    )
    came_with_it = exists().where(
        made.id == Consent.signup_id, Coupon.id == made.coupon_id, Coupon.spent_at.is_not(None), ~signed_up_again
    )
    return Consent.method.not_in(BY_HERSELF) | and_(Consent.is_verified, came_with_it)
