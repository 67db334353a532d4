"""What each column of a list is, guessed from its heading in four languages, else from what is in it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kiosk.base.contacts import NotUsable, clean_email
from kiosk.base.folding import fold
from kiosk.base.phones import clean_phone

WORDS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
HEADINGS, DECISIONS, LANGUAGES = (
    {meaning: re.compile(fold(pattern.format(**WORDS["parts"]))) for meaning, pattern in WORDS[what].items()}
    for what in ("headings", "decisions", "languages")
)
NONE = ("nothing", "not")  # headings of no field
FIELDS = tuple(field for field in HEADINGS if field not in NONE)
ABOVE, SAMPLE = 15, 50  # rows in which the headings are looked for; rows that are looked at


@dataclass(frozen=True)
class Table:
    """Where the rows of people begin, and pairs of each column's heading and its field."""

    first_row: int
    columns: list[tuple[str, str]]


def of(rows: Sequence[Sequence[str]], country: str) -> Table:
    """Guess from the first rows of a file; a title above the headings, and empty columns, do no harm."""
    guesses = [[field_of(cell) for cell in row] for row in rows[:ABOVE]]
    known = [len({*guess} & {*FIELDS}) for guess in guesses]
    best = max(range(len(known)), key=lambda row: (known[row] >= 2, known[row] > 0, -row), default=0)
    has_headings = bool(known) and known[best] > 0 and not any("@" in cell for cell in rows[best])
    width = max((len(row) for row in rows), default=0)
    headings = _unique([*(rows[best] if has_headings else ()), *[""] * width][:width])
    fields = [*(guesses[best] if has_headings else ()), *[""] * width][:width]
    first = best + 1 if has_headings else 0
    for field in [one for one in ("email", "phone") if one not in fields]:
        for number in range(width):
            some = [row[number] for row in rows[first:] if number < len(row) and row[number]]
            if not fields[number] and sum(_is(field, text, country) for text in some) * 2 > len(some):
                fields[number] = field
    if not has_headings:
        _guess_words(fields, rows)
    return Table(first, list(zip(headings, fields, strict=True)))


def _guess_words(fields: list[str], rows: Sequence[Sequence[str]]) -> None:
    """Name the columns of words in a list without headings: the one with the most different ones is the name, the next
    is the town where the same ones come again."""
    said = {number: [row[number] for row in rows if number < len(row) and row[number]] for number in range(len(fields))}
    words = {
        number: len({*some}) / len(some) for number, some in said.items()
        if some and not fields[number] and sum(map(_is_word, some)) * 2 > len(some)
    }  # fmt: skip
    for field, most in (("name", 1), ("city", 0.5)):
        number = max(words, key=words.get, default=None)
        if number is not None and words.pop(number) <= most:
            fields[number] = field


def _is_word(text: str) -> bool:
    """Whether it is a name of somebody or something, and not an answer or a language."""
    is_said = any(meant(words, text) for words in (DECISIONS, LANGUAGES))
    return any(map(str.isalpha, text)) and not any(map(str.isdigit, text)) and len(text) < 60 and not is_said


def field_of(heading: str) -> str:
    """The field a heading most likely means; empty for none."""
    text = fold(heading).strip()
    found = next((field for field, pattern in HEADINGS.items() if len(text) < 60 and pattern.search(text)), "")
    return "" if found in NONE else found


def meant(words: dict[str, re.Pattern], text: str) -> str | None:
    """What a text means by a table of words."""
    return next((meaning for meaning, pattern in words.items() if pattern.fullmatch(fold(text).strip())), None)


def _unique(headings: Sequence[str]) -> list[str]:
    """Headings by which each column can be named."""
    named = []
    for number, heading in enumerate(headings, 1):
        text = heading or str(number)
        named.append(text if text not in named else f"{text} ({number})")
    return named


def _is(field: str, text: str, country: str) -> bool:
    try:
        return bool(clean_email(text.split()[0]) if field == "email" else clean_phone(text, country))
    except NotUsable:
        return False
