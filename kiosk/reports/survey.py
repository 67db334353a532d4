"""The answers to the anonymous survey, to take away."""

from datetime import date

from flask_babel import gettext
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.models import SurveyAnswer
from kiosk.reports import cells
from kiosk.reports.spreadsheets import Sheet
from kiosk.signups import questionnaires


def answers(first: date, last: date) -> Sheet:
    """The answers to the anonymous survey of those shop days, each on a row of its own: nothing tells which belong
    together."""
    asked, apart = questionnaires.ever("survey"), gettext("Nothing tells which answers belong together")
    shown = (
        cells.day(gettext("Day"), gettext("The shop day of the answer")), cells.text(gettext("Question"), apart),
        cells.text(gettext("Answer"), apart),
    )  # fmt: skip
    query = select(SurveyAnswer).where(SurveyAnswer.day.between(first, last))
    rows = [
        (one.day, str(asked[one.question].text), asked[one.question].label(one.value))
        for one in db.session.scalars(query.order_by(SurveyAnswer.day, SurveyAnswer.id))
    ]
    return Sheet("survey", shown, iter([rows] if rows else []), (first, last))
