"""The customers on paper: a card each, to print and to file in alphabetical order."""

import re
import unicodedata
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext

from kiosk.base.folding import fold
from kiosk.base.refusals import Invalid
from kiosk.reports.spreadsheets import Sheet
from kiosk.shop import shop
from kiosk.shop.languages import NO_BREAK, money

MOST = 2000  # cards, of which ten go on a page
AFTER_Z = str.maketrans({"æ": "{", "ø": "|", "å": "}"})  # in the Norwegian alphabet


def in_order(sheet: Sheet) -> list[dict]:
    """The rows as what stands on each card by heading, those of one script together and each in its alphabet; who gave
    no name comes last. Raises Invalid when there are too many."""
    rows = []
    for columns in sheet.read():
        rows += [dict(zip(sheet.headings, map(_in_one_line, row), strict=True)) for row in zip(*columns, strict=True)]
        if len(rows) > MOST:
            raise Invalid(cards=gettext("These are too many cards to print at once. Choose fewer with the filters"))
    name = gettext("Name")
    return sorted(rows, key=lambda row: _place(row[name] or ""))


def _in_one_line(cell):
    """A time as its day, money with its currency, a number of a card or telephone without a place where a line would
    be broken."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, Decimal):
        return money(int(cell.scaleb(shop.current().minor_digits)))
    return cell.replace(" ", NO_BREAK) if isinstance(cell, str) and re.fullmatch(r"\+?[0-9 ]+", cell) else cell


def _place(name: str) -> tuple:
    letters = [*filter(str.isalpha, name)]
    script = unicodedata.name(letters[0], "").split(" ")[0] if letters else ""
    return not letters, script != "LATIN", script, fold(name.casefold().translate(AFTER_Z)), name
