"""How the shop's owner changes the questions: what was sent, JSON that anybody may have written, is checked, and saved
as a new version."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from kiosk.base.contacts import clean
from kiosk.base.database import add_rows, db
from kiosk.base.folding import fold
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, Refusal, gathered, saying
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import QuestionnaireVersion, StaffSession
from kiosk.shop import languages, shop
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


@writes
def save(name: str, said: object, at: datetime, *, by: StaffSession) -> Questionnaire:
    """Check what was sent (JSON in the form of `as_dict`) and save it as the newest version of that name.

    Raises Invalid with a message by its place, like `questions.2.text`; Refusal `changed_meanwhile` when its version is
    not the newest any more.
    """
    before = _newest(name, _part(said, "version", int))
    return _add(_questions(said, before), before, at, by)


@writes
def undo(name: str, version: int, at: datetime, *, by: StaffSession) -> Questionnaire:
    """Store the questionnaire before that version as a new version; twice gives the edited one again.

    Raises Refusal `changed_meanwhile` as `save`, and `nothing_to_undo` when no version was saved yet.
    """
    before = _newest(name, version)
    if not before.version:
        raise Refusal("nothing_to_undo")
    return _add(questionnaires.of(before.version - 1, name).questions, before, at, by)


def _newest(name: str, version: int) -> Questionnaire:
    alone("questionnaire")
    saved = select(func.coalesce(func.max(QuestionnaireVersion.version), 0))
    if version != db.session.scalar(saved.where(QuestionnaireVersion.name == name)):
        raise Refusal("changed_meanwhile")
    return questionnaires.of(version, name)


def _add(questions: tuple[Question, ...], before: Questionnaire, at: datetime, by: StaffSession) -> Questionnaire:
    made = replace(before, version=before.version + 1, questions=questions)
    row = {"name": made.name, "version": made.version, "body": made.as_dict(), "made_at": at}
    add_rows({QuestionnaireVersion: [row | {"made_by_id": by.staff_id}]})
    if made.name == WELCOME:
        shop.describe(questions=made.version)
    changed = {"questions" if made.name == WELCOME else made.name: [before.version, made.version]}
    audit.add_note("settings", at, by=by, object_id="questions", details=changed)
    return made


def _questions(said: object, before: Questionnaire) -> tuple[Question, ...]:
    """The questions of an edited questionnaire (in the form of `as_dict`) that was made from `before`.

    Raises Invalid, with a message by its place, like `questions.2.text`.
    """
    ever = questionnaires.ever(before.name)
    found = _each(said, "questions", MOST_QUESTIONS, lambda one, taken: _question(one, ever, before, taken))
    asked = [question for question in found if question.when == "signup"]
    if len(asked) > MOST_ASKED:
        raise Invalid(questions=gettext("Ask no more than %(most)s questions at sign-up", most=MOST_ASKED))
    is_reachable = any(question.kind == "contact" and question.required for question in asked)
    if "contact" in before.by_key() and not is_reachable:
        raise Invalid(questions=gettext("The question for the mobile number stays on and required: a coupon needs it"))
    return found


def _each(said: object, name: str, most: int, read: Callable) -> tuple:
    """The items of a list in what was sent; `read` makes each of what stands there and the keys of those before it."""
    found = {}
    with Form({}) as form:
        for number, one in enumerate(_part(said, name, list, most=most)):
            with gathered(form.problems, f"{name}.{number}."):
                item = read(one, {*found})
                found[item.key] = item
    return tuple(found.values())


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
    key = key or _new_key(text, ever | RESERVED)
    if key in taken or not (before or (OWN_KEY.fullmatch(key) and key not in RESERVED)):
        raise Invalid(key=ANOTHER_KEY)
    return key


def _choices(said: object, kind: str, before: Question | None, still: set[str]) -> tuple[Choice, ...]:
    """The choices that are sent, for a kind that has any; those of numbers are always the same."""
    if kind not in WITH_CHOICES:
        numbers = map(str, NUMBERS.get(kind, ()))
        return tuple(Choice(number, Words.fromkeys(languages.codes(), number)) for number in numbers)
    ever = {choice.key: choice for choice in (before.choices if before else ())}
    found = _each(said, "choices", MOST_CHOICES, lambda one, taken: _choice(one, ever, still, taken))
    if len(found) < FEWEST_CHOICES:
        raise Invalid(choices=gettext("Enter at least two answers to choose from"))
    return found


def _choice(said: object, ever: Mapping[str, Choice], still: set[str], taken: set[str]) -> Choice:
    """One choice. What people once chose keeps its meaning: a choice that was taken away comes back as it was."""
    text, key = _words(said, "text", required=True), _part(said, "key", str, "")
    key = key or _new_key(text, {*ever, *taken})
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


def _new_key(text: Words, taken: set[str]) -> str:
    """A key that nothing has had, made from a text: `your_pet`."""
    said = text.get("en") or next(iter(text.values()))
    made = re.sub("[^a-z0-9]+", "_", fold(said)).strip("_")[: LONGEST_KEY - 4] or "question"
    numbered = (f"{made}_{number}" if number > 1 else made for number in range(1, 1000))
    return next(key for key in numbered if key not in taken and OWN_KEY.fullmatch(key))
