"""A questionnaire: its questions in order, what each offers to choose from, and the texts in each language."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import force_locale, get_locale

from kiosk.shop import languages, shop
from kiosk.signups import kinds

WELCOME = "welcome"  # the name of the questionnaire of the sign-up; the others are forms of their own


class Words(dict):
    """One text in each language, by the language's code. As a string it is in the language being read, else in the
    shop's own, else in any."""

    def __str__(self) -> str:
        found = (self.get(language) for language in (str(get_locale()), shop.current().language, *self))
        return next(filter(None, found), "")


Text = Words | str  # a built-in text is a lazy string of the translations


@dataclass(frozen=True)
class Choice:
    key: str
    text: Text
    role: str = ""  # `regular`: who chooses it comes here already


@dataclass(frozen=True)
class Question:
    key: str
    kind: str  # see kinds.py
    text: Text
    why: Text = ""  # a sentence under the question
    choices: tuple[Choice, ...] = ()
    required: bool = False
    when: str = "signup"  # or `later`: one at each visit; or `off`: ready, and not asked

    def lacks(self, language: str) -> bool:
        """Whether one of its texts is missing in that language, so that another one is shown."""
        texts = (self.text, self.why, *(choice.text for choice in self.choices))
        return any(isinstance(text, Words) and text and language not in text for text in texts)

    def label(self, value: str) -> str:
        """An answer as a person reads it; several, one a line, become a list."""
        texts = {choice.key: choice.text for choice in self.choices}
        return ", ".join(str(texts.get(one, one)) for one in value.split("\n")) if texts else value


@dataclass(frozen=True)
class Questionnaire:
    """One version of what is asked. Versions are never changed: an edited questionnaire is a new one."""

    version: int
    questions: tuple[Question, ...]
    name: str = WELCOME

    def asked(self) -> list[Question]:
        """The questions of the sign-up, or of the form that it is, in the order they are asked."""
        return [question for question in self.questions if question.when == "signup"]

    def with_answers(self, *when: str) -> list[Question]:
        """Those asked then whose answers are rows; a name, a town and a contact are the customer's columns instead."""
        return [question for question in self.questions if question.when in when and question.kind in kinds.READ]

    def by_key(self) -> dict[str, Question]:
        return {question.key: question for question in self.questions}

    def has_chosen(self, role: str, form) -> bool:
        """Whether a choice with that role is among what was sent (a werkzeug MultiDict)."""
        offered = ((question, choice) for question in self.asked() for choice in question.choices)
        return any(one.role == role and one.key in form.getlist(question.key) for question, one in offered)

    def as_dict(self) -> dict:
        """The questionnaire as plain JSON, with each text in every language of the shop."""
        questions = [_plain(one) | {"choices": [_plain(choice) for choice in one.choices]} for one in self.questions]
        return {"version": self.version, "questions": questions}

    @classmethod
    def from_dict(cls, said: dict, name: str = WELCOME) -> "Questionnaire":
        """The questionnaire of that name that `as_dict` wrote."""
        return cls(said["version"], tuple(_question_from(**question) for question in said["questions"]), name)


def _plain(thing: Question | Choice) -> dict:
    """What is said of it, with each text in every language of the shop."""
    said = {name: value for name, value in vars(thing).items() if name != "role" or value}
    return said | {name: in_every_language(said[name]) for name in ("text", "why") if name in said}


def in_every_language(text: Text) -> dict[str, str]:
    if isinstance(text, Words):
        return dict(text)
    said = {}
    for language in languages.codes():
        with force_locale(language):
            said[language] = str(text)
    return {language: words for language, words in said.items() if words}


def _question_from(*, text: dict, why: dict, choices: Iterable[dict], **plain) -> Question:
    offered = tuple(Choice(**choice | {"text": Words(choice["text"])}) for choice in choices)
    return Question(text=Words(text), why=Words(why), choices=offered, **plain)
