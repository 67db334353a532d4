"""Days in the forms people write them in, as birthdays and as days of the past."""

import re
from functools import cache

from babel import Locale

from kiosk.base.folding import fold
from kiosk.shop import languages

AFTER = re.compile(r"(?<=\d)(T| 00:).*| ?г(\.|ода)?$")  # a time of midnight; a Russian "of the year"
MONTH_FIRST = ("US", "PH")  # 5/17 is in May there
ISO = re.compile(r"(?:(\d{4})|-)?-?(\d\d)-?(\d\d)")  # ISO 8601 and vCard
YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")
IN_DIGITS = re.compile(r"(\d{1,2})([./\- ]+)(\d{1,2})(?:[./\- ]+(\d{4}|\d{2}))?")


def read(text: str, country: str) -> tuple[int, int, int]:
    """Year, month and day; the year is 0 where none is written in full. Raises ValueError."""
    text = AFTER.sub("", text.strip()).rstrip(".")
    found = YEAR_FIRST.fullmatch(text) or ISO.fullmatch(text)
    if found and int(found[2]) <= 12:
        return int(found[1] or 0), int(found[2]), int(found[3])
    found = IN_DIGITS.fullmatch(text)
    if not found:
        return _with_a_name(text)
    first, second, year = int(found[1]), int(found[3]), found[4] or ""
    if (found[2] in "/-" and country in MONTH_FIRST and first <= 12) or second > 12:
        first, second = second, first
    return int(year) if len(year) == 4 else 0, second, first


def _with_a_name(text: str) -> tuple[int, int, int]:
    """A date whose month is written out in one of the languages, like 17 May 1990."""
    words = re.findall(r"[^\W\d_]+|\d{1,4}", fold(text))
    days, years = ([word for word in words if word.isdigit() and len(word) in sizes] for sizes in ((1, 2), (4,)))
    for number, names in _months().items():
        if days and any(len(word) > 2 and name.startswith(word) for word in words for name in names):
            return int(years[0]) if years else 0, number, int(days[0])
    raise ValueError(text)


@cache
def _months() -> dict[int, set[str]]:
    kinds = [Locale(code).months[kind]["wide"] for code in languages.codes() for kind in ("format", "stand-alone")]
    return {number: {fold(names[number]) for names in kinds} for number in range(1, 13)}
