"""How the shop's owner changes the questions: what was sent is checked, and saved as a new version."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select

from kiosk.base.database import add_rows, db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import QuestionnaireVersion, StaffSession
from kiosk.shop import shop
from kiosk.signups import questionnaires, rules
from kiosk.signups.questionnaire import WELCOME, Question, Questionnaire


@writes
def save(name: str, said: object, at: datetime, *, by: StaffSession) -> Questionnaire:
    """Check what was sent (JSON in the form of `as_dict`) and save it as the newest version of that name.

    Raises Invalid with a message by its place, like `questions.2.text`; Refusal `changed_meanwhile` when its version is
    not the newest any more.
    """
    before = _newest(name, rules.version(said))
    return _add(rules.questions(said, before), before, at, by)


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
