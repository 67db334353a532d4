"""An Excel file with a password: it opens with the password only, and the password is nowhere else."""

import io
import logging
import tempfile
from pathlib import Path

import pytest
import time_machine
from openpyxl import load_workbook
from shop import signed_up
from test_exports import DAY

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Audit
from kiosk.reports import downloads, exports, spreadsheets

msoffcrypto = pytest.importorskip("msoffcrypto", reason="needs msoffcrypto-tool, which locks Excel files")

WORD = "пароль 42"


def opened(data: bytes, password: str) -> bytes:
    file, plain = msoffcrypto.OfficeFile(io.BytesIO(data)), io.BytesIO()
    file.load_key(password=password, verify_password=True)
    file.decrypt(plain, verify_integrity=True)
    return plain.getvalue()


@pytest.fixture
def sent(manager, customer_at_tablet):
    """Ask for a list with a password, as a manager of a shop in which one customer signed up."""
    customer_at_tablet.sign_up(name="Maria", city="Cebu")
    token = manager.visit("/office").csrf_token

    def ask(what="signups", **fields):
        return manager.browser.post(f"/office/exports/{what}.xlsx", data={"csrf_token": token, **fields})

    return ask


def test_a_file_with_a_password_opens_with_it_only(sent, manager):
    with manager.browser.get("/office/exports/signups.xlsx") as answer:
        plain = load_workbook(io.BytesIO(answer.data))
    data = sent(password=WORD).data

    with pytest.raises(Exception, match="not a zip file"):
        load_workbook(io.BytesIO(data))
    with pytest.raises(msoffcrypto.exceptions.InvalidKeyError):
        opened(data, "another")
    book = load_workbook(io.BytesIO(opened(data, WORD)))
    assert [*book.active.values] == [*plain.active.values]
    assert (book.sheetnames, b"Maria" in data) == (plain.sheetnames, False)


def test_what_is_locked_is_the_very_workbook(in_shop, monkeypatch):
    signed_up(name="Maria")
    made = []
    monkeypatch.setattr(downloads, "locked", lambda file, word: spreadsheets.locked(_noting(file, made), word))

    pieces, _ = downloads.start(exports.SHEETS["signups"](DAY, DAY), "xlsx", f"{DAY}", by=None, password=WORD)

    assert opened(b"".join(pieces), WORD) == made[0]


def _noting(file, made):
    made.append(file.read())
    file.seek(0)
    return file


def test_the_password_and_the_plain_file_are_left_nowhere(sent, app, caplog):
    caplog.set_level(logging.INFO)
    answer = sent(password=WORD)
    assert len(answer.data) > 5000

    with app.app_context():
        noted = " ".join(f"{row.object_id} {row.details}" for row in db.session.query(Audit))
    assert "sha256" in noted
    assert [text for text in (noted, caplog.text, str(answer.headers)) if WORD in text] == []
    left = [one for one in Path(app.config["KIOSK_INSTANCE"]).rglob("*") if one.is_file()]
    assert [one.name for one in left if WORD.encode() in one.read_bytes() or b"xl/worksheets" in one.read_bytes()] == []
    assert [*Path(tempfile.gettempdir()).iterdir()] == []


@pytest.mark.parametrize("word", ["", " ", "x" * 256, "a\x00b"])
def test_without_a_password_that_excel_takes_there_is_no_file(sent, word):
    assert sent(password=word).status_code == 422


def test_the_password_stands_in_no_address(manager, customer_at_tablet):
    customer_at_tablet.sign_up()
    for path in ("/office", "/office/customers"):
        page = manager.visit(path)
        before = page.html[: page.html.index('name="password"')]
        assert before[before.rindex("<form") :].startswith('<form method="post"')


def test_without_the_package_nobody_is_asked_for_a_password(sent, manager, monkeypatch):
    monkeypatch.setattr(spreadsheets.importlib.util, "find_spec", lambda _: None)

    assert sent(password=WORD).status_code == 404
    for path in ("/office", "/office/customers"):
        assert 'name="password"' not in manager.visit(path).html


def test_a_list_of_contacts_asks_why_with_a_password_too(sent, app):
    assert sent("customers", password=WORD, reason="law").status_code == 200
    with app.app_context():
        assert db.session.query(Audit).filter_by(action="export_begin").one().details == {"reason": "law"}


def test_who_was_asked_for_her_passphrase_comes_back_to_the_page_of_the_form(manager):
    token = manager.visit("/office").csrf_token
    with time_machine.travel(now(), tick=False) as clock:
        clock.shift(16 * 60)
        said = {"csrf_token": token, "password": WORD}
        came_from = {"Referer": "http://localhost/office?from=2026-11-01&to=2026-11-21"}
        answer = manager.browser.post("/office/exports/signups.xlsx", data=said, headers=came_from)

    assert answer.status_code == 403
    assert 'value="/office?from=2026-11-01&amp;to=2026-11-21"' in answer.text
    assert WORD not in answer.text
