"""Every version of the questionnaire, and which is in force: the built-in one, until an edited one takes its place."""

from dataclasses import replace

from flask import current_app
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.models import QuestionnaireVersion
from kiosk.shop import shop
from kiosk.signups.built_in_questions import BUILT_IN
from kiosk.signups.questionnaire import Question, Questionnaire

WELCOME = "welcome"  # the name of the questionnaire of the sign-up


def current() -> Questionnaire:
    """The questionnaire that is asked now."""
    return of(shop.current().questions)


def of(version: int | None) -> Questionnaire:
    """The questionnaire of that version; the one that is asked now when there is none."""
    known = _every(version)
    return known.get(version) or known[max(known)]


def _every(version: int | None = None) -> dict[int, Questionnaire]:
    """Every version by its number, the newest last. Since none ever changes, each is read from the database once."""
    kept = current_app.extensions.setdefault("questionnaires", {})
    newest = max(kept, default=0)
    if max(version or 0, shop.current().questions) > newest:
        rows = select(QuestionnaireVersion).where(QuestionnaireVersion.name == WELCOME)
        rows = rows.where(QuestionnaireVersion.version > newest).order_by(QuestionnaireVersion.version)
        read = {row.version: Questionnaire.from_dict(row.body) for row in db.session.scalars(rows)}
        current_app.extensions["questionnaires"] = kept = kept | read
    return {0: BUILT_IN} | kept


def newest_row() -> QuestionnaireVersion | None:
    """The row of the version that is asked, with who saved it and when; None while the built-in one is in force."""
    return db.session.get(QuestionnaireVersion, (WELCOME, current().version))


def ever() -> dict[str, Question]:
    """Every question there has been, by its key: in its newest words, with every choice that it ever offered. Those of
    the newest version come first."""
    found: dict[str, Question] = {}
    for one in reversed(_every().values()):
        for question in one.questions:
            newest = found.setdefault(question.key, question)
            known = {choice.key for choice in newest.choices}
            older = tuple(choice for choice in question.choices if choice.key not in known)
            found[question.key] = replace(newest, choices=newest.choices + older)
    return found


def ever_asked(*when: str) -> list[Question]:
    """The questions of `ever` that were ever asked `signup` or `later` and whose answers are rows."""
    every, newest_first = ever(), reversed(_every().values())
    keys = dict.fromkeys(question.key for one in newest_first for question in one.with_answers(*when))
    return [every[key] for key in keys]


def versions_of(key: str) -> dict[int, Question]:
    """The question as each version of the questionnaire had it."""
    return {version: one.by_key()[key] for version, one in _every().items() if key in one.by_key()}


def question(key: str, version: int | None) -> Question | None:
    """The question that an answer was given to at a sign-up of that version; of an answer that was given later, with
    no version, in its newest words. None when there is no such question."""
    asked = of(version).by_key() if version is not None else {}
    return asked.get(key) or ever().get(key)
