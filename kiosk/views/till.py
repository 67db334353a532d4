"""The till: one field for whatever is scanned or typed, what it is worth, one tap to redeem, one to undo."""

import secrets
from contextlib import suppress

from flask import Blueprint, g, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext

from .. import coupons, lookups, offers, sessions, shop, visits
from ..codes import digits_in
from ..contacts import masked
from ..database import db, now
from ..models import Coupon, Customer, Redemption, Visit
from ..refusals import Invalid, Refusal, TooMany
from ..web import wants_json, whole
from .doors import signed_in

room = Blueprint("till", __name__, url_prefix="/till")
OF_A_COUPON = ("void", "not_yet", "expired", "minimum_not_met", "used")  # refusals after it was looked up
SHOWN = {"coupon": Coupon, "customer": Customer, "redemption": Redemption, "visit": Visit}


@room.before_request
def stay_here():
    """What is wrong or refused is said on this page too, and on no other."""
    g.page = lambda: _page(**_what_was_meant())


@room.get("")
def ready():
    """Waiting for a scan, or showing what the last one led to, which the session remembers."""
    seen = session.pop("till", {})
    things = {name: db.session.get(SHOWN[name], key) for name, key in seen.items() if name in SHOWN}
    choices = [her for key in seen.get("choices", ()) if (her := db.session.get(Customer, key))]
    return _page(**things, choices=choices, undone=seen.get("undone"))


def _page(coupon: Coupon | None = None, customer: Customer | None = None, redemption=None, **seen) -> str:
    if customer:
        coupon = lookups.live_coupon(customer, now())
    used = redemption or (lookups.live_redemption(coupon.id) if coupon else None)
    seen |= {"coupon": coupon, "customer": customer, "redemption": redemption, "used": used}
    seen["just_now"] = used and lookups.is_just_now(used, signed_in(), now())
    seen["easily_undone"] = used and coupons.is_easily_undone(used, signed_in(), now())
    seen |= {"operation_id": secrets.token_hex(16), "scan_id": secrets.token_hex(16), "masked": masked}
    locks_after = int(sessions.may_lie_idle(signed_in()).total_seconds())
    scans = lookups.last_scans(signed_in(), now())
    return render_template("till/till.html", scans=scans, locks_after=locks_after, **seen)


def _then(**shown):
    """Go back to the till's page, and show there what this led to."""
    session["till"] = shown
    return redirect(url_for("till.ready"), 303)


def _answer(facts: dict, is_repeat: bool, **shown):
    """The facts for who asks for JSON, else that page."""
    return (jsonify(facts), 200 if is_repeat else 201) if wants_json() else _then(**shown)


@room.post("/lookups")
def look_up():
    found = lookups.look_up(request.form.get("q", ""), request.form.get("q_keys", ""), by=signed_in(), at=now())
    if wants_json():
        return jsonify(_facts(found))
    if isinstance(found, Coupon) and _goes_through(found):
        return _then(redemption=_redeem(found.code, visits.Purchase()).redemption.id)
    if isinstance(found, list):
        return _then(choices=[her.id for her in found])
    return _then(**{type(found).__name__.lower(): found.id})


def _goes_through(coupon: Coupon) -> bool:
    """Whether the shop wants a scan to redeem; the same scan sent again is the same redemption."""
    used = lookups.live_redemption(coupon.id)
    is_good = coupon.state(shop.current().today()) == "issued" and not coupon.offer.minimum
    is_same = used is not None and used.operation_id == request.form.get("operation_id")
    return shop.current().redeem_on_scan and "operation_id" in request.form and (is_good or is_same)


def _facts(found: lookups.Found) -> dict:
    if isinstance(found, list):
        return {"kind": "choices", "customers": [_customer_facts(her) for her in found]}
    if isinstance(found, Customer):
        return {"kind": "customer", "customer": _customer_facts(found)}
    return {
        "kind": "coupon",
        "code": found.code,
        "worth": offers.worth(found.offer),
        "state": found.state(shop.current().today()),
        "valid_until": found.valid_until.isoformat(),
        "customer": found.customer.first_name,
    }


def _customer_facts(her: Customer) -> dict:
    return {"id": her.id, "first_name": her.first_name, "contact": masked(her.phone, her.email)}


@room.post("/redemptions")
def redeem():
    outcome = _redeem(request.form.get("code", ""), visits.read(request.form))
    redemption, visit = outcome.redemption, outcome.redemption.visit
    facts = {"redemption_id": redemption.id, "take_off": visit.discount, "to_pay": visit.to_pay}
    facts["worth"] = offers.worth(redemption.coupon.offer)
    if redemption.undone_at:
        return _answer(facts | {"undone": True}, outcome.is_repeat, undone=True)
    return _answer(facts, outcome.is_repeat, redemption=redemption.id)


def _redeem(code: str, bought: visits.Purchase) -> coupons.Redeemed:
    return coupons.redeem(code, _operation_id(), now(), by=signed_in(), **vars(bought))


def _operation_id() -> str:
    operation_id = request.form.get("operation_id", "")
    if not 8 <= len(operation_id) <= 64 or not (operation_id.isascii() and operation_id.isprintable()):
        raise Invalid(operation_id=gettext("Please scan again"))
    return operation_id


@room.post("/redemptions/<id:redemption_id>/undo")
def undo(redemption_id: int):
    reason = visits.read_reason(request.form)
    db.get_or_404(Redemption, redemption_id)
    undone, is_repeat = coupons.undo(redemption_id, _operation_id(), now(), by=signed_in(), reason=reason)
    return _answer({"redemption_id": redemption_id, "undo_id": undone.id}, is_repeat, undone=True)


@room.post("/visits")
def record_visit():
    form, by, operation_id = request.form, signed_in(), _operation_id()
    bought, discount = visits.read(form), visits.read_amount(form.get("discount"), "discount")
    reason = visits.read_reason(form)
    her = form.get("customer_id", "")
    who = _asked(her, form.get("code", ""))
    visit, is_repeat = visits.record(who, operation_id, now(), by=by, purchase=bought, discount=discount, reason=reason)
    facts = {"visit_id": visit.id, "discount": visit.discount, "to_pay": visit.to_pay}
    return _answer(facts, is_repeat, visit=visit.id)


@room.post("/settings")
def decide():
    """What a manager (the manifest lets nobody else in) decides about every till of the shop."""
    shop.decide(now(), by=signed_in(), redeem_on_scan="redeem_on_scan" in request.form)
    return redirect(url_for("till.ready"), 303)


def _asked(customer_id: str, code: str) -> lookups.Found:
    """Whom or what a form is about, looked up within the till's limits. Raises Refusal, TooMany."""
    by, at = signed_in(), now()
    return lookups.whose(whole(customer_id), by=by, at=at) if customer_id else lookups.ask(code, by=by, at=at)


def _what_was_meant() -> dict:
    """What was scanned, and whose or what it is, as far as it is anything; or what was to be undone, and is not yet.
    What has not been looked up yet is now, and counts; nobody learns from a refusal what she could not ask."""
    is_wrong = "errors" in g.wrong
    if is_wrong and "redemption_id" in request.view_args:
        return {"redemption": db.session.get(Redemption, request.view_args["redemption_id"])}
    scanned, her = request.form.get("code") or request.form.get("q") or "", request.form.get("customer_id", "")
    found = None
    with suppress(Refusal, TooMany):
        if is_wrong or g.wrong["refusal"] in OF_A_COUPON:
            found = _asked(her, scanned) if is_wrong else lookups.find(scanned)
    kind = type(found).__name__.lower()
    is_code = len(digits_in(scanned) or "") == 12
    return {"scanned": scanned, "is_code": is_code} | ({kind: found} if kind in SHOWN else {})
