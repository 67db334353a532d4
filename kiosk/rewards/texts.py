"""What the shop writes to a customer: one text per purpose and language, filled in for her, and how long it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from flask_babel import force_locale, gettext
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.writing import writes
from kiosk.coupons import offers
from kiosk.models import Coupon, Customer, Message, Offer, Setting, StaffSession
from kiosk.shop import languages, shop

KEPT = "message_texts"  # the setting with the owner's own texts: by purpose and language
LONGEST = 400  # characters, not filled in
PURPOSES = ("win_back", "birthday", "holiday", "referral", "stamps")
# GSM 03.38, 6.2.1: letters that take one of the 160 places of a text message, and those that take two
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO = set("^{}\\[~]|€")


@dataclass(frozen=True)
class Length:
    alphabet: str  # GSM-7 or UCS-2
    characters: int  # places it takes
    messages: int  # texts it is sent as


def length(text: str) -> Length:
    """How many text messages a text is: of 160 places in GSM-7, of 70 in UCS-2; 153 and 67 where it takes several."""
    if set(text) <= GSM | GSM_TWO:
        places, whole, part = len(text) + sum(letter in GSM_TWO for letter in text), 160, 153
    else:
        places, whole, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return Length("GSM-7" if whole == 160 else "UCS-2", places, 1 if places <= whole else ceil(places / part))


def usual(purpose: str) -> str:
    """The text of a purpose in the language being read, until the owner writes another one."""
    return {
        "win_back": gettext("Hello {name}, it's {shop}. We kept this for you: {worth}, until {until}. See you soon?"),
        "birthday": gettext("Happy birthday, {name}! {shop} has something for you: {worth}, until {until}."),
        "holiday": gettext("Hello {name}, {shop} wishes you happy holidays. For you: {worth}, until {until}."),
        "referral": gettext("Thank you for bringing a friend, {name}! {shop} has for you: {worth}, until {until}."),
        "stamps": gettext("{name}, your stamp card at {shop} is full. For you: {worth}, until {until}."),
    }[purpose]


def own() -> dict[str, dict[str, str]]:
    """The texts the owner wrote, by purpose and language."""
    kept = db.session.get(Setting, KEPT)
    return dict(kept.value) if kept else {}


def all_of(code: str) -> dict[str, str]:
    """The text of each purpose in that language."""
    mine = own()
    with force_locale(code):
        return {purpose: mine.get(purpose, {}).get(code) or usual(purpose) for purpose in PURPOSES}


def link_of(coupon: Coupon | None) -> str:
    """Her link, where phones reach the shop: her coupon, and the way to stop messages."""
    public = shop.current().public_url
    return f"{public}/c/{coupon.token}" if public and coupon else ""


def fill(text: str, customer: Customer, coupon: Coupon | None, channel: str) -> str:
    """The text for her, in her language, with how to stop at its end, whatever the owner wrote. Spaces at which no line
    is broken become plain ones, which a text message has a place for."""
    with force_locale(customer.language):
        known = {"name": customer.first_name, "shop": str(shop.current().name), "link": link_of(coupon)}
        if coupon:
            known |= {"worth": offers.worth(coupon.offer), "until": languages.day(coupon.valid_until)}
        said = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)
        stop, email = gettext("To stop, reply NO."), gettext("To stop these emails, reply NO.")
        if known["link"]:
            email = gettext("Your coupon, and how to stop these emails: %(link)s", link=known["link"])
        ends = {"sms": f" {stop}", "email": f"\n\n{email}"}
        return re.sub("[\xa0\u202f]", " ", said + ends.get(channel, ""))


def shown(text: str) -> str:
    """The text for a page, where no line is broken beside a figure."""
    return re.sub(r"(?<=\d) |(?<=\d\.) | (?=\d)", languages.NO_BREAK, text)


def example(text: str, code: str) -> str:
    """The text as somebody in that language would get it."""
    offer = offers.welcome() or Offer(**offers.FIRST)
    coupon = Coupon(offer=offer, valid_until=shop.current().today() + timedelta(days=14), token="0" * 26)
    return fill(text, Customer(name="Maria", language=code), coupon, "sms")


@writes
def save(sent: Mapping[str, str], at: datetime, *, by: StaffSession) -> None:
    """Keep how often customers are written to (fields of Shop) and the owner's texts (fields `<purpose>.<language>`; an
    empty or unchanged one is the usual one), and fill in anew those that wait to be sent. Raises Invalid."""
    written = own()
    with Form(sent) as form:
        rules = _read_rules(form)
        for code in (language.code for language in languages.offered()):
            for purpose in PURPOSES:
                text = form.text(f"{purpose}.{code}", LONGEST)
                with force_locale(code):
                    written[purpose] = written.get(purpose, {}) | {code: "" if text == usual(purpose) else text}
    db.session.merge(Setting(name=KEPT, value=written))
    shop.add_decision(at, by=by, **rules)
    for message in db.session.scalars(select(Message).where(Message.done_at.is_(None), Message.reward_id.is_not(None))):
        text = all_of(message.customer.language)[message.purpose]
        message.text = fill(text, message.customer, message.reward.coupon, message.channel)


def _read_rules(form: Form) -> dict:
    counts = {"messages_a_month": form.whole("messages_a_month", 1, 10), "rest_days": form.whole("rest_days", 1, 90)}
    return counts | {name: form.clock(name, required=True) for name in ("quiet_from", "quiet_until")}


def read_news(sent: Mapping[str, str]) -> dict[str, str]:
    """The texts of a message to many, the fields `text.<language>` with their lines joined. Raises Invalid, as it
    does without any."""
    with Form({name: " ".join(text.split()) for name, text in sent.items()}) as form:
        said = {one.code: form.text(f"text.{one.code}", LONGEST) for one in languages.offered()}
        written = {code: text for code, text in said.items() if text}
        if not written:
            form.problems[f"text.{languages.offered()[0].code}"] = gettext("Enter what you want to tell them")
        return written
