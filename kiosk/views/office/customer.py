"""One customer's page: all that is known of her, everything that can be put right, given or noted there, and what is
rare and grave: two who are one, a copy of all that is known, and forgetting."""

import secrets
from functools import partial

from flask import abort, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.contacts import masked
from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.phones import readable
from kiosk.base.refusals import Invalid
from kiosk.coupons import by_hand, corrections, offers, visits
from kiosk.customers import copy, decisions, forgetting, merging, notes, profile, search, self_service, timeline
from kiosk.models import Coupon, Customer, Visit
from kiosk.shop import amounts, languages, shop
from kiosk.signups import consents, questionnaires
from kiosk.views.office.room import room
from kiosk.web.browser import signed_in, then, wants_json, whole

NEWEST = 4  # visits that are seen without asking for all


@room.get("/customers/<id:customer_id>")
def customer(customer_id: int):
    found, at = db.get_or_404(Customer, customer_id), now()
    if found.merged_into_id:
        return redirect(url_for("office.customer", customer_id=found.merged_into_id), 303)
    known = profile.of(found, at)
    if wants_json():
        return jsonify(profile.as_dict(known, at))
    return render_template(
        "office/customer/customer.html", known=known, customer=found, newest=NEWEST, today=shop.current().today(),
        drawn=timeline.of(known.visits, known.rhythm.due, at) if known.visits else None, offers=offers.active(),
        question_of=questionnaires.question, readable=readable, at=at,
        languages=languages.every(), purposes=[*consents.MESSAGES, shop.current().partnership], needs=decisions.NEEDS,
        wordings=decisions.wordings(found), birthday=languages.birthday,
        is_closed=self_service.closed_for(found.id, at),
    )  # fmt: skip


def _found(customer_id: int) -> Customer:
    return db.get_or_404(Customer, customer_id).canonical


def _stay_with(customer_id: int) -> Customer:
    """The customer whom a form is about, and on whose page it says what is wrong with it."""
    found = _found(customer_id)
    g.page = lambda: customer(found.id)
    return found


def _done(customer_id: int, place: str = "", status: int = 200, **facts):
    return then(url_for("office.customer", customer_id=customer_id, _anchor=place), status, **facts)


@room.post("/customers/<id:customer_id>")
def correct_customer(customer_id: int):
    found = _stay_with(customer_id)
    profile.correct(found.id, request.form, now(), by=signed_in())
    return _done(found.id, id=found.id)


@room.post("/customers/<id:customer_id>/notes")
def add_note(customer_id: int):
    found = _stay_with(customer_id)
    note = notes.add(found.id, request.form.get("text", ""), now(), by=signed_in())
    return _done(found.id, "notes", 201, note_id=note.id)


@room.post("/customers/<id:customer_id>/coupons")
def give_coupon(customer_id: int):
    found, reason = _stay_with(customer_id), visits.read_reason(request.form, by_hand.LONGEST_REASON)
    coupon = by_hand.give(found.id, whole(request.form.get("offer_id")), now(), by=signed_in(), reason=reason)
    return _done(found.id, "waiting", 201, coupon_id=coupon.id, code=coupon.code)


@room.post("/coupons/<id:coupon_id>/void")
def void_coupon(coupon_id: int):
    found = _stay_with(db.get_or_404(Coupon, coupon_id).customer_id or abort(404))
    reason = visits.read_reason(request.form, by_hand.LONGEST_REASON)
    by_hand.void(coupon_id, now(), by=signed_in(), reason=reason)
    return _done(found.id, "waiting", voided=True)


@room.post("/customers/<id:customer_id>/consents")
def decide_consent(customer_id: int):
    found, said = _stay_with(customer_id), [request.form.get(name, "") for name in ("purpose", "decision")]
    consent = decisions.decide(found.id, *said, now(), by=signed_in())
    return _done(found.id, "messages", 201, consent_id=consent.id)


@room.get("/visits/<id:visit_id>")
def visit(visit_id: int):
    """A purchase that was rung up wrongly: what it came to, and whose it is, can be put right."""
    found = db.get_or_404(Visit, visit_id)
    if found.customer_id is None or found.corrects_id:
        abort(404)
    return render_template("office/customer/visit.html", visit=found, operation_id=secrets.token_hex(16))


@room.post("/visits/<id:visit_id>")
def correct_visit(visit_id: int):
    found = db.get_or_404(Visit, visit_id)
    whose = found.customer_id or abort(404)
    g.page = lambda: visit(visit_id)
    operation_id, reason, right = _read_correction(found)
    done, is_repeat = corrections.correct(visit_id, operation_id, now(), by=signed_in(), reason=reason, **right)
    return _done(whose, "visits", 200 if is_repeat else 201, visit_id=done.id)


def _read_correction(found: Visit) -> tuple[str, str, dict]:
    """The operation, the reason, and what is right: the amount, the customer, or both. Raises Invalid."""
    with Form(request.form) as sent:
        operation_id = sent.text("operation_id", 64, required=True)
        reason = visits.read_reason(request.form)
        if not reason:
            sent.problems["reason"] = gettext("Enter a reason for the correction")
        right = {"amount": sent.read("amount", partial(amounts.read, field="amount"), "")}
        right["customer_id"] = sent.read("customer", _other_customer, "")
        right = {name: value for name, value in right.items() if value not in (None, getattr(found, name))}
        if not (right or sent.problems):
            sent.problems["amount"] = gettext("Change the amount, or enter the customer it belongs to")
    return operation_id, reason, right


def _other_customer(text: str) -> int:
    """The one customer who is found by what was typed, as at the till. Raises Invalid."""
    found = search.people(text)
    if not found:
        raise Invalid(customer=gettext("No customer found. Enter a name, a number or a card"))
    if len(found) > 1:
        names = "; ".join(f"{one.name} {masked(one.phone, one.email)}" for one in found)
        raise Invalid(customer=gettext("Several match. Enter the number of one of them: %(names)s", names=names))
    return found[0].id


@room.get("/customers/<id:customer_id>/merge")
def ask_about_merge(customer_id: int):
    """Look for the other customer, and show both before anything is done."""
    kept, typed = _found(customer_id), request.values.get("q", "").strip()
    number = whole(request.values.get("other_id"))
    others = [_found(number)] if number else search.people(typed)
    others = [other for other in others if other is not kept]
    can_undo = merging.last_merge(kept.id, now()) is not None
    return render_template("office/customer/merge.html", customer=kept, others=others, typed=typed, can_undo=can_undo)


@room.post("/customers/<id:customer_id>/merge")
def merge(customer_id: int):
    kept = _found(customer_id)
    g.page = lambda: ask_about_merge(kept.id)
    merging.merge(kept.id, whole(request.form.get("other_id")), now(), by=signed_in())
    return _done(kept.id, id=kept.id)


@room.post("/customers/<id:customer_id>/merge/undo")
def undo_merge(customer_id: int):
    kept = _found(customer_id)
    g.page = lambda: ask_about_merge(kept.id)
    merging.undo(kept.id, now(), by=signed_in())
    return _done(kept.id, id=kept.id)


@room.get("/customers/<id:customer_id>/forget", asks_again=True)
def ask_about_forgetting(customer_id: int):
    return render_template("office/customer/forget.html", customer=_found(customer_id))


@room.post("/customers/<id:customer_id>/forget", asks_again=True)
def forget(customer_id: int):
    forgetting.forget(_found(customer_id).id, now(), by=signed_in())
    return then(url_for("office.due", forgotten=1), forgotten=True)


@room.post("/customers/<id:customer_id>/open-again")
def open_again(customer_id: int):
    found = _found(customer_id)
    self_service.open_again(found.id, now(), by=signed_in())
    return _done(found.id, id=found.id)


@room.get("/customers/<id:customer_id>/copy.json")
def copy_as_json(customer_id: int):
    return jsonify(copy.of(_found(customer_id)))


@room.get("/customers/<id:customer_id>/copy")
def copy_to_print(customer_id: int):
    return render_template("office/customer/copy.html", **copy.to_read(_found(customer_id)))
