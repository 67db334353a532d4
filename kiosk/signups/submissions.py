"""The forms beside the sign-up: where each is offered, and what was filled in. The survey's answers are nobody's."""

import hmac
import json
from collections.abc import Iterable
from datetime import date, datetime

from flask import current_app
from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import joinedload

from kiosk.base.database import add_rows, db, known
from kiosk.base.phones import spellings
from kiosk.base.writing import alone, writes, writing
from kiosk.coupons import coupons, offers
from kiosk.guard import audit
from kiosk.models import Coupon, Customer, StaffSession, Submission, SurveyAnswer
from kiosk.shop import shop
from kiosk.signups import consents, signup, tallies
from kiosk.signups.answers import Answers
from kiosk.signups.built_in_questions import FORMS

# nowhere; on the welcome screen and by its QR code; by its QR code alone; to who is signed in alone
OFFERED = ("off", "tablet", "poster", "staff")
SURVEY = "survey"
PAGE = 50


def offered(name: str) -> str:
    """Where the form of that name is offered, one of OFFERED."""
    return getattr(shop.current(), name)


def on_the_tablet() -> list[str]:
    """The names of the forms that the welcome screen offers."""
    return [name for name in FORMS if offered(name) == "tablet"]


def series_of(name: str) -> int:
    """The series that gives a coupon to whoever fills in that form; 0 when there is none."""
    return json.loads(shop.current().form_coupons or "{}").get(name, 0)


def decide(name: str, where: str, series: int, at: datetime, *, by: StaffSession) -> None:
    """Say where a form is offered, and of which series it gives a coupon (0: none)."""
    kept = json.loads(shop.current().form_coupons or "{}") | {name: series}
    given = {form: one for form, one in kept.items() if one and form != SURVEY}
    shop.decide(at, by=by, **{name: where, "form_coupons": json.dumps(given) if given else ""})


def submit(name: str, answers: Answers, operation_id: str, at: datetime, **way) -> tuple[Coupon, bool] | None:
    """Keep what was filled in (`way` as in signup.Way); the same operation again changes nothing. Whoever gets a
    coupon or has agreed to something becomes a customer. Gives back her coupon, when the form gives one and she has not
    used it yet, and whether she had it before. Raises TooMany."""
    way = signup.Way(**way)
    if name == SURVEY:
        with writing():  # apart: what is stored together can be told from the rest
            tallies.add_count(way.sender, at)
        return _add_survey(answers, operation_id, shop.current().day_of(at))
    return _add(name, answers, operation_id, at, way)


@writes
def _add_survey(answers: Answers, operation_id: str, day: date) -> None:
    """Add the answers to those of the day, and write all of these anew in the order of their numbers, so that neither
    the order of the rows nor what the database notes of them tells which came together."""
    alone(SURVEY)
    kept = select(SurveyAnswer.id, SurveyAnswer.day, SurveyAnswer.question, SurveyAnswer.value)
    rows = {row.id: row._asdict() for row in db.session.execute(kept.where(SurveyAnswer.day == day))}
    for question, value in _values(answers).items():
        number = _random_id(operation_id, question)
        rows.setdefault(number, {"id": number, "day": day, "question": question, "value": value})
    db.session.execute(delete(SurveyAnswer).where(SurveyAnswer.day == day))
    add_rows({SurveyAnswer: [rows[number] for number in sorted(rows)]})


def _random_id(operation_id: str, question: str) -> int:
    """A number that is the same when the same is sent again, and that nobody can work out without the operation's id,
    which is kept nowhere."""
    key = hmac.digest(current_app.secret_key, f"survey {operation_id} {question}".encode(), "sha256")
    return int.from_bytes(key[:8]) >> 1


def _values(answers: Answers) -> dict[str, str]:
    return {question: "\n".join(values) for question, values in answers.choices.items() if values}


@writes
def _add(name: str, answers: Answers, operation_id: str, at: datetime, way: signup.Way):
    alone(f"submission {operation_id}")
    offer = next((one for one in offers.active() if one.series_id == series_of(name)), None)
    before = db.session.scalar(select(Submission).where(Submission.operation_id == operation_id))
    if before:
        had = offer and before.customer_id and coupons.given_to(before.customer_id, offer)
        return (had, False) if had else None
    signup.add_count(way.sender, at)
    customer = signup.known_by(answers)
    becomes_one = offer or answers.consents or None
    customer_id = customer.id if customer else becomes_one and signup.add_customer(answers, at)
    contact = {column: getattr(answers, column) or None for column in ("name", "phone", "email")}
    row = {"form": name, "version": answers.questionnaire_version, "answers": _values(answers), "made_at": at}
    add_rows({Submission: [row | contact | {"operation_id": operation_id, "customer_id": customer_id}]})
    if answers.consents:
        said = {"is_verified": customer is None or way.by is not None, "staff_id": way.by and way.by.staff_id}
        consents.add_processing(customer_id, answers, way.method, at, **said)
    had = offer and coupons.given_to(customer_id, offer)
    if had:
        return None if had.is_spent or had.voided_at else (had, True)
    return offer and (coupons.issue_to(customer_id, offer, at), False)


def of(customers: Iterable[Customer]) -> ColumnElement[bool]:
    """The condition of what these customers filled in, also before anybody knew them."""
    customers = list(customers)
    phones = {spelt for one in customers if one.phone for spelt in spellings(one.phone)}
    emails = {one.email for one in customers if one.email}
    nobodys = Submission.customer_id.is_(None) & or_(Submission.phone.in_(phones), Submission.email.in_(emails))
    return or_(Submission.customer_id.in_([one.id for one in customers]), nobodys)


def newest(name: str = "", *, before: int = 0) -> list[Submission]:
    """A page of what was filled in, the newest first: of one form, and those before a number."""
    query = select(Submission).options(joinedload(Submission.customer)).order_by(Submission.id.desc()).limit(PAGE)
    query = query.where(Submission.form == name) if name else query
    query = query.where(Submission.id < before) if before else query
    return list(db.session.scalars(query))


@writes
def set_state(submission_id: int, *, is_done: bool, at: datetime, by: StaffSession) -> Submission:
    """Note that somebody has done what it asks for, or that it is open again. Raises Refusal `unknown`."""
    submission = known(Submission, submission_id)
    if is_done != bool(submission.done_at):
        submission.done_at = at if is_done else None
        audit.add_note("submission_done" if is_done else "submission_open", at, by=by, object_id=submission_id)
    return submission


@writes
def forget_before(day: date) -> None:
    """Delete answers to the survey of before that shop day, and what was filled in before it by who is no customer."""
    start = shop.current().span(day, day)[0]
    db.session.execute(delete(SurveyAnswer).where(SurveyAnswer.day < day))
    db.session.execute(delete(Submission).where(Submission.customer_id.is_(None), Submission.made_at < start))
