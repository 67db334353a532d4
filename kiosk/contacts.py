"""Texts, phone numbers and e-mail addresses as people write them, and as they are kept."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

VISITORS_FROM = ("PH", "NO", "RU")  # who may write their number as they do at home
MOBILE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
DOMAINS = {
    "NO": ("gmail.com", "icloud.com", "hotmail.com", "online.no"),
    "RU": ("mail.ru", "yandex.ru", "gmail.com", "bk.ru"),
}
EXAMPLES = {"PH": "0917 123 4567", "NO": "412 34 567", "RU": "+7 912 345-67-89"}


class NotUsable(ValueError):
    """What was typed is not one of these."""


def clean(text: str | None, longest: int) -> str:
    """One text as it is kept: NFC and trimmed. Raises NotUsable for control characters, newlines, or too many."""
    text = unicodedata.normalize("NFC", text or "").strip()
    if len(text) > longest or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text):
        raise NotUsable(text)
    return text


def clean_phone(text: str | None, country: str) -> str:
    """The number in E.164, from how locals of that country dial it; “00” serves as “+”.

    A visitor may write hers as at home, if one country alone reads it as a mobile number.
    """
    typed = clean(text, 40)
    if not typed:
        return ""
    number = _local(typed, country) or _visitors(typed, country)
    if number is None:
        raise NotUsable(typed)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _local(typed: str, country: str) -> phonenumbers.PhoneNumber | None:
    """What that country reads in it, if it is a whole number there."""
    try:
        number = phonenumbers.parse("+" + typed[2:] if typed.startswith("00") else typed, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) and not number.extension else None


def _visitors(typed: str, country: str) -> phonenumbers.PhoneNumber | None:
    """A mobile number of one other country; none if a digit or three more would make it a local one."""
    if any(_is_mobile(_local(typed + "0" * lost, country)) for lost in (1, 2, 3)):
        return None
    read = [number for other in VISITORS_FROM if other != country and (number := _local(typed, other))]
    return read[0] if len(read) == 1 and _is_mobile(read[0]) else None


def _is_mobile(number: phonenumbers.PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.number_type(number) in MOBILE


def common_domains(country: str) -> tuple[str, ...]:
    """Where most people of that country have their e-mail."""
    return DOMAINS.get(country, ("gmail.com", "yahoo.com", "icloud.com", "outlook.com"))


def clean_email(text: str | None) -> str:
    """The address in small letters (no mail system in use tells them apart)."""
    typed = clean(text, 254)
    try:
        return typed and validate_email(typed, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise NotUsable(typed) from None


def example_phone(country: str) -> str:
    """A mobile number as that country writes it."""
    if country in EXAMPLES:
        return EXAMPLES[country]
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.MOBILE)
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL) if example else "+15550109999"


def masked(phone: str | None, email: str | None) -> str:
    """Enough of a contact to tell people apart, and no more."""
    if phone:
        return f"•••• {phone[-4:]}"
    return re.sub("^(.).*@", r"\1••••@", email or "")
