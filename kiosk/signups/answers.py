"""One filled-in questionnaire, read from what was sent and checked."""

from dataclasses import dataclass, field, replace

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kiosk.base.contacts import NotUsable, clean_email
from kiosk.base.forms import Form
from kiosk.base.phones import clean_phone, example_phone
from kiosk.base.refusals import Invalid, gathered, saying
from kiosk.shop import shop
from kiosk.signups import kinds
from kiosk.signups.questionnaire import WELCOME, Question, Questionnaire

PURPOSES = {"sms": "phone", "email": "email"}  # what may be agreed to, and the contact it needs
WANTED = {  # instead of an answer that is none of its question's kind
    "date": _l("Choose a month and a day, or skip this question"),
    "ranking": _l("Choose up to four answers, or skip this question"),
    "comment": _l("Enter no more than 1,000 characters"),
    "one": _l("Choose an answer, or skip this question"),
}
UNTICKED = {  # the box without which nothing may be stored, by whether it is that of a sign-up
    True: _l("Tick this box, so that we may issue the coupon"),
    False: _l("Tick this box, so that we may keep what you filled in"),
}


@dataclass(frozen=True)
class Answers:
    """What somebody answered, normalised; nothing unusable is in it."""

    language: str
    name: str = ""
    city: str = ""
    phone: str = ""  # E.164
    email: str = ""
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by question, normalised by its kind
    consents: tuple[str, ...] = ()  # the purposes agreed to
    friend: str = ""  # whom to thank, as it was typed
    questionnaire_version: int = 0


def read(sent, language: str, questionnaire: Questionnaire) -> Answers:
    """Read a sign-up that was sent (a werkzeug MultiDict), or a form beside it, with what was agreed to: all that was
    ticked, or only what the law wants from whoever is named in a form. Raises Invalid with a message for every field
    that is wrong."""
    here, given, is_signup = shop.current(), None, questionnaire.name == WELCOME
    needed = ("processing",) if here.is_russian else ()  # without it nothing may be stored
    with Form(sent) as form:
        with gathered(form.problems):
            given = read_form(sent, language, questionnaire)
        if needed and sent.get("consent_processing") != "yes":
            form.problems["consent_processing"] = UNTICKED[is_signup]
        is_sent_by_friend = is_signup and given and given.choices.get("source") == ("friend",)
        friend = form.text("friend") if is_sent_by_friend else ""
    if not is_signup:
        return replace(given, consents=needed)
    boxes = {purpose: purpose for purpose, contact in PURPOSES.items() if getattr(given, contact)}
    boxes |= {purpose: purpose for purpose in needed} | ({"partner": here.partnership} if here.partner else {})
    agreed = tuple(purpose for box, purpose in boxes.items() if sent.get(f"consent_{box}") == "yes")
    return replace(given, consents=agreed, friend=friend)


def read_form(sent, language: str, questionnaire: Questionnaire) -> Answers:
    """Read the answers alone. Raises Invalid with a message for every field that is wrong."""
    kept = {}
    with Form(sent) as form:
        for question in questionnaire.asked():
            with gathered(form.problems):
                kept |= _answer(sent, question)
    columns = {name: kept.pop(name) for name in ("name", "city", "phone", "email") if name in kept}
    return Answers(language, **columns, choices=kept, questionnaire_version=questionnaire.version)


def _answer(sent, question: Question) -> dict:
    """What was answered to one question, by field; fields that become the customer's columns have fixed names."""
    columns = {"name": read_name, "town": read_town, "contact": read_contact}
    given = columns[question.kind](sent) if question.kind in columns else read_choice(sent, question)
    if question.required and not any(given.values()):
        raise Invalid(**dict.fromkeys(given, gettext("Answer this question")))
    return given


def read_name(sent) -> dict[str, str]:
    with Form(sent) as form:
        return {"name": form.text("name", 60, _l("Enter a name we can call you"))}


def read_town(sent) -> dict[str, str]:
    with Form(sent) as form:
        return {"city": form.text("city", 80, _l("Enter a town of no more than 80 characters"))}


def read_contact(sent) -> dict[str, str]:
    """The mobile number and the e-mail address as they will be stored; one of them is needed. Raises Invalid."""
    phone, country = "", shop.current().country
    with Form(sent) as form:
        try:
            phone = clean_phone(sent.get("phone"), country)
        except NotUsable as problem:
            form.problems["phone"] = _about_phone(problem.why, country)
        email = form.read("email", clean_email, _l("Enter an email address, like name@example.com")) or ""
        if not (phone or email or form.problems):
            form.problems["phone"] = _about_phone("", country)
        return {"phone": phone, "email": email}


def _about_phone(why: str, country: str) -> str:
    """What to do about a number that cannot be used."""
    example = example_phone(country)
    return {
        "short": gettext("Some digits are missing. Enter the whole number, like %(example)s", example=example),
        "not_mobile": gettext("This is not a mobile number. Enter one, or use email instead"),
        "abroad": gettext("Check the number. If it is from another country, begin with + and the country code"),
    }.get(why, gettext("Enter a mobile number, like %(example)s", example=example))


def read_choice(sent, question: Question) -> dict[str, tuple[str, ...]]:
    parts = [question.key, f"{question.key}_month", f"{question.key}_day"]
    given = [text for part in parts for text in sent.getlist(part) if text.strip()]
    with saying(**{question.key: wanted(question)}):
        return {question.key: kinds.READ[question.kind](given, tuple(choice.key for choice in question.choices))}


def wanted(question: Question) -> str:
    """What to read beside a question whose answer cannot be used."""
    return WANTED.get(question.kind, WANTED["one"])
