"""The questionnaire as both the tablet and a customer's own phone ask it."""

import re
import secrets

from flask import jsonify, render_template, request
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.contacts import common_domains
from kiosk.base.phones import example_phone
from kiosk.base.refusals import Invalid, Refusal
from kiosk.coupons import offers
from kiosk.models import Coupon, Offer
from kiosk.shop import languages, shop
from kiosk.signups import answers, consents, questionnaires, signup, submissions, towns
from kiosk.signups.built_in_questions import FORMS
from kiosk.signups.questionnaire import Questionnaire
from kiosk.web.browser import device, is_at, then, wants_json
from kiosk.web.senders import sender


def answered(name: str = questionnaires.WELCOME) -> Questionnaire:
    """The questionnaire of that name that was on the page which was sent, while perhaps another was saved; the one in
    force when the page did not say, or is not sent yet."""
    said = request.form.get("questionnaire", "")
    return questionnaires.of(int(said) if re.fullmatch("[0-9]{1,9}", said) else None, name)


def asked(offer: Offer | None, operation_id: str = "", name: str = questionnaires.WELCOME) -> dict:
    """What the templates need to ask everything, with what was given before. A form beside the sign-up has no offer."""
    here, questionnaire = shop.current(), answered(name)
    return {
        "offer": offer,
        "questionnaire": questionnaire,
        "questions": questionnaire.asked(),
        "towns": towns.offered(),
        "consents": consents.wordings(),
        "example_phone": example_phone(here.country).replace(" ", "\u00a0"),  # on one line
        "domains": common_domains(here.country),
        "months": languages.short_months(),
        "notice": consents.notice(),
        "languages": languages.offered(),
        "values": request.form.to_dict(flat=False),
        "asks_friend": offer is not None and offers.reward("referral") is not None,
        "operation_id": request.form.get("operation_id", operation_id or secrets.token_hex(16)),
    }


def sign_up(method: str, **by_staff) -> signup.Outcome:
    """Sign up whoever sent the form from a `tablet`, her `phone`, or a `browser` that is none of our tablets; or
    for whom staff filled it in: see signup.Way. Raises Invalid, Refusal, TooMany."""
    operation_id = read_operation_id()
    given = answers.read(request.form, languages.current(), answered())
    tablet = device() if is_at("tablet") else None
    way = {"method": method, "sender": sender(), "device_id": tablet and tablet.id} | by_staff
    return signup.sign_up(given, operation_id, now(), **way)


def fill_in(name: str, method: str, **by_staff) -> tuple[Coupon, bool] | None:
    """Keep a form beside the sign-up that was sent; see submissions.submit. Raises Invalid, TooMany."""
    read = answers.read_form if name == submissions.SURVEY else answers.read
    given = read(request.form, languages.current(), answered(name))
    return submissions.submit(name, given, read_operation_id(), now(), sender=sender(), method=method, **by_staff)


def thanks_for(name: str | None) -> dict[str, str]:
    """What is read by who has filled in that form, said how it was, or shown a `card`: a heading, and a sentence."""
    message = gettext("We have it. Ask our staff if anything is unclear.")
    if name == "card":
        message = gettext("Tell the cashier your name or number; what is waiting for you is there.")
    elif name not in FORMS or name == submissions.SURVEY:
        message = gettext("The shop reads every answer.")
    return {"title": gettext("Thank you"), "message": message}


def read_operation_id() -> str:
    """The id of what was sent, the same when it is sent again. Raises Invalid, also for an unknown language."""
    operation_id = request.form.get("operation_id", "")
    if not re.fullmatch("[0-9a-f]{32}", operation_id):
        raise Invalid(operation_id=gettext("Please start over"))
    if request.form.get("language") and not languages.known(request.form["language"]):
        raise Invalid(language=gettext("Choose one from the list"))
    return operation_id


def tell(outcome: signup.Outcome, target: str):
    """The coupon for who asks for JSON; people go on to the target."""
    coupon = outcome.coupon
    facts = {
        "code": coupon.code,
        "url": link_to(coupon),
        "worth": offers.worth(outcome.offer),
        "valid_until": coupon.valid_until.isoformat(),
        "existing": outcome.existing,
    }
    return then(target, 200 if outcome.is_repeat or outcome.existing else 201, **facts)


def link_to(coupon: Coupon) -> str | None:
    """Where her phone finds the coupon, in the capitals that make a small QR code; None without a public address."""
    return from_outside(f"/c/{coupon.token}")


def from_outside(path: str) -> str | None:
    public = shop.current().public_url
    return f"{public}{path}".upper() if public else None


def told(room: str, refusal: Refusal):
    """The answer to who gets no coupon, on that room's page for it."""
    title, message = kindly(refusal)
    if wants_json():
        return jsonify(refusal=refusal.word, title=title, message=message), 409
    return render_template(f"{room}/told.html", title=title, message=message), 409


def kindly(refusal: Refusal) -> tuple[str, str]:
    """What a customer reads who gets no coupon: a heading, and a sentence."""
    regular = gettext(
        "This number has had this coupon. Show any code you got from us, or tell the cashier your number: "
        "what is waiting for you is there."
    )
    return {
        "already_had": (gettext("Your card is good at every visit"), regular),
        "nothing_to_answer": (gettext("Thank you"), gettext("You have answered this already.")),
        "nothing_to_rate": (gettext("Thank you"), gettext("You have told us already how it was.")),
        "ended": (gettext("This offer has ended"), gettext("If you have a coupon, you can still use it.")),
    }.get(refusal.word, (gettext("Please start over"), ""))
