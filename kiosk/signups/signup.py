"""Answers become a customer, her consents and her coupon, all at once or not at all."""

import hmac
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Row, bindparam, func, literal, outerjoin, select

from kiosk.base.database import add_id, add_rows, db
from kiosk.base.phones import spellings
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import coupons, offers
from kiosk.guard import audit, limits
from kiosk.models import Answer, Consent, Coupon, Customer, NameWord, Offer, Referral, Setting, Signup, StaffSession
from kiosk.shop import shop
from kiosk.signups import consents, rows
from kiosk.signups.answers import Answers
from kiosk.staff import devices

PRINTED = "paper_forms"  # the setting that says how many numbers were handed out
SAME_PERSON = Customer.phone.in_(bindparam("phones", expanding=True)) | (Customer.email == bindparam("email"))
WELCOME_ID = offers.in_force("welcome").with_only_columns(Offer.id).scalar_subquery()
ONE = select(literal(1).label("one")).subquery()  # so that there is a row on a day without an offer, too
WHAT_IS_THERE = select(
    *Offer.__table__.c,
    select(Signup.id).where(Signup.operation_id == bindparam("operation_id")).scalar_subquery().label("before_id"),
    select(Customer.id).where(SAME_PERSON).exists().label("is_known"),
    devices.PAIRED_TABLET.exists().label("has_tablet"),
).select_from(outerjoin(ONE, Offer, Offer.id == WELCOME_ID))


@dataclass(frozen=True)
class Outcome:
    coupon: Coupon
    offer: Offer | Row  # what it was given for, as it was then
    existing: bool  # she had it already
    is_repeat: bool  # the same operation, sent again


@dataclass(frozen=True)
class Way:
    """How a sign-up came in. `method` is `tablet`, `phone`, or `browser` for one that is no paired tablet; when staff
    filled it in for her it is `till`, `telephone` or `paper`, and `by` says who did."""

    method: str
    sender: tuple[str, str]  # the browser and the address that the limits count
    device_id: int | None = None
    by: StaffSession | None = None
    form_number: int | None = None  # printed on the paper form


def sign_up(answers: Answers, operation_id: str, at: datetime, **way) -> Outcome:
    """Make somebody a customer with a coupon; `at` is UTC, `way` as in Way. A `browser` counts as the tablet as long as
    none is paired and the shop cannot be reached from outside.

    The same operation again gives the same outcome. The name and contacts of a known customer do not change; the signup
    with its answers and any new consent are added. Her unspent welcome coupon is shown again on the tablet and to staff
    only. New coupons are given up to the shop's last day, and on days that have a welcome offer.
    Raises Refusal `operation_id_reused`, `already_had`, `ended`, `form_typed_already`; TooMany.
    """
    way = Way(**way)
    try:
        return _sign_up(answers, operation_id, at, way)
    except Refusal:
        writes(add_count)(way.sender, at)  # who only asks whether a number is known is counted as well
        raise


@writes
def _sign_up(answers: Answers, operation_id: str, at: datetime, way: Way) -> Outcome:
    alone(f"sign-up {operation_id}")
    today = shop.current().day_of(at)
    offer = there = _what_is_there(operation_id, answers, today)
    if there.before_id:
        return _same_again(db.session.get(Signup, there.before_id), rows.digest(answers))
    add_count(way.sender, at)
    if offer.id is None:
        raise Refusal("ended")
    if way.form_number:
        _refuse_typed_form(way.form_number)
    if way.method == "browser" and not there.has_tablet and not shop.current().public_url:
        way = replace(way, method="tablet")
    known = known_by(answers) if there.is_known else None
    customer_id = known.id if known else add_customer(answers, at)
    may_be_shown = way.method == "tablet" or way.by is not None
    coupon = existing = known and _coupon_of(known, offer, may_be_shown=may_be_shown)
    if not existing:
        if shop.current().has_ended(today):
            raise Refusal("ended")
        coupon = coupons.issue_to(customer_id, offer, at)
    whose = {"customer_id": customer_id, "coupon_id": coupon.id, "is_first": known is None}
    whose |= {"device_id": way.device_id, "form_number": way.form_number}
    _add_signup(answers, rows.of_signup(answers, operation_id, at, **whose), way)
    return Outcome(coupon, existing.offer if existing else offer, existing=bool(existing), is_repeat=False)


def _what_is_there(operation_id: str, answers: Answers, today: date) -> Row:
    """What a sign-up has to know, asked for at once: the columns of the welcome offer of the day, if there is one, the
    signup of the same operation, whether the person may be known, whether a tablet is paired."""
    given = _contacts(answers) | {"operation_id": operation_id, "day": today}
    found = db.session.connection().execute(WHAT_IS_THERE, given).one()
    if found.id is None:
        offers.add_first()
        found = db.session.connection().execute(WHAT_IS_THERE, given).one()
    return found


def add_customer(answers: Answers, at: datetime) -> int:
    """Add a customer inside the caller's transaction."""
    customer_id = add_id(Customer, rows.of_customer(answers, at))
    add_rows({NameWord: rows.of_words(customer_id, answers.name)})
    return customer_id


@writes
def number_forms(count: int) -> list[int]:
    """The numbers of so many paper forms to print, which no other form has."""
    alone("paper forms")
    printed = db.session.get(Setting, PRINTED, populate_existing=True)
    last = printed.value if printed else 0
    db.session.merge(Setting(name=PRINTED, value=last + count))
    return [*range(last + 1, last + count + 1)]


def _refuse_typed_form(number: int) -> None:
    alone(f"form {number}")
    if db.session.scalar(select(Signup.id).where(Signup.form_number == number)):
        raise Refusal("form_typed_already")


def _add_signup(answers: Answers, signup: dict, way: Way) -> None:
    signup["id"] = add_id(Signup, signup)
    said = consents.decided(answers, signup, way.method, staff_id=way.by and way.by.staff_id)
    named = {"customer_id": signup["customer_id"], "signup_id": signup["id"], "said": answers.friend}
    thanked = [named] if answers.friend and signup["is_first"] else []
    add_rows({Answer: rows.of_answers(answers, signup), Consent: said, Referral: thanked})
    if said and not signup["is_first"]:
        consents.keep_newest(signup["customer_id"])
    if way.by:
        audit.add_note("signup", signup["finished_at"], by=way.by, object_id=signup["customer_id"])


def sent_as(operation_id: str | None) -> Signup | None:
    """The signup of that operation."""
    return db.session.scalar(select(Signup).where(Signup.operation_id == operation_id))


def _same_again(before: Signup, hashed: str) -> Outcome:
    if not hmac.compare_digest(before.digest, hashed):
        raise Refusal("operation_id_reused")
    first = db.session.scalar(select(func.min(Signup.id)).where(Signup.coupon_id == before.coupon_id))
    return Outcome(before.coupon, before.coupon.offer, existing=first != before.id, is_repeat=True)


def add_count(sender: tuple[str, str], at: datetime) -> None:
    limits.add_count_of("signup", sender, at, most=limits.setting("SIGNUPS_PER_MINUTE"))


def known_by(answers: Answers) -> Customer | None:
    """The customer with that phone number, however it was stored, else the one with that email address."""
    found = db.session.scalars(select(Customer).where(SAME_PERSON), _contacts(answers))
    best = max(found, key=lambda one: (one.phone == answers.phone, one.email != answers.email), default=None)
    return best and best.canonical


def _contacts(answers: Answers) -> dict:
    return {"phones": spellings(answers.phone) if answers.phone else (), "email": answers.email or None}


def _coupon_of(customer: Customer, offer: Row, *, may_be_shown: bool) -> Coupon | None:
    """The coupon the customer has already; None if there is none. Raises Refusal `already_had` when it is not shown."""
    had = coupons.given_to(customer.id, offer)
    if had and (had.is_spent or had.voided_at or not may_be_shown):
        raise Refusal("already_had")
    return had
