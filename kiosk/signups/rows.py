"""The rows that a sign-up stores: made in one way for one customer and for a whole demo shop."""

import hashlib
import hmac
import json
from datetime import datetime

from flask import current_app

from kiosk.base.folding import words_to_find
from kiosk.coupons.codes import new_card_number
from kiosk.models.customers import backwards
from kiosk.signups.answers import Answers


def of_customer(answers: Answers, at: datetime) -> dict:
    """The columns of a new customer."""
    kept = {key: getattr(answers, key) or None for key in ("name", "city", "phone", "email", "language")}
    return kept | {"phone_backwards": backwards(kept["phone"]), "card_number": new_card_number(), "created_at": at}


def of_words(customer_id: int, name: str | None) -> list[dict]:
    """The words by which the customer's name is found."""
    return [{"customer_id": customer_id, "word": word} for word in sorted(words_to_find(name))]


def of_signup(answers: Answers, operation_id: str, at: datetime, **kept) -> dict:
    """The columns of the signup itself; `kept` are those that say whose and where it is."""
    said = {"questionnaire_version": answers.questionnaire_version, "language": answers.language, "finished_at": at}
    return said | {"operation_id": operation_id, "digest": digest(answers)} | kept


def of_answers(signup_id: int, answers: Answers) -> list[dict]:
    """What was chosen, one row a choice."""
    given = ((question, value) for question, values in answers.choices.items() for value in values)
    return [{"signup_id": signup_id, "question": question, "value": value} for question, value in given]


def digest(answers: Answers) -> str:
    """A keyed hash that tells the same answers from others; without the shop's secret it says nothing about them."""
    compared = {name: value for name, value in vars(answers).items() if name != "questionnaire_version"}
    text = json.dumps(compared, sort_keys=True, ensure_ascii=False)
    return hmac.new(current_app.secret_key, text.encode(), hashlib.sha256).hexdigest()
