"""What an owner says of the shop, checked: its name and place, its money and days, its colour and logo."""

import base64
import hashlib
import json
import re
import zlib
import zoneinfo
from collections.abc import Mapping
from datetime import datetime

from babel.numbers import list_currencies
from flask_babel import gettext
from sqlalchemy import exists, or_, select

from kiosk.base import addresses
from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, gathered
from kiosk.base.writing import writes
from kiosk.models import Offer, Signup, StaffSession, Visit
from kiosk.shop import languages, shop

LOGO_BYTES, LOGO_SIDE = 200_000, 2000  # pixels: unpacked, a picture takes four bytes for each
DAY_ENDS = [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(13)]  # in the quarters that buckets.py counts
NOTICE = 300  # characters of the shop's own text in the privacy notice
PNG, HEADER = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x0dIHDR"

HAS_AMOUNTS = select(or_(
    exists().where(or_(Visit.amount.is_not(None), Visit.discount.is_not(None))),
    exists().where(or_(Offer.kind == "amount", Offer.minimum.is_not(None), Offer.cap.is_not(None))),
))  # fmt: skip
HAS_DAYS = select(or_(exists().where(Signup.id > 0), exists().where(Visit.id > 0)))


@writes
def save(sent: Mapping[str, str], logo, at: datetime, *, by: StaffSession) -> None:
    """Save all that the page of the shop sends. Raises Invalid with everything that is wrong, and where a change would
    falsify what is stored. A new country changes neither money nor days by itself."""
    before = shop.stored()
    with Form(sent) as form, gathered(form.problems):
        said = {name: getattr(before, name) for name in ("currency", "time_zone", "language")} | read(sent, logo)
        form.problems |= _falsified(before, said, sent.get("zone_confirmed", ""))
    shop.add_decision(at, by=by, **said)


def _falsified(before: shop.Shop, said: dict[str, str], confirmed: str) -> dict[str, str]:
    """What cannot be changed because of what is stored, or not without a word of confirmation: the new time zone."""
    problems = {}
    if said["currency"] != before.currency and db.session.scalar(HAS_AMOUNTS):
        kept = gettext("Amounts in %(currency)s are stored already, so the currency stays.", currency=before.currency)
        problems["currency"] = kept
    if said["time_zone"] not in (before.time_zone, confirmed) and db.session.scalar(HAS_DAYS):
        problems["time_zone"] = gettext(
            "Days are counted already. In another time zone they begin and end at another hour: figures of past days "
            "shift, and coupons end earlier or later. To change it all the same, tick the box below and save again."
        )
    return problems


def read(sent: Mapping[str, str], logo) -> dict[str, str]:
    """All that the page of the shop sends, as settings. Raises Invalid with everything that is wrong."""
    said = {}
    with Form(sent) as form:
        for read_part in (read_place, read_languages, read_look):
            with gathered(form.problems):
                said |= read_part(sent)
        return said | ({"logo": ""} if sent.get("no_logo") else read_logo(logo))


def read_place(sent: Mapping[str, str]) -> dict[str, str]:
    """Name, country, currency, time zone, end of the day, colour: those given; and the town, which may be taken back.

    Raises Invalid.
    """
    codes = {key: sent.get(key, "").upper() for key in ("country", "currency")}
    with Form({**sent, **codes}) as form:
        said = {
            "name": form.text("shop_name"),
            "country": form.choice("country", shop.countries()),
            "currency": form.choice("currency", list_currencies()),
            "time_zone": form.choice("time_zone", zoneinfo.available_timezones()),
            "day_ends": form.choice("day_ends", DAY_ENDS),
            "colour": read_colour(form),
        }
        city = form.text("city", 80)
    return {key: value for key, value in said.items() if value} | {"city": city}


def read_colour(form: Form) -> str:
    return form.checked("colour", re.compile("#[0-9A-Fa-f]{6}").fullmatch, gettext("Choose a colour, like #8A1C49"))


def read_languages(sent: Mapping[str, str]) -> dict[str, str]:
    """The languages that customers choose from, if any was sent; the first is the shop's own. Raises Invalid."""
    names = [f"language_{number}" for number in range(1, len(languages.codes()) + 1)]
    with Form(sent) as form:
        chosen = [*dict.fromkeys(filter(None, (form.choice(name, languages.codes()) for name in names)))]
        if names[0] in sent and not chosen:
            form.problems[names[0]] = gettext("Choose one language at least")
    return {"language": chosen[0], "languages": " ".join(chosen)} if chosen else {}


def read_look(sent: Mapping[str, str]) -> dict[str, str]:
    """All the rest, from towns to the privacy notice; empty ones are taken back. Raises Invalid."""
    clock, is_clock = gettext("Enter a time, like 09:00"), re.compile("([01][0-9]|2[0-3]):[0-5][0-9]").fullmatch
    address = gettext("Enter an address without a path, like https://shop.example")
    with Form(sent) as form:
        said = {code: form.text(f"own_notice.{code}", NOTICE) for code in languages.codes()}
        own = {code: text for code, text in said.items() if text}
        return {
            "privacy_contact": form.text("privacy_contact", 120),
            "own_notice": json.dumps(own, ensure_ascii=False) if own else "",
            "towns": form.text("towns", 400),
            "colour": read_colour(form),
            "last_day": form.checked("last_day", shop.read_day, gettext("Choose a date, like 2026-12-31")),
            "opens": form.checked("opens", is_clock, clock),
            "closes": form.checked("closes", is_clock, clock),
            "public_url": form.checked("public_url", addresses.is_origin, address),
        }


def read_logo(file) -> dict[str, str]:
    """The picture that was sent, if one was, as settings. Raises Invalid."""
    data = file.read(LOGO_BYTES + 1) if file and file.filename else b""
    if not data:
        return {}
    if len(data) > LOGO_BYTES or not _is_png(data):
        raise Invalid(logo=gettext("Choose a PNG image of up to 200 kB"))
    if max(int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) > LOGO_SIDE:
        raise Invalid(logo=gettext("Choose an image of up to 2,000 × 2,000 pixels"))
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
    return data[8:16] == HEADER and kinds[-1:] == [b"IEND"] and at == len(data)
