"""Rows of text from the files that spreadsheets, address books and cash registers write, read a piece at a time."""

import codecs
import csv
import io
import logging
import re
import zipfile
from array import array
from collections.abc import Iterator
from datetime import date, datetime
from statistics import median_high
from typing import IO
from xml.etree.ElementTree import iterparse

from flask_babel import gettext

from kiosk.base.refusals import Invalid
from kiosk.imports import vcards

MOST_BYTES, MOST_UNPACKED, MOST_STRINGS = 40_000_000, 200_000_000, 80_000_000
MOST_COLUMNS, LONGEST = 150, 5000  # columns, of which Outlook writes 92; characters of a cell
LOOKED_AT = 20_000  # characters, or bytes, by which it is decided how a text is to be read
STRICT = b"purl.oclc.org/ooxml"  # in a workbook of the kind that Excel calls strict
OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # a workbook of before 2007, or one with a password
ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")
SEPARATORS = ";\t,|"
Row = tuple[int, list[str]]  # its number in the file, counted from one, and its cells
GUARD = re.compile(r"^'(?=[=+\-@＝＋－＠])")  # what an export puts before a text that would be a formula
HIGH, NO_TEXT = re.compile(rb"[\x80-\xff]+"), re.compile(r"[\0-\x08\x0e-\x1a]")


def rows(file: IO[bytes]) -> Iterator[Row]:
    """The rows of an open file, each with its number. Raises Invalid, with one sentence about `file`, at once or while
    it is read."""
    if file.seek(0, io.SEEK_END) > MOST_BYTES:
        raise Invalid(file=gettext("This file is larger than 40 MB. Divide the list into several files"))
    file.seek(0)
    start = file.read(4)
    if start == OLD_OFFICE:
        raise Invalid(file=gettext("Save the list as .xlsx, without a password, and choose that file"))
    try:
        yield from _of_workbook(file) if start == b"PK\x03\x04" else _of_text(file)
    except Invalid:
        raise
    except Exception as error:  # whatever is wrong with a file that anybody made is said in one sentence, and logged
        logging.warning("a list could not be read: %s", type(error).__name__)
        sentence = gettext("This file can’t be read. Save the list as .xlsx or .csv, and choose that")
        raise Invalid(file=sentence) from None


def _of_workbook(file: IO[bytes]) -> Iterator[Row]:
    """The first sheet that is shown; of a formula its value as it was stored."""
    from openpyxl.reader import excel  # half a second that only an import needs
    from openpyxl.styles.stylesheet import apply_stylesheet
    from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

    with zipfile.ZipFile(file) as parts:
        sizes = {one.filename: one.file_size for one in parts.infolist()}
    if sum(sizes.values()) > MOST_UNPACKED or sizes.get("xl/sharedStrings.xml", 0) > MOST_STRINGS:
        raise Invalid(file=gettext("This file is too large once it is unpacked. Divide the list into several files"))
    reader = excel.ExcelReader(file, read_only=True, data_only=True)
    reader.read_manifest()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    sheets = [related.target for _, related in _shown(reader)]
    strings = reader.package.find(excel.SHARED_STRINGS)
    texts = Texts(reader.archive.open(strings.PartName[1:])) if strings else ()
    formats = {"date_formats": reader.wb._date_formats, "timedelta_formats": reader.wb._timedelta_formats}
    parser = WorkSheetParser(None, texts, data_only=True, epoch=reader.wb.epoch, **formats)
    with reader.archive.open(sheets[0]) as sheet:
        if STRICT in sheet.read(LOOKED_AT):
            raise ValueError("a strict workbook, whose elements have other names")
    for element in _elements(reader.archive.open(sheets[0]), ROW_TAG):
        number, cells = parser.parse_row(element)
        parser.row_dimensions.clear()
        if any(cell["value"] is None for cell in cells) and any(_is_unsaved(cell) for cell in element):
            sentence = gettext(
                "In row %(row)s the result of a formula was not saved. "
                "Open the list in a spreadsheet program, save it, and choose it again"
            )
            raise Invalid(file=sentence % {"row": number})
        given = {cell["column"]: _text(cell["value"]) for cell in cells}
        yield number, [given.get(n, "") for n in range(1, 1 + min(MOST_COLUMNS, max(given, default=0)))]


def _is_unsaved(cell) -> bool:
    """Whether a cell has a formula, and not what it came to."""
    parts = {part.tag.rpartition("}")[2] for part in cell}
    return "f" in parts and "v" not in parts


def _shown(reader) -> list[tuple]:
    """The sheets of a workbook that somebody sees who opens it, and where each is."""
    found = reader.parser.find_sheets()
    return [(one, related) for one, related in found if one.state == "visible" and "chartsheet" not in related.Type]


def unread(file: IO[bytes]) -> list[str]:
    """The names of a workbook's sheets that were not read. A text file, which is closed by now, has none."""
    from openpyxl.reader import excel

    if file.closed:
        return []
    reader = excel.ExcelReader(file, read_only=True)
    reader.read_manifest()
    reader.read_workbook()
    return [one.name for one, _ in _shown(reader)[1:]]


def _elements(source: IO[bytes], tag: str) -> Iterator:
    """The elements of that name, one after the other: nothing that was read stays in memory."""
    with source:
        for event, element in iterparse(source, ("start", "end")):
            if event == "start" and element.tag.endswith(("}sst", "}sheetData")):
                parent = element
            elif event == "end" and element.tag == tag:
                yield element
                parent.clear()


class Texts:
    """The texts of a workbook, to which its cells refer by number, one after the other in few bytes: as so many objects
    they would take three times as much."""

    def __init__(self, source: IO[bytes]):
        from openpyxl.cell.text import Text
        from openpyxl.xml.constants import SHEET_MAIN_NS

        self._bytes, self._ends = bytearray(), array("L", [0])
        for element in _elements(source, f"{{{SHEET_MAIN_NS}}}si"):
            self._bytes += Text.from_tree(element).content.replace("x005F_", "").encode()
            self._ends.append(len(self._bytes))

    def __getitem__(self, number: int) -> str:
        return self._bytes[self._ends[number] : self._ends[number + 1]].decode()


def _text(value) -> str:
    if value is None or value in ERRORS:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds").removesuffix(" 00:00:00")
    return value.isoformat() if isinstance(value, date) else str(value)[:LONGEST].strip()


def _of_text(file: IO[bytes]) -> Iterator[Row]:
    with io.TextIOWrapper(file, _encoding(file), errors="replace", newline="") as text:
        start = text.read(LOOKED_AT)
        if not start.strip() or NO_TEXT.search(start) or start.lstrip().startswith("<"):
            raise ValueError("no text")
        text.seek(0)
        if re.match(r"\s*BEGIN:VCARD", start, re.IGNORECASE):
            yield from enumerate(vcards.rows(text), 1)
            return
        said = re.match(r"sep=(.)\r?\n", start)  # as Excel asks for it
        mark, lines = said[1] if said else _separator(start), []
        for number, row in enumerate(csv.reader((lines.append(line) or line for line in text), delimiter=mark), 1):
            _check_quotes(lines, mark, number)
            lines.clear()
            if not (said and number == 1):
                yield number, [GUARD.sub("", cell[:LONGEST].strip()) for cell in row[:MOST_COLUMNS]]


def _check_quotes(lines: list[str], mark: str, number: int) -> None:
    """Of a row of several lines, whether they are one: a lone quotation mark would swallow the rows below it."""
    try:
        len(lines) > 1 and list(csv.reader(lines, delimiter=mark, strict=True))
    except csv.Error:
        sentence = gettext("In row %(row)s a quotation mark is not closed. Mend that row, and choose the file again")
        raise Invalid(file=sentence % {"row": number}) from None


def _encoding(file: IO[bytes]) -> str:
    """The encoding a text most likely has; the file is at its beginning again."""
    file.seek(0)
    start, decoder = file.read(LOOKED_AT), codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in start[:2000]:
        return "utf-16-le" if start[1:2] == b"\0" else "utf-16-be"
    encoding = "utf-8-sig"
    while piece := file.read(LOOKED_AT):
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            runs = HIGH.findall(piece)  # Cyrillic words are nothing but high bytes
            long = sum(len(run) for run in runs if len(run) > 1)
            encoding = "cp1251" if 2 * long > sum(map(len, runs)) else "cp1252"
            break
    file.seek(0)
    return encoding


def _separator(text: str) -> str:
    """The mark that divides most rows at the beginning into the most cells."""

    def usual_cells(mark: str) -> int:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        return median_high(len(row) for row in rows if row)

    return max(SEPARATORS, key=usual_cells)
