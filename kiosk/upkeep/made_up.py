"""Made-up people for a demo shop: how they are called, where they live, when they come and what they spend."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers

from kiosk.shop.shop import Shop
from kiosk.signups.answers import PURPOSES, Answers
from kiosk.signups.questionnaire import Questionnaire

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_WITH_LEADING_ZERO = {"IT", "SM", "VA", "CI", "CG", "GA"}  # there, a number that begins with 0 is somebody's
_RATED, _STARS, _SAYS = (0.1, (5, 5, 5, 4, 4, 3, 2, 1), 0.3)  # of visits, which stars, of these a comment
_RETURNS = (0.4, 0.2, 0.4)  # never; once, with the coupon; again and again


@dataclass(frozen=True)
class Purchase:
    at: datetime
    amount: int  # minor units
    redeems: bool
    what: str
    served_by: str
    stars: int | None  # an hour later
    comment: str | None


@dataclass(frozen=True)
class Person:
    answers: Answers
    came_at: datetime
    purchases: list[Purchase]


def people(count: int, here: Shop, asked: Questionnaire, *, end: datetime, days: int) -> Iterator[Person]:
    """So many people in the order they sign up, within the shop's opening hours of the `days` before `end`."""
    dice = random.Random(count)
    times = sorted(_while_open(end - timedelta(days=dice.random() * days), end, here, dice) for _ in range(count))
    for number, came_at in enumerate(times):
        yield Person(_answers(number, here, asked, dice), came_at, list(_purchases(came_at, end, here, dice)))


def _while_open(day: datetime, before: datetime, here: Shop, dice: random.Random) -> datetime:
    """A likely instant of that shop day, to the second, or of the day before, if it would not be past yet: from nine to
    six where the shop has not said otherwise, and most often in the late afternoon."""
    opens, closes = (time.fromisoformat(text) for text in (here.opens or "09:00", here.closes or "18:00"))
    first, last = (60 * one.hour + one.minute for one in (opens, closes))
    last += 24 * 60 * (last <= first)
    seconds = 60 * dice.triangular(first, last, first + 0.7 * (last - first))
    zone = ZoneInfo(here.time_zone)
    midnight = datetime.combine(day.astimezone(zone), time.min)
    found = (midnight + timedelta(seconds=int(seconds))).replace(tzinfo=zone).astimezone(UTC)
    return found if found < before else found - timedelta(days=1 + (found - before).days)


def _people_of(here: Shop) -> dict:
    return _WORDS["people"].get(here.country, _WORDS["people"]["other"])


def _answers(number: int, here: Shop, asked: Questionnaire, dice: random.Random) -> Answers:
    there = _people_of(here)
    first, last = dice.choice(there["first"]), dice.choice(there["last"])
    phone, reach = _phone(number, here.country), dice.random()
    language = dice.choices([*there["languages"]], there["languages"].values())[0]
    contacts = {"phone": phone if reach < 0.7 else "", "email": ""}
    if reach > 0.55 or not phone:
        contacts["email"] = f"demo{number + 1}@example.com"
    town = dice.choice(there["towns"][: round(dice.triangular(1, 10, 1))]) or here.city
    return Answers(
        language if dice.random() < 0.95 else dice.choice(("en", "fil", "nb", "ru")),
        name=f"{first} {last}" if dice.random() < 0.8 else first, city=town, **contacts,
        choices={q.key: (dice.choice(q.choices).key,) for q in asked.with_answers("signup") if q.choices},
        consents=tuple(purpose for purpose, contact in PURPOSES.items() if contacts[contact] and dice.random() < 0.6)
        + (("processing",) if here.is_russian else ()),
        questionnaire_version=asked.version,
    )  # fmt: skip


def _phone(number: int, country: str) -> str:
    """A number that nobody has, in the form of E.164; none where there are no more of them."""
    calling_code = phonenumbers.country_code_for_region(country)
    start, digits = _WORDS["phones"].get(country, (f"+{calling_code}0", 8))
    return "" if country in _WITH_LEADING_ZERO or number >= 10**digits else f"{start}{number:0{digits}}"


def _purchases(came_at: datetime, end: datetime, here: Shop, dice: random.Random) -> Iterator[Purchase]:
    """The first with the coupon, most soon and some on the day; regulars come on until they are lost, or until now."""
    kind = dice.choices(("never", "once", "regular"), _RETURNS)[0]
    if kind == "never":
        return
    at = came_at + timedelta(minutes=dice.randrange(3, 40)) if dice.random() < 0.4 else _later(came_at, 8, here, dice)
    every, redeems = dice.randrange(7, 60), True
    while at < end:
        usual = dice.lognormvariate(0, 0.6) * _WORDS["usual"].get(here.currency, 30)
        yield Purchase(at, max(1, round(usual)) * 10**here.minor_digits, redeems, *_said(here, dice))
        if kind == "once" or dice.random() < 0.15:
            return
        at, redeems = _later(at, every, here, dice), False


def _said(here: Shop, dice: random.Random) -> tuple:
    """What was bought, who served, and sometimes stars and a comment."""
    there = _people_of(here)
    words = _WORDS["said"][next(iter(there["languages"]))]
    stars = dice.choice(_STARS) if dice.random() < _RATED else None
    comment = dice.choice(words["good" if stars > 2 else "bad"]) if stars and dice.random() < _SAYS else None
    return dice.choice(words["bought"]), dice.choice(there["first"][:3]), stars, comment


def _later(at: datetime, days: int, here: Shop, dice: random.Random) -> datetime:
    day = at + timedelta(days=1 + dice.random() * 2 * days)
    return _while_open(day, datetime.max.replace(tzinfo=UTC), here, dice)
