"""The kinds of question there are, and what counts as an answer to each."""

from datetime import date
from functools import partial

from kiosk.base.contacts import NotUsable, clean

LONGEST_COMMENT = 1000
MOST_RANKED = 4


def many(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """Any of the options, kept in the order they are offered in."""
    return tuple(option for option in options if option in chosen(given, options, most=len(options)))


def chosen(given: list[str], options: tuple[str, ...], most: int = 1) -> tuple[str, ...]:
    """Some of the options, in the order they were chosen in. Raises NotUsable, as all kinds do."""
    if len(given) > most or len({*given}) < len(given) or not {*given} <= {*options}:
        raise NotUsable(given)
    return tuple(given)


def comment(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """Free text of up to 1,000 characters; it may have lines."""
    lines = [clean(line, LONGEST_COMMENT) for text in given for line in text.splitlines()]
    text = "\n".join(lines).strip()
    if len(text) > LONGEST_COMMENT:
        raise NotUsable(text)
    return (text,) if text else ()


def date_of_year(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """A day and a month, never a year: “MM-DD”, or the two apart, month first."""
    if not given:
        return ()
    try:
        month, day = map(int, "-".join(given).split("-"))
        return (f"{date(2024, month, day):%m-%d}",)  # a leap year: 29 February is a birthday too
    except ValueError:
        raise NotUsable(given) from None


# the other kinds (name, town, contact) are columns of the customer
READ = {
    "one": chosen, "stars": chosen, "scale": chosen, "many": many, "ranking": partial(chosen, most=MOST_RANKED),
    "comment": comment, "date": date_of_year,
}  # fmt: skip
