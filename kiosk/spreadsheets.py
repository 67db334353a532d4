"""Tables as files that open right in Excel and LibreOffice: CSV and XLSX."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO

CHUNK = 1000  # rows a piece
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
AFTER_A_SEPARATOR = re.compile(r"([;\t]\s*)(?=[=+\-@＝＋－＠])")  # where a country's Excel begins a new cell at “;”


class Phone(str):
    """A number we normalised ourselves (E.164): its + begins no formula."""


@dataclass(frozen=True)
class Sheet:
    """A table to take away: its name, its headings, and its rows of text, days, shop times and numbers."""

    name: str
    headings: tuple[str, ...]
    rows: Iterator[tuple]


def to_csv(sheet: Sheet) -> Iterator[bytes]:
    """The sheet in chunks: UTF-8 with the byte-order mark that Excel needs, and cells that are no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(sheet.headings)
    for number, row in enumerate(sheet.rows, 1):
        writer.writerow(map(_csv_cell, row))
        if number % CHUNK == 0:
            yield _taken_from(buffer)
    yield _taken_from(buffer)


def _taken_from(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _csv_cell(value) -> str:
    text = "" if value is None else value.isoformat(" ") if isinstance(value, datetime) else str(value)
    is_harmless = isinstance(value, (Phone, Decimal)) or not text.startswith(FORMULA_STARTS)
    text = AFTER_A_SEPARATOR.sub(r"\1'", text)
    return text if is_harmless else "'" + text


def to_xlsx(sheet: Sheet, audit_head: str) -> IO[bytes]:
    """The sheet as an open temporary file, at its beginning: every text a text cell, dates real dates.

    On a second one is where the audit then stood, for whoever doubts it later.
    """
    import xlsxwriter  # 50 ms that only an export needs

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    page = book.add_worksheet(sheet.name)
    formats = {datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"})}
    formats[date] = book.add_format({"num_format": "yyyy-mm-dd"})
    page.freeze_panes(1, 0)
    page.set_column(0, len(sheet.headings) - 1, 20)
    for column, heading in enumerate(sheet.headings):
        page.write_string(0, column, heading, book.add_format({"bold": True}))
    for number, row in enumerate(sheet.rows, 1):
        for column, value in enumerate(row):
            _write_cell(page, formats, number, column, value)
    book.add_worksheet("audit").write_string(0, 0, audit_head)
    book.close()
    file.seek(0)
    return file


def _write_cell(page, formats, row: int, column: int, value) -> None:
    """The type is said, never guessed: a text that looks like a formula or a number stays a text."""
    if value is None or value == "":
        return
    if isinstance(value, date):
        page.write_datetime(row, column, value, formats[type(value)])
    elif isinstance(value, str):
        page.write_string(row, column, str(value))
    else:
        page.write_number(row, column, value)
