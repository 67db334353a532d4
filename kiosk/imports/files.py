"""Rows of text from the files that spreadsheets, address books and cash registers write."""

import csv
import io
import logging
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

from flask_babel import gettext

from kiosk.base.refusals import Invalid
from kiosk.imports import vcards

MOST_BYTES, MOST_UNPACKED, MOST_STRINGS = 10_000_000, 200_000_000, 80_000_000
MOST_COLUMNS, LONGEST = 60, 5000  # columns; characters of a cell
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # a workbook of before 2007, or one with a password
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
SEPARATORS = ";\t,|"
HIGH = re.compile(rb"[\x80-\xff]+")


def rows(data: bytes) -> Iterator[list[str]]:
    """The rows of a file, one after the other, empty ones too. Raises Invalid, with one sentence about `file`, at once
    or while it is read."""
    if len(data) > MOST_BYTES:
        raise Invalid(file=gettext("This file is larger than 10 MB. Divide the list into several files"))
    if data.startswith(OLD_OFFICE):
        raise Invalid(file=gettext("Save the list as .xlsx, without a password, and choose that file"))
    try:
        yield from _of_workbook(data) if data.startswith(b"PK\x03\x04") else _of_text(decoded(data))
    except Invalid:
        raise
    except Exception as error:  # whatever is wrong with a file that anybody made is said in one sentence, and logged
        logging.warning("a list could not be read: %s", type(error).__name__)
        sentence = gettext("This file can’t be read. Save the list as .xlsx or .csv, and choose that")
        raise Invalid(file=sentence) from None


def _of_workbook(data: bytes) -> Iterator[list[str]]:
    """The first sheet; of a formula its value as it was stored."""
    from openpyxl import load_workbook  # half a second that only an import needs

    sizes = {one.filename: one.file_size for one in zipfile.ZipFile(io.BytesIO(data)).infolist()}
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_STRINGS:
        raise Invalid(file=gettext("This file is too large once it is unpacked. Divide the list into several files"))
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what a file says of its size may be wrong
    for row in sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True):
        yield [_text(value) for value in row]


def _text(value) -> str:
    if value is None or value in ERRORS:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, date) else str(value)[:LONGEST].strip()


def decoded(data: bytes) -> str:
    """The text, in the encoding it most likely has. Raises ValueError for what is no text."""
    text = data.decode(_encoding(data), "replace")
    if not text.strip() or re.search(r"[\0-\x08\x0e-\x1a]", text):
        raise ValueError("no text")
    return text


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in data[:2000]:
        return "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    try:
        data.decode("utf-8")
        return "utf-8-sig"
    except UnicodeDecodeError:
        runs = HIGH.findall(data)  # Cyrillic words are nothing but high bytes
        return "cp1251" if 2 * sum(len(run) for run in runs if len(run) > 1) > sum(map(len, runs)) else "cp1252"


def _of_text(text: str) -> Iterator[list[str]]:
    if re.match(r"\s*BEGIN:VCARD", text, re.IGNORECASE):
        yield from vcards.rows(text)
        return
    if said := re.match(r"sep=(.)\r?\n", text):  # as Excel asks for it
        yield []
        text = text[said.end() :]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=said[1] if said else _separator(text))
    for row in reader:
        yield [cell[:LONGEST].strip() for cell in row[:MOST_COLUMNS]]


def _separator(text: str) -> str:
    """The mark that divides most rows at the beginning into the most cells."""
    counted = {mark: _usual_cells(text, mark) for mark in SEPARATORS}
    return max(counted, key=counted.get)


def _usual_cells(text: str, mark: str) -> int:
    some = sorted(len(row) for row in csv.reader(io.StringIO(text[:20_000], newline=""), delimiter=mark) if row)
    return some[len(some) // 2] if some else 0
