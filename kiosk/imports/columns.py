"""What each column of a list is, guessed from its heading in four languages, else from what is in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.base.contacts import NotUsable, clean_email
from kiosk.base.folding import fold
from kiosk.base.phones import clean_phone

OFFERS = "(offers|promos|tilbud|alok|рассылк|предложени|consent|samtykke|pahintulot|согласи).*"
CHANNELS = {"sms": "(sms|text|смс)", "email": "(e-?mail|e-?post|почт)", "call": f"{OFFERS}(call|tawag|telefon|звонк)"}
SAID = {
    "_at": r".*(when|decided|date|dato|bestemt|petsa|kailan|\bat\b|дата|когда)",
    "_how": r".*(how|hvordan|paano|как\b)",
}
# The first that fits a folded heading is taken; what comes from address books beside each value is no value.
HEADINGS = {
    "card": "^(card|kort|карта)$",
    "": r"street|company|organi|phonetic|nick|middle|file as|suffix|prefix|mail display|label|type|\bid\b|card|"
    r"kort|карт|coupon|kupong|kupon|^(kunde|medlem|customer|member)s? ?(nr|no\b|num)|номер клиент",
    "last_visit": "last visit|siste? besok|huling bisita|последний визит",
    "since": "since|kunde siden|mula noong|клиент с|клиентом с|с какого",
    **{f"consent_{one}{what}": words + how for one, words in CHANNELS.items() for what, how in SAID.items()},
    **{f"consent_{one}": (words if OFFERS in words else OFFERS + words) for one, words in CHANNELS.items()},
    "not": OFFERS,
    "proof": "^(proof|katunayan|bevis|подтверждение)$",
    "email": r"e-?mail|e-?post|mail adress|эл.*почт|почта|имеил",
    "phone": r"mobil|phone|telefon|\btlf|\btel\b|\bcell|selpon|cp (no|number)|contact (no|number)|"
    r"numero|телефон|мобил|номер",
    "first": r"^(first|given|forename|fornavn|unang pangalan)",
    "last": r"^(last|family|surname|etternavn|apelyido|фамилия)",
    "birthday": r"birth|\bdob\b|bursdag|f.dsels?da|fodselsda|fodt|kaarawan|kapanganakan|рожден",
    "city": r"^(town|city|poststed|sted|by|bayan|lungsod|lokasyon)\b|\bcity$|город",
    "language": r"^(language|sprak|wika|язык)",
    "visits": r"^((number of )?visits?|(antall )?besok|(mga )?(pag)?bisita|визит|посещени|число (визит|посещ))",
    "spent": r"^(spent|total|sum|turnover|brukt|omsetning|handlet|nagastos|gastos|потра|сумма|покупок на)",
    "notes": r"note|notat|merknad|comment|kommentar|remark|tala\b|заметк|примечан|комментар",
    "name": r"name|navn|kunde|customer|pangalan|имя|фио|клиент",
}
HEADINGS = {field: re.compile(fold(pattern)) for field, pattern in HEADINGS.items()}
FIELDS = tuple(field for field in HEADINGS if field not in ("", "not"))
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
    return Table(first, list(zip(headings, fields, strict=True)))


def field_of(heading: str) -> str:
    """The field a heading most likely means; empty for none."""
    text = fold(heading).strip()
    found = next((field for field, pattern in HEADINGS.items() if len(text) < 60 and pattern.search(text)), "")
    return "" if found == "not" else found


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
