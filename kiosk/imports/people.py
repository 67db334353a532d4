"""One row of a list as a person: what is certain is taken, what is not is said."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from kiosk.base.contacts import NotUsable, clean, clean_email
from kiosk.base.folding import fold
from kiosk.base.phones import clean_phone
from kiosk.base.refusals import Invalid
from kiosk.coupons.codes import is_well_formed
from kiosk.customers.decisions import NEEDS
from kiosk.imports import columns, dates, partners
from kiosk.shop import amounts, languages
from kiosk.shop.shop import Shop
from kiosk.signups import consents, kinds
from kiosk.signups.answers import Answers

SCIENTIFIC = re.compile(r"(\d)[.,]?(\d*)E\+?(\d+)", re.IGNORECASE)  # how Excel shows a long number
APART = re.compile(r"[;,/|\n]| ::: | (?:or|o|eller|или) | {2,}")  # the second as Google does
MOST_VISITS = 100_000
WHY = {
    "lost": _l("“%(text)s”: digits of the number are lost"),
    "short": _l("“%(text)s”: some digits are missing"),
    "not_mobile": _l("“%(text)s”: not a mobile number"),
    "contact": _l("“%(text)s”: no mobile number and no email address"),
    "nobody": _l("No mobile number and no email address"),
    "line": _l("“%(text)s” is too long, or has special characters"),
    "card": _l("No card: “%(text)s” is no card number of Suki"),
    "birthday": _l("No birthday: “%(text)s” is no date"),
    "visits": _l("No visits: “%(text)s” is no count"),
    "spent": _l("Nothing spent: “%(text)s” is no certain amount"),
    "at": _l("“%(text)s” is no past day, like 2026-12-31"),
    "consent_at": _l("No consent: “%(text)s” is no past day, like 2026-12-31"),
    "undated": _l("No consent: the list does not say when and how it was given"),
    "proof": _l("The proof “%(text)s” does not fit: something was changed, or it is meant for another shop"),
    "decision": _l("No consent: “%(text)s” is neither yes nor no"),
}


@dataclass
class Person:
    """Who a row is: what signing up would have said, and what it says of the time before."""

    answers: Answers
    card: str = ""
    notes: str = ""
    visits: int = 0
    spent: int = 0  # minor units
    since: datetime | None = None
    last_visit: datetime | None = None
    consents: list[dict] = field(default_factory=list)  # columns of Consent

    @property
    def keys(self) -> list[str]:
        """What nobody else can have."""
        return [key for key in (self.answers.phone, self.answers.email, self.card) if key]


class Row:
    """A row whose columns are these fields, in a shop, at a time; `why` says what of it was left out."""

    def __init__(self, fields: Sequence[str], cells: Sequence[str], here: Shop, at: datetime):
        self.fields, self.here, self.at, self.why = fields, here, at, []
        given = [(field, cell) for field, cell in zip(fields, cells, strict=False) if cell]
        self.cells = [("email" if field == "phone" and "@" in cell else field, cell) for field, cell in given]
        self.text = {one: "\n".join(cell for field, cell in self.cells if field == one) for one in {*dict(self.cells)}}

    def person(self) -> Person | None:
        """Who it is; None for nobody who can be reached."""
        phones, emails = self._each("phone", self._phone), self._each("email", _email)
        if not (phones or emails):
            self.why = self.why or [str(WHY["nobody"])]
            return None
        birthday = self._read("birthday", self._birthday)
        contact = {"phone": phones[0] if phones else "", "email": emails[0] if emails else ""}
        if "proof" in self.fields and not self._is_proved(**contact):
            self._leave_out("proof", self.text.get("proof", ""))
            return None
        city = self.text.get("city", "").partition("\n")[0]  # of an address book, the first of several
        answers = Answers(
            _language(self.text.get("language", "")) or self.here.language, self._line(self._name(), 60),
            self._line(city, 80), **contact, choices={"birthday": birthday} if birthday else {},
        )  # fmt: skip
        notes = "\n".join(filter(None, (self.text.get("notes", "").strip(), *phones[1:], *emails[1:])))[:1000]
        return Person(
            answers, self._read("card", _card) or "", notes, self._read("visits", _count) or 0,
            self._read("spent", lambda text: amounts.read(text, "spent")) or 0,
            self._read("since", self._instant, "at"), self._read("last_visit", self._instant, "at"),
            [said for purpose, need in NEEDS.items() if contact[need] and (said := self._consent(purpose))],
        )  # fmt: skip

    def _is_proved(self, phone: str, email: str) -> bool:
        """Whether the row is as another shop wrote it, whose customer agreed to be made known to this one."""
        day, sentence = (self.text.get(f"consent_sms_{what}", "") for what in ("at", "how"))
        proof = partners.proof(self._name(), phone, email, day, sentence)
        return self.here.name in sentence and self.text.get("proof") == proof

    def _read(self, field: str, read: Callable, why: str = ""):
        """What `read` makes of that field."""
        return self._tried(self.text.get(field, "").strip(), read, why or field)

    def _tried(self, text: str, read: Callable, why: str):
        """What `read` makes of a text; None, and a reason, where it raises ValueError or Invalid."""
        try:
            return read(text) if text else None
        except (ValueError, Invalid):
            self._leave_out(why, text)

    def _leave_out(self, why: str, text: str) -> None:
        """Say why; what is quoted of a cell is short, and no line is broken in it."""
        quoted = " ".join(text.split())[:40].replace(" ", languages.NO_BREAK)
        self.why.append(str(WHY[why]) % {"text": quoted})

    def _each(self, field: str, read: Callable[[str], str]) -> list[str]:
        """What can be read of cells that may hold several, the first one first."""
        cells = [cell for name, cell in self.cells if name == field]
        return list(dict.fromkeys(filter(None, (one for cell in cells for one in self._several(cell, read)))))

    def _several(self, cell: str, read: Callable[[str], str]) -> list[str]:
        try:
            return [read(cell)]
        except NotUsable as problem:
            parts = [] if SCIENTIFIC.fullmatch(cell) else [part.strip() for part in APART.split(cell) if part.strip()]
            if len(parts) > 1:
                return [one for part in parts for one in self._several(part, read)]
            self._leave_out(problem.why if problem.why in WHY else "contact", cell)
            return []

    def _phone(self, text: str) -> str:
        """The number in E.164. A zero that was lost is put back where only that makes it a number; digits that Excel
        left out are gone."""
        if found := SCIENTIFIC.fullmatch(text):
            if len(found[2]) < int(found[3]):
                raise NotUsable(text, "lost")
            text = found[1] + found[2]
        text = re.sub(r"^'|(?<=\d{7})\.0$", "", text)  # what guards a zero, or makes a number a fraction
        try:
            return clean_phone(text, self.here.country)
        except NotUsable:
            if not text.isdigit():
                raise
            return clean_phone("0" + text, self.here.country)

    def _name(self) -> str:
        """The whole name; from its parts where there are such."""
        whole, first, last = (" ".join(self.text.get(part, "").split()) for part in ("name", "first", "last"))
        first = first or (whole if last not in whole else "")
        return f"{first} {last}".strip() if last and first else whole or first or last

    def _line(self, text: str, longest: int) -> str:
        return self._tried(" ".join(text.split()), lambda line: clean(line, longest), "line") or ""

    def _birthday(self, text: str) -> tuple[str, ...] | None:
        """The day and the month, as they are kept; a year is dropped."""
        if not text.strip("0/.- :"):  # as Outlook and databases write none
            return None
        _, month, day = dates.read(text, self.here.country)
        return kinds.date_of_year([f"{month}-{day}"], ())

    def _instant(self, text: str) -> datetime:
        """A time in the shop's zone, or the beginning of a shop day, that has passed."""
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            at = datetime(*dates.read(text, self.here.country))
        if not at.tzinfo:
            zone = ZoneInfo(self.here.time_zone)
            at = at.replace(tzinfo=zone) if any(at.timetuple()[3:6]) else self.here.start_of(at.date())
        if at > self.at:
            raise ValueError(text)
        return at

    def _consent(self, purpose: str) -> dict | None:
        """Only what the list says when and how it was given; where it does not say what was decided, it was a yes."""
        said = f"consent_{purpose}"
        when, how = (self.text.get(f"{said}_{what}", "").strip() for what in ("at", "how"))
        if said in self.fields and said not in self.text:
            return None
        decision = columns.meant(columns.DECISIONS, self.text[said]) if said in self.text else "yes"
        if not decision:
            self._leave_out("decision", self.text[said])
        if not (when and how):
            if decision == "yes" and (when or how or said in self.text):
                self._leave_out("undated", "")
            return None
        at = self._read(f"{said}_at", self._instant, "consent_at")
        if not (decision and at):
            return None
        kept = {"decision": decision, "is_verified": True, "method": "import"}
        if decision == "unconfirmed":  # whether it was she who said yes
            kept = {"decision": "yes", "is_verified": False, "method": "browser"}
        return kept | {"purpose": purpose, "decided_at": at} | consents.sentence(how[:1000])


def _email(text: str) -> str:
    return clean_email(re.sub(r"^[^<;,]*<([^<>]+)>$|^mailto:", r"\1", text))


def _card(text: str) -> str:
    digits = re.sub(r"\D", "", text)
    if not (digits.startswith("9") and is_well_formed(digits)):
        raise ValueError(text)
    return digits


def _count(text: str) -> int:
    if int(text) not in range(MOST_VISITS + 1):
        raise ValueError(text)
    return int(text)


def _language(text: str) -> str | None:
    text = fold(text).strip()
    return languages.known(text) or columns.meant(columns.LANGUAGES, text) or languages.known(re.split("[-_]", text)[0])
