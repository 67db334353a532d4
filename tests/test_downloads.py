import errno
import hashlib

import pytest
from shop import at_till, signed_up
from sqlalchemy.exc import OperationalError
from test_exports import DAY

from kiosk.base.database import db
from kiosk.base.refusals import TooMany
from kiosk.guard import audit
from kiosk.models import Audit
from kiosk.reports import downloads, exports

DAYS = f"{DAY} {DAY}"


def started(form="csv"):
    return downloads.start(exports.SHEETS["signups"](DAY, DAY), form, DAYS, by=None)


def noted():
    return db.session.query(Audit.action, Audit.object_id, Audit.outcome, Audit.details).order_by(Audit.id).all()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_is_noted_before_it_leaves_and_when_it_has_ended(in_shop, form):
    signed_up(name="Maria")

    pieces, _ = started(form)
    before, data, after = noted(), b"".join(pieces), noted()

    assert before == [("export_begin", f"signups {DAYS}", "done", None)]
    facts = {"rows": 1, "sha256": hashlib.sha256(data).hexdigest()}
    assert after == [*before, ("export", f"signups {DAYS}", "done", facts)]


def test_an_export_that_is_given_up_says_so(in_shop, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 1)
    for name in ("Maria", "Jose"):
        signed_up(name=name)

    pieces, _ = started()
    first = next(pieces)
    pieces.close()

    facts = {"rows": 1, "sha256": hashlib.sha256(first).hexdigest()}
    assert noted()[1:] == [("export", f"signups {DAYS}", "aborted", facts)]


def test_a_third_export_at_once_is_told_to_wait_and_later_is_made(in_shop):
    running = [started()[0] for _ in range(downloads.AT_ONCE)]

    with pytest.raises(TooMany, match="again in 30 s"):
        started()
    running[0].close()
    pieces, _ = started()

    assert b"Signed up" in b"".join(pieces)
    running[1].close()


def test_an_export_that_cannot_be_noted_does_not_leave(in_shop, monkeypatch):
    def full(*_args, **_kwargs):
        raise OperationalError("INSERT", {}, Exception("disk full"))

    monkeypatch.setattr(audit, "note", full)
    for _ in range(downloads.AT_ONCE + 1):
        with pytest.raises(OperationalError):
            started()


def test_a_full_disk_is_said_to_who_asks_for_an_excel_file(manager, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "to_xlsx", full)
    page = manager.visit("/office/exports/signups.xlsx", 507)

    assert "The disk is full" in page.text


def test_an_export_that_is_being_made_says_how_far_it_is(in_shop, monkeypatch):
    monkeypatch.setattr(exports, "CHUNK", 1)
    for name in ("Maria", "Jose"):
        signed_up(name=name)
    by, other = at_till(), at_till("Ben", "cashier")

    pieces, _ = downloads.start(exports.SHEETS["signups"](DAY, DAY), "csv", DAYS, by=by)
    next(pieces)

    assert (downloads.rows_of(by), downloads.rows_of(other)) == (1, None)
    pieces.close()
    assert downloads.rows_of(by) is None


def test_how_far_an_export_is_is_told_to_who_may_export(manager, cashier):
    assert manager.browser.get("/office/exports/progress").json == {"rows": None}
    assert cashier.browser.get("/office/exports/progress").status_code == 403
