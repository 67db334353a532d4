"""Amounts of money as people of the shop's country write them."""

import re
import unicodedata
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import format_decimal, get_currency_symbol, get_decimal_symbol
from flask_babel import gettext

from kiosk.base.refusals import Invalid
from kiosk.shop import shop

WORDS = ("kr", "kr.", "руб", "руб.", "р", "р.", "p", "rs", "rs.", "fr", "fr.", "zł", "kč", "ft", "лв", "лв.")
SIGNS = "₱₽€$£¥₩₹"
LONGEST = 10  # digits of a whole amount
IN_THOUSANDS = r"(\d{1,3}(?:[%s]\d{3})+|\d{1,2}(?:[%s]\d{2})*[%s]\d{3})(?:([%s])(\d*))?"  # the last is the decimal mark
FORMS = (r"(\d+)(?:([.,])(\d*))?", IN_THOUSANDS % (*",,,", "."), IN_THOUSANDS % (*"...", ","))


def read(text: str | None, field: str) -> int | None:
    """The amount in minor units; None where nothing was typed.

    Marks between thousands, the currency's sign or letters and “,-” may stand with it. Raises Invalid, and asks where
    it could mean two amounts: in Norway “1,250” is one krone twenty-five or one thousand two hundred and fifty.
    """
    typed = unicodedata.normalize("NFKC", text or "").strip()
    if not typed:
        return None
    whole, mark, part = _split(_without_currency(typed))
    digits, is_decimal = shop.current().minor_digits, mark == decimal_mark()
    if len(part) == 3 and len(whole) <= 3 and whole.strip("0"):  # the mark may stand between thousands
        if is_decimal and 0 < digits < 3:
            raise Invalid(**{field: _which(whole, part)})
        if not (is_decimal and digits):
            whole, part = whole + part, ""
    if not (whole.isascii() and whole.isdigit() and len(part) <= digits and len(whole) <= LONGEST):
        raise Invalid(**{field: gettext("Enter the amount in digits, like %(example)s", example=example())})
    return int(Decimal(f"{whole}.{part or 0}").scaleb(digits))


def example() -> str:
    """An amount as the shop's country writes it, like 250.50; without decimals where the money has none."""
    return typed(int(250.5 * 10 ** shop.current().minor_digits))


def typed(minor: int | None) -> str:
    """An amount as one would type it: digits, with decimals where it has any; nothing for none."""
    if minor is None:
        return ""
    digits = shop.current().minor_digits
    major = Decimal(minor).scaleb(-digits)
    pattern = "0" if major == major.to_integral_value() else "0." + "0" * digits
    return format_decimal(major, pattern, locale=_locale())


def _locale() -> Locale:
    """How the shop's country writes numbers."""
    return _locale_of(shop.current().country)


@cache
def _locale_of(country: str) -> Locale:
    """The locale of a country's most spoken language."""
    return Locale.parse(get_global("likely_subtags").get(f"und_{country}", "en"))


def decimal_mark() -> str:
    mark = get_decimal_symbol(_locale())
    return mark if mark in ".," else "."


def _without_currency(typed: str) -> str:
    """What is left without the currency's sign, code or word and the dash of a whole amount, as in “250,-”."""
    code = shop.current().currency
    known = {code, get_currency_symbol(code, _locale()), get_currency_symbol(code, "en"), *WORDS, *SIGNS}
    signs = "|".join(re.escape(sign.casefold()) for sign in sorted(known, key=len, reverse=True))
    left = re.sub(rf"^(({signs})\s*)+|(\s*({signs}))+$", "", typed.casefold())
    return re.sub("(?<=.)[.,]?[-–—]$", "", left).strip()


def _split(bare: str) -> tuple[str, str, str]:
    """The digits before the decimal mark, the mark, and the digits after it. Marks between thousands are left out; a
    mark that may be either stays the decimal one. What is no amount comes back with no digits."""
    bare = re.sub(r"(?<=\d)[\s'’](?=\d{3}(?!\d)|\d{2}[\s'’])", "", bare)
    for form in FORMS:
        if found := re.fullmatch(form, bare, re.ASCII):
            whole, mark, part = found.groups(default="")
            return re.sub("[.,]", "", whole), mark, part
    return "", "", ""


def _which(whole: str, part: str) -> str:
    """Ask which of two amounts was meant."""
    small = format_decimal(Decimal(f"{whole}.{part}").normalize(), "0.###", locale=_locale())
    return gettext(
        "Is that %(small)s or %(large)s? Type it again, without a mark between thousands", small=small,
        large=f"{int(whole + part)}",
    )  # fmt: skip
