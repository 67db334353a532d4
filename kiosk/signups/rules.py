"""What an edited questionnaire must be: read from JSON that anybody may have written, and checked."""

import re
from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kiosk.base.contacts import clean
from kiosk.base.folding import fold
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, gathered, saying
from kiosk.shop import languages
from kiosk.signups import kinds, questionnaires
from kiosk.signups.questionnaire import WELCOME, Choice, Question, Questionnaire, Words, in_every_language

LONGEST, LONGEST_KEY = 200, 40
MOST_ASKED, MOST_QUESTIONS = 12, 60
FEWEST_CHOICES, MOST_CHOICES = 2, 20
WITH_CHOICES = ("one", "many", "ranking")
NUMBERS = {"stars": range(1, 6), "scale": range(11)}
# Names that a question's answer could be taken for: other fields of the forms it stands in, and steps of the tablet.
RESERVED = {
    "after", "city", "consent", "contact", "csrf_token", "email", "finished", "form_number", "from", "kept", "language",
    "method", "name", "new", "operation_id", "phone", "q", "questionnaire", "readback", "refused", "regular", "sort",
    "spent_min", "to", "town", "undo", "unseen_days", "unspent", "version", "visits_max", "visits_min", "welcome",
    "wish",
}  # fmt: skip
OWN_KEY = re.compile(rf"(?!consent_)(?!.*_(?:month|day)$)[a-z0-9_]{{1,{LONGEST_KEY}}}")
ANOTHER_KEY = _l("Choose another key: small letters, digits and _, no more than %(most)s", most=LONGEST_KEY)


def version(said: object) -> int:
    """The version that an edited questionnaire was made from. Raises Invalid."""
    return _part(said, "version", int)


def questions(said: object, before: Questionnaire) -> tuple[Question, ...]:
    """The questions of an edited questionnaire (in the form of `as_dict`) that was made from `before`.

    Raises Invalid, with a message by its place, like `questions.2.text`.
    """
    found, ever = {}, questionnaires.ever(before.name)
    with Form({}) as form:
        for number, one in enumerate(_part(said, "questions", list, most=MOST_QUESTIONS)):
            with gathered(form.problems, f"questions.{number}."):
                question = _question(one, ever, before, {*found})
                found[question.key] = question
    _check(tuple(found.values()), needs_contact="contact" in before.by_key())
    return tuple(found.values())


def _check(found: tuple[Question, ...], *, needs_contact: bool) -> None:
    asked = [question for question in found if question.when == "signup"]
    if len(asked) > MOST_ASKED:
        raise Invalid(questions=gettext("Ask no more than %(most)s questions at sign-up", most=MOST_ASKED))
    if needs_contact and not any(question.kind == "contact" and question.required for question in asked):
        raise Invalid(questions=gettext("The question for the mobile number stays on and required: a coupon needs it"))


def _question(said: object, ever: Mapping[str, Question], edited: Questionnaire, taken: set[str]) -> Question:
    key, kind, when = _part(said, "key", str, ""), _part(said, "kind", str), _part(said, "when", str)
    required, before, now = _part(said, "required", bool, False), ever.get(key), edited.by_key().get(key)
    _check_kind(kind, when, before, has_later=edited.name == WELCOME)
    with Form({}) as form:
        with gathered(form.problems):
            text = _words(said, "text", required=True)
            key = _key(key, text, before, {*ever, *taken}, taken)
        with gathered(form.problems):
            why = _words(said, "why")
        with gathered(form.problems):
            choices = _choices(said, kind, before, {choice.key for choice in now.choices} if now else set())
    return Question(key, kind, text, why, choices, required, when)


def _check_kind(kind: str, when: str, before: Question | None, *, has_later: bool) -> None:
    if before and kind != before.kind:
        raise Invalid(kind=gettext("The kind of a question cannot change. Add a new question instead"))
    if not before and kind not in kinds.READ:
        raise Invalid(kind=gettext("Choose one from the list"))
    if when not in (("signup", "later", "off") if kind in kinds.READ and has_later else ("signup", "off")):
        raise Invalid(when=gettext("Choose one from the list"))


def _key(key: str, text: Words, before: Question | None, ever: set[str], taken: set[str]) -> str:
    key = key or new_key(text, ever | RESERVED)
    if key in taken or not (before or (OWN_KEY.fullmatch(key) and key not in RESERVED)):
        raise Invalid(key=ANOTHER_KEY)
    return key


def _choices(said: object, kind: str, before: Question | None, still: set[str]) -> tuple[Choice, ...]:
    """The choices that are sent, for a kind that has any; those of numbers are always the same."""
    if kind not in WITH_CHOICES:
        numbers = map(str, NUMBERS.get(kind, ()))
        return tuple(Choice(number, Words.fromkeys(languages.codes(), number)) for number in numbers)
    found, ever = {}, {choice.key: choice for choice in (before.choices if before else ())}
    with Form({}) as form:
        for number, one in enumerate(_part(said, "choices", list, most=MOST_CHOICES)):
            with gathered(form.problems, f"choices.{number}."):
                choice = _choice(one, ever, still, {*found})
                found[choice.key] = choice
    if len(found) < FEWEST_CHOICES:
        raise Invalid(choices=gettext("Enter at least two answers to choose from"))
    return tuple(found.values())


def _choice(said: object, ever: Mapping[str, Choice], still: set[str], taken: set[str]) -> Choice:
    """One choice. What people once chose keeps its meaning: a choice that was taken away comes back as it was."""
    text, key = _words(said, "text", required=True), _part(said, "key", str, "")
    key = key or new_key(text, {*ever, *taken})
    before = ever.get(key)
    if key in taken or not (before or re.fullmatch(f"[a-z0-9_-]{{1,{LONGEST_KEY}}}", key)):
        raise Invalid(key=ANOTHER_KEY)
    if before and key not in still and text != in_every_language(before.text):
        raise Invalid(text=gettext("This answer was taken away. Offer it again as it was, or add a new one"))
    return Choice(key, text, before.role if before else "")


def _words(said: object, name: str, *, required: bool = False) -> Words:
    given, codes = _part(said, name, dict, {}), languages.codes()
    with saying(**{name: gettext("Enter one line of no more than %(most)s characters", most=LONGEST)}):
        if not ({*given} <= {*codes} and all(isinstance(text, str) for text in given.values())):
            raise ValueError(given)
        cleaned = {code: clean(given[code], LONGEST) for code in codes if code in given}
    words = Words({code: text for code, text in cleaned.items() if text})
    if required and not words:
        raise Invalid(**{name: gettext("Enter a text in at least one language")})
    return words


def _part(said: object, name: str, kind: type, instead=None, *, most: int | None = None):
    """A part of what was sent, which must be of that kind. Raises Invalid."""
    part = said.get(name, instead) if isinstance(said, dict) else None
    if not isinstance(part, kind) or (most and len(part) > most):
        raise Invalid(**{name: gettext("Send the whole questionnaire, as it is read from here")})
    return part


def new_key(text: Words, taken: set[str]) -> str:
    """A key that nothing has had, made from a text: `your_pet`."""
    said = text.get("en") or next(iter(text.values()))
    made = re.sub("[^a-z0-9]+", "_", fold(said)).strip("_")[: LONGEST_KEY - 4] or "question"
    numbered = (f"{made}_{number}" if number > 1 else made for number in range(1, 1000))
    return next(key for key in numbered if key not in taken and OWN_KEY.fullmatch(key))
