"""How the shop's owner changes the questions: what was sent is checked, and saved as a new version."""

from datetime import datetime

from sqlalchemy import func, select

from kiosk.base.database import add_rows, db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.guard import audit
from kiosk.models import QuestionnaireVersion, StaffSession
from kiosk.shop import shop
from kiosk.signups import questionnaires, rules
from kiosk.signups.questionnaire import Question, Questionnaire


@writes
def save(said: object, at: datetime, *, by: StaffSession) -> Questionnaire:
    """Check what was sent (JSON in the form of `as_dict`) and save it as the newest version.

    Raises Invalid with a message by its place, like `questions.2.text`; Refusal `changed_meanwhile` when its version is
    not the newest any more.
    """
    before = _newest(rules.version(said))
    return _add(rules.questions(said, before), before, at, by)


@writes
def undo(version: int, at: datetime, *, by: StaffSession) -> Questionnaire:
    """Store the questionnaire before that version as a new version; twice gives the edited one again.

    Raises Refusal `changed_meanwhile` as `save`, and `nothing_to_undo` when no version was saved yet.
    """
    before = _newest(version)
    if not before.version:
        raise Refusal("nothing_to_undo")
    return _add(questionnaires.of(before.version - 1).questions, before, at, by)


def _newest(version: int) -> Questionnaire:
    alone("questionnaire")
    saved = select(func.coalesce(func.max(QuestionnaireVersion.version), 0))
    if version != db.session.scalar(saved.where(QuestionnaireVersion.name == questionnaires.WELCOME)):
        raise Refusal("changed_meanwhile")
    return questionnaires.of(version)


def _add(questions: tuple[Question, ...], before: Questionnaire, at: datetime, by: StaffSession) -> Questionnaire:
    made = Questionnaire(before.version + 1, questions)
    row = {"name": questionnaires.WELCOME, "version": made.version, "body": made.as_dict(), "made_at": at}
    add_rows({QuestionnaireVersion: [row | {"made_by_id": by.staff_id}]})
    shop.describe(questions=made.version)
    changed = {"questions": [before.version, made.version]}
    audit.add_note("settings", at, by=by, object_id="questions", details=changed)
    return made
