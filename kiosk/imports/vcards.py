"""Address books: vCard 2.1 to 4.0 (RFC 2426, RFC 6350), as phones and mail programs write them."""

import quopri
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO

HEADINGS = ["Name", "Phone", "Email", "Birthday", "Town", "Notes"]
COLUMN = {"FN": 0, "TEL": 1, "EMAIL": 2, "BDAY": 3, "ADR": 4, "NOTE": 5}
LINE = re.compile(r"(?:[\w-]+\.)?([A-Z-]+)((?:;[^:]*)?):(.*)", re.IGNORECASE | re.DOTALL)
QUOTED, LONGEST = re.compile(r"[^:]*QUOTED-PRINTABLE[^:]*:", re.IGNORECASE), 100_000  # characters of a line
LOCALITY = 3  # of the parts of an address


def rows(text: IO[str]) -> Iterator[list[str]]:
    """The headings, then a row for each card."""
    yield HEADINGS
    card, n = {}, ""
    for name, value in _lines(text):
        if name == "BEGIN":
            card, n = {number: [] for number in COLUMN.values()}, ""
        elif name == "END":
            card[0] = card[0] or [n]
            yield ["\n".join(dict.fromkeys(filter(None, card[number]))) for number in range(len(HEADINGS))]
        elif name == "N":
            last, first, *_ = *_parts(value), "", ""
            n = f"{first} {last}".strip()
        elif name in COLUMN and card:
            card[COLUMN[name]].append(_value(name, value))


def _lines(text: IO[str]) -> Iterator[tuple[str, str]]:
    """Name and value of each line; long ones are put together again first."""
    for line in _whole(text):
        if found := LINE.fullmatch(line.strip()):
            name, options, value = found[1].upper(), found[2].upper(), found[3]
            if "QUOTED-PRINTABLE" in options:
                charset = re.search(r"CHARSET=([\w-]+)", options)
                value = quopri.decodestring(value.encode()).decode(charset[1] if charset else "utf-8", "replace")
            yield name, value


def _whole(text: IO[str]) -> Iterator[str]:
    """The lines, each with those that go on with it."""
    whole = ""
    for line in chain(iter(lambda: text.readline(LONGEST), ""), ["\n"]):
        line = line.rstrip("\r\n")
        if line.startswith((" ", "\t")):
            whole += line[1:]
        elif whole.endswith("=") and QUOTED.match(whole):
            whole = whole[:-1] + line
        else:
            yield whole
            whole = line


def _parts(value: str) -> list[str]:
    return [_plain(part) for part in re.split(r"(?<!\\);", value)]


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text).strip()


def _value(name: str, value: str) -> str:
    if name == "ADR":
        return [*_parts(value), *[""] * LOCALITY][LOCALITY]
    return _plain(value).removeprefix("tel:").removeprefix("mailto:")
