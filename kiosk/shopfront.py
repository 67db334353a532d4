"""What an owner says of the shop, checked: its name and place, its money and days, its colour and logo."""

import base64
import hashlib
import re
import zlib
import zoneinfo
from datetime import time

from babel.numbers import list_currencies
from flask_babel import gettext

from . import addresses, shop
from .contacts import NotUsable, clean
from .refusals import Invalid

LOGO_BYTES = 200_000
PNG = b"\x89PNG\r\n\x1a\n"


def read_place(form) -> dict[str, str]:
    """Name, country, currency and time zone, of those that were given, and the town, which may be taken back.

    Raises Invalid.
    """
    known = {"country": shop.countries(), "currency": list_currencies(), "time_zone": zoneinfo.available_timezones()}
    said = {key: form.get(key, "").strip() for key in known}
    said |= {key: said[key].upper() for key in ("country", "currency")}
    problems = {key: gettext("Choose one from the list") for key in known if said[key] and said[key] not in known[key]}
    for key, field, most in (("name", "shop_name", 60), ("city", "city", 80)):
        try:
            said[key] = clean(form.get(field, ""), most)
        except NotUsable:
            problems[field] = gettext("Write it on one line, in no more than %(most)s letters", most=most)
    if problems:
        raise Invalid(**problems)
    return {key: value for key, value in said.items() if value or key == "city"}


def read_look(form) -> dict[str, str]:
    """Colour, last day, opening hours and public address; empty ones are taken back. Raises Invalid."""
    forms = {
        "colour": (_colour, gettext("Choose a colour, like #8A1C49")),
        "last_day": (shop.read_day, gettext("Choose a day, like 2026-12-31")),
        "opens": (time.fromisoformat, gettext("Enter a time, like 09:00")),
        "closes": (time.fromisoformat, gettext("Enter a time, like 09:00")),
        "public_url": (_origin, gettext("Enter an address without a path, like https://shop.example")),
    }
    said, problems = {key: form.get(key, "").strip() for key in forms}, {}
    for key, (read, wanted) in forms.items():
        try:
            said[key] and read(said[key])
        except ValueError:
            problems[key] = wanted
    if problems:
        raise Invalid(**problems)
    return said


def _colour(text: str) -> None:
    if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
        raise ValueError(text)


def _origin(text: str) -> None:
    if not addresses.is_origin(text):
        raise ValueError(text)


def read_logo(file) -> dict[str, str]:
    """The picture that was sent, if one was, as settings. Raises Invalid."""
    data = file.read(LOGO_BYTES + 1) if file and file.filename else b""
    if not data:
        return {}
    if len(data) > LOGO_BYTES or not _is_png(data):
        raise Invalid(logo=gettext("Choose a PNG picture of no more than 200 kB"))
    return {shop.LOGO: base64.b64encode(data).decode(), "logo": hashlib.sha256(data).hexdigest()[:12]}


def _is_png(data: bytes) -> bool:
    """Whether it is whole: every chunk as it was written, the first and the last where they belong (W3C PNG, 5)."""
    at, kinds = len(PNG), []
    while data.startswith(PNG) and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4]):
            return False
        kinds.append(data[at + 4 : at + 8])
        at = end + 4
    return kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and at == len(data)
