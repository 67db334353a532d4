"""What staff want to remember of a customer."""

from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, saying
from kiosk.base.writing import writes
from kiosk.guard import audit
from kiosk.models import Note, StaffSession
from kiosk.signups import kinds


@writes
def add(customer_id: int, text: str, at: datetime, *, by: StaffSession) -> Note:
    """Add a note about a customer: up to 1,000 characters, which may have lines. Raises Invalid."""
    with saying(text=gettext("Enter no more than 1,000 characters")):
        lines = kinds.comment([text], ())
    if not lines:
        raise Invalid(text=gettext("Enter a note"))
    note = Note(customer_id=customer_id, text=lines[0], staff_id=by.staff_id, written_at=at)
    db.session.add(note)
    audit.add_note("note", at, by=by, object_id=customer_id)
    return note


def newest(customer_id: int) -> Note | None:
    """Return the note about a customer that was written last."""
    query = select(Note).where(Note.customer_id == customer_id).order_by(Note.id.desc()).limit(1)
    return db.session.scalar(query)
