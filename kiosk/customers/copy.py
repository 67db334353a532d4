"""A copy of all that is known of one customer, and nothing of anybody else."""

from datetime import date, datetime

from sqlalchemy import select

from kiosk.base.database import db
from kiosk.models import OF_A_CUSTOMER, Customer, Staff, Submission
from kiosk.signups import questionnaires, submissions
from kiosk.signups.built_in_questions import TITLES
from kiosk.signups.questionnaire import Question

# what is of no use outside this database, or says the same again, or is about somebody else
LEFT_OUT = {
    "id", "operation_id", "digest", "phone_backwards", "email_domain", "wording_hash", "notice_hash", "received_at",
    "said",
}  # fmt: skip


def rows(customer: Customer) -> dict[str, list]:
    """The rows that are about a customer, by table; those merged into this one are under `also`."""
    queries = {"also": select(Customer).where(Customer.merged_into_id == customer.id).order_by(Customer.id)}
    for model in OF_A_CUSTOMER:
        queries[model.__tablename__] = select(model).where(model.customer_id == customer.id).order_by(model.id)
    found = {name: list(db.session.scalars(query)) for name, query in queries.items()}
    hers = select(Submission).where(submissions.of([customer, *found["also"]])).order_by(Submission.id)
    return found | {"submission": list(db.session.scalars(hers))}


def to_read(customer: Customer) -> dict:
    """The same for a page: the rows are `known`, the questions that were answered are `asked`, by the number of the
    answer, and what was answered in further forms is `filled_in`."""
    known = rows(customer)
    return {"customer": customer, "known": known, "asked": _questions(known), "filled_in": _filled_in(known)}


def _questions(known: dict[str, list]) -> dict[int, Question | None]:
    versions = {signup.id: signup.questionnaire_version for signup in known["signup"]}
    return {one.id: questionnaires.question(one.question, versions.get(one.signup_id)) for one in known["answer"]}


def _filled_in(known: dict[str, list]) -> list[tuple[datetime, str, str, str]]:
    """When, in which form, to which question, and what."""
    said = []
    for row in known["submission"]:
        asked = questionnaires.of(row.version, row.form).by_key()
        answers = row.answers.items()
        said += [(row.made_at, TITLES[row.form], asked[key].text, asked[key].label(value)) for key, value in answers]
    return said


def of(customer: Customer) -> dict:
    """What is known of a customer, table by table, as values that JSON knows: instants in UTC, money in minor units,
    members of staff by their names. The ways to find the customer that came with a merge are under `also`."""
    staff = dict(db.session.execute(select(Staff.id, Staff.name)).all())
    known = {name: [_row(row, staff) for row in found] for name, found in rows(customer).items()}
    return {"customer": _row(customer, staff)} | known


def _row(row, staff: dict[int, str]) -> dict:
    """The columns of a row that say something to a person. Of the keys of other rows only members of staff do."""
    kept = {}
    for column in row.__table__.columns:
        value, refers_to = getattr(row, column.name), next(iter(column.foreign_keys), None)
        if column.name in LEFT_OUT or (refers_to and refers_to.column.table is not Staff.__table__):
            continue
        kept[column.name.removesuffix("_id")] = staff.get(value) if refers_to else plain(value)
    return kept


def plain(value):
    """A value of a row as one that JSON knows."""
    return value.isoformat() if isinstance(value, date | datetime) else value
