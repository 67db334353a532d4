"""What every page of the office shares."""

from flask import Blueprint, g, request

from ... import exports, languages, questionnaire
from ...contacts import masked
from ...refusals import Invalid, Refusal
from ...web import explain, explains

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


@explains(room, Invalid)
def ask_again(invalid: Invalid):
    """The same page, with what was typed and what is wrong with it."""
    return (g.page(errors=invalid.errors, values=request.form), 422) if "page" in g else explain(invalid)


@explains(room, Refusal)
def refuse(refusal: Refusal):
    return (g.page(refusal=refusal.word), 409) if "page" in g else explain(refusal)
