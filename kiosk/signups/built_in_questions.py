"""The questions that every shop begins with, in their order: version 0 of each questionnaire."""

from dataclasses import replace

from flask_babel import lazy_gettext as _l

from kiosk.signups.questionnaire import Choice, Question, Questionnaire


def _choices(*offered: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(Choice(*one) for one in offered)


def _numbers(first: int, last: int) -> tuple[Choice, ...]:
    return tuple(Choice(str(number), str(number)) for number in range(first, last + 1))


# Taps come first, what is personal last.
BUILT_IN = Questionnaire(0, (
    Question("source", "one", _l("How did you hear about us?"), choices=_choices(
        ("window", _l("Sign or shop window")), ("friend", _l("Friend or family")), ("social", _l("Social media")),
        ("search", _l("Online search or maps")), ("regular", _l("I already come here"), "regular"),
        ("other", _l("Something else")),
    )),
    Question("interests", "many", _l("What would you like offers on?"), when="off", choices=_choices(
        ("new", _l("New arrivals")), ("basics", _l("Everyday basics")), ("gifts", _l("Gifts")),
        ("home", _l("For the home")), ("kids", _l("For children")), ("sale", _l("Sale items")),
    )),
    Question("frequency", "one", _l("How often do you visit us?"), when="off", choices=_choices(
        ("first", _l("This is my first time")), ("week", _l("Every week or more")),
        ("month", _l("About once a month")), ("year", _l("A few times a year")),
    )),
    Question("birthday", "date", _l("When is your birthday?"), _l("Day and month only. No year."), when="off"),
    Question("age_range", "one", _l("How old are you?"), when="off", choices=_choices(
        ("under-18", _l("Under 18")), ("18-24", "18–24"), ("25-34", "25–34"), ("35-49", "35–49"), ("50-64", "50–64"),
        ("65-up", _l("65 or over")),
    )),
    Question("stars", "stars", _l("How was it today?"), when="off", choices=_numbers(1, 5)),
    Question("recommend", "scale", _l("Would you recommend us to a friend?"), when="off", choices=_numbers(0, 10)),
    Question("reasons", "ranking", _l("Why do you come to us?"), _l("Tap up to four, the most important first"),
             when="off", choices=_choices(
        ("price", _l("Good prices")), ("choice", _l("Good selection")), ("quality", _l("Quality")),
        ("staff", _l("Kind staff")), ("near", _l("Close by")), ("friends", _l("Friends come here too")),
    )),
    Question("visit", "one", _l("What brings you here today?"), when="off", choices=_choices(
        ("need", _l("Something I need")), ("gift", _l("A gift")), ("look", _l("Just looking")),
        ("else", _l("Something else")),
    )),
    Question("comment", "comment", _l("What could we do better?"), when="off"),
    Question("city", "town", _l("Which town do you live in?")),
    Question("name", "name", _l("What should we call you?")),
    Question("contact", "contact", _l("What is your mobile number?"),
             _l("One coupon per person. We only text you if you say yes on the next screen."), required=True),
))  # fmt: skip


def question(key: str) -> Question:
    """One of them, also one that is not asked."""
    return next(question for question in BUILT_IN.questions if question.key == key)


def _personal(why: str) -> tuple[Question, ...]:
    """Whose it is: at the end of a form that somebody answers to."""
    name, contact = BUILT_IN.questions[-2:]
    return name, replace(contact, why=why)


TITLES = {"warranty": _l("Warranty card"), "preorder": _l("Pre-order"), "survey": _l("Anonymous survey")}
# Forms beside the sign-up, each by its name; all are off until the shop offers them.
FORMS = {
    "warranty": Questionnaire(0, (
        Question("bought", "comment", _l("What did you buy?"), required=True),
        Question("bought_on", "date", _l("When did you buy it?")),
        Question("number", "comment", _l("What is its number?"), _l("It stands on the thing, or on the receipt.")),
        *_personal(_l("So that we find your warranty card again.")),
    ), "warranty"),
    "preorder": Questionnaire(0, (
        Question("wanted", "comment", _l("What would you like to order?"), required=True),
        Question("wanted_on", "date", _l("For which day?")),
        Question("reach", "one", _l("How shall we tell you that it is ready?"), choices=_choices(
            ("text", _l("By text")), ("call", _l("By phone call")), ("email", _l("By email")),
            ("visit", _l("I come and ask")),
        )),
        *_personal(_l("So that we can tell you when your order is ready.")),
    ), "preorder"),
    "survey": Questionnaire(0, tuple(
        replace(question(key), when="signup") for key in ("stars", "recommend", "comment")
    ), "survey"),
}  # fmt: skip
