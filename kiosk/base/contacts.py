"""Texts and e-mail addresses as people write them, and as they are kept."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from kiosk.base.folding import APOSTROPHES, is_visible, small, without_unseen

DOMAINS = {
    "NO": ("gmail.com", "icloud.com", "hotmail.com", "online.no"),
    "RU": ("mail.ru", "yandex.ru", "gmail.com", "bk.ru"),
}
TOP_LEVEL = re.compile("[a-z]{2,}|xn--[a-z0-9-]+")  # the form of every name in IANA's list


class NotUsable(ValueError):
    """What was typed is not one of these; `why` is a fixed word where more is known."""

    def __init__(self, typed, why: str = ""):
        super().__init__(typed)
        self.why = why


def clean(text: str | None, longest: int) -> str:
    """One text as it is kept: NFC and trimmed.

    Raises NotUsable for control characters, newlines, too many letters, or none that can be seen.
    """
    text = unicodedata.normalize("NFC", text or "").strip()
    if len(text) > longest or any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text):
        raise NotUsable(text)
    if text and not is_visible(text):
        raise NotUsable(text)
    return text


def common_domains(country: str) -> tuple[str, ...]:
    """Where most people of that country have their e-mail."""
    return DOMAINS.get(country, ("gmail.com", "yahoo.com", "icloud.com", "outlook.com"))


def clean_email(text: str | None) -> str:
    """The address in small letters (no mail system in use tells them apart), without what pasting adds."""
    typed = clean(APOSTROPHES.sub("'", without_unseen(text or "")).strip().rstrip(".,;"), 254)
    if not typed:
        return ""
    try:
        address = validate_email(small(typed), check_deliverability=False)
    except EmailNotValidError:
        raise NotUsable(typed) from None
    if not TOP_LEVEL.fullmatch(address.ascii_domain.rpartition(".")[2]):
        raise NotUsable(typed)
    return address.normalized


def masked(phone: str | None, email: str | None) -> str:
    """Enough of a contact to tell people apart, and no more."""
    if phone:
        return f"•••• {phone[-4:]}"
    return re.sub("^(.).*@", r"\1••••@", email or "")
