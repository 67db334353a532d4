"""What every page of the office shares."""

from flask import Blueprint

from ... import exports, languages, questionnaire
from ...contacts import masked

room = Blueprint("office", __name__, url_prefix="/office")


@room.context_processor
def words() -> dict:
    """How a row is read: her consent, her contact, her answers, her language."""
    names = {language.code: language.name for language in languages.offered()}
    return {
        "consent_word": exports.consent_word,
        "masked": masked,
        "answer_label": questionnaire.label,
        "language_name": lambda code: names.get(code, code),
    }
