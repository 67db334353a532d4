"""Bringing a list in, piece by piece: each in a transaction of its own, in which the piece goes and its people come.

So the till and the tablet write in between, and whatever stops it, what is left is still there: the next start goes on.
"""

from datetime import datetime

from sqlalchemy import delete, func, insert, select

from kiosk import models
from kiosk.base.database import add_rows, db, execute, known
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import offers
from kiosk.guard import audit
from kiosk.imports.people import Person
from kiosk.imports.trial import Judged, judge, next_piece, read_piece
from kiosk.models import Customer, ImportBatch, ImportPiece, Opening, Staff, StaffSession
from kiosk.signups import rows

OF_ONE = (models.NameWord, models.Answer, models.Consent, models.Note, Opening)  # what a list may bring of a customer


def bring(batch_id: int, at: datetime, *, by: StaffSession | None, offer_id: int | None = None) -> None:
    """Make customers of the new people of a list; nothing of those who are known changes. They get no coupon; of an
    offer that is named each can be given one when she next comes, see by_hand.waiting_for.

    Raises Refusal `unknown`; again it only goes on with what is left.
    """
    _begin_to_bring(batch_id, at, by, offer_id)
    batch = known(ImportBatch, batch_id)
    while piece := next_piece(batch_id):  # read before it is brought in, so that nobody waits for that
        _bring_piece(batch, piece.number, read_piece(piece, batch, batch.brought_at))


@writes
def _begin_to_bring(batch_id: int, at: datetime, by: StaffSession | None, offer_id: int | None) -> None:
    alone("import")
    batch = known(ImportBatch, batch_id)
    if batch.undone_at or not batch.found:  # the last while it is read
        raise Refusal("unknown")
    if batch.brought_at is None:
        batch.brought_at, batch.staff_id = at, by and by.staff_id
        batch.series_id = {one.id: one.series_id for one in offers.active()}.get(offer_id)
        audit.add_note("import", at, by=by, object_id=f"list {batch_id}", details={"rows": batch.found["new"]})


@writes
def _bring_piece(batch: ImportBatch, number: int, read: list[Judged]) -> None:
    """Let a piece go, unless another start has done so, and its people come."""
    alone("import")
    mine = delete(ImportPiece).where(ImportPiece.batch_id == batch.id, ImportPiece.number == number)
    if execute(mine).rowcount:
        _add([one.person for one in judge(read, set()) if one.kind == "new"], batch)


def _add(people: list[Person], batch: ImportBatch) -> None:
    added, at = {model: [] for model in OF_ONE}, batch.brought_at
    customers = [_customer(person, at) for person in people]
    adding = insert(Customer.__table__).returning(Customer.card_number, Customer.id)
    ids = dict(db.session.execute(adding, customers).all()) if people else {}
    for customer, person in zip(customers, people, strict=True):
        customer_id = ids[customer["card_number"]]
        whose, before = {"customer_id": customer_id}, {"visits": person.visits, "spent": person.spent}
        added[models.NameWord] += rows.of_words(customer_id, person.answers.name)
        added[models.Answer] += rows.of_answers(
            person.answers, {"id": None, "customer_id": customer_id, "finished_at": at}
        )
        unsaid = {"signup_id": None, "staff_id": None, "notice_hash": "", "language": person.answers.language}
        added[models.Consent] += [whose | unsaid | said for said in person.consents]
        if person.notes and (staff_id := batch.staff_id or _a_manager()):
            added[models.Note].append(whose | {"text": person.notes, "staff_id": staff_id, "written_at": at})
        added[Opening].append(whose | before | {"batch_id": batch.id, "last_visit_at": person.last_visit})
    add_rows(added)


def _customer(person: Person, at: datetime) -> dict:
    columns = rows.of_customer(person.answers, person.since or at)
    columns |= {"visits": person.visits, "spent": person.spent, "last_visit_at": person.last_visit}
    columns |= {f"may_{said['purpose']}": said["decision"] == "yes" for said in person.consents}
    return columns | ({"card_number": person.card} if person.card else {})


def _a_manager() -> int | None:
    """Whose notes they are that come in at the terminal."""
    return db.session.scalar(select(func.min(Staff.id)).where(Staff.role == "manager"))


def made(batch_id: int) -> int:
    """How many customers there are by this list."""
    return db.session.scalar(select(func.count(Opening.id)).where(Opening.batch_id == batch_id))
