"""The languages people read, and how each writes money, days and times.

A language is a folder in translations/; adding one takes that one file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache, wraps
from itertools import groupby
from pathlib import Path

from babel import Locale, numbers
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale, format_date, format_time, get_locale, gettext, pgettext

from kiosk.shop import shop

# Where `language` is the one that customers read: in the filters of a list, and when one of them is corrected.
LISTS = (
    "/office/customers", "/office/customers/cards", "/office/exports/customers.csv", "/office/exports/customers.xlsx",
    "/office/outreach/news",
)  # fmt: skip
ALIASES = {"tl": "fil", "no": "nb", "nn": "nb"}
CATALOGUES = Path(__file__).parents[1] / "translations"
NO_BREAK = "\xa0"  # a space at which no line is broken


@dataclass(frozen=True)
class Language:
    code: str  # BCP 47
    name: str  # as its speakers call it
    start: str


@cache
def codes() -> tuple[str, ...]:
    return ("en", *sorted(path.name for path in CATALOGUES.iterdir() if path.is_dir() and path.name != "en"))


def kept_by_language(say: Callable) -> Callable:
    """Work out once, for each language and as long as the shop stays the same, what a function without arguments says:
    every page asks for it."""
    kept = lru_cache(maxsize=64)(lambda _language, _shop: say())
    return wraps(say)(lambda: kept(str(get_locale()), shop.current()))


@kept_by_language
def every() -> list[Language]:
    """The shop's own language first, the others by their own names."""
    found = []
    for code in codes():
        with force_locale(code):
            found.append(Language(code, pgettext("the name of this language", "English"), gettext("Start")))
    return sorted(found, key=lambda language: (language.code != shop.current().language, language.name))


def names() -> dict[str, str]:
    """The same as names by code."""
    return {language.code: language.name for language in every()}


def name_of(code: str) -> str:
    """How its speakers call a language; the code of one that is not here any more."""
    return names().get(code, code)


def offered() -> list[Language]:
    """Those that customers choose from, in the order that the shop has said."""
    found = {language.code: language for language in every()}
    return [found[code] for code in shop.current().languages.split() if code in found] or [*found.values()]


def known(code: str | None) -> str | None:
    """The code as it is spelled here, or None."""
    code = ALIASES.get(code or "", code)
    return code if code in codes() else None


def asked_for() -> str | None:
    """The language that this request asks its page to be in."""
    is_customers = request.path in LISTS or (request.method == "POST" and request.path.startswith(LISTS))
    return None if is_customers else known(request.values.get("language"))


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(CATALOGUES)
    Babel(app, locale_selector=current, timezone_selector=lambda: shop.current().time_zone)
    said = (day, date_of, clock, percent, weekday_and_day, month_name, weekday_names, weekdays, money, number, decimal)
    app.jinja_env.globals.update({function.__name__: function for function in said}, language_name=name_of)


def current() -> str:
    """This request's language: what was asked for, else what the browser's session says, else the shop's."""
    if not has_request_context():
        return shop.current().language
    if "language" not in g:
        g.language = asked_for() or known(session.get("language")) or shop.current().language
    return g.language


def money(minor: int | None) -> str:
    """Minor units of the shop's currency as the reader writes them; whole amounts without cents."""
    if minor is None:
        return ""
    here, pattern = shop.current(), get_locale().currency_formats["standard"].pattern
    major = Decimal(minor).scaleb(-here.minor_digits)
    is_whole = major == major.to_integral_value()
    pattern = pattern.replace(".00", "") if is_whole else pattern
    said = {"locale": get_locale(), "currency_digits": not is_whole}
    return numbers.format_currency(major, here.currency, pattern, **said).replace(" ", NO_BREAK)


def number(value: int) -> str:
    """A count as the reader writes it: 1,990 or 1 990."""
    return _number(value, get_locale())


@lru_cache(maxsize=4096)
def _number(value: int, locale: Locale) -> str:
    return numbers.format_decimal(value, locale=locale).replace(" ", NO_BREAK)


def decimal(value: float) -> str:
    """With one digit after the mark, like 4.5 or 4,5."""
    return numbers.format_decimal(value, "0.0", locale=get_locale())


def day(value: date | datetime, *, short: bool = False) -> str:
    """Like “31 December” (in short “31 Dec”), with the year when it is not this one; a line is never broken inside."""
    value = shop.current().day_of(value) if isinstance(value, datetime) else value
    pattern = _day_and_month() if value.year == shop.current().today().year else "long"
    pattern = pattern.replace("MMMM", "MMM").replace("long", "medium") if short else pattern
    return format_date(value, pattern).replace(" ", NO_BREAK)


def date_of(value: datetime) -> str:
    """The day by the calendar, for an instant whose time of day stands beside it; see `day` for the shop day."""
    return day(shop.current().time_of(value).date())


def birthday(value: str) -> str:
    """Like “31 December”, of a day and a month as they are kept: 12-31."""
    in_a_leap_year = date.fromisoformat(f"2024-{value}")
    return format_date(in_a_leap_year, _day_and_month()).replace(" ", NO_BREAK)


def _day_and_month() -> str:
    """The pattern by which a day is written without its year."""
    return {"fil": "MMMM d", "nb": "d. MMMM"}.get(str(get_locale()), "d MMMM")


def months() -> list[tuple[str, str]]:
    """The months as pairs of a number, from 1, and a name that stands alone."""
    return [(str(number), format_date(date(2024, number, 1), "LLLL")) for number in range(1, 13)]


def short_months() -> list[str]:
    """The same, as short as they are written."""
    return list(get_locale().months["stand-alone"]["abbreviated"].values())


def percent(share: float) -> str:
    """Like 3.7% or 3,7 %."""
    pattern = get_locale().percent_formats[None].pattern.replace("0%", "0.#%").replace("0\xa0%", "0.#\xa0%")
    return numbers.format_percent(share, pattern, locale=get_locale()).replace(" ", NO_BREAK)


def weekday_and_day(value: date | str) -> str:
    """Like “Thu 26 Nov”, or as the reader's language has it."""
    value = date.fromisoformat(str(value))
    return f"{format_date(value, 'ccc')} {day(value, short=True)}"


def month_name(value: date | str, *, short: bool = False) -> str:
    """Like “November 2026”, in short “Nov 2026”."""
    return format_date(date.fromisoformat(str(value)), "LLL y" if short else "LLLL y").replace(" ", NO_BREAK)


def weekday_names() -> dict[str, list[str]]:
    """Monday to Sunday, `wide` as a sentence has them and `abbreviated`."""
    names = get_locale().days["format"]
    return {width: [names[width][number] for number in range(7)] for width in ("wide", "abbreviated")}


def weekdays(numbers: str) -> str:
    """Days of the week, each as strftime's %w (0 is Sunday), like “Mon–Fri” or “Sat, Sun”."""
    names, days = weekday_names()["abbreviated"], [n for n in range(7) if str((n + 1) % 7) in numbers]
    runs = [[*run] for _, run in groupby(days, lambda n: n - days.index(n))]
    return ", ".join(("–" if len(run) > 2 else ", ").join(names[n] for n in sorted({run[0], run[-1]})) for run in runs)


def clock(value: datetime) -> str:
    """Hours and minutes in the shop's zone."""
    return format_time(value, "HH:mm")
