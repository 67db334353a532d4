"""The lists an owner takes away: who signed up, the customers, the redemptions, the visits."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial

from flask_babel import gettext
from sqlalchemy import ColumnElement, Engine, Row, Select, String, Tuple, case, cast, func, select, tuple_, type_coerce
from sqlalchemy.types import NullType

from kiosk.base.database import db
from kiosk.coupons.visits import that_count
from kiosk.models import (
    Answer,
    Consent,
    Coupon,
    Customer,
    Device,
    Feedback,
    Redemption,
    Signup,
    Staff,
    Submission,
    Visit,
)
from kiosk.models.customers import NOT_MERGED
from kiosk.reports import cells, messages, survey
from kiosk.reports.cells import Column
from kiosk.reports.spreadsheets import CHUNK, Sheet
from kiosk.shop import shop
from kiosk.signups import consents, questionnaires
from kiosk.signups.questionnaire import Question


def signups(first: date, last: date) -> Sheet:
    """Everybody who signed up on the shop days `first` to `last`, in the order they came, with what they answered: one
    column for each question that was ever asked at a sign-up."""
    questions = questionnaires.ever_asked("signup")
    shown = (
        cells.time(gettext("Signed up"), _in_shop_time()), *_person(), *map(cells.answer, questions),
        cells.consent(gettext("Offers by text")), cells.consent(gettext("Offers by email")),
        cells.day(gettext("Coupon valid until"), gettext("The last shop day it is good")),
        cells.time(gettext("Coupon redeemed"), _in_shop_time()), cells.worth(gettext("Coupon")),
        cells.state(gettext("State of the coupon")),
    )  # fmt: skip
    chunks = _chunks(_signups(questions), Signup, Signup.finished_at, first, last)
    return Sheet("signups", shown, chunks, (first, last))


def _person() -> tuple[Column, ...]:
    return (
        _name(), cells.text(gettext("Town"), gettext("The town the customer gave")), cells.phone(gettext("Mobile")),
        cells.text(gettext("Email"), gettext("The email address the customer gave")),
        cells.text(gettext("Language"), gettext("The code of the language that was read, like en")),
    )  # fmt: skip


def _name() -> Column:
    return cells.text(gettext("Name"), gettext("The name the customer gave; empty once the customer is forgotten"))


def _in_shop_time() -> str:
    return gettext("When it happened, in the time of %(time_zone)s", time_zone=shop.current().time_zone)


def customers(first: date, last: date, *conditions: ColumnElement) -> Sheet:
    """Everybody who became a customer on those shop days, of whom the conditions are true."""
    decided = gettext("When the customer decided that, in the time of the shop")
    asked = gettext("The sentence that was decided about")
    shown = (
        cells.time(gettext("Customer since"), _in_shop_time()), *_person(), cells.card(gettext("Card")),
        cells.consent(gettext("Offers by text")), cells.consent(gettext("Offers by email")),
        cells.count(gettext("Visits"), gettext("How many purchases, undone ones left out"), is_summed=True),
        cells.money(gettext("Spent")), cells.time(gettext("Last visit"), _in_shop_time()),
        cells.time(gettext("Offers by text: decided"), decided),
        cells.time(gettext("Offers by email: decided"), decided), cells.consent(gettext("Offers by call")),
        cells.time(gettext("Offers by call: decided"), decided), cells.text(gettext("Offers by text: how"), asked),
        cells.text(gettext("Offers by email: how"), asked), cells.text(gettext("Offers by call: how"), asked),
    )  # fmt: skip
    query = select(
        Customer.created_at, Customer.name, Customer.city, Customer.phone, Customer.email, Customer.language,
        Customer.card_number, _last_decision("sms", Customer.id), _last_decision("email", Customer.id),
        Customer.visits, Customer.spent, Customer.last_visit_at, _newest("sms", Consent.decided_at),
        _newest("email", Consent.decided_at), _last_decision("call", Customer.id), _newest("call", Consent.decided_at),
        *(_newest(one, Consent.wording) for one in consents.MESSAGES),
    )  # fmt: skip
    query = query.where(NOT_MERGED, *conditions)
    return Sheet("customers", shown, _chunks(query, Customer, Customer.created_at, first, last), (first, last))


def redemptions(first: date, last: date) -> Sheet:
    """Every coupon redeemed on those shop days, the undone ones too."""
    shown = (
        cells.time(gettext("Redeemed"), _in_shop_time()), _name(), cells.money(gettext("Purchase amount")),
        cells.money(gettext("Discount")), *_at_till(),
        cells.time(gettext("Undone"), gettext("When it was taken back; empty where it stands. Totals include it.")),
    )  # fmt: skip
    query = select(
        Redemption.happened_at, Customer.name, Visit.amount, Visit.discount, Staff.name, Device.label,
        Redemption.undone_at,
    )  # fmt: skip
    query = query.join_from(Redemption, Visit).outerjoin(Customer).join(Staff, Staff.id == Redemption.staff_id)
    query = query.join(Device, Device.id == Redemption.device_id)
    return Sheet("redemptions", shown, _chunks(query, Redemption, Redemption.happened_at, first, last), (first, last))


def _at_till() -> tuple[Column, Column]:
    return (
        cells.text(gettext("Cashier"), gettext("Who was signed in at the till")),
        cells.text(gettext("Till"), gettext("The name of the till")),
    )  # fmt: skip


def _served_by() -> Column:
    return cells.text(gettext("Served by"), gettext("Who helped the customer, as far as it was said"))


def visits(first: date, last: date) -> Sheet:
    """Every purchase by a known customer on those shop days, except those that were undone."""
    shown = (
        cells.time(gettext("Visit"), _in_shop_time()), _name(),
        cells.text(gettext("Items"), gettext("What was bought, as the cashier wrote it")),
        cells.money(gettext("Purchase amount")), cells.money(gettext("Discount")),
        cells.text(gettext("Reason for the discount"), gettext("What the manager gave as the reason")), _served_by(),
        *_at_till(),
    )  # fmt: skip
    query = select(
        Visit.happened_at, Customer.name, Visit.what, Visit.amount, Visit.discount, Visit.reason, Visit.served_by,
        Staff.name, Device.label,
    )  # fmt: skip
    query = query.outerjoin_from(Visit, Customer).join(Staff, Staff.id == Visit.staff_id).join(Device)
    chunks = _chunks(that_count(query), Visit, Visit.happened_at, first, last)
    return Sheet("visits", shown, chunks, (first, last))


def feedback(first: date, last: date) -> Sheet:
    """The stars and comments of those shop days."""
    shown = (
        cells.time(gettext("Given"), _in_shop_time()), _name(),
        cells.count(gettext("Stars"), gettext("From 1, the worst, to 5")),
        cells.text(gettext("Comment"), gettext("What the customer wrote")),
        cells.time(gettext("Visit"), gettext("The purchase it is about, in the time of the shop")), _served_by(),
    )  # fmt: skip
    query = select(
        Feedback.given_at, Customer.name, Feedback.stars, Feedback.comment, Visit.happened_at, Visit.served_by
    )
    query = query.outerjoin_from(Feedback, Customer, Customer.id == Feedback.customer_id)
    query = query.outerjoin(Visit, Visit.id == Feedback.visit_id)
    return Sheet("feedback", shown, _chunks(query, Feedback, Feedback.given_at, first, last), (first, last))


def filled_in(form: str, first: date, last: date) -> Sheet:
    """What was filled in of a form on those shop days: one column for each question that was ever asked in it."""
    questions = questionnaires.ever_asked("signup", name=form)
    shown = (
        cells.time(gettext("Filled in"), _in_shop_time()), _name(), cells.phone(gettext("Mobile")),
        cells.text(gettext("Email"), gettext("The email address the customer gave")),
        *(cells.answer(one, form) for one in questions), cells.time(gettext("Done"), _in_shop_time()),
    )  # fmt: skip
    version = cast(Submission.version, String) + " "
    answers = [(version + Submission.answers[one.key].as_string()).label(f"answer_{one.key}") for one in questions]
    query = select(
        Submission.made_at, Submission.name, Submission.phone, Submission.email, *answers, Submission.done_at
    )
    query = query.where(Submission.form == form)
    return Sheet(form, shown, _chunks(query, Submission, Submission.made_at, first, last), (first, last))


SHEETS = {
    "signups": signups, "customers": customers, "redemptions": redemptions, "visits": visits, "feedback": feedback,
    "warranty": partial(filled_in, "warranty"), "preorder": partial(filled_in, "preorder"), "survey": survey.answers,
    "messages": messages.waiting,
}  # fmt: skip


def newest_signups(first: date, last: date, questions: list[Question], most: int) -> list[Row]:
    """The newest signups of those days, the newest first, for the office's page."""
    start, end = shop.current().span(first, last)
    query = (
        _signups(questions).add_columns(Signup.customer_id).where(Signup.finished_at >= start, Signup.finished_at < end)
    )
    return list(db.session.execute(query.order_by(Signup.finished_at.desc(), Signup.id.desc()).limit(most)))


def _signups(questions: list[Question]) -> Select:
    query = select(
        Signup.finished_at, Customer.name, Customer.city, Customer.phone, Customer.email, Signup.language,
        *map(_answer, questions), _last_decision("sms", Signup.customer_id).label("sms"),
        _last_decision("email", Signup.customer_id).label("by_email"), Coupon.valid_until, Coupon.spent_at,
        Coupon.offer_id, _state().label("state"), Coupon.voided_at,
    )  # fmt: skip
    return query.outerjoin_from(Signup, Customer).join(Coupon, Coupon.id == Signup.coupon_id)


def _answer(question: Question):
    """What was answered to that question in a signup, after the version of the questionnaire; several answers are one a
    line, in their order."""
    given = select(Answer.value).where(Answer.signup_id == Signup.id, Answer.question == question.key)
    if question.kind in ("many", "ranking"):
        given = given.order_by(Answer.id).correlate(Signup).subquery()
        given = select(func.aggregate_strings(given.c.value, "\n"))
    version = cast(Signup.questionnaire_version, String)
    return (version + " " + given.scalar_subquery()).label(f"answer_{question.key}")


def _last_decision(purpose: str, customer_id):
    """The newest decision; a “yes” that somebody else may have given in the customer's name is `unverified`."""
    is_open = (Consent.decision == "yes") & ~consents.is_confirmed()
    decision = case((is_open, "unverified"), else_=Consent.decision)
    return _newest(purpose, decision, customer_id)


def _newest(purpose: str, column, customer_id=Customer.id):
    hers = select(column).where(Consent.customer_id == customer_id, Consent.purpose == purpose)
    return hers.order_by(Consent.id.desc()).limit(1).scalar_subquery()


def _state():
    """What has become of a coupon by today; cells.state() spells it."""
    today = shop.current().today()
    return case(
        (Coupon.voided_at.is_not(None), "void"), (Coupon.spent_at.is_not(None), "used"),
        (Coupon.valid_until < today, "expired"), (Coupon.valid_from > today, "not_yet"), else_="issued",
    )  # fmt: skip


def _chunks(query: Select, model, when, first: date, last: date) -> Iterator[Sequence[tuple]]:
    """The rows of shop days in the order they happened, a chunk at a time, with the values as the driver gives them."""
    start, end = shop.current().span(first, last)
    raw = [type_coerce(column, NullType()) for column in (*query.selected_columns, when, model.id)]
    query = query.with_only_columns(*raw).where(when < end).order_by(when, model.id).limit(CHUNK)
    return _read(db.engine, query, tuple_(when, model.id), (start, 0))


def _read(engine: Engine, query: Select, key: Tuple, after: tuple[datetime, int]) -> Iterator[Sequence[tuple]]:
    """The chunks of a query that come after a key (instant and id).

    Each is a statement of its own that is read at once, on a connection of its own: an open cursor would keep writers
    out, and a slow client would keep a connection.
    """
    rows = None
    while rows is None or len(rows) == CHUNK:
        with engine.connect() as connection:
            rows = connection.execute(query.where(key > after)).cursor.fetchall()
        if rows:
            yield rows
            after = (cells.instant(rows[-1][-2]), rows[-1][-1])
