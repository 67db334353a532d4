"""What a customer may agree to, and the privacy notice beside it: the exact words, and a row for each decision."""

import hashlib
from datetime import datetime

from flask_babel import get_locale, gettext
from sqlalchemy import ColumnElement, ScalarSelect, and_, exists, func, select, update
from sqlalchemy.orm import aliased

from kiosk.base.database import add_rows, execute
from kiosk.models import Consent, Coupon, Customer, Signup
from kiosk.shop import shop
from kiosk.shop.languages import kept_by_language
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


@kept_by_language
def notice() -> list[tuple[str, str]]:
    """Heading and text of each part, about this shop, in the language being read; 120 words at most, and then
    what the shop has to say besides."""
    here = shop.current()
    country, contact = get_locale().territories.get(here.country, here.country), here.privacy_contact
    what_for = gettext("To give each person one coupon and to recognise it. Offers are sent only if you say yes.")
    how_long = gettext(
        "If you do not come: 30 days after your coupon ends. Otherwise %(count)s months after your last visit. It is "
        "never sold.", count=here.keep_months,
    )  # fmt: skip
    rights = gettext("See, correct or delete your details, or stop offers, at any time: ask our staff.")
    ask = contact and " " + gettext("Questions about your data: %(contact)s", contact=contact)
    return [
        (gettext("Who"), gettext("%(shop)s, %(country)s.", shop=here.name, country=country)),
        (gettext("What"), gettext("Your answers, your name, and your mobile number or email address.")),
        (gettext("What for"), what_for),
        (gettext("How long"), how_long),
        (gettext("Your rights"), rights + ask),
        *_own_words(),
    ]


def _own_words() -> list[tuple[str, str]]:
    """What the shop has to say besides: in the language being read, else in its own, else in any."""
    here = shop.current()
    said = here.own_notices
    text = said.get(str(get_locale())) or said.get(here.language) or next(iter(said.values()), "")
    return [(gettext("Besides"), text)] if text else []


@kept_by_language
def notice_version() -> str:
    """Tells one wording of the notice from another: a hash of the parts, in the language being read."""
    return hashlib.sha256("\n".join(f"{part}: {text}" for part, text in notice()).encode()).hexdigest()


def decided(answers: Answers, signup: dict, method: str, *, staff_id: int | None = None) -> list[dict]:
    """A row for each purpose the customer was asked about, as it is worded in the language being read; for one who was
    known already, only what was agreed to. `signup` are the columns of the signup, `staff_id` says whom of the staff
    she told."""
    kept = {"customer_id": signup["customer_id"], "signup_id": signup["id"], "decided_at": signup["finished_at"]}
    kept |= {"method": method, "staff_id": staff_id, "is_verified": signup["is_first"] or staff_id is not None}
    kept |= {"language": answers.language, "notice_hash": notice_version()}
    decisions = {purpose: "no" for purpose, contact in PURPOSES.items() if getattr(answers, contact)}
    decisions |= dict.fromkeys(answers.consents, "yes")
    return [
        kept | {"purpose": purpose, "decision": decision} | sentence(wordings()[purpose])
        for purpose, decision in decisions.items()
        if decision == "yes" or signup["is_first"]
    ]


def add_processing(customer_id: int, answers: Answers, method: str, at: datetime, **said) -> None:
    """Add what was agreed to under a form beside the sign-up, inside the caller's transaction; `said` are `is_verified`
    and `staff_id`, as in `decided`."""
    row = {"customer_id": customer_id, "method": method, "language": answers.language, "decided_at": at}
    row |= {"notice_hash": notice_version(), "purpose": "processing", "decision": "yes"} | said
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
