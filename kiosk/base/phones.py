"""Phone numbers as people write them, and as they are kept (E.164).

A number without `+` or `00` is one of the shop's country. Old forms that people and messengers still write are read as
today's number. Only mobile numbers are taken, as far as the country's plan tells them from others.
"""

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

from kiosk.base.contacts import NotUsable, clean
from kiosk.base.folding import without_unseen

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
SHORT = (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
LONGEST = 40
WRITTEN = re.compile(r"[\d\s()+./~\-\u2010-\u2015\u2212]+")
EXAMPLES = {"PH": "0917 123 4567", "NO": "412 34 567", "RU": "+7 912 345-67-89"}
# By country code: national numbers as they were written before the plan changed, and as they are written today.
OLD_FORMS = {
    52: ((r"(?:044|045|01|1)(\d{10})", r"\1"),),  # Mexico until 2019
    54: ((r"9?(?=\d{12}$)(\d{2,4}?)15(\d+)", r"9\1\2"), (r"(\d{10})", r"9\1")),  # Argentina: 15 or nothing, for 9
    55: ((r"(\d\d)([6-9]\d{7})", r"\g<1>9\2"),),  # Brazil until 2016
    225: ((r"([04-9][789]\d{6})", r"07\1"), (r"([04-9][456]\d{6})", r"05\1"), (r"([04-9][0-3]\d{6})", r"01\1")),
    229: ((r"(\d{8})", r"01\1"),),  # Benin until 2024; Ivory Coast, above, until 2021
    380: ((r"80(\d{9})", r"\1"),),  # Ukraine until 2009
}


def clean_phone(text: str | None, country: str) -> str:
    """The mobile number in E.164, from how people of that country write it.

    Of two readings the one that is a mobile number wins. Raises NotUsable; its `why` is `short`, `not_mobile`,
    `abroad` where a country code may be missing, or empty for what is no number at all.
    """
    typed = clean(without_unseen(text or ""), LONGEST)
    if not typed:
        return ""
    readings = list(_readings(typed, country))
    valid = [number for number in readings if phonenumbers.is_valid_number(number)]
    mobile = {_e164(number) for number in valid if phonenumbers.number_type(number) in MOBILE}
    if len(mobile) == 1:
        return mobile.pop()
    if valid and not mobile:
        raise NotUsable(typed, "not_mobile")
    raise NotUsable(typed, _why(readings))


def _why(readings: list[PhoneNumber]) -> str:
    if not readings:
        return ""
    length = phonenumbers.is_possible_number_for_type_with_reason(readings[0], PhoneNumberType.MOBILE)
    return "short" if length in SHORT else "abroad"


def _readings(typed: str, country: str) -> Iterator[PhoneNumber]:
    """What it can mean, valid or not: as written, with its country code but no plus, and old forms as of today."""
    plain = unicodedata.normalize("NFKC", typed)
    if not WRITTEN.fullmatch(plain):
        return
    digits = "".join(str(unicodedata.digit(character)) for character in plain if character.isdecimal())
    code = phonenumbers.country_code_for_region(country)
    if plain.lstrip("( ").startswith("+") or digits.startswith("00"):
        spellings, code = ["+" + digits.removeprefix("00")], None
    else:
        spellings = [digits, *(["+" + digits] if digits.startswith(str(code)) else [])]
    for spelling in spellings:
        try:
            number = phonenumbers.parse(spelling, country)
        except phonenumbers.NumberParseException:
            continue
        if code in (None, number.country_code):
            yield number
            yield from _of_today(number)


def _of_today(number: PhoneNumber) -> Iterator[PhoneNumber]:
    national = phonenumbers.national_significant_number(number)
    for old, new in OLD_FORMS.get(number.country_code, ()):
        if found := re.fullmatch(old, national):
            yield phonenumbers.parse(f"+{number.country_code}{found.expand(new)}")


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def possible_phones(text: str, country: str) -> set[str]:
    """Every number a search for the text may mean, in each spelling under which it may be stored."""
    readings = _readings(without_unseen(text)[:LONGEST], country)
    valid = [number for number in readings if phonenumbers.is_valid_number(number)]
    return {spelling for number in valid for spelling in spellings(_e164(number))}


def spellings(phone: str) -> tuple[str, ...]:
    """A number in E.164, and the wrong ones under which the first version may have stored it."""
    code = next(phone[1:end] for end in (2, 3, 4) if int(phone[1:end]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
    found = [phone, f"+{code}{phone[1:]}"]  # the country code without a plus
    if phone.startswith("+549"):
        found.append(f"+54{phone[4:]}")
    return tuple(found)


def readable(phone: str) -> str:
    """A number in E.164 with spaces, as people read it: +63 917 123 4567."""
    return phonenumbers.format_number(phonenumbers.parse(phone), PhoneNumberFormat.INTERNATIONAL)


def example_phone(country: str) -> str:
    """A mobile number as that country writes it."""
    if country in EXAMPLES:
        return EXAMPLES[country]
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    return phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL) if example else "+1 415 555 2671"
