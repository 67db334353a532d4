"""The rows that a sign-up stores: made in one way for one customer and for a whole demo shop."""

import hashlib
import hmac
import json
from datetime import datetime

from flask import current_app

from kiosk.base.folding import words_to_find
from kiosk.coupons.codes import new_card_number
from kiosk.models.customers import backwards, domain
from kiosk.signups.answers import Answers
from kiosk.signups.consents import MESSAGES


def of_customer(answers: Answers, at: datetime) -> dict:
    """The columns of a new customer, with a newly drawn card number."""
    kept = {key: getattr(answers, key) or None for key in ("name", "city", "phone", "email", "language")}
    kept |= {f"may_{purpose}": purpose in answers.consents for purpose in MESSAGES}
    kept |= {"phone_backwards": backwards(kept["phone"]), "email_domain": domain(kept["email"])}
    return kept | {"card_number": new_card_number(), "created_at": at, "visits": 0, "spent": 0}


def of_words(customer_id: int, name: str | None) -> list[dict]:
    """The words by which the customer's name is found."""
    return [{"customer_id": customer_id, "word": word} for word in sorted(words_to_find(name))]


def of_signup(answers: Answers, operation_id: str, at: datetime, **kept) -> dict:
    """The columns of the signup itself; `kept` are those that say whose and where it is."""
    said = {"questionnaire_version": answers.questionnaire_version, "language": answers.language, "finished_at": at}
    return said | {"operation_id": operation_id, "digest": digest(answers)} | kept


def of_answers(answers: Answers, signup: dict) -> list[dict]:
    """What was chosen at a sign-up, one row a choice."""
    kept = {"signup_id": signup["id"], "customer_id": signup["customer_id"], "answered_at": signup["finished_at"]}
    given = ((question, value) for question, values in answers.choices.items() for value in values)
    return [kept | {"question": question, "value": value} for question, value in given]


def digest(answers: Answers) -> str:
    """A keyed hash that tells the same answers from others; without the shop's secret it says nothing about them."""
    compared = {name: value for name, value in vars(answers).items() if name != "questionnaire_version"}
    text = json.dumps(compared, sort_keys=True, ensure_ascii=False)
    return hmac.new(current_app.secret_key, text.encode(), hashlib.sha256).hexdigest()
