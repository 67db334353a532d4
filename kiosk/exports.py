"""The lists an owner takes away: who signed up, the customers, the redemptions, the visits."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from flask_babel import gettext
from sqlalchemy import Select, case, select
from sqlalchemy.orm import aliased

from . import questionnaire, shop
from .codes import spaced
from .database import db
from .models import Answer, Consent, Coupon, Customer, Device, Redemption, Signup, Staff, Visit
from .spreadsheets import CHUNK, Phone, Sheet

SPELLED = {"phone": Phone, "card_number": spaced, "source": partial(questionnaire.label, "source")}


def signups(first: date, last: date) -> Sheet:
    """Everybody who signed up on the shop days `first` to `last`, in the order they came."""
    headings = (
        gettext("Signed up"), gettext("Name"), gettext("Town"), gettext("Mobile"), gettext("Email"),
        gettext("Language"), gettext("Heard from"), gettext("Offers by text"), gettext("Offers by email"),
        gettext("Coupon good until"), gettext("Coupon redeemed"),
    )  # fmt: skip
    return _sheet("signups", headings, signup_rows(first, last))


def customers(first: date, last: date) -> Sheet:
    """Everybody who became a customer on those shop days."""
    headings = (
        gettext("Customer since"), gettext("Name"), gettext("Town"), gettext("Mobile"), gettext("Email"),
        gettext("Language"), gettext("Card"), gettext("Offers by text"), gettext("Offers by email"),
    )  # fmt: skip
    asked = select(
        Customer.created_at, Customer.name, Customer.city, Customer.phone, Customer.email,
        Customer.language, Customer.card_number,
        _last_decision("sms", Customer.id).label("sms"), _last_decision("email", Customer.id).label("by_email"),
        Customer.id,
    )  # fmt: skip
    return _sheet("customers", headings, _in_days(asked, Customer, Customer.created_at, first, last))


def redemptions(first: date, last: date) -> Sheet:
    """Every coupon redeemed on those shop days, the undone ones too."""
    headings = (
        gettext("Redeemed"), gettext("Name"), gettext("Purchase amount"), gettext("Discount"), gettext("Cashier"),
        gettext("Till"), gettext("Undone"),
    )  # fmt: skip
    asked = select(
        Redemption.happened_at, Customer.name, Visit.amount, Visit.discount, Staff.name.label("cashier"),
        Device.label, Redemption.undone_at, Redemption.id,
    )  # fmt: skip
    asked = asked.join_from(Redemption, Visit).join(Customer).join(Staff, Staff.id == Redemption.staff_id)
    asked = asked.join(Device, Device.id == Redemption.device_id)
    return _sheet("redemptions", headings, _in_days(asked, Redemption, Redemption.happened_at, first, last))


def visits(first: date, last: date) -> Sheet:
    """Every purchase by a known customer on those shop days, but for what was taken back."""
    headings = (
        gettext("Visit"), gettext("Name"), gettext("What was bought"), gettext("Purchase amount"), gettext("Discount"),
        gettext("Why the discount"), gettext("Served by"), gettext("Cashier"), gettext("Till"),
    )  # fmt: skip
    further = aliased(Visit)
    asked = select(
        Visit.happened_at, Customer.name, Visit.what, Visit.amount, Visit.discount, Visit.reason, Visit.served_by,
        Staff.name.label("cashier"), Device.label, Visit.id,
    )  # fmt: skip
    asked = asked.join_from(Visit, Customer).join(Staff, Staff.id == Visit.staff_id).join(Device)
    asked = asked.outerjoin(further, further.corrects_id == Visit.id)
    asked = asked.where(Visit.corrects_id.is_(None), further.id.is_(None))
    return _sheet("visits", headings, _in_days(asked, Visit, Visit.happened_at, first, last))


SHEETS = {"signups": signups, "customers": customers, "redemptions": redemptions, "visits": visits}


def _sheet(name: str, headings: tuple[str, ...], rows: Iterator) -> Sheet:
    """The rows as people read them; what a row has beyond the headings stays here."""
    return Sheet(name, headings, (tuple(map(_cell, row._fields, row))[: len(headings)] for row in rows))


def _cell(column: str, value):
    """A time is the shop's, a sum in whole units of its money, and a code is spelled out."""
    if column in ("sms", "by_email"):
        return consent_word(value)
    if value is None:
        return None
    if column in ("amount", "discount"):
        return Decimal(value).scaleb(-shop.current().minor_digits)
    if isinstance(value, datetime):
        return shop.current().time_of(value).replace(tzinfo=None, microsecond=0)
    return SPELLED[column](value) if column in SPELLED else value


def consent_word(decision: str | None) -> str:
    """What she decided last about a purpose, as staff read it."""
    words = {"yes": gettext("yes"), "no": gettext("no"), "withdrawn": gettext("withdrawn")}
    return (words | {"unverified": gettext("yes, not confirmed"), None: ""})[decision]


def signup_rows(first: date, last: date, newest: int | None = None) -> Iterator:
    """The signups of those days in order; with `newest`, only that many, the newest first."""
    source = select(Answer.value).where(Answer.signup_id == Signup.id, Answer.question == "source").limit(1)
    asked = select(
        Signup.finished_at, Customer.name, Customer.city, Customer.phone, Customer.email, Signup.language,
        source.scalar_subquery().label("source"), _last_decision("sms", Signup.customer_id).label("sms"),
        _last_decision("email", Signup.customer_id).label("by_email"), Coupon.valid_until, Coupon.spent_at,
        Coupon.voided_at, Signup.id,
    )  # fmt: skip
    asked = asked.join_from(Signup, Customer).join(Coupon, Coupon.id == Signup.coupon_id)
    return _in_days(asked, Signup, Signup.finished_at, first, last, newest)


def _last_decision(purpose: str, customer_id):
    """Her newest decision; a “yes” that somebody else may have given in her name is `unverified`."""
    decision = case((Consent.is_verified.is_(False), "unverified"), else_=Consent.decision)
    hers = select(decision).where(Consent.customer_id == customer_id, Consent.purpose == purpose)
    return hers.order_by(Consent.id.desc()).limit(1).scalar_subquery()


def _in_days(asked: Select, model, when, first: date, last: date, newest: int | None = None) -> Iterator:
    """The rows of shop days, read in short pieces: an open cursor would keep writers out."""
    start, end = shop.current().span(first, last)
    asked = asked.where(when >= start, when < end)
    if newest:
        yield from db.session.execute(asked.order_by(model.id.desc()).limit(newest)).all()
        return
    key = 0
    while rows := db.session.execute(asked.where(model.id > key).order_by(model.id).limit(CHUNK)).all():
        yield from rows
        key = rows[-1].id
