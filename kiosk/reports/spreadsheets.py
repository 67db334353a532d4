"""Tables as files that open right in Excel and LibreOffice: CSV and XLSX."""

import csv
import importlib.util
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import IO

from flask_babel import gettext

from kiosk.reports.cells import Column
from kiosk.shop.dialects import Dialect

CHUNK = 1000  # rows a piece
MOST_ROWS = 1_048_576  # of one page of a workbook, its heading among them; Excel's limit
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
# Where a spreadsheet that takes the other separator would begin a new cell. “250,-” is no formula.
INSIDE = {
    separator: re.compile(rf"([{other}\t\r\n]\s*)(?=[=+\-@＝＋－＠]\s*[^\s,;])")
    for separator, other in ((",", ";"), (";", ","))
}  # fmt: skip
WIDTHS = {"time": 17, "day": 12, "number": 12, "own": 19, "typed": 24}  # characters
LONGEST_HEADING = 200  # Excel's limit for a table's column is 255
A_DAY, FIRST_DAY = timedelta(days=1), {"time": datetime(1899, 12, 30), "day": date(1899, 12, 30)}  # 0 in Excel
DATES = {"time": "yyyy-mm-dd hh:mm", "day": "yyyy-mm-dd"}
# Either, and more: a set in front is looked for three times as fast as the beginning of a line.
SUSPICIOUS = {by: re.compile(rf"[{other}\t\r\n]\s*[=+\-@\t\r＝＋－＠]") for by, other in ((",", ";"), (";", ","))}


@dataclass
class Sheet:
    """A table to take away: its name, its columns, and its rows as the database gives them, a chunk at a time."""

    name: str
    columns: Sequence[Column]
    chunks: Iterable[Sequence[tuple]]
    days: tuple[date, date] | None = None
    filter: str = ""  # of whom or what the rows are chosen, as people read it
    count: int = 0  # rows read so far
    totals: dict[str, Decimal | int] = field(default_factory=dict)  # by heading, of the rows read so far

    def read(self) -> Iterator[list[Sequence]]:
        """The cells of each chunk, column by column: text, numbers, days and shop times."""
        for chunk in filter(None, self.chunks):
            self.count += len(chunk)
            values = zip(*chunk, strict=True)  # of what the rows have beyond the columns, the key, nothing is read
            cells = [column.read(next(values)) for column in self.columns]
            for column, read in zip(self.columns, cells, strict=True):
                if column.is_summed:
                    self.totals[column.heading] = sum(filter(None, read), self.totals.get(column.heading, 0))
            yield cells

    @property
    def headings(self) -> list[str]:
        return [column.heading for column in self.columns]


def to_csv(sheet: Sheet, dialect: Dialect = Dialect()) -> Iterator[bytes]:  # noqa: B008 (it never changes)
    """The sheet in chunks: UTF-8 with the byte-order mark that Excel needs, and cells that are no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=dialect.separator)
    buffer.write("\ufeff")
    writer.writerow(guard(sheet.headings, dialect.separator))
    for cells in sheet.read():
        written = [_as_written(column, v, dialect) for column, v in zip(sheet.columns, cells, strict=True)]
        writer.writerows(zip(*written, strict=True))
        yield _taken_from(buffer)
    yield _taken_from(buffer)


def _as_written(column: Column, values: Sequence, dialect: Dialect) -> Sequence:
    if column.kind == "typed":
        return guard(values, dialect.separator)
    if column.kind == "number" and dialect.decimal != ".":
        return [value if value is None else str(value).replace(".", dialect.decimal) for value in values]
    return values


def _taken_from(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def guard(texts: Sequence[str | None], separator: str = ",") -> Sequence[str | None]:
    """A column of texts of which none begins a formula, whichever separator the file is read by; looked at one by one
    only where all of them together, one a line, hold anything that could."""
    if not SUSPICIOUS[separator].search("\n".join(("", *filter(None, texts)))):
        return texts
    return [text and _guarded(text, INSIDE[separator]) for text in texts]


def _guarded(text: str, inside: re.Pattern) -> str:
    is_harmless = not text.startswith(FORMULA_STARTS)
    text = inside.sub(r"\1'", text)
    return text if is_harmless else "'" + text


def to_xlsx(sheet: Sheet, audit_head: str, about: Iterable[tuple] = ()) -> IO[bytes]:
    """The sheet as an open temporary file, at its beginning: a table with filters, every text a text cell, dates real
    dates.

    What is more than Excel opens goes on on further pages. Then follows what there is to say `about` it, a line a row,
    which is asked for when all is written, and on the last page where the audit then stood, for whoever doubts it
    later.
    """
    import xlsxwriter  # 50 ms that only an export needs

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in DATES.items()}
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    (page, writers), row = _new_page(book, sheet, formats, bold), 0
    for cells in sheet.read():
        for values in zip(*map(_as_excel_has_it, sheet.columns, cells), strict=True):
            row += 1
            if row == MOST_ROWS:
                _make_table(page, sheet, row - 1)
                (page, writers), row = _new_page(book, sheet, formats, bold), 1
            for (column, write, form), value in zip(writers, values, strict=True):
                if value is not None and value != "":
                    write(row, column, value, form)
    _make_table(page, sheet, row)
    _write_about(book, about, formats["time"], bold)
    book.add_worksheet("audit").write_string(0, 0, audit_head)
    book.close()
    file.seek(0)
    return file


def can_lock() -> bool:
    """Whether the package that gives a workbook a password is installed."""
    return importlib.util.find_spec("msoffcrypto") is not None


def locked(book: IO[bytes], password: str) -> IO[bytes]:
    """The workbook, encrypted as Excel does it, so that it opens with the password only."""
    from msoffcrypto.format.ooxml import OOXMLFile

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
    with book:
        OOXMLFile(book).encrypt(password, file)
    file.seek(0)
    return file


def _new_page(book, sheet: Sheet, formats: dict, bold) -> tuple:
    """A further page with the headings, and what writes the cells of each column. Their type is said, never guessed: a
    text that looks like a formula or a number stays a text. Without their underscores
    XlsxWriter's functions first look whether a cell's place is said like “A1”, a tenth of all the time."""
    number = len(book.worksheets()) + 1
    page = book.add_worksheet(sheet.name if number == 1 else f"{sheet.name} {number}")
    page.freeze_panes(1, 0)
    for n, (column, heading) in enumerate(zip(sheet.columns, _unlike(sheet.headings), strict=True)):
        page.set_column(n, n, max(WIDTHS[column.kind], min(len(heading) + 4, WIDTHS["typed"])))
        page.write_string(0, n, heading, bold)
    kinds = [column.kind for column in sheet.columns]
    writes = dict.fromkeys(("number", *DATES), page._write_number)
    return page, [(n, writes.get(kind, page._write_string), formats.get(kind)) for n, kind in enumerate(kinds)]


def _unlike(headings: Sequence[str]) -> list[str]:
    """The headings as an Excel table takes them: short, on one line, and no two alike."""
    made = []
    for heading in headings:
        short = heading = _plain(" ".join(heading.split())[:LONGEST_HEADING] or "–")
        number = 1
        while short.casefold() in {one.casefold() for one in made}:
            short = f"{heading} {(number := number + 1)}"
        made.append(short)
    return made


def _make_table(page, sheet: Sheet, last: int) -> None:
    """Make the rows of a page an Excel table, banded and with filters. XlsxWriter's add_table() is not for a workbook
    of constant memory, since it would keep every cell; what it keeps of the table itself is all that is needed here."""
    from xlsxwriter.utility import xl_range

    ref = xl_range(0, 0, max(last, 1), len(sheet.columns) - 1)  # a table has at least one row
    columns = [{"id": n, "name": heading} for n, heading in enumerate(_unlike(sheet.headings), 1)]
    page.tables.append({
        "range": ref, "autofilter": ref, "columns": columns, "header_row_count": 1, "totals_row_shown": False,
        "style": "TableStyleLight1", "show_first_col": False, "show_last_col": False, "show_row_stripes": True,
        "show_col_stripes": False, "description": None, "title": None,
    })  # fmt: skip


def _write_about(book, lines: Iterable[tuple], time, bold) -> None:
    """A page of names and what there is to say of each: texts, numbers, a shop time."""
    page, wrapped = book.add_worksheet(gettext("About")), book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 34)
    page.set_column(1, 1, 80)
    for row, (name, value) in enumerate(lines):
        page.write_string(row, 0, _plain(name), bold)
        if isinstance(value, str):
            page.write_string(row, 1, _plain(value), wrapped)
        else:
            write, form = (page.write_datetime, time) if isinstance(value, datetime) else (page.write_number, wrapped)
            write(row, 1, value, form)


def _as_excel_has_it(column: Column, values: Sequence) -> Sequence:
    """A column whose texts are plain, and whose days and times are numbers of days; XlsxWriter's own way to those takes
    three times as long."""
    if column.kind in DATES:
        return [value and (value - FIRST_DAY[column.kind]) / A_DAY for value in values]
    if column.kind == "typed" and "<r>" in "".join(filter(None, values)):
        return [value and _plain(value) for value in values]
    return values


def _plain(text: str) -> str:
    """No text that XlsxWriter would take for markup of its own (`<r>…</r>`)."""
    return re.sub("^<r>", "\u200b<r>", text)
