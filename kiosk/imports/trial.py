"""A list on its way in: uploaded, its columns chosen, and tried before anything is brought in."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import IO

from flask_babel import gettext
from sqlalchemy import delete, select, update

from kiosk.base.database import add_id, add_rows, db, execute, known
from kiosk.base.phones import spellings
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writes, writing
from kiosk.imports import columns, files
from kiosk.imports.people import Person, Row
from kiosk.models import Customer, ImportBatch, ImportPiece, StaffSession
from kiosk.shop import shop

PIECE, MOST_ROWS = 25, 250_000  # no piece keeps the till waiting for longer than 30 ms
PAUSE = 0.01  # s after each, in which the tablet and the till have the processor to themselves
TOGETHER = 20  # pieces that are kept at once as they are read
KINDS = ("new", "known", "doubled", "unusable", "partly")


@dataclass
class Judged:
    """A row of a file, what of it is left out, and what would become of it: `new`, `known`, `doubled` or `unusable`."""

    row: int
    cells: list[str]
    person: Person | None
    why: list[str]
    kind: str = ""


def upload(
    file: IO[bytes], at: datetime, *, by: StaffSession | None, said: dict[str, str] | None = None
) -> ImportBatch:
    """Keep a file's rows, and try what would become of them; `said` are fields by heading, which else are guessed.
    Raises Invalid."""
    numbered = files.rows(file)
    first = list(islice(numbered, columns.SAMPLE))
    table = columns.of([cells for _, cells in first], shop.current().country)
    people = ([number, *cells] for number, cells in chain(first[table.first_row :], numbered) if any(cells))
    fields = dict(table.columns) | (said or {})
    _check(fields.values())
    pairs = [[heading, fields[heading]] for heading, _ in table.columns]
    with writing():
        batch_id = add_id(ImportBatch, {"columns": pairs, "found": {}, "staff_id": by and by.staff_id, "made_at": at})
    try:
        _keep_all(batch_id, people)
    except Invalid:
        drop([batch_id])
        raise
    return _try(batch_id, files.unread(file))


def _check(fields: Iterable[str]) -> None:
    if not all(field in ("", *columns.FIELDS) for field in fields):
        raise Invalid(columns=gettext("Choose one from the list"))


def _keep_all(batch_id: int, people: Iterator[list]) -> None:
    number, numbered = 0, enumerate(iter(lambda: list(islice(people, PIECE)), []), 1)
    pieces = ({"batch_id": batch_id, "number": number, "rows": rows} for number, rows in numbered)
    while some := list(islice(pieces, TOGETHER)):
        if (number := some[-1]["number"]) * PIECE > MOST_ROWS:
            raise Invalid(file=gettext("This list has too many rows. Divide it into several files"))
        with writing():
            add_rows({ImportPiece: some})
        time.sleep(PAUSE)
    if not number:
        raise Invalid(file=gettext("There is nobody in this list"))


def read_anew(batch_id: int, fields: Sequence[str]) -> ImportBatch:
    """Try the rows again with other fields for the columns. Raises Refusal `brought_already`; Invalid."""
    batch = open_batch(batch_id)
    _check(fields if len(fields) == len(batch.columns) else [None])
    pairs = [[heading, field] for (heading, _), field in zip(batch.columns, fields, strict=True)]
    _say(batch_id, columns=pairs)
    return _try(batch_id, batch.found.get("sheets"))


def _try(batch_id: int, unread: list[str] | None) -> ImportBatch:
    """Count what would become of the rows; `unread` are other sheets of their workbook."""
    found = dict.fromkeys(KINDS, 0) | ({"sheets": unread} if unread else {})
    for one in judged(open_batch(batch_id)):
        found[one.kind] += 1
        found["partly"] += one.kind == "new" and bool(one.why)
    _say(batch_id, found=found)
    return open_batch(batch_id)


@writes
def _say(batch_id: int, **said) -> None:
    db.session.execute(update(ImportBatch).where(ImportBatch.id == batch_id).values(**said))


@writes
def drop(batch_ids: Sequence[int]) -> None:
    """Remove lists that are not brought in."""
    for model, key in ((ImportPiece, ImportPiece.batch_id), (ImportBatch, ImportBatch.id)):
        execute(delete(model).where(key.in_(batch_ids)))


def open_batch(batch_id: int) -> ImportBatch:
    """The list, not brought in yet. Raises Refusal `unknown`, `brought_already`."""
    batch = known(ImportBatch, batch_id)
    if batch.brought_at:
        raise Refusal("brought_already")
    return batch


def sample(batch_id: int, most: int = 5) -> list[list[str]]:
    """The first rows as they are in the file."""
    piece = next_piece(batch_id)
    return [row[1:] for row in piece.rows[:most]] if piece else []


def judged(batch: ImportBatch) -> Iterator[Judged]:
    """What would become of each row now, piece by piece."""
    seen, after = set(), 0
    while piece := next_piece(batch.id, after):
        after = piece.number
        db.session.expunge(piece)
        yield from judge(read_piece(piece, batch, batch.made_at), seen)


def next_piece(batch_id: int, after: int = 0) -> ImportPiece | None:
    time.sleep(PAUSE)
    query = select(ImportPiece).where(ImportPiece.batch_id == batch_id, ImportPiece.number > after)
    return db.session.scalar(query.order_by(ImportPiece.number).limit(1))


def read_piece(piece: ImportPiece, batch: ImportBatch, at: datetime) -> list[Judged]:
    """The rows of a piece, not judged yet."""
    fields, here = [field for _, field in batch.columns], shop.current()
    read = []
    for number, *cells in piece.rows:
        row = Row(fields, cells, here, at)
        read.append(Judged(number, cells, row.person(), row.why))
    return read


def judge(read: list[Judged], seen: set[int]) -> Iterator[Judged]:
    """Rows that were read, with what becomes of them; `seen` are hashes of what nobody but those before can have."""
    known_keys = _known([one.person for one in read if one.person])
    for one in read:
        keys = one.person.keys if one.person else []
        if not known_keys.isdisjoint(keys):
            one.kind = "known"
        elif not seen.isdisjoint(map(hash, keys)):
            one.kind, one.why = "doubled", [gettext("The same contact as in a row above")]
        else:
            one.kind = "new" if one.person else "unusable"
        seen.update(map(hash, keys))
        yield one


def _known(people: list[Person]) -> set[str]:
    """The contacts and cards among theirs that a customer has already."""
    phones = {spelling: person.answers.phone for person in people if person.answers.phone
              for spelling in spellings(person.answers.phone)}  # fmt: skip
    found = [phones[phone] for phone in db.session.scalars(select(Customer.phone).where(Customer.phone.in_(phones)))]
    for column in (Customer.email, Customer.card_number):
        keys = [key for person in people for key in person.keys]
        found += db.session.scalars(select(column).where(column.in_(keys)))
    return set(found)


def latest(most: int = 20) -> list[ImportBatch]:
    """The newest lists."""
    return list(db.session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(most)))


def as_dict(batch: ImportBatch) -> dict:
    """What a trial found, as plain JSON: how many of each kind, and the rows of which all or something is left out."""
    said = [one for one in judged(batch) if one.why]
    return {"import_id": batch.id} | batch.found | {"unusable": _why(said, "unusable"), "left_out": _why(said, "new")}


def _why(said: list[Judged], kind: str) -> list[dict]:
    return [{"row": one.row, "why": "; ".join(one.why)} for one in said if one.kind == kind]
