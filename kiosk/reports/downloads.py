"""An export on its way out of the shop: only a few at once, and each is noted with its rows and its hash."""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import IO

from flask import current_app
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.refusals import TooMany
from kiosk.guard import audit
from kiosk.models import StaffSession
from kiosk.reports.spreadsheets import Sheet, locked, to_csv, to_xlsx
from kiosk.shop import dialects, shop

AT_ONCE, AGAIN_IN, PIECE = 2, 30, 65_536  # exports; seconds; bytes
_slots = threading.BoundedSemaphore(AT_ONCE)  # an export keeps a thread, and the tills need theirs
_running: dict[int, Sheet] = {}  # the newest export of each session


def start(
    sheet: Sheet, form: str, days: str, *, by: StaffSession | None, reason: str = "", password: str = "",
    draw: Callable[[Sheet], str] | None = None,
) -> tuple[Iterator[bytes], str]:  # fmt: skip
    """Begin an export as `csv`, as `xlsx` that a password may lock, or as the page that `draw` draws; gives back its
    bytes, piece by piece, and where the audit stands now.

    That it began is in the audit before anything leaves the shop; how many rows it had and the SHA-256 of the file
    follow when it has ended, also when it was given up.
    Raises TooMany `exporting` while others run.
    """
    if not _slots.acquire(blocking=False):
        raise TooMany(AGAIN_IN, "exporting")
    export = _noted(sheet, f"{sheet.name} {days}", by, reason, partial(_made, sheet, form, by, draw, password))
    return export, next(export)


def _made(sheet: Sheet, form: str, by: StaffSession | None, draw, password: str, audit_head: str) -> Iterable[bytes]:
    if draw:
        return [draw(sheet).encode()]
    if form == "csv":
        return to_csv(sheet, dialects.chosen())
    file = to_xlsx(sheet, audit_head, about(sheet, audit_head, by))
    return pieces_of(locked(file, password) if password else file)


def _noted(sheet: Sheet, what: str, by: StaffSession | None, reason: str, make) -> Iterator:
    """First the head of the audit, then the bytes."""
    app, digest, outcome = current_app._get_current_object(), hashlib.sha256(), "aborted"
    actor = by and audit.Actor(by.staff_id, by.device_id)  # when the last piece leaves, the request is over
    session_id = by and by.id
    _running[session_id] = sheet
    try:
        audit.note("export_begin", now(), by=actor, object_id=what, details={"reason": reason} if reason else None)
        head = audit.head_line()
        pieces = make(head)
        yield head
        for piece in pieces:
            digest.update(piece)
            yield piece
        outcome = "done"
    finally:
        _slots.release()
        _running.pop(session_id, None)
        with app.app_context():
            details = {"rows": sheet.count, "sha256": digest.hexdigest()}
            audit.note("export", now(), by=actor, object_id=what, outcome=outcome, details=details)


def rows_of(by: StaffSession) -> int | None:
    """How many rows the export has that is being made in this session; None while there is none."""
    return getattr(_running.get(by.id), "count", None)


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, which is closed after them."""
    with file:
        while piece := file.read(PIECE):
            yield piece


def about(sheet: Sheet, audit_head: str, by: StaffSession | None) -> Iterator[tuple]:
    """What there is to say about an exported list: a name and a text, a number or a shop time for each line of the page
    “About”. To be asked once the sheet was read."""
    here = shop.current()
    yield gettext("Shop"), str(here.name)
    yield gettext("List"), sheet.name
    if sheet.days:
        yield gettext("Shop days"), " – ".join(dict.fromkeys(map(str, sheet.days)))
    yield gettext("Filter"), sheet.filter or gettext("none")
    yield gettext("Exported by"), by.staff.name if by else gettext("the command line")
    yield gettext("Exported at"), here.time_of(now()).replace(tzinfo=None, microsecond=0)
    yield gettext("Rows"), sheet.count
    for heading, total in sheet.totals.items():
        yield gettext("Total: %(column)s", column=heading), total
    yield gettext("Log before"), audit_head
    yield gettext("Column"), gettext("What it means")
    for column in sheet.columns:
        yield column.heading, column.meaning
