"""The kinds of question there are, and what counts as an answer to each."""

from datetime import date

from kiosk.base.contacts import NotUsable, clean

LONGEST_COMMENT = 1000
MOST_RANKED = 4


def one(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """At most one of the options."""
    return _known(given, options, most=1)


def many(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """Any of the options, kept in the order they are offered in."""
    return tuple(option for option in options if option in _known(given, options, most=len(options)))


def ranking(given: list[str], options: tuple[str, ...]) -> tuple[str, ...]:
    """Up to four of the options, the most important first. Raises NotUsable, as all kinds do."""
    return _known(given, options, most=MOST_RANKED)


def _known(given: list[str], options: tuple[str, ...], most: int) -> tuple[str, ...]:
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
    "one": one, "stars": one, "scale": one, "many": many, "ranking": ranking, "comment": comment, "date": date_of_year,
}  # fmt: skip
