"""The lists an owner takes away: who signed up, the customers, the redemptions, the visits."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import partial

from flask_babel import gettext
from sqlalchemy import ColumnElement, Engine, Row, Select, String, Tuple, case, cast, func, select, tuple_, type_coerce
from sqlalchemy.orm import join, outerjoin
from sqlalchemy.types import NullType

from kiosk import models
from kiosk.base.database import db
from kiosk.coupons.visits import STANDS
from kiosk.models import Answer, Consent, Coupon, Customer, Feedback, Redemption, Signup, Staff, Submission, Visit
from kiosk.models.customers import NOT_MERGED
from kiosk.reports import cells, for_others
from kiosk.reports.cells import Column
from kiosk.reports.spreadsheets import CHUNK, Sheet
from kiosk.reports.sums import within
from kiosk.shop import shop
from kiosk.signups import consents, questionnaires
from kiosk.signups.questionnaire import Question

Shown = list[tuple[Column, ColumnElement]]  # the columns, each with what the database gives for it


def signups(first: date, last: date) -> Sheet:
    """Everybody who signed up on the shop days `first` to `last`, in the order they came, with what they answered: one
    column for each question that was ever asked at a sign-up."""
    good_until = gettext("The last shop day it is good")
    shown = [
        (cells.time(gettext("Signed up")), Signup.finished_at), *_person(Signup.language),
        *((cells.answer(question), _answer(question)) for question in questionnaires.ever_asked("signup")),
        *_agreed("sms", "email"),
        (cells.day(gettext("Coupon valid until"), good_until), Coupon.valid_until),
        (cells.time(gettext("Coupon redeemed")), Coupon.spent_at),
        (cells.worth(gettext("Coupon")), Coupon.offer_id), (cells.state(gettext("State of the coupon")), _state()),
    ]  # fmt: skip
    came = outerjoin(Signup, Customer).join(Coupon, Coupon.id == Signup.coupon_id)
    return _sheet("signups", shown, Signup.finished_at, came, first, last)


def _person(language: ColumnElement) -> Shown:
    town = cells.text(gettext("Town"), gettext("The town the customer gave"))
    return [
        (cells.name(), Customer.name), (town, Customer.city), *_contact(Customer), (cells.language(), language),
    ]  # fmt: skip


def _contact(model: type[Customer | Submission]) -> Shown:
    return list(zip(cells.contact(), (model.phone, model.email), strict=True))


def _agreed(*purposes: str, whole: bool = False) -> Shown:
    """What the customer decided last about messages; the `whole` decision has its instant and its sentence."""
    headings = {
        "sms": gettext("Offers by text"), "email": gettext("Offers by email"), "call": gettext("Offers by call")
    }  # fmt: skip
    decided = gettext("When the customer decided that, in the time of the shop")
    asked, shown = gettext("The sentence that was decided about"), []
    for purpose, offers in [(purpose, headings[purpose]) for purpose in purposes]:
        shown += [
            (cells.consent(offers), _last_decision(purpose)),
            (cells.time(gettext("%(offers)s: decided", offers=offers), decided), _newest(purpose, Consent.decided_at)),
            (cells.text(gettext("%(offers)s: how", offers=offers), asked), _newest(purpose, Consent.wording)),
        ][: 3 if whole else 1]
    return shown


def customers(first: date, last: date, *conditions: ColumnElement, whole: bool = True) -> Sheet:
    """Everybody who became a customer on those shop days, of whom the conditions are true."""
    bought = gettext("How many purchases, undone ones left out")
    shown = [
        (cells.time(gettext("Customer since")), Customer.created_at), *_person(Customer.language),
        (cells.card(), Customer.card_number),
        (cells.count(gettext("Visits"), bought, is_summed=True), Customer.visits),
        (cells.money(gettext("Spent")), Customer.spent),
        (cells.time(gettext("Last visit")), Customer.last_visit_at), *_agreed("sms", "email", "call", whole=whole),
    ]  # fmt: skip
    return _sheet("customers", shown, Customer.created_at, Customer, first, last, NOT_MERGED, *conditions)


cards = partial(customers, whole=False)  # the same, with what stands on a card of paper (see cards.py)


def redemptions(first: date, last: date) -> Sheet:
    """Every coupon redeemed on those shop days, the undone ones too."""
    undone = gettext("When it was taken back; empty where it stands. Totals include it.")
    shown = [
        (cells.time(gettext("Redeemed")), Redemption.happened_at), (cells.name(), Customer.name),
        *_paid(), *_at_till(), (cells.time(gettext("Undone"), undone), Redemption.undone_at),
    ]  # fmt: skip
    made = join(Redemption, Visit, Redemption.visit).outerjoin(Customer, Visit.customer)
    made = made.join(Staff, Redemption.staff).join(models.Device, Redemption.device)
    return _sheet("redemptions", shown, Redemption.happened_at, made, first, last)


def _paid() -> Shown:
    return [
        (cells.money(gettext("Purchase amount")), Visit.amount), (cells.money(gettext("Discount")), Visit.discount)
    ]  # fmt: skip


def _at_till() -> Shown:
    return [
        (cells.text(gettext("Cashier"), gettext("Who was signed in at the till")), Staff.name),
        (cells.text(gettext("Till"), gettext("The name of the till")), models.Device.label),
    ]


def _served_by() -> tuple[Column, ColumnElement]:
    helped = gettext("Who helped the customer, as far as it was said")
    return cells.text(gettext("Served by"), helped), Visit.served_by


def visits(first: date, last: date) -> Sheet:
    """Every purchase by a known customer on those shop days, except those that were undone."""
    reason = gettext("What the manager gave as the reason")
    shown = [
        (cells.time(gettext("Visit")), Visit.happened_at), (cells.name(), Customer.name),
        (cells.text(gettext("Items"), gettext("What was bought, as the cashier wrote it")), Visit.what), *_paid(),
        (cells.text(gettext("Reason for the discount"), reason), Visit.reason), _served_by(), *_at_till(),
    ]  # fmt: skip
    made = outerjoin(Visit, Customer).join(Staff, Staff.id == Visit.staff_id)
    made = made.join(models.Device, models.Device.id == Visit.device_id)
    return _sheet("visits", shown, Visit.happened_at, made, first, last, STANDS)


def feedback(first: date, last: date) -> Sheet:
    """The stars and comments of those shop days."""
    about = gettext("The purchase it is about, in the time of the shop")
    shown = [
        (cells.time(gettext("Given")), Feedback.given_at), (cells.name(), Customer.name),
        (cells.count(gettext("Stars"), gettext("From 1, the worst, to 5")), Feedback.stars),
        (cells.text(gettext("Comment"), gettext("What the customer wrote")), Feedback.comment),
        (cells.time(gettext("Visit"), about), Visit.happened_at), _served_by(),
    ]  # fmt: skip
    given = outerjoin(Feedback, Customer, Feedback.customer).outerjoin(Visit, Feedback.visit)
    return _sheet("feedback", shown, Feedback.given_at, given, first, last)


def filled_in(form: str, first: date, last: date) -> Sheet:
    """What was filled in of a form on those shop days: one column for each question that was ever asked in it."""
    version = cast(Submission.version, String) + " "
    shown = [
        (cells.time(gettext("Filled in")), Submission.made_at), (cells.name(), Submission.name),
        *_contact(Submission),
        *((cells.answer(one, form), version + Submission.answers[one.key].as_string())
          for one in questionnaires.ever_asked("signup", name=form)),
        (cells.time(gettext("Done")), Submission.done_at),
    ]  # fmt: skip
    return _sheet(form, shown, Submission.made_at, Submission, first, last, Submission.form == form)


def survey(first: date, last: date) -> Sheet:
    """The answers to the anonymous survey of those shop days, each on a row of its own: nothing tells which belong
    together."""
    asked, apart = questionnaires.ever("survey"), gettext("Nothing tells which answers belong together")
    headings = gettext("Question"), gettext("Answer")
    shown = cells.day(gettext("Day"), gettext("The shop day of the answer")), *(cells.text(h, apart) for h in headings)
    query = select(models.SurveyAnswer).where(models.SurveyAnswer.day.between(first, last))
    rows = [
        (one.day, str(asked[one.question].text), asked[one.question].label(one.value))
        for one in db.session.scalars(query.order_by(models.SurveyAnswer.day, models.SurveyAnswer.id))
    ]
    return Sheet("survey", shown, [rows], (first, last))


SHEETS = {
    "signups": signups, "customers": customers, "redemptions": redemptions, "visits": visits, "feedback": feedback,
    "warranty": partial(filled_in, "warranty"), "preorder": partial(filled_in, "preorder"), "survey": survey,
    "messages": for_others.waiting, "partner": for_others.agreed,
}  # fmt: skip


def newest_signups(first: date, last: date, questions: list[Question], most: int) -> list[Row]:
    """The newest signups of those days, the newest first, for the office's page."""
    query = select(
        Signup.finished_at, Signup.customer_id, Signup.language, Customer.name, Customer.city, Customer.phone,
        Customer.email, Coupon.valid_until, Coupon.spent_at, Coupon.voided_at,
        *(_answer(question).label(f"answer_{question.key}") for question in questions),
        _last_decision("sms").label("sms"), _last_decision("email").label("by_email"),
    ).outerjoin_from(Signup, Customer).join(Coupon, Coupon.id == Signup.coupon_id)  # fmt: skip
    query = query.where(within(Signup.finished_at, first, last))
    return list(db.session.execute(query.order_by(Signup.finished_at.desc(), Signup.id.desc()).limit(most)))


def _answer(question: Question):
    """What was answered to that question in a signup, after the version of the questionnaire; several answers are one a
    line, in their order."""
    given = select(Answer.value).where(Answer.signup_id == Signup.id, Answer.question == question.key)
    if question.kind in ("many", "ranking"):
        given = given.order_by(Answer.id).correlate(Signup).subquery()
        given = select(func.aggregate_strings(given.c.value, "\n"))
    version = cast(Signup.questionnaire_version, String)
    return version + " " + given.scalar_subquery()


def _last_decision(purpose: str) -> ColumnElement:
    """The newest decision; a “yes” that somebody else may have given in the customer's name is `unverified`."""
    is_open = (Consent.decision == "yes") & ~consents.is_confirmed()
    return _newest(purpose, case((is_open, "unverified"), else_=Consent.decision))


def _newest(purpose: str, column: ColumnElement) -> ColumnElement:
    hers = select(column).where(Consent.customer_id == Customer.id, Consent.purpose == purpose).correlate(Customer)
    return hers.order_by(Consent.id.desc()).limit(1).scalar_subquery()


def _state():
    """What has become of a coupon by today; cells.state() spells it."""
    today = shop.current().today()
    return case(
        (Coupon.voided_at.is_not(None), "void"), (Coupon.spent_at.is_not(None), "used"),
        (Coupon.valid_until < today, "expired"), (Coupon.valid_from > today, "not_yet"), else_="issued",
    )  # fmt: skip


def _sheet(name: str, shown: Shown, when, source, first: date, last: date, *conditions: ColumnElement) -> Sheet:
    """The rows of those shop days in the order they happened, a chunk at a time, with the values as the driver gives
    them. What happened is a row of the table that `when` is a column of."""
    start, end = shop.current().span(first, last)
    columns, asked = zip(*shown, strict=True)
    number = when.class_.id
    query = select(*(type_coerce(one, NullType()) for one in (*asked, when, number))).select_from(source)
    query = query.where(when < end, *conditions).order_by(when, number).limit(CHUNK)
    return Sheet(name, columns, _read(db.engine, query, tuple_(when, number), (start, 0)), (first, last))


def _read(engine: Engine, query: Select, key: Tuple, after: tuple[datetime, int]) -> Iterator[Sequence[tuple]]:
    """The chunks of a query that come after a key (instant and id). Each is a statement that is read at once, on a
    connection of its own: an open cursor would keep writers out, and a slow client would keep a connection."""
    rows = None
    while rows is None or len(rows) == CHUNK:
        with engine.connect() as connection:
            rows = connection.execute(query.where(key > after)).cursor.fetchall()
        if rows:
            yield rows
            after = (cells.instant(rows[-1][-2]), rows[-1][-1])
