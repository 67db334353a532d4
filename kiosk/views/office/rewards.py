"""What is due to whom, for whoever asks in JSON; and the friends that somebody has to look at."""

from flask import jsonify, redirect, request, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.rewards import referral
from kiosk.rewards.due import due
from kiosk.shop import shop
from kiosk.views.office.room import room
from kiosk.web.access import signed_in
from kiosk.web.answers import wants_json


@room.get("/due")
def list_due():
    with Form(request.args) as form:
        day = form.read("day", shop.read_day, gettext("Choose a date, like 2026-12-31"))
    return jsonify([
        {"customer_id": one.customer_id, "purpose": one.offer.series.purpose, "series": one.offer.series_id,
         "occasion": one.occasion, "held_out": one.held_out} for one in due(day or shop.current().today())
    ])  # fmt: skip


@room.post("/referrals/<id:referral_id>")
def decide_referral(referral_id: int):
    with Form(request.form) as form:
        decision = form.choice("decision", ("allowed", "refused"), required=True)
    referral.decide(referral_id, decision, now(), by=signed_in())
    return jsonify(decision=decision) if wants_json() else redirect(url_for("office.offers", _anchor="rewards"), 303)
