"""What an owner says of the shop, checked: its name and place, its money and days, its colour and logo."""

import json
import zlib
import zoneinfo
from collections.abc import Container, Mapping
from datetime import datetime

from babel.numbers import list_currencies
from flask_babel import gettext
from sqlalchemy import exists, or_, select

from kiosk.base import addresses
from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.models import Audit, Offer, Setting, Signup, StaffSession, Visit
from kiosk.shop import languages, logo, shop, theme

DAY_ENDS = [f"{half // 2:02}:{half % 2 * 30:02}" for half in range(13)]  # in the quarters that sums.py counts
NOTICE = 300  # characters of the shop's own text in the privacy notice
TOLD = ("name", "city", "towns", "colour", "last_day", "opens", "closes", "privacy_contact", "public_url")
WEEK = "1234560"  # from Monday on, as strftime's %w
PAGE = (
    "name", "country", "currency", "time_zone", "language", "languages", "public_url", "city", "towns", "colour",
    "logo", "last_day", "privacy_contact", "own_notice", "opens", "closes", "other_hours", "day_ends", "partner",
)  # fmt: skip

HAS_AMOUNTS = select(or_(
    exists().where(or_(Visit.amount.is_not(None), Visit.discount.is_not(None))),
    exists().where(or_(Offer.kind == "amount", Offer.minimum.is_not(None), Offer.cap.is_not(None))),
))  # fmt: skip
HAS_DAYS = select(or_(exists().where(Signup.id > 0), exists().where(Visit.id > 0)))


def _days_since(at: datetime):
    return select(or_(exists().where(Signup.finished_at >= at), exists().where(Visit.happened_at >= at)))


@writes
def save(sent: Mapping[str, str], picture, at: datetime, *, by: StaffSession) -> None:
    """Save all that the page of the shop sends. Raises Invalid with everything that is wrong, and where a change would
    falsify what is stored. A new country changes neither money nor days by itself.

    Raises Refusal `changed_meanwhile` when `seen` was sent, and is not what `seen()` gives now.
    """
    alone("shop")
    if sent.get("seen", seen()) != seen():
        raise Refusal("changed_meanwhile")
    before = shop.stored()
    with Form(sent) as form:
        said = {name: getattr(before, name) for name in ("currency", "time_zone", "language")}
        said |= read_place(form) | _read_languages(form, sent) | _read_rest(form, sent)
        form.problems |= _falsified(before, said, sent.get("zone_confirmed", ""))
        said |= {"logo": ""} if sent.get("no_logo") else logo.read(picture)
    if said.get("name") == str(before.name):
        del said["name"]  # a shop that has none yet is called by each reader in the reader's language
    shop.add_decision(at, by=by, **said)


@writes
def undo(change: int, at: datetime, *, by: StaffSession) -> None:
    """Put back what that change replaced, the id of `last()`; done twice, it makes the change again.

    Raises Refusal `changed_meanwhile` when it is not the last change, `used_meanwhile` when amounts were stored in the
    new currency, or days counted in the new time zone, since then.
    """
    alone("shop")
    row = last(at)
    if row is None or row.id != change:
        raise Refusal("changed_meanwhile")
    said = {name: before for name, (before, _) in row.details.items()}
    since = {"currency": HAS_AMOUNTS, "time_zone": _days_since(row.happened_at)}
    if any(name in said and db.session.scalar(query) for name, query in since.items()):
        raise Refusal("used_meanwhile")
    if "logo" in said:
        said |= db.session.get(Setting, shop.LOGO_BEFORE).value
    shop.add_decision(at, by=by, **said)


def last(at: datetime) -> Audit | None:
    """The last change of what stands on the page, in the log, if it was made today."""
    today = shop.current().start_of(shop.current().day_of(at))
    query = select(Audit).where(Audit.action == "settings", Audit.happened_at >= today).order_by(Audit.id.desc())
    return next((row for row in db.session.scalars(query) if row.details and row.details.keys() <= {*PAGE}), None)


def seen() -> str:
    """Tells one state of all that stands on the page from another."""
    kept = select(Setting.name, Setting.value).where(Setting.name.in_(PAGE)).order_by(Setting.name)
    return f"{zlib.crc32(repr(db.session.execute(kept).all()).encode()):08x}"


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


def read_place(form: Form) -> dict[str, str]:
    """Name, country, currency, time zone, end of the day: those given; town and colour, which may be taken back."""
    said = {
        "name": form.text("shop_name"),
        "country": _read_code(form, "country", shop.countries()),
        "currency": _read_code(form, "currency", list_currencies()),
        "time_zone": form.choice("time_zone", zoneinfo.available_timezones()),
        "day_ends": form.choice("day_ends", DAY_ENDS),
    }
    colour = form.checked("colour", theme.is_colour, gettext("Choose a colour, like #8A1C49"))
    if colour.upper() == theme.USUAL:
        colour = ""
    return {key: value for key, value in said.items() if value} | {"city": form.text("city", 80), "colour": colour}


def _read_code(form: Form, field: str, known: Container[str]) -> str:
    """A code of capital letters, however it was typed."""
    return form.checked(field, lambda typed: typed.upper() in known, gettext("Choose one from the list")).upper()


def _read_languages(form: Form, sent: Mapping[str, str]) -> dict[str, str]:
    """The languages that customers choose from, if others were sent; the first is the shop's own."""
    names = [f"language_{number}" for number in range(1, len(languages.codes()) + 1)]
    chosen = [*dict.fromkeys(filter(None, (form.choice(name, languages.codes()) for name in names)))]
    if names[0] in sent and not chosen:
        form.problems[names[0]] = gettext("Choose one language at least")
    is_other = chosen and chosen != [one.code for one in languages.offered()]
    return {"language": chosen[0], "languages": " ".join(chosen)} if is_other else {}


def _read_rest(form: Form, sent: Mapping[str, str]) -> dict[str, str]:
    """All else, from towns to the privacy notice; empty ones are taken back."""
    address = gettext("Enter an address without a path, like https://shop.example")
    own = {code: text for code in languages.codes() if (text := form.text(f"own_notice.{code}", NOTICE))}
    return {
        "privacy_contact": form.text("privacy_contact", 120),
        "own_notice": json.dumps(own, ensure_ascii=False) if own else "",
        "towns": form.text("towns", 400),
        "partner": form.text("partner"),
        "last_day": str(form.day("last_day") or ""),
        "opens": form.clock("opens"),
        "closes": form.clock("closes"),
        "other_hours": _read_other_hours(form, sent),
        "public_url": form.checked("public_url", addresses.is_origin, address),
    }


def _read_other_hours(form: Form, sent: Mapping[str, str]) -> str:
    """Days of the week with hours of their own, as JSON: two times, or none where the shop is closed all day."""
    other = {number: [] for number in WEEK if sent.get(f"closed.{number}")}
    for number in WEEK:
        fields = [f"opens.{number}", f"closes.{number}"]
        if number not in other and any(sent.get(field) for field in fields):
            other[number] = [form.clock(field, required=True) for field in fields]
    return json.dumps(other) if other else ""
