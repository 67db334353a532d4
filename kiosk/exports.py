"""The lists an owner takes away: who signed up, the customers, the redemptions, the visits."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from flask_babel import gettext
from sqlalchemy import Select, case, select
from sqlalchemy.orm import aliased

from . import questionnaire, shop
from .codes import spaced
from .database import db
from .models import Answer, Consent, Coupon, Customer, Device, Redemption, Signup, Staff, Visit
from .spreadsheets import CHUNK, Phone, Sheet


def signups(first: date, last: date) -> Sheet:
    """Everybody who signed up on the shop days `first` to `last`, in the order they came."""
    headings = (
        gettext("Signed up"), gettext("Name"), gettext("Town"), gettext("Mobile"), gettext("Email"),
        gettext("Language"), gettext("Heard from"), gettext("Offers by text"), gettext("Offers by email"),
        gettext("Coupon good until"), gettext("Coupon redeemed"),
    )  # fmt: skip
    return Sheet("signups", headings, map(_signup_cells, signup_rows(first, last)))


def customers(first: date, last: date) -> Sheet:
    """Everybody who became a customer on those shop days."""
    headings = (
        gettext("Customer since"), gettext("Name"), gettext("Town"), gettext("Mobile"), gettext("Email"),
        gettext("Language"), gettext("Card"), gettext("Offers by text"), gettext("Offers by email"),
    )  # fmt: skip
    asked = select(
        Customer.id, Customer.created_at, Customer.name, Customer.city, Customer.phone, Customer.email,
        Customer.language, Customer.card_number,
        _last_decision("sms", Customer.id).label("sms"), _last_decision("email", Customer.id).label("by_email"),
    )  # fmt: skip
    return Sheet(
        "customers", headings, map(_customer_cells, _in_days(asked, Customer, Customer.created_at, first, last))
    )


def _customer_cells(row) -> tuple:
    return (
        _shop_time(row.created_at), row.name, row.city, row.phone and Phone(row.phone), row.email, row.language,
        spaced(row.card_number), consent_word(row.sms), consent_word(row.by_email),
    )  # fmt: skip


def redemptions(first: date, last: date) -> Sheet:
    """Every coupon redeemed on those shop days, the undone ones too."""
    headings = (
        gettext("Redeemed"), gettext("Name"), gettext("Purchase amount"), gettext("Discount"), gettext("Cashier"),
        gettext("Till"), gettext("Undone"),
    )  # fmt: skip
    asked = select(
        Redemption.id, Redemption.happened_at, Redemption.undone_at, Visit.amount, Visit.discount,
        Customer.name, Staff.name.label("cashier"), Device.label.label("till"),
    )  # fmt: skip
    asked = asked.join_from(Redemption, Visit).join(Customer).join(Staff, Staff.id == Redemption.staff_id)
    asked = asked.join(Device, Device.id == Redemption.device_id)
    rows = _in_days(asked, Redemption, Redemption.happened_at, first, last)
    return Sheet("redemptions", headings, map(_redemption_cells, rows))


def _redemption_cells(row) -> tuple:
    money = (_major(row.amount), _major(row.discount))
    undone = row.undone_at and _shop_time(row.undone_at)
    return _shop_time(row.happened_at), row.name, *money, row.cashier, row.till, undone


def visits(first: date, last: date) -> Sheet:
    """Every purchase by a known customer on those shop days, but for what was taken back."""
    headings = (
        gettext("Visit"), gettext("Name"), gettext("What was bought"), gettext("Purchase amount"), gettext("Discount"),
        gettext("Why the discount"), gettext("Served by"), gettext("Cashier"), gettext("Till"),
    )  # fmt: skip
    further = aliased(Visit)
    asked = select(
        Visit.id, Visit.happened_at, Visit.what, Visit.amount, Visit.discount, Visit.reason, Visit.served_by,
        Customer.name, Staff.name.label("cashier"), Device.label.label("till"),
    )  # fmt: skip
    asked = asked.join_from(Visit, Customer).join(Staff, Staff.id == Visit.staff_id).join(Device)
    asked = asked.outerjoin(further, further.corrects_id == Visit.id)
    asked = asked.where(Visit.corrects_id.is_(None), further.id.is_(None))
    return Sheet("visits", headings, map(_visit_cells, _in_days(asked, Visit, Visit.happened_at, first, last)))


def _visit_cells(row) -> tuple:
    money = (_major(row.amount), _major(row.discount))
    return _shop_time(row.happened_at), row.name, row.what, *money, row.reason, row.served_by, row.cashier, row.till


def _major(minor: int | None) -> Decimal | None:
    return None if minor is None else Decimal(minor).scaleb(-shop.current().minor_digits)


SHEETS = {"signups": signups, "customers": customers, "redemptions": redemptions, "visits": visits}


def _signup_cells(row) -> tuple:
    return (
        _shop_time(row.finished_at), row.name, row.city, row.phone and Phone(row.phone), row.email, row.language,
        row.source and questionnaire.label("source", row.source), consent_word(row.sms), consent_word(row.by_email),
        row.valid_until, row.spent_at and _shop_time(row.spent_at),
    )  # fmt: skip


def _shop_time(at: datetime) -> datetime:
    return shop.current().time_of(at).replace(tzinfo=None, microsecond=0)


def consent_word(decision: str | None) -> str:
    """What she decided last about a purpose, as staff read it."""
    words = {"yes": gettext("yes"), "no": gettext("no"), "withdrawn": gettext("withdrawn")}
    return (words | {"unverified": gettext("yes, not confirmed"), None: ""})[decision]


def signup_rows(first: date, last: date, newest: int | None = None) -> Iterator:
    """The signups of those days in order; with `newest`, only that many, the newest first."""
    source = select(Answer.value).where(Answer.signup_id == Signup.id, Answer.question == "source").limit(1)
    asked = select(
        Signup.id, Signup.finished_at, Signup.language, Customer.name, Customer.city, Customer.phone, Customer.email,
        Coupon.valid_until, Coupon.spent_at, Coupon.voided_at, source.scalar_subquery().label("source"),
        _last_decision("sms", Signup.customer_id).label("sms"),
        _last_decision("email", Signup.customer_id).label("by_email"),
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
