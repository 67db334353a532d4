"""Offer: what customers get, and for what. A change is a further version, and the last one can be undone. And what is
due to whom, and the friends that somebody has to look at."""

from datetime import timedelta

from flask import abort, jsonify, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.coupons import offers
from kiosk.models import Offer
from kiosk.rewards import changes, drafts, forecast, referral
from kiosk.rewards.due import due
from kiosk.shop import languages, shop
from kiosk.views.office.room import room
from kiosk.web.browser import signed_in, then, wants_json, whole


@room.get("/offers", endpoint="offers")
def show_offers(drafted: dict | None = None):
    """The list, and one offer to change: the one that was asked for, else what new customers get."""
    listed, active = offers.listed(), {offer.id for offer in offers.active()}
    if wants_json():
        return jsonify([
            {"id": one.id or 0, "series": one.series_id or 0, "purpose": one.series.purpose,
             "worth": offers.worth(one), "active": one.id is None or one.id in active} for one in listed
        ])  # fmt: skip
    purpose, edited = _asked_for(listed)
    starts_as = edited or Offer(**offers.FIRST, rule=drafts.usual(purpose))
    today = shop.current().today()
    shown = Offer(**drafted) if drafted else starts_as
    return render_template(
        "office/offers/offers.html", listed=listed, active=active, edited=edited, purpose=purpose, turns=offers.turns(),
        last=changes.last(listed, now()), values=request.form if "kind" in request.form else drafts.typed(starts_as),
        shown=shown, until=today + timedelta(days=shown.days_valid), today=today, languages=languages.offered(),
        most=drafts, rewards=forecast.listed(now(), counted="counted" in request.args), referrals=referral.to_look_at(),
        holidays=drafts.holidays(shop.current().country), birthday=languages.birthday,
    )  # fmt: skip


def _asked_for(listed: list[Offer]) -> tuple[str, Offer | None]:
    """The purpose of the offer in the form, and the version that it changes; None for a new one."""
    version, purpose = request.values.get("version", ""), request.values.get("purpose")
    if purpose in offers.PURPOSES and not version:
        return purpose, None
    found = offers.newest(version=whole(version)) or offers.welcome()
    found = found or next((one for one in listed if one.series.purpose == "welcome"), None)
    return (found.series.purpose if found else "welcome"), found


@room.post("/offers", page=show_offers)
def save_offer():
    place = drafts.read_place(request.form)
    offer = changes.save(drafts.read(request.form, place["purpose"]), now(), by=signed_in(), **place)
    target = url_for("office.offers", version=offer.id, kept=1)
    return then(target, 201, offer_id=offer.id, series=offer.series_id)


@room.post("/offers/preview", page=show_offers)
def preview_offer():
    """What was typed, as customers and cashiers would read it; nothing is kept."""
    return show_offers(drafts.read(request.form, drafts.read_place(request.form)["purpose"]))


@room.post("/offers/<id:offer_id>/stop")
def stop_offer(offer_id: int):
    offer = changes.stop(offer_id, now(), by=signed_in()) or abort(404)
    return then(url_for("office.offers"), offer_id=offer.id, stopped=True)


@room.post("/offers/<id:offer_id>/undo", page=show_offers)
def undo_offer(offer_id: int):
    changes.undo(offer_id, now(), by=signed_in())
    return then(url_for("office.offers"), offer_id=offer_id, undone=True)


@room.get("/due")
def list_due():
    """What is due to whom, in JSON."""
    with Form(request.args) as form:
        day = form.day("day")
    return jsonify([
        {"customer_id": one.customer_id, "purpose": one.offer.series.purpose, "series": one.offer.series_id,
         "occasion": one.occasion, "held_out": one.held_out}
        for one in due(day or shop.current().today()) if not one.held_back
    ])  # fmt: skip


@room.post("/referrals/<id:referral_id>")
def decide_referral(referral_id: int):
    """Say of a friend whom somebody has to look at whether the reward is given."""
    with Form(request.form) as form:
        decision = form.choice("decision", ("allowed", "refused"), required=True)
    referral.decide(referral_id, decision, now(), by=signed_in())
    return then(url_for("office.offers", _anchor="rewards"), decision=decision)
