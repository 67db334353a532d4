"""One row of a list as a person: what is certain is taken, what is not is said."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from babel import Locale
from flask_babel import gettext

from kiosk.base.contacts import NotUsable, clean, clean_email
from kiosk.base.folding import fold
from kiosk.base.phones import clean_phone
from kiosk.base.refusals import Invalid
from kiosk.shop import amounts, languages
from kiosk.shop.shop import Shop
from kiosk.signups import kinds
from kiosk.signups.answers import PURPOSES, Answers

SCIENTIFIC = re.compile(r"(\d)[.,]?(\d*)E\+?(\d+)", re.IGNORECASE)  # how Excel shows a long number
APART = re.compile(r"[;,/|\n]| {2,}")
NAMES = {"english": "en", "norsk": "nb", "norwegian": "nb", "bokmal": "nb", "filipino": "fil", "tagalog": "fil",
         "russian": "ru", "русскии": "ru", "ingles": "en", "engelsk": "en", "russisk": "ru"}  # fmt: skip
MONTH_FIRST = ("US", "PH")  # 5/17 is in May there
MOST_VISITS = 100_000


@dataclass(frozen=True)
class Person:
    """Who a row is: what signing up would have said, and what it says of the time before."""

    answers: Answers
    notes: str = ""
    visits: int = 0
    spent: int = 0  # minor units
    consents: tuple[tuple[str, datetime, str], ...] = ()  # purpose, when, how


class Reader:
    """Reads rows whose columns are these fields, in a shop."""

    def __init__(self, fields: Sequence[str], here: Shop, at: datetime):
        self.fields, self.here, self.at = fields, here, at

    def read(self, cells: Sequence[str]) -> tuple[Person | None, list[str]]:
        """The person, None for nobody who can be reached, and why something was left out."""
        given = {field: [] for field in self.fields}
        for field, cell in zip(self.fields, cells, strict=False):
            if field and cell:
                given[field].append(cell)
        why, text = [], {field: "\n".join(cells) for field, cells in given.items()}
        phones = self._each(given.get("phone", ()), self._phone, why)
        emails = self._each(given.get("email", ()), clean_email, why)
        if not (phones or emails):
            return None, why or [gettext("No mobile number and no email address")]
        birthday = self._birthday(text.get("birthday", ""), why)
        answers = Answers(
            _language(text.get("language", "")) or self.here.language, _name(text, why), _short(text, "city", 80, why),
            phones[0] if phones else "", emails[0] if emails else "", {"birthday": birthday} if birthday else {},
        )  # fmt: skip
        notes = "\n".join(filter(None, (text.get("notes", "").strip(), *phones[1:], *emails[1:])))[:1000]
        before = self._visits(text, why), self._spent(text, why)
        return Person(answers, notes, *before, self._consents(text, answers, why)), why

    def _each(self, cells: Sequence[str], read: Callable[[str], str], why: list[str]) -> list[str]:
        """What can be read of cells that may hold several, the first one first."""
        return list(dict.fromkeys(filter(None, (one for cell in cells for one in self._read_one(cell, read, why)))))

    def _read_one(self, cell: str, read: Callable[[str], str], why: list[str]) -> list[str]:
        try:
            return [read(cell)]
        except NotUsable as problem:
            parts = [] if SCIENTIFIC.fullmatch(cell) else [part.strip() for part in APART.split(cell) if part.strip()]
            if len(parts) > 1:
                return [one for part in parts for one in self._read_one(part, read, why)]
            why.append(_about(cell, problem.why))
            return []

    def _phone(self, text: str) -> str:
        """The number in E.164. A zero that was lost is put back where only that makes it a number; digits that Excel
        left out are gone."""
        if found := SCIENTIFIC.fullmatch(text):
            if len(found[2]) < int(found[3]):
                raise NotUsable(text, "lost")
            text = found[1] + found[2]
        try:
            return clean_phone(text, self.here.country)
        except NotUsable:
            if not text.isdigit():
                raise
            return clean_phone("0" + text, self.here.country)

    def _birthday(self, text: str, why: list[str]) -> tuple[str, ...]:
        """The day and the month, as they are kept; a year is dropped."""
        if not text:
            return ()
        try:
            return kinds.date_of_year([_day_and_month(text, self.here.country in MONTH_FIRST)], ())
        except ValueError:
            why.append(gettext("No birthday: “%(text)s” is no date", text=_short_of(text)))
            return ()

    def _visits(self, text: dict[str, str], why: list[str]) -> int:
        given = text.get("visits", "")
        if given and not (given.isascii() and given.isdigit() and int(given) <= MOST_VISITS):
            why.append(gettext("No visits: “%(text)s” is no count", text=_short_of(given)))
            return 0
        return int(given or 0)

    def _spent(self, text: dict[str, str], why: list[str]) -> int:
        try:
            return amounts.read(text.get("spent"), "spent") or 0
        except Invalid:
            why.append(gettext("Nothing spent: “%(text)s” is no certain amount", text=_short_of(text["spent"])))
            return 0

    def _consents(self, text: dict[str, str], answers: Answers, why: list[str]) -> tuple:
        """Only what the list says when and how it was given."""
        found = []
        for purpose, contact in PURPOSES.items():
            when, how = (text.get(f"consent_{purpose}_{what}", "").strip() for what in ("at", "how"))
            if not (when and how and getattr(answers, contact)):
                continue
            try:
                at = datetime.fromisoformat(when)
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                if at > self.at:
                    raise ValueError(when)
                found.append((purpose, at, how[:1000]))
            except ValueError:
                why.append(gettext("No consent: “%(text)s” is no past day, like 2026-12-31", text=_short_of(when)))
        return tuple(found)


def _short_of(text: str) -> str:
    """What is quoted of a cell; no line is broken in it."""
    return " ".join(text.split())[:40].replace(" ", languages.NO_BREAK)


def _about(text: str, word: str) -> str:
    said = {
        "lost": gettext("“%(text)s”: digits of the number are lost", text=_short_of(text)),
        "short": gettext("“%(text)s”: some digits are missing", text=_short_of(text)),
        "not_mobile": gettext("“%(text)s”: not a mobile number", text=_short_of(text)),
    }
    return said.get(word, gettext("“%(text)s”: no mobile number and no email address", text=_short_of(text)))


def _name(text: dict[str, str], why: list[str]) -> str:
    """The whole name; from its parts where there are such."""
    whole, first, last = (" ".join(text.get(part, "").split()) for part in ("name", "first", "last"))
    first = first or (whole if last not in whole else "")
    joined = f"{first} {last}".strip() if last and first else whole or first or last
    return _short({"name": joined}, "name", 60, why)


def _short(text: dict[str, str], field: str, longest: int, why: list[str]) -> str:
    try:
        return clean(" ".join(text.get(field, "").split()), longest)
    except NotUsable:
        why.append(gettext("“%(text)s” is too long, or has special characters", text=_short_of(text[field])))
        return ""


def _language(text: str) -> str | None:
    text = fold(text).strip()
    return languages.known(text) or NAMES.get(text) or languages.known(re.split("[-_]", text)[0])


def _day_and_month(text: str, month_first: bool) -> str:
    """A date in any usual form as month-day. Raises ValueError."""
    text = text.strip().split("T")[0].split(" 00:")[0].rstrip(".")
    if found := re.fullmatch(r"(?:\d{4}|-)?-?(\d\d)-?(\d\d)", text):  # ISO 8601 and vCard
        return f"{found[1]}-{found[2]}"
    found = re.fullmatch(r"(\d{1,2})([./\- ]+)(\d{1,2})(?:[./\- ]+(?:\d{2}|\d{4}))?", text)
    if not found:
        return _with_a_name(text)
    first, second = int(found[1]), int(found[3])
    if (found[2] == "/" and month_first and first <= 12) or second > 12:
        first, second = second, first
    return f"{second}-{first}"


def _with_a_name(text: str) -> str:
    """A date whose month is written out in one of the languages, like 17 May 1990."""
    words = re.findall(r"[^\W\d_]+|\d{1,4}", fold(text))
    days = [word for word in words if word.isdigit() and len(word) < 3]
    for number, names in _months().items():
        if days and any(len(word) > 2 and name.startswith(word) for word in words for name in names):
            return f"{number}-{days[0]}"
    raise ValueError(text)


@cache
def _months() -> dict[int, set[str]]:
    return {
        number: {
            fold(names[number])
            for code in languages.codes()
            for names in (Locale(code).months["format"]["wide"], Locale(code).months["stand-alone"]["wide"])
        }
        for number in range(1, 13)
    }
