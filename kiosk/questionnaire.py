"""The questions, in order, and what counts as an answer to each."""

import re
from dataclasses import dataclass, field
from functools import partial

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import desc, func, select

from . import kinds, shop
from .contacts import NotUsable, clean, clean_email, clean_phone, example_phone
from .database import db
from .models import Customer
from .refusals import Invalid

BUILT_IN = 0  # the version of the questions below; an edited one gets a number of its own
TOWN = re.compile(r"(?:[^\W\d_]|[ '’()-]|\.(?= )){2,40}")
PURPOSES = {"sms": "phone", "email": "email"}  # what may be agreed to, and the contact it needs


@dataclass(frozen=True)
class Question:
    key: str
    kind: str
    text: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    is_on: bool = True  # the others are ready, and wait to be switched on


def _numbers(first: int, last: int) -> tuple[tuple[str, str], ...]:
    return tuple((str(number), str(number)) for number in range(first, last + 1))


QUESTIONS = (
    Question("source", "one", _l("How did you hear about us?"), options=(
        ("window", _l("Sign or shop window")), ("friend", _l("Friend or family")), ("social", _l("Social media")),
        ("search", _l("Online search or maps")), ("regular", _l("I already come here")),
        ("other", _l("Something else")),
    )),
    Question("interests", "many", _l("What would you like offers on?"), is_on=False, options=(
        ("new", _l("New arrivals")), ("basics", _l("Everyday basics")), ("gifts", _l("Gifts")),
        ("home", _l("For the home")), ("kids", _l("For children")), ("sale", _l("Sale items")),
    )),
    Question("frequency", "one", _l("How often do you visit us?"), is_on=False, options=(
        ("first", _l("This is my first time")), ("week", _l("Every week or more")),
        ("month", _l("About once a month")), ("year", _l("A few times a year")),
    )),
    Question("birthday", "date", _l("When is your birthday?"), _l("Day and month only. No year."), is_on=False),
    Question("age_range", "one", _l("How old are you?"), is_on=False, options=(
        ("under-18", _l("Under 18")), ("18-24", "18–24"), ("25-34", "25–34"), ("35-49", "35–49"), ("50-64", "50–64"),
        ("65-up", _l("65 or over")),
    )),
    Question("stars", "stars", _l("How was it today?"), is_on=False, options=_numbers(1, 5)),
    Question("recommend", "scale", _l("Would you recommend us to a friend?"), is_on=False, options=_numbers(0, 10)),
    Question("reasons", "ranking", _l("Why do you come to us?"), _l("Tap up to four, the most important first"),
             is_on=False, options=(
        ("price", _l("Good prices")), ("choice", _l("Good selection")), ("quality", _l("Quality")),
        ("staff", _l("Kind staff")), ("near", _l("Close by")), ("friends", _l("Friends come here too")),
    )),
    Question("visit", "one", _l("What brings you here today?"), is_on=False, options=(
        ("need", _l("Something I need")), ("gift", _l("A gift")), ("look", _l("Just looking")),
        ("else", _l("Something else")),
    )),
    Question("comment", "comment", _l("What could we do better?"), is_on=False),
    Question("city", "town", _l("Which town do you live in?")),
    Question("name", "text", _l("What should we call you?")),
    Question("contact", "contact", _l("What is your mobile number?"),
             _l("One coupon per person. We only text you if you say yes on the next screen."), required=True),
)  # fmt: skip


def asked() -> list[Question]:
    """The questions that are switched on, in the order they are asked: taps first, what is personal last."""
    return [question for question in QUESTIONS if question.is_on]


@dataclass(frozen=True)
class Answers:
    """One filled-in questionnaire, as it is kept: normalised, nothing unusable in it."""

    language: str
    name: str = ""
    city: str = ""
    phone: str = ""  # E.164
    email: str = ""
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by question, normalised by its kind
    consents: tuple[str, ...] = ()  # the purposes agreed to


def read(form, language: str) -> Answers:
    """What was sent (a werkzeug MultiDict), checked. Raises Invalid with a message for every field."""
    country = shop.current().country
    city = next((text for text in reversed(form.getlist("city")) if text.strip()), "")  # a typed one wins
    mobile = gettext("Enter a mobile number, like %(example)s", example=example_phone(country))
    fields = {
        "name": (lambda: clean(form.get("name"), 60), gettext("Enter a name we can call you")),
        "city": (lambda: clean(city, 80), gettext("Enter a town, in no more than 80 letters")),
        "phone": (lambda: clean_phone(form.get("phone"), country), mobile),
        "email": (lambda: clean_email(form.get("email")), gettext("Enter an email address, like name@example.com")),
    }
    chosen = [question for question in asked() if question.kind in kinds.READ]
    fields |= {question.key: (partial(_choice, form, question), _wanted(question)) for question in chosen}
    kept, problems = {}, {}
    for key, (read_it, instruction) in fields.items():
        try:
            kept[key] = read_it()
        except NotUsable:
            problems[key] = instruction
    if not (kept.get("phone") or kept.get("email") or problems.keys() & {"phone", "email"}):
        problems["phone"] = mobile
    consents = tuple(p for p in (*PURPOSES, "processing") if form.get(f"consent_{p}") == "yes")
    if shop.current().is_russian and "processing" not in consents:
        problems["consent_processing"] = gettext("Tick this box, so that we may issue the coupon")
    if problems:
        raise Invalid(**problems)
    choices = {question.key: kept.pop(question.key) for question in chosen}
    return Answers(language, **kept, choices=choices, consents=consents)


def _choice(form, question: Question) -> tuple[str, ...]:
    parts = [question.key, f"{question.key}_month", f"{question.key}_day"]
    given = [text for part in parts for text in form.getlist(part) if text.strip()]
    return kinds.READ[question.kind](given, tuple(dict(question.options)))


def _wanted(question: Question) -> str:
    """The instruction beside a question whose answer is none of its kind."""
    return {
        "date": gettext("Choose a month and a day, or skip this question"),
        "ranking": gettext("Choose up to four answers, or skip this question"),
        "comment": gettext("Write no more than 1,000 letters"),
    }.get(question.kind, gettext("Choose an answer, or skip this question"))


def common_towns(most: int = 5) -> list[str]:
    """The shop's own town, and where its customers live, the most common first: what two of them typed
    and looks like a town, since everybody will read it."""
    people, own = func.count(Customer.id), shop.current().city
    towns = select(Customer.city).where(Customer.city.is_not(None), Customer.city != own).group_by(Customer.city)
    common = db.session.scalars(towns.having(people > 1).order_by(desc(people), Customer.city).limit(4 * most))
    return [*filter(None, [own]), *filter(TOWN.fullmatch, common)][:most]


def label(key: str, value: str) -> str:
    """An answer as a person reads it."""
    options = next((dict(q.options) for q in QUESTIONS if q.key == key), {})
    return str(options.get(value, value))


def consent_wordings() -> dict[str, str]:
    """The exact sentence beside the box of each purpose, in the language being read."""
    name = shop.current().name
    return {
        "sms": gettext("Yes, send me offers from %(shop)s by text message. I can stop at any time.", shop=name),
        "email": gettext("Yes, send me offers from %(shop)s by email. I can stop at any time.", shop=name),
        "processing": gettext(
            "I give %(shop)s my consent to process my personal data so that I can get the coupon", shop=name
        ),
    }
