"""What a coupon is worth: a percentage, an amount of money, or a gift."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import pairwise, zip_longest

from babel import Locale
from babel.numbers import format_percent
from flask_babel import get_locale, gettext, ngettext
from sqlalchemy import Date, Select, String, bindparam, cast, extract, func, or_, select
from sqlalchemy.orm import aliased, contains_eager

from kiosk.base.clock import MADE
from kiosk.base.database import db
from kiosk.base.writing import alone
from kiosk.models import Offer, Series
from kiosk.shop import shop
from kiosk.shop.languages import day, money, weekdays

FIRST = {"kind": "percent", "value": 10, "days_valid": 30}
PURPOSES = ("welcome", "by_hand", "referral", "birthday", "holiday", "win_back", "stamps")

_later, _day = aliased(Offer), bindparam("day", type_=Date)
_newest = select(func.max(_later.id)).where(_later.series_id == Series.id, _later.undone_at.is_(None))
VERSIONS = select(Offer).join(Offer.series).options(contains_eager(Offer.series))
NEWEST = VERSIONS.where(Offer.id == _newest.scalar_subquery())  # of each series
ON_DAY = NEWEST.where(
    Offer.stopped_at.is_(None), or_(Offer.from_on.is_(None), Offer.from_on <= _day),
    or_(Offer.until_on.is_(None), Offer.until_on >= _day),
    or_(Offer.weekdays.is_(None), Offer.weekdays.contains(cast(extract("dow", _day), String))),
).order_by(
    Offer.from_on.is_(None) & Offer.until_on.is_(None) & Offer.weekdays.is_(None), Series.id.desc()
)  # fmt: skip


def in_force(purpose: str) -> Select[tuple[Offer]]:
    """The query for the offer of that purpose that is given on a day (to be executed with `{"day": date}`): of
    several, one with dates comes before one without, and then the newest series."""
    return ON_DAY.where(Series.purpose == purpose).limit(1)


WELCOME = in_force("welcome")
HAS_WELCOME = select(Series.id).where(Series.purpose == "welcome").limit(1)


def welcome(on: date | None = None) -> Offer | None:
    """What a new customer gets on a shop day, as a rule today; None when the shop gives nothing then. Until the shop
    makes an offer of its own, this is one that is not stored yet (see `add_first`): 10 % off, good for 30 days."""
    on = on or shop.current().today()
    if shop.current().has_ended(on):
        return None
    found = db.session.scalar(WELCOME, {"day": on})
    if found or db.session.scalar(HAS_WELCOME):
        return found
    return Offer(series=Series(purpose="welcome"), **FIRST)


def ends_soon(today: date) -> date | None:
    """The last day on which new customers get an offer, when that is no more than three days ahead."""
    offer = welcome(today)
    days = [day for day in (shop.current().ends_on, offer and offer.until_on) if day]
    return min(days) if offer and days and min(days) <= today + timedelta(3) else None


def reward(purpose: str) -> Offer | None:
    """The reward of that purpose that is given today, if the shop has switched one on."""
    switched_on = in_force(purpose).where(Offer.rule.is_not(None))
    return db.session.scalar(switched_on, {"day": shop.current().today()})


def add_first() -> Offer:
    """Return the shop's first welcome offer as a row, adding it inside the caller's transaction if there is none."""
    alone("first offer")
    first = db.session.scalar(VERSIONS.where(Series.purpose == "welcome").order_by(Offer.id).limit(1))
    if first is None:
        first = Offer(series=Series(purpose="welcome", created_at=MADE), created_at=MADE, **FIRST)
        db.session.add(first)
        db.session.flush()
    return first


def active() -> list[Offer]:
    """The offers a coupon can be given of today: of each purpose the one in force, and all that are given by hand."""
    found, today = {}, shop.current().today()
    if shop.current().has_ended(today):
        return []
    for offer in db.session.scalars(ON_DAY, {"day": today}):
        found.setdefault(offer.series_id if offer.series.purpose == "by_hand" else offer.series.purpose, offer)
    return sorted(found.values(), key=lambda offer: offer.series_id)


def listed() -> list[Offer]:
    """The newest version of every series, the newest series first; until there is any, what new customers get."""
    return list(db.session.scalars(NEWEST.order_by(Series.id.desc()))) or [one for one in [welcome()] if one]


def newest(series: int | None = None, version: int | None = None) -> Offer | None:
    """The newest version of that series, or of the series of that version."""
    if version:
        named = db.session.get(Offer, version)
        series = named and named.series_id
    return db.session.scalar(NEWEST.where(Series.id == series)) if series else None


def turns() -> list[tuple[list[tuple[Offer | None, str]], date | None]]:
    """The welcome offers that are given from today on: for each stretch of days those of its weekdays (as in
    `Offer.weekdays`; empty for all of them), and its last day; the last one has none."""
    today, after = shop.current().today(), timedelta(days=1)
    own = [one for one in listed() if one.series.purpose == "welcome" and not one.stopped_at]
    ends = [shop.current().ends_on, *(one.until_on for one in own)]
    starts = {today, *(one.from_on for one in own), *(end and end + after for end in ends)} - {None}
    begin, week = [start for start in sorted(starts) if start >= today], 7 if any(one.weekdays for one in own) else 1
    found = [
        (_by_weekday([start + n * after for n in range(week) if not then or start + n * after < then]), start)
        for start, then in zip_longest(begin, begin[1:])
    ]
    new = [one for n, one in enumerate(found) if n == 0 or one[0] != found[n - 1][0]]
    return [(given, then - after) for (given, _), (_, then) in pairwise(new)] + [(new[-1][0], None)]


def _by_weekday(days: list[date]) -> list[tuple[Offer | None, str]]:
    """The welcome offers of these days, each with the weekdays on which it is given, in the order of the week."""
    found = {}
    for day_of_week in sorted(days, key=date.weekday):
        found.setdefault(welcome(day_of_week), []).append(f"{day_of_week:%w}")
    return [(offer, "".join(numbers) if len(found) > 1 else "") for offer, numbers in found.items()]


def short(offer: Offer) -> str:
    """For huge type: “10%”, “₱100”, or the gift."""
    if offer.kind == "gift":
        return _in_own_language(offer.gift)
    return _percent(offer.value, get_locale()) if offer.kind == "percent" else money(offer.value)


@cache
def _percent(value: int, locale: Locale) -> str:
    return format_percent(Decimal(value) / 100, locale=locale)


def _in_own_language(texts: dict[str, str] | None) -> str:
    """What is said in the reader's language, else in the first one it is said in: the shop's own."""
    return (texts or {}).get(str(get_locale())) or next(iter((texts or {}).values()), "")


def worth(offer: Offer) -> str:
    """“10% off”, “₱100 off”, or the gift."""
    return short(offer) if offer.kind == "gift" else gettext("%(discount)s off", discount=short(offer))


def invitation(offer: Offer) -> str:
    """What a customer is invited with. A gift's words stand alone: in a sentence, some languages would bend them."""
    if offer.kind == "gift":
        return gettext("Your gift today: %(gift)s", gift=short(offer))
    return gettext("Get %(discount)s off today", discount=short(offer))


def conditions(offer: Offer) -> list[str]:
    """What a customer has to know besides: the least she buys for, the most that is taken off, the small print."""
    said = [
        offer.minimum and gettext("For purchases from %(amount)s", amount=money(offer.minimum)),
        offer.cap and gettext("%(amount)s at most", amount=money(offer.cap)),
        _in_own_language(offer.terms),
    ]
    return [one for one in said if one]


def details(offer: Offer) -> list[str]:
    """What there is to know of an offer besides what it is worth: its conditions, and when it is given and good."""
    dates = [
        offer.weekdays and gettext("only on %(days)s", days=weekdays(offer.weekdays)),
        offer.from_on and gettext("from %(date)s", date=day(offer.from_on)),
        offer.until_on and gettext("until %(date)s", date=day(offer.until_on)),
    ]
    days = ngettext("good for %(num)s day", "good for %(num)s days", offer.days_valid)
    return [*conditions(offer), days, *(one for one in dates if one)]


def summary(offer: Offer) -> str:
    """All of an offer in one line, as the log tells it."""
    return " · ".join((worth(offer), *details(offer)))


def instruction(offer: Offer | None, taken_off: int | None) -> str:
    """What the cashier is to do; nothing when there is no offer and nothing was taken off."""
    if offer and offer.kind == "gift" and not taken_off:
        return gettext("Give: %(gift)s", gift=short(offer))
    discount = money(taken_off) or (offer and short(offer))
    return gettext("Take %(discount)s off the total", discount=discount) if discount else ""


def take_off(offer: Offer, amount: int | None) -> int | None:
    """What to take off a purchase of `amount` (minor units): halves are rounded up, and it is never more than
    the offer's cap or the amount itself. None when the amount is not known."""
    if amount is None:
        return None
    if offer.kind == "percent":
        share = int((Decimal(amount) * offer.value / 100).to_integral_value(ROUND_HALF_UP))
        return min(amount, share, amount if offer.cap is None else offer.cap)
    return min(amount, offer.value) if offer.kind == "amount" else 0
