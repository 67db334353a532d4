"""What is known of one customer, and putting her name, town, contact and language right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from flask_babel import gettext
from sqlalchemy import Row, select, update
from werkzeug.datastructures import MultiDict

from kiosk.base.database import db, known
from kiosk.base.forms import Form
from kiosk.base.phones import spellings
from kiosk.base.refusals import Invalid, Refusal, gathered
from kiosk.base.writing import writes, writing
from kiosk.coupons import offers
from kiosk.coupons.visits import STANDS
from kiosk.customers.copy import plain
from kiosk.guard import audit
from kiosk.models import Answer, Consent, Coupon, Customer, Feedback, Note, Signup, Staff, StaffSession, Visit
from kiosk.shop import languages, shop
from kiosk.signups import answers, consents, signup

FIELDS = ("name", "city", "phone", "email", "language")
A_YEAR = timedelta(days=365)
SKIPPED = ""  # the answer to a question that was asked later and skipped, so that it is not asked again
FEWEST = 3  # different days; with fewer there is no telling how often somebody comes


@dataclass(frozen=True)
class Rhythm:
    """How often somebody comes: in whole days, and None where there were too few visits to tell."""

    visits: int
    every_days: int | None  # from one day with a visit to the next, on average
    days_ago: int | None  # since the last one
    due: date | None = None  # the shop day on which the next one would be


def rhythm(customer: Customer, at: datetime) -> Rhythm:
    """Say how often the customer comes, counted in shop days: two visits on one day are two visits, and one time that
    she came."""
    came = select(Visit.happened_at).where(STANDS, Visit.customer_id == customer.id)
    return _rhythm(db.session.scalars(came).all(), at)


def _rhythm(came: Sequence[datetime], at: datetime) -> Rhythm:
    here = shop.current()
    days = sorted({here.day_of(each) for each in came})
    if not days:
        return Rhythm(0, None, None)
    ago = max(0, (here.day_of(at) - days[-1]).days)
    if len(days) < FEWEST:
        return Rhythm(len(came), None, ago)
    every = round((days[-1] - days[0]).days / (len(days) - 1))
    return Rhythm(len(came), every, ago, days[-1] + timedelta(days=every))


def is_contact_old(customer: Customer, at: datetime) -> bool:
    """Whether it is more than a year since anybody said that the number or the address is right."""
    return (customer.contact_checked_at or customer.created_at) < at - A_YEAR


def check_contact(customer_id: int, sent: Mapping[str, str], at: datetime, *, by: StaffSession) -> None:
    """Correct the customer's phone or email; with nothing sent, note that they are still right.

    Raises Invalid, also for a contact of another customer, of whom nothing is told.
    """
    given = {field: text for field in ("phone", "email") if (text := sent.get(field, "").strip())}
    if not given:
        with writing():
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(contact_checked_at=at))
        return
    try:
        correct(customer_id, given, at, by=by)
    except Refusal:
        taken = gettext("Another customer has this. A manager can join the two on the customer’s page.")
        raise Invalid(**dict.fromkeys(given, taken)) from None


@dataclass(frozen=True)
class Profile:
    """All that the office's page shows of a customer; the newest comes first in every list but the answers."""

    customer: Customer
    rhythm: Rhythm
    visits: Sequence[Visit]  # that count
    coupons: Sequence[Coupon]
    answers: Sequence[Row]  # an Answer, and the version of the questionnaire; None when it was asked later
    consents: Sequence[Row]  # a Consent, whether it is confirmed, and the name of whom she told
    notes: Sequence[Note]
    feedback: Sequence[Feedback]

    @property
    def taken_off(self) -> int:
        return sum(visit.discount or 0 for visit in self.visits)

    def said(self) -> list[tuple[str, int | None, list[str], datetime]]:
        """Each question that was answered: its key, the version of the questionnaire, the values in order, and when."""
        rows = ((one, (one.signup_id, one.question, version, one.answered_at)) for one, version in self.answers)
        together = groupby(rows, key=lambda row: row[1])
        return [(*asked, [one.value for one, _ in given], at) for (_, *asked, at), given in together]


def of(customer: Customer, at: datetime) -> Profile:
    """Everything about that customer, and nothing about anybody else."""
    visits = _newest(select(Visit).where(STANDS), Visit, customer, Visit.happened_at)
    told = select(Consent, consents.is_confirmed(), Staff.name).outerjoin(Staff, Staff.id == Consent.staff_id)
    given = select(Answer, Signup.questionnaire_version).outerjoin(Signup, Signup.id == Answer.signup_id)
    given = given.where(Answer.customer_id == customer.id, Answer.value != SKIPPED)
    given = given.order_by(Answer.answered_at, Answer.id)
    return Profile(
        customer, _rhythm([visit.happened_at for visit in visits], at), visits,
        coupons=_newest(select(Coupon), Coupon, customer),
        answers=db.session.execute(given).all(),
        consents=db.session.execute(told.where(Consent.customer_id == customer.id).order_by(Consent.id.desc())).all(),
        notes=_newest(select(Note), Note, customer), feedback=_newest(select(Feedback), Feedback, customer),
    )  # fmt: skip


def _newest(query, model, customer: Customer, *by) -> list:
    order = [column.desc() for column in (*by, model.id)]
    return list(db.session.scalars(query.where(model.customer_id == customer.id).order_by(*order)))


def as_dict(profile: Profile, at: datetime) -> dict:
    """The same as plain JSON: money in minor units, instants in UTC (ISO 8601)."""
    customer, today = profile.customer, shop.current().day_of(at)
    said = _columns([customer], "id", *FIELDS)[0]
    said["visits"] = _columns(profile.visits, "id", "happened_at", "amount", "discount", "what", "served_by")
    said["coupons"] = [
        {"id": one.id, "purpose": one.offer.series.purpose, "worth": offers.worth(one.offer),
         "state": one.state(today, at), "valid_until": one.valid_until.isoformat()}
        for one in profile.coupons
    ]  # fmt: skip
    said["answers"] = _columns([row[0] for row in profile.answers], "question", "value", "answered_at")
    decided = [row[0] for row in profile.consents]
    said["consents"] = _columns(decided, "purpose", "decision", "decided_at", "method", "wording", "language")
    said["notes"] = _columns(profile.notes, "id", "text", "written_at")
    said["feedback"] = _columns(profile.feedback, "id", "stars", "comment", "given_at")
    return said


def _columns(rows: Iterable, *names: str) -> list[dict]:
    """These columns of the rows; whenever it was is `at`."""
    return [{"at" if name.endswith("_at") else name: plain(getattr(row, name)) for name in names} for row in rows]


@writes
def correct(customer_id: int, sent: Mapping[str, str], at: datetime, *, by: StaffSession | None) -> Customer:
    """Correct a customer's name, town, phone, email and language, checked as at a sign-up; a field that was not sent
    stays as it is. What it was is not kept: the log says who, when and which field. `by` is None when she did it
    herself.

    Raises Invalid; Refusal `unknown`, or `belongs_to_another` with the `other_id` of who has that phone or email.
    """
    customer = known(Customer, customer_id)
    before = {field: getattr(customer, field) or "" for field in FIELDS}
    changed = {field: value for field, value in _read(before | dict(sent)).items() if value != before[field]}
    if changed.keys() & {"phone", "email"}:
        _make_free(customer, changed.get("phone"), changed.get("email"))
        customer.contact_checked_at = at
    for field, value in changed.items():
        setattr(customer, field, value or None)
    if changed:
        details = dict.fromkeys(changed, "") | ({} if by else {"method": "self"})
        audit.add_note("customer_change", at, by=by, object_id=customer_id, details=details)
    return customer


def _read(sent: dict[str, str]) -> dict[str, str]:
    given, said = MultiDict({field: sent[field] for field in FIELDS}), {}
    with Form(given) as form:
        for read in (answers.read_name, answers.read_town, answers.read_contact):
            with gathered(form.problems):
                said |= read(given)
        said["language"] = form.choice("language", languages.codes(), required=True)
    return said


def _make_free(customer: Customer, phone: str | None, email: str | None) -> None:
    """Refuse a contact that is another customer's; one of a row that was merged into this customer moves over."""
    asked = {"phones": spellings(phone) if phone else (), "email": email or None}
    for one in db.session.scalars(select(Customer).where(signup.SAME_PERSON), asked).all():
        if one.canonical.id != customer.id:
            raise Refusal("belongs_to_another", other_id=one.canonical.id)
        if one.id != customer.id and one.phone == phone:
            one.phone = None
        if one.id != customer.id and one.email == email:
            one.email = None
    db.session.flush()
