"""Bringing a list in, piece by piece: each in a transaction of its own, in which the piece goes and its people come.

So the till and the tablet write in between, and whatever stops it, what is left is still there: the next start goes on.
Taken back, everybody whom the list made goes, except those to whom something happened since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import Integer, Select, cast, delete, exists, func, insert, or_, select, update

from kiosk import models
from kiosk.base.clock import is_within
from kiosk.base.database import add_rows, db, execute, known
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes, writing
from kiosk.coupons import offers
from kiosk.customers import forgetting
from kiosk.guard import audit
from kiosk.imports.people import Person
from kiosk.imports.trial import PIECE, Judged, drop, judge, next_piece, read_piece
from kiosk.models import Audit, Customer, ImportBatch, ImportPiece, Opening, Staff, StaffSession
from kiosk.signups import rows

KEPT, UNDO_WITHIN = timedelta(days=1), timedelta(days=7)
OF_ONE = (models.NameWord, models.Answer, models.Consent, models.Note, Opening)  # what a list may bring of a customer
# the columns in which a customer stands once something has happened, and those that say when what a list may bring came
NAMED_IN = [model.customer_id for model in models.OF_A_CUSTOMER if model not in OF_ONE]
NAMED_IN += [models.Submission.customer_id, models.Merge.kept_id, models.Merge.other_id, models.Referral.friend_id]
MADE_AT = (models.Note.written_at, models.Answer.answered_at, models.Consent.decided_at)


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
    # notes that come in at the terminal are a manager's
    staff_id = batch.staff_id or db.session.scalar(select(func.min(Staff.id)).where(Staff.role == "manager"))
    for customer, person in zip(customers, people, strict=True):
        customer_id = ids[customer["card_number"]]
        whose, before = {"customer_id": customer_id}, {"visits": person.visits, "spent": person.spent}
        added[models.NameWord] += rows.of_words(customer_id, person.answers.name)
        added[models.Answer] += rows.of_answers(
            person.answers, {"id": None, "customer_id": customer_id, "finished_at": at}
        )
        unsaid = {"signup_id": None, "staff_id": None, "notice_hash": "", "language": person.answers.language}
        added[models.Consent] += [whose | unsaid | said for said in person.consents]
        if person.notes and staff_id:
            added[models.Note].append(whose | {"text": person.notes, "staff_id": staff_id, "written_at": at})
        added[Opening].append(whose | before | {"batch_id": batch.id, "last_visit_at": person.last_visit})
    add_rows(added)


def _customer(person: Person, at: datetime) -> dict:
    columns = rows.of_customer(person.answers, person.since or at)
    columns |= {"visits": person.visits, "spent": person.spent, "last_visit_at": person.last_visit}
    columns |= {f"may_{said['purpose']}": said["decision"] == "yes" for said in person.consents}
    return columns | ({"card_number": person.card} if person.card else {})


def made(batch_id: int) -> int:
    """How many customers there are by this list."""
    return db.session.scalar(select(func.count(Opening.id)).where(Opening.batch_id == batch_id))


def named(numbers: Sequence[int]) -> Sequence[Customer]:
    """Those customers, as they are listed when they stay."""
    return db.session.scalars(select(Customer).where(Customer.id.in_(numbers)).order_by(Customer.id)).all()


def undo(batch_id: int, at: datetime, *, by: StaffSession, rest: bool = False) -> list[int]:
    """Remove everybody whom a list made, for seven days; gives back the numbers of those who stay.

    To them something happened since: without `rest` nothing is removed then, and Refusal `used_meanwhile` says who.
    Raises Refusal `unknown`, `too_late`.
    """
    _begin_to_undo(batch_id, at, by, rest)
    return _remove_all(batch_id)


@writes
def _begin_to_undo(batch_id: int, at: datetime, by: StaffSession, rest: bool) -> None:
    alone("import")
    batch = known(ImportBatch, batch_id)
    if batch.brought_at is None:
        raise Refusal("unknown")
    if batch.undone_at is None and not is_within(UNDO_WITHIN, batch.brought_at, at):
        raise Refusal("too_late")
    used = list(db.session.scalars(_used(batch)))
    if used and not rest:
        raise Refusal("used_meanwhile", customers=used)
    execute(delete(ImportPiece).where(ImportPiece.batch_id == batch_id))
    batch.undone_at = batch.undone_at or at
    audit.add_note("import_undo", at, by=by, object_id=f"list {batch_id}", details={"rows": made(batch_id)})


def _remove_all(batch_id: int) -> list[int]:
    while _remove_piece(batch_id):
        pass
    with writing():
        stay = list(db.session.scalars(select(Opening.customer_id).where(Opening.batch_id == batch_id)))
        execute(update(Opening).where(Opening.batch_id == batch_id).values(batch_id=None))
    forgetting.leave_no_bytes()
    return stay


@writes
def _remove_piece(batch_id: int) -> bool:
    batch = db.session.get(ImportBatch, batch_id)
    hers = select(Opening.customer_id).where(Opening.batch_id == batch_id, Opening.customer_id.not_in(_used(batch)))
    ids = list(db.session.scalars(hers.limit(PIECE)))
    for model in OF_ONE:
        execute(delete(model).where(model.customer_id.in_(ids)))
    execute(delete(Customer).where(Customer.id.in_(ids)))
    return bool(ids)


def _used(batch: ImportBatch) -> Select:
    """The customers of a list to whom something happened since."""
    whose, since = Opening.customer_id, batch.brought_at
    corrected = select(cast(Audit.object_id, Integer)).where(Audit.action == "customer_change")
    corrected = corrected.where(Audit.outcome == "done", Audit.happened_at > since)
    happened = [Customer.contact_checked_at.is_not(None), Customer.id.in_(corrected)]
    happened += [exists().where(column == whose) for column in NAMED_IN]
    happened += [exists().where(column.class_.customer_id == whose, column > since) for column in MADE_AT]
    mine = select(Customer.id).join(Opening, whose == Customer.id).where(Opening.batch_id == batch.id)
    return mine.where(or_(*happened))


def unfinished() -> list[str]:
    """What is said at a start of lists that were interrupted, or wait."""
    said = {
        "undo": gettext("A list is being taken back to its end."),
        "bring": gettext("A list is being brought in to its end."),
        "wait": gettext("A list waits to be brought in. Nobody of it is a customer yet."),
    }
    return [said[what] for _, what in _unfinished()]


def _unfinished() -> list[tuple[ImportBatch, str]]:
    left = set(db.session.scalars(select(ImportPiece.batch_id).distinct()))
    batches = db.session.scalars(select(ImportBatch)).all()
    gone = [(one, "undo") for one in batches if one.undone_at and made(one.id)]
    return gone + [(one, "bring" if one.brought_at else "wait") for one in batches if one.id in left]


def go_on(at: datetime) -> None:
    """Finish what was interrupted, and remove lists that nobody brought in for a day."""
    for batch, what in _unfinished():
        if what == "undo":
            _remove_all(batch.id)
        if what == "bring":
            bring(batch.id, at, by=None)
    old = select(ImportBatch.id).where(ImportBatch.brought_at.is_(None), ImportBatch.made_at < at - KEPT)
    drop(db.session.scalars(old).all())
