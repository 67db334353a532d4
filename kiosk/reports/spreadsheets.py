"""Tables as files that open right in Excel and LibreOffice: CSV and XLSX."""

import csv
import io
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO

from kiosk.reports.cells import Column

CHUNK = 1000  # rows a piece
MOST_ROWS = 1_048_576  # of one page of a workbook, its heading among them; Excel's limit
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
AFTER_A_SEPARATOR = re.compile(r"([;\t]\s*)(?=[=+\-@＝＋－＠])")  # where a country's Excel begins a new cell at “;”
DATES = {"time": "yyyy-mm-dd hh:mm", "day": "yyyy-mm-dd"}
FIRST_DAYS = {"time": datetime(1899, 12, 30), "day": date(1899, 12, 30)}
ONE_DAY = timedelta(days=1)
SUSPICIOUS = re.compile(rf"^[=+\-@\t\r＝＋－＠]|{AFTER_A_SEPARATOR.pattern}", re.MULTILINE)


@dataclass
class Sheet:
    """A table to take away: its name, its columns, and its rows as the database gives them, a chunk at a time."""

    name: str
    columns: Sequence[Column]
    chunks: Iterator[Sequence[tuple]]
    count: int = 0  # rows read so far

    def read(self) -> Iterator[list[Sequence]]:
        """The cells of each chunk, column by column: text, numbers, days and shop times."""
        for chunk in self.chunks:
            self.count += len(chunk)
            values = zip(*chunk, strict=True)  # of what the rows have beyond the columns, the key, nothing is read
            yield [column.read(next(values)) for column in self.columns]

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]

    @property
    def rows(self) -> Iterator[tuple]:
        """The cells row by row."""
        for cells in self.read():
            yield from zip(*cells, strict=True)


def to_csv(sheet: Sheet) -> Iterator[bytes]:
    """The sheet in chunks: UTF-8 with the byte-order mark that Excel needs, and cells that are no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(guard(sheet.headings))
    for cells in sheet.read():
        guarded = [guard(v) if column.kind == "typed" else v for column, v in zip(sheet.columns, cells, strict=True)]
        writer.writerows(zip(*guarded, strict=True))
        yield _taken_from(buffer)
    yield _taken_from(buffer)


def _taken_from(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def guard(texts: Sequence[str | None]) -> Sequence[str | None]:
    """A column of texts of which none begins a formula; looked at one by one only where all of them together,
    one a line, hold anything that could."""
    if not SUSPICIOUS.search("\n".join(filter(None, texts))):
        return texts
    return [text and _guarded(text) for text in texts]


def _guarded(text: str) -> str:
    is_harmless = not text.startswith(FORMULA_STARTS)
    text = AFTER_A_SEPARATOR.sub(r"\1'", text)
    return text if is_harmless else "'" + text


def to_xlsx(sheet: Sheet, audit_head: str) -> IO[bytes]:
    """The sheet as an open temporary file, at its beginning: every text a text cell, dates real dates.

    What is more than Excel opens goes on on further pages. On the last page is where the audit then stood, for
    whoever doubts it later.
    """
    import xlsxwriter  # 50 ms that only an export needs

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in DATES.items()}
    bold = book.add_format({"bold": True})
    writers, row = _new_page(book, sheet, formats, bold), 0
    for cells in sheet.read():
        for values in zip(*map(_as_stored, sheet.columns, cells), strict=True):
            row += 1
            if row == MOST_ROWS:
                writers, row = _new_page(book, sheet, formats, bold), 1
            for (column, write, form), value in zip(writers, values, strict=True):
                if value is not None and value != "":
                    write(row, column, value, form)
    book.add_worksheet("audit").write_string(0, 0, audit_head)
    book.close()
    file.seek(0)
    return file


def _new_page(book, sheet: Sheet, formats: dict, bold) -> list[tuple]:
    """A further page with the headings; gives back what writes the cells of each column. Their type is said, never
    guessed: a text that looks like a formula or a number stays a text."""
    number = len(book.worksheets()) + 1
    page = book.add_worksheet(sheet.name if number == 1 else f"{sheet.name} {number}")
    page.freeze_panes(1, 0)
    page.set_column(0, len(sheet.columns) - 1, 20)
    for column, heading in enumerate(sheet.headings):
        page.write_string(0, column, heading, bold)
    kinds = [column.kind for column in sheet.columns]
    writes = dict.fromkeys(("time", "day", "number"), page.write_number)
    return [(n, writes.get(kind, page.write_string), formats.get(kind)) for n, kind in enumerate(kinds)]


def _as_stored(column: Column, values: Sequence) -> Sequence:
    """A column as a workbook stores it: days and times as days since 1899, and no text that XlsxWriter would take for
    markup of its own (`<r>…</r>`)."""
    if column.kind in FIRST_DAYS:
        first = FIRST_DAYS[column.kind]
        return [value and (value - first) / ONE_DAY for value in values]
    if column.kind == "typed" and "<r>" in "".join(filter(None, values)):
        return [value and re.sub("^<r>", "\u200b<r>", value) for value in values]
    return values
