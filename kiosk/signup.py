"""Answers become a customer, her consents and her coupon, all at once or not at all."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from . import coupons, limits, offers, privacy, shop
from .codes import new_card_number
from .database import alone, db, writes
from .models import Answer, Consent, Coupon, Customer, Signup
from .questionnaire import BUILT_IN, PURPOSES, Answers, consent_wordings
from .refusals import Refusal


@dataclass(frozen=True)
class Outcome:
    coupon: Coupon
    existing: bool  # she had it already
    is_repeat: bool  # the same operation, sent again


def sign_up(
    answers: Answers, operation_id: str, at: datetime, *, method: str, sender: tuple[str, str],
    device_id: int | None = None,
) -> Outcome:  # fmt: skip
    """Make her a customer with a coupon; `at` is UTC, `method` is `tablet`, `phone`, or `browser` for a
    tablet that is not paired while others are, `sender` the browser
    and the address that the limits count.

    The same operation again gives the same outcome. A person who has this offer's coupon gets that one while it
    is unspent (on the tablet), and nothing stored of her changes, but that a consent may be added. New coupons
    are given up to the shop's last day.
    Raises Refusal `operation_id_reused`, `already_had`, `ended`; TooMany.
    """
    try:
        return _sign_up(answers, operation_id, at, method, sender, device_id)
    except Refusal:
        writes(_count)(sender, at)  # who only asks whether a number is known is counted as well
        raise


@writes
def _sign_up(answers, operation_id, at, method, sender, device_id) -> Outcome:
    alone(f"sign-up {operation_id}")
    before = db.session.scalar(select(Signup).where(Signup.operation_id == operation_id))
    if before:
        return _same_again(before, _digest(answers))
    _count(sender, at)
    return add(answers, operation_id, at, method=method, device_id=device_id)


def add(answers: Answers, operation_id: str, at: datetime, *, method: str, device_id: int | None = None) -> Outcome:
    """The same for an operation that is new, inside the caller's transaction and beyond the limits."""
    known = _known(answers)
    customer = known or _new_customer(answers, at)
    coupon, existing = _coupon_of(customer, at, shows_existing=method == "tablet")
    signup = Signup(
        operation_id=operation_id, digest=_digest(answers), customer=customer, coupon=coupon, device_id=device_id,
        is_first=known is None,
        questionnaire_version=BUILT_IN, language=answers.language, finished_at=at,
    )  # fmt: skip
    signup.answers = [Answer(question=key, value=value) for key, values in answers.choices.items() for value in values]
    db.session.add_all([signup, *_consents(answers, signup, method)])
    return Outcome(coupon, existing, is_repeat=False)


def _digest(answers: Answers) -> str:
    """Tells the same answers from others; without the shop's secret it says nothing about them."""
    text = json.dumps(asdict(answers), sort_keys=True, ensure_ascii=False)
    return hmac.new(current_app.secret_key, text.encode(), hashlib.sha256).hexdigest()


def _same_again(before: Signup, digest: str) -> Outcome:
    if not hmac.compare_digest(before.digest, digest):
        raise Refusal("operation_id_reused")
    first = db.session.scalar(select(func.min(Signup.id)).where(Signup.coupon_id == before.coupon_id))
    return Outcome(before.coupon, existing=first != before.id, is_repeat=True)


def _count(sender: tuple[str, str], at: datetime) -> None:
    browser, address = sender
    most = limits.setting("SIGNUPS_PER_MINUTE")
    limits.add(f"signup {browser}", most=most, seconds=60, at=at)
    limits.add(f"signup from {address}", most=10 * most, seconds=60, at=at)


def _known(answers: Answers) -> Customer | None:
    """The customer with that phone, else the one with that e-mail address."""
    for column, contact in ((Customer.phone, answers.phone), (Customer.email, answers.email)):
        found = contact and db.session.scalar(select(Customer).where(column == contact))
        if found:
            return found
    return None


def _new_customer(answers: Answers, at: datetime) -> Customer:
    kept = {key: getattr(answers, key) or None for key in ("name", "city", "phone", "email", "language")}
    customer = Customer(**kept, card_number=new_card_number(), created_at=at)
    db.session.add(customer)
    db.session.flush()
    return customer


def _coupon_of(customer: Customer, at: datetime, *, shows_existing: bool) -> tuple[Coupon, bool]:
    offer = offers.stored_welcome()
    hers = select(Coupon).where(Coupon.customer_id == customer.id, Coupon.offer_id == offer.id)
    had = db.session.scalar(hers)
    if had is None:
        if shop.current().has_ended(at):
            raise Refusal("ended")
        return coupons.issue_to(customer, offer, at), False
    if had.is_spent or had.voided_at or not shows_existing:
        raise Refusal("already_had")
    return had, True


def _consents(answers: Answers, signup: Signup, method: str) -> Iterator[Consent]:
    """A decision for every purpose she was asked about; of somebody known already, only what was agreed to."""
    asked = [purpose for purpose, contact in PURPOSES.items() if getattr(answers, contact)]
    asked += {"processing"} & {*answers.consents}
    for purpose in asked:
        agreed, wording = purpose in answers.consents, consent_wordings()[purpose]
        if agreed or signup.is_first:
            yield Consent(
                customer=signup.customer, signup=signup, purpose=purpose, decision="yes" if agreed else "no",
                is_verified=signup.is_first, wording=wording, language=answers.language, method=method,
                wording_hash=hashlib.sha256(wording.encode()).hexdigest(), notice_hash=privacy.version(),
                decided_at=signup.finished_at,
            )  # fmt: skip
