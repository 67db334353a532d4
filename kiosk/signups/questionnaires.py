"""Every version of the questionnaire, and which is in force: the built-in one, until an edited one takes its place."""

from dataclasses import replace

from flask import current_app
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.models import QuestionnaireVersion
from kiosk.shop import shop
from kiosk.signups.built_in_questions import BUILT_IN, FORMS
from kiosk.signups.questionnaire import WELCOME, Question, Questionnaire

NAMES = (WELCOME, *FORMS)


def current(name: str = WELCOME) -> Questionnaire:
    """The questionnaire of that name that is asked now."""
    return of(shop.current().questions if name == WELCOME else None, name)


def of(version: int | None, name: str = WELCOME) -> Questionnaire:
    """The questionnaire of that version; the one that is asked now when there is none."""
    known = _every(version, name)
    return known.get(version) or known[max(known)]


def _every(version: int | None = None, name: str = WELCOME) -> dict[int, Questionnaire]:
    """Every version by its number, the newest last. Since none ever changes, each of the sign-up is read from the
    database once."""
    if name != WELCOME:
        return {0: FORMS[name]} | _read(name, after=0)
    kept = current_app.extensions.setdefault("questionnaires", {})
    newest = max(kept, default=0)
    if max(version or 0, shop.current().questions) > newest:
        current_app.extensions["questionnaires"] = kept = kept | _read(name, after=newest)
    return {0: BUILT_IN} | kept


def _read(name: str, *, after: int) -> dict[int, Questionnaire]:
    rows = select(QuestionnaireVersion).where(QuestionnaireVersion.name == name)
    rows = rows.where(QuestionnaireVersion.version > after).order_by(QuestionnaireVersion.version)
    return {row.version: Questionnaire.from_dict(row.body, name) for row in db.session.scalars(rows)}


def newest_row(name: str = WELCOME) -> QuestionnaireVersion | None:
    """The row of the version that is asked, with who saved it and when; None while the built-in one is in force."""
    return db.session.get(QuestionnaireVersion, (name, current(name).version))


def ever(name: str = WELCOME) -> dict[str, Question]:
    """Every question there has been, by its key: in its newest words, with every choice that it ever offered. Those of
    the newest version come first."""
    found: dict[str, Question] = {}
    for one in reversed(_every(name=name).values()):
        for question in one.questions:
            newest = found.setdefault(question.key, question)
            known = {choice.key for choice in newest.choices}
            older = tuple(choice for choice in question.choices if choice.key not in known)
            found[question.key] = replace(newest, choices=newest.choices + older)
    return found


def ever_asked(*when: str, name: str = WELCOME) -> list[Question]:
    """The questions of `ever` that were ever asked `signup` or `later` and whose answers are rows."""
    every, newest_first = ever(name), reversed(_every(name=name).values())
    keys = dict.fromkeys(question.key for one in newest_first for question in one.with_answers(*when))
    return [every[key] for key in keys]


def versions_of(key: str, name: str = WELCOME) -> dict[int, Question]:
    """The question as each version of the questionnaire had it."""
    return {version: one.by_key()[key] for version, one in _every(name=name).items() if key in one.by_key()}


def question(key: str, version: int | None) -> Question | None:
    """The question that an answer was given to at a sign-up of that version; of an answer that was given later, with
    no version, in its newest words. None when there is no such question."""
    asked = of(version).by_key() if version is not None else {}
    return asked.get(key) or ever().get(key)
