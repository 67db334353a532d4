"""The columns of an export: what each is called, and how its values are read, a whole column at a time. How a cell is
written, and kept from being a formula, is in spreadsheets.py."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from flask_babel import gettext
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.coupons.codes import spaced
from kiosk.models import Offer
from kiosk.shop import shop
from kiosk.signups import questionnaires
from kiosk.signups.questionnaire import WELCOME, Question


@dataclass(frozen=True)
class Column:
    """One column: its heading, the kind of its cells, and what makes them from the database's values."""

    heading: str
    kind: str = "typed"  # text that people may have `typed`, `own` text that is no formula, `time`, `day`, `number`
    read: Callable[[Sequence], Sequence] = tuple
    meaning: str = ""
    is_summed: bool = False  # whether its total says something


def each(function: Callable) -> Callable[[Sequence], list]:
    """Read a column value by value; None stays None."""
    return lambda values: [None if value is None else function(value) for value in values]


def text(heading: str, meaning: str) -> Column:
    return Column(heading, meaning=meaning)


def name() -> Column:
    return text(gettext("Name"), gettext("The name the customer gave; empty once the customer is forgotten"))


def contact() -> tuple[Column, Column]:
    """The mobile number, which we normalised ourselves (E.164), so that its + begins no formula, and the email."""
    mobile = Column(gettext("Mobile"), "own", meaning=gettext("The number with its country, as text"))
    return mobile, text(gettext("Email"), gettext("The email address the customer gave"))


def language() -> Column:
    return Column(gettext("Language"), "own", meaning=gettext("The code of the language that was read, like en"))


def card() -> Column:
    return Column(gettext("Card"), "own", each(spaced), gettext("The number of the customer's card, as text"))


def day(heading: str, meaning: str) -> Column:
    days = cache(lambda value: date.fromisoformat(value) if isinstance(value, str) else value)
    return Column(heading, "day", each(days), meaning)


def count(heading: str, meaning: str, *, is_summed: bool = False) -> Column:
    return Column(heading, "number", meaning=meaning, is_summed=is_summed)


def money(heading: str, *, is_summed: bool = True) -> Column:
    """Amounts in whole units of the shop's money."""
    here = shop.current()
    major = each(lambda minor: Decimal(minor).scaleb(-here.minor_digits))
    return Column(heading, "number", major, gettext("In %(currency)s", currency=here.currency), is_summed)


def answer(question: Question, form: str = WELCOME) -> Column:
    """The answers to one question, as a person reads them in the language of now."""
    meaning = gettext("What was answered to this question, several answers one a line; empty where it was not")
    return Column(str(question.text), "typed", each(cache(label_of(question, form))), meaning)


def label_of(question: Question, form: str = WELCOME) -> Callable[[str], str]:
    """Make what reads the answers to one question in the language of now. An answer comes as `3 tea`: the version of
    the questionnaire it was given to, and its value."""
    versions = questionnaires.versions_of(question.key, form)
    asked = {str(version): _in_this_language(one) for version, one in versions.items()}
    newest = _in_this_language(question)

    def label(said: str) -> str:
        version, _, value = said.partition(" ")
        return asked.get(version, newest).label(value)

    return label


def _in_this_language(question: Question) -> Question:
    return replace(question, choices=tuple(replace(choice, text=str(choice.text)) for choice in question.choices))


def consent(heading: str) -> Column:
    """What she decided last about a purpose."""
    words = _consent_words()  # now: when the rows leave, nobody's language is known any more
    meaning = gettext("What the customer decided last; empty where there was no question")
    return Column(heading, "own", lambda values: [words[value] for value in values], meaning)


def consent_word(decision: str | None) -> str:
    """What she decided last about a purpose, as staff read it."""
    return _consent_words()[decision]


def _consent_words() -> dict[str | None, str]:
    return {
        "yes": gettext("yes"), "no": gettext("no"), "withdrawn": gettext("withdrawn"),
        "unverified": gettext("yes, not confirmed"), "given on": gettext("given on"), None: "",
    }  # fmt: skip


def worth(heading: str) -> Column:
    """What a coupon is worth, by its offer."""
    words = {offer.id: offers.worth(offer) for offer in db.session.scalars(select(Offer))}
    return Column(heading, "typed", each(words.get), gettext("What it is worth, by the offer of the day it was given"))


def state(heading: str) -> Column:
    """What has become of a coupon."""
    words = {
        "void": gettext("Cancelled"), "used": gettext("Redeemed"), "expired": gettext("Expired"),
        "not_yet": gettext("Good later"), "issued": gettext("Not used yet"),
    }  # fmt: skip
    return Column(heading, "own", each(words.get), gettext("What has become of it by the day of this export"))


def time(heading: str, meaning: str = "") -> Column:
    """Instants in the shop's time, to the second; unless said otherwise, of what the row is about.

    How far the shop's clock is from UTC is worked out once a day; on a day on which that changes, once a cell.
    """
    zone = ZoneInfo(shop.current().time_zone)
    meaning = meaning or gettext("When it happened, in the time of %(time_zone)s", time_zone=zone.key)

    def offset_on(day: str) -> timedelta | None:
        start = datetime.fromisoformat(day).replace(tzinfo=UTC)
        offsets = {(start + timedelta(days=n)).astimezone(zone).utcoffset() for n in (0, 1)}
        return offsets.pop() if len(offsets) == 1 else None

    def slowly(value: str | datetime) -> datetime:
        return instant(value).astimezone(zone).replace(tzinfo=None, microsecond=0)

    offset, parse = cache(offset_on), datetime.fromisoformat

    def shop_times(values: Sequence) -> list[datetime | None]:
        try:
            return [value and parse(value[:19]) + offset(value[:10]) for value in values]
        except TypeError:  # no text, or a day on which the clock is changed
            return [value and slowly(value) for value in values]

    return Column(heading, "time", shop_times, meaning)


def instant(value: str | datetime) -> datetime:
    """An instant as the driver gives it: SQLite's is text, in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
