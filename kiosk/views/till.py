"""The till: one field for whatever is scanned or typed, what it is worth, one tap to redeem, one to undo."""

import secrets
from contextlib import suppress

from flask import abort, g, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal, TooMany
from kiosk.coupons import by_hand, corrections, coupons, last_scans, lookups, offers, scan, visits
from kiosk.customers import notes, profile
from kiosk.models import Coupon, Customer, Redemption, Visit
from kiosk.rewards import giving, stamps
from kiosk.shop import amounts, shop
from kiosk.staff import sessions
from kiosk.upkeep import epochs
from kiosk.web.access import Room
from kiosk.web.browser import signed_in, then, wants_json, whole

room = Room("till", __name__, to="till", url_prefix="/till")
ASKED = ("unusual_amount", "recorded_just_now")  # about a purchase, before it is taken
AFTER_A_LOOK_UP = (*by_hand.REFUSALS, *ASKED)  # refusals of what was found
SHOWN = {"coupon": Coupon, "customer": Customer, "redemption": Redemption, "visit": Visit}
OPEN = ("coupon", "customer")  # what may still have to be dealt with
NAMED = {"coupon_id": Coupon, "customer_id": Customer, "visit_id": Visit}  # by number, in forms of the till's own pages
MOST_KNOWN = 40  # customers whom a session remembers


@room.before_request
def stay_here():
    """What is wrong or refused is said on this page too, and on no other."""
    g.page = lambda: _page(**_what_was_meant())


@room.get("")
def ready():
    """Waiting for a scan, or showing what the last one led to: once, or until what is shown has been dealt with."""
    seen = session.pop("till", {})
    things = {name: db.session.get(SHOWN[name], key) for name, key in seen.items() if name in SHOWN}
    is_open = things.get("customer") or _good(things)
    if is_open:
        session["till"] = {name: seen[name] for name in OPEN if name in seen}
        _remember(is_open)
    choices = [found for key in seen.get("choices", ()) if (found := db.session.get(Customer, key))]
    left = seen.get("left") and db.session.get(Coupon, seen["left"])
    return _page(**things, choices=choices, undone=seen.get("undone"), left=left)


def _good(things: dict) -> Coupon | None:
    """The coupon on the page that is good and was not redeemed."""
    customer = things.get("customer")
    coupon = lookups.live_coupon(customer, now()) if customer else things.get("coupon")
    return coupon if coupon and coupon.state(shop.current().today(), now()) == "issued" else None


def _page(coupon: Coupon | None = None, customer: Customer | None = None, redemption=None, visit=None, **seen) -> str:
    if customer:
        coupon = lookups.live_coupon(customer, now())
    used = redemption or (lookups.live_redemption(coupon.id) if coupon else None)
    seen |= {"coupon": coupon, "customer": customer, "redemption": redemption, "used": used, "visit": visit}
    seen["is_scanned"] = coupon and session.get("scanned") == coupon.id
    seen["just_now"], done = used and lookups.is_just_now(used, signed_in(), now()), used or visit
    seen["easily_undone"] = done and corrections.is_easily_undone(done, signed_in(), now())
    seen["was_undone"] = visit and visits.correction_of(visit.id)
    seen |= {"operation_id": secrets.token_hex(16), "scan_id": secrets.token_hex(16)}
    seen |= {"last_seen": lookups.last_seen, "taps": visits.last_said() if coupon or customer else {}}
    person = None if done else customer or (coupon and coupon.customer)
    if person:
        seen |= {"rhythm": profile.rhythm(person, now()), "note": notes.newest(person.id), "stamps": stamps.of(person)}
        seen["waiting"] = by_hand.waiting_for(person)
        seen["asks_contact"] = profile.is_contact_old(person, now()) or request.endpoint == "till.check_contact"
    seen["locks_after"] = int(sessions.may_lie_idle(signed_in()).total_seconds())
    return render_template("till/till.html", scans=last_scans.newest(signed_in(), now()), **seen)


def _then(**shown):
    """Show on the till's page what this led to. A good coupon that was shown there and left is recorded and said."""
    seen = session.get("till", {})
    before = _good({name: db.session.get(SHOWN[name], seen[name]) for name in OPEN if name in seen})
    is_same = before and (before.id == shown.get("coupon") or before.customer_id == shown.get("customer"))
    if before and not is_same and "visit" not in shown:
        last_scans.leave(before, now(), by=signed_in())
        shown["left"] = before.id
    session["till"] = shown
    return redirect(url_for("till.ready"), 303)


def _answer(told: dict, is_repeat: bool, **shown):
    """The facts for who asks for JSON, else that page."""
    return (jsonify(told), 200 if is_repeat else 201) if wants_json() else _then(**shown)


@room.post("/lookups")
def look_up():
    by_number, sent, by = _named(), request.form.get, signed_in()
    found = by_number or lookups.look_up(sent("q", ""), sent("q_keys", ""), bool(sent("by_scanner")), by=by, at=now())
    by_hand.give_waiting(found if sent("give") else None, now(), by=by)
    _remember(found)
    session["scanned"] = found.id if isinstance(found, Coupon) and not by_number else None
    if wants_json():
        return jsonify(lookups.as_dict(found, now()))
    if isinstance(found, Coupon) and _goes_through(found):
        return _then(redemption=coupons.redeem(found, _operation_id(), now(), by=by).redemption.id)
    if isinstance(found, list):
        return _then(choices=[customer.id for customer in found])
    return _then(**{type(found).__name__.lower(): found.id})


def _named() -> Coupon | Customer | Visit | None:
    """The coupon, customer or visit that a form names by number. Raises Refusal `unknown`, TooMany."""
    for name, kind in NAMED.items():
        if number := request.form.get(name):
            return lookups.again(kind, whole(number), session.get("known", ()), by=signed_in(), at=now())
    return None


def _remember(found: lookups.Found) -> None:
    """Keep in the session whom it has looked up, to be named by number; give her what is due."""
    customers = [found.customer] if isinstance(found, Coupon | Visit) else found if isinstance(found, list) else [found]
    known = dict.fromkeys([*session.get("known", ()), *(customer.id for customer in customers)])
    session["known"] = list(known)[-MOST_KNOWN:]
    if not isinstance(found, list):
        giving.give_seen(customers[0].id, now())


def _goes_through(coupon: Coupon) -> bool:
    """Whether the shop wants a scan to redeem; the same scan sent again is the same redemption."""
    used = lookups.live_redemption(coupon.id)
    is_good = coupon.state(shop.current().today(), now()) == "issued" and not coupon.offer.minimum
    is_same = used is not None and used.operation_id == request.form.get("operation_id")
    return shop.current().redeem_on_scan and "operation_id" in request.form and (is_good or is_same)


@room.post("/redemptions")
def redeem():
    bought, scanned = visits.read(request.form), _named() or request.form.get("code", "")
    if not isinstance(scanned, str | Coupon):
        raise Refusal("mistyped")
    outcome = coupons.redeem(scanned, _operation_id(), now(), by=signed_in(), **vars(bought))
    redemption, visit = outcome.redemption, outcome.redemption.visit
    _remember(redemption.coupon)
    told = {"redemption_id": redemption.id, "take_off": visit.discount, "to_pay": visit.to_pay}
    told["worth"] = offers.worth(redemption.coupon.offer)
    if redemption.undone_at:
        return _answer(told | {"undone": True}, outcome.is_repeat, undone=True)
    return _answer(told, outcome.is_repeat, redemption=redemption.id)


def _operation_id() -> str:
    operation_id = request.form.get("operation_id", "")
    if not 8 <= len(operation_id) <= 64 or not (operation_id.isascii() and operation_id.isprintable()):
        raise Invalid(operation_id=gettext("Please scan again"))
    return operation_id


@room.post("/redemptions/<id:redemption_id>/undo")
def undo(redemption_id: int):
    reason = visits.read_reason(request.form)
    coupon = db.get_or_404(Redemption, redemption_id).coupon
    undone, is_repeat = corrections.undo(redemption_id, _operation_id(), now(), by=signed_in(), reason=reason)
    giving.give_seen(coupon.customer_id, now())
    return _answer({"redemption_id": redemption_id, "undo_id": undone.id}, is_repeat, undone=redemption_id)


@room.post("/visits")
def record_visit():
    form, by, operation_id = request.form, signed_in(), _operation_id()
    bought, discount = visits.read(form), amounts.read(form.get("discount"), "discount")
    reason = visits.read_reason(form)
    who = _named() or lookups.ask(form.get("code", ""), by=by, at=now())
    given = {} if discount is None and not reason else {"discount": discount, "reason": reason}
    verb = by_hand.honour if given else visits.record
    visit, is_repeat = verb(who, operation_id, now(), by=by, purchase=bought, **given)
    _remember(visit)
    told = {"visit_id": visit.id, "discount": visit.discount, "to_pay": visit.to_pay}
    return _answer(told, is_repeat, visit=visit.id)


@room.post("/visits/<id:visit_id>/undo")
def undo_visit(visit_id: int):
    reason = visits.read_reason(request.form)
    visit = db.get_or_404(Visit, visit_id)
    undone, is_repeat = corrections.undo_visit(visit_id, _operation_id(), now(), by=signed_in(), reason=reason)
    giving.give_seen(visit.customer_id, now())
    return _answer({"visit_id": visit_id, "undo_id": undone.id}, is_repeat, undone="purchase")


@room.post("/contact")
def check_contact():
    """Keep the contact of a customer who was looked up, or put it right."""
    found = _named() or abort(404)
    customer = found if isinstance(found, Customer) else found.customer
    profile.check_contact(customer.id, request.form, now(), by=signed_in())
    return then(url_for("till.ready"), customer_id=customer.id)


@room.get("/visits/<id:visit_id>/card")
def show_card(visit_id: int):
    """The customer's card, for as long as her purchase at this till can be undone there."""
    visit = db.get_or_404(Visit, visit_id)
    if not (visit.customer and corrections.is_easily_undone(visit, signed_in(), now())):
        abort(404)
    return _page(card=visit.customer.canonical, stamps=stamps.of(visit.customer.canonical))


@room.post("/away")
def put_away():
    """Close what is shown; of a coupon that is still good it is recorded that it was not redeemed."""
    return _then()


@room.app_template_global()
def remembered(redemption: Redemption) -> dict:
    """What a till's browser remembers of a redemption; `number` is by what it is undone."""
    said = {"number": redemption.id, "id": redemption.operation_id, "coupon": epochs.named(redemption.coupon)}
    return said | {"amount": redemption.visit.amount, "at": redemption.happened_at.isoformat()}


@room.post("/reports")
def report():
    """Take what this till's browser remembers of the time before a restore, or a piece of it."""
    done, goes_on = epochs.read(request.form.get("operations", "[]")), "goes_on" in request.form
    epochs.report(done, now(), by=signed_in(), goes_on=goes_on)
    return jsonify(epoch=shop.current().epoch)


@room.post("/settings", to="office")
def decide():
    """Keep what a manager decides about every till of the shop."""
    shop.decide(now(), by=signed_in(), redeem_on_scan="redeem_on_scan" in request.form)
    return redirect(url_for("till.ready"), 303)


def _what_was_meant() -> dict:
    """What was scanned and whose it is, or what was to be undone. What was not looked up yet is now, and counts."""
    if request.view_args:
        return _what_was_to_be_undone()
    form, is_wrong, found = request.form, "errors" in g.wrong, None
    scanned = form.get("code") or form.get("q") or ""
    with suppress(Refusal, TooMany):
        if is_wrong or g.wrong["refusal"] in AFTER_A_LOOK_UP:
            found = _named() or (lookups.ask(scanned, by=signed_in(), at=now()) if is_wrong else lookups.find(scanned))
            _remember(found)
    kind = type(found).__name__.lower()
    seen = {"scanned": scanned, "is_code": len(scan.digits_in(scanned) or "") == 12}
    seen["is_product"] = lookups.is_product(scan.read(scanned, form.get("q_keys", "")))
    return seen | ({kind: found} if kind in SHOWN else {})


def _what_was_to_be_undone() -> dict:
    ((name, key),) = request.view_args.items()
    kind = name.removesuffix("_id")
    done, at, known = db.session.get(SHOWN[kind], key), now(), session.get("known", ())
    whose = done.coupon if kind == "redemption" and done else done
    may = "errors" in g.wrong and done and lookups.may_name(whose, known, by=signed_in(), at=at)
    return {kind: done} if may else {}
