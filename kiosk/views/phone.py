"""The customer's own phone: the questions, her coupon, and once it is spent, her card."""

from contextlib import suppress
from datetime import datetime

from flask import abort, g, jsonify, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy.exc import OperationalError

from kiosk.base.clock import now
from kiosk.base.refusals import Refusal
from kiosk.coupons import coupons, lookups, offers
from kiosk.customers import copy, decisions, feedback, one_more, self_service
from kiosk.guard import limits
from kiosk.models import Coupon, Customer
from kiosk.rewards import stamps
from kiosk.shop import languages, shop
from kiosk.signups import submissions
from kiosk.signups.built_in_questions import FORMS, TITLES
from kiosk.views import asking
from kiosk.web.access import Room
from kiosk.web.browser import then, wants_json
from kiosk.web.senders import ONE_CLICK, address_id

room = Room("phone", __name__, to="anybody")
LINKS_PER_MINUTE = 60  # unknown ones, from one address


@room.get("/JOIN")
@room.get("/join")
def join():
    if not shop.current().public_url:
        abort(404)
    offer = offers.welcome()
    return render_template("phone/join.html", **asking.asked(offer)) if offer else say_kindly(Refusal("ended"))


@room.post("/join", page=join)
def sign_up_here():
    if not shop.current().public_url:
        abort(404)
    outcome = asking.sign_up("phone")
    return asking.tell(outcome, url_for("phone.show_coupon", token=outcome.coupon.token))


FORM = "/join/<any({}):name>".format(",".join(FORMS))


@room.get("/JOIN/<any({}):name>".format(",".join(FORMS).upper()))
@room.get(FORM)
def show_form(name: str):
    """A form beside the sign-up, by its own QR code."""
    _refuse_unless_offered(name.lower())
    return render_template("phone/join.html", **asking.asked(None, name=name.lower()), title=TITLES[name.lower()])


def _refuse_unless_offered(name: str) -> None:
    if not shop.current().public_url or submissions.offered(name) not in ("tablet", "poster"):
        abort(404)


@room.post(FORM)
def fill_in(name: str):
    _refuse_unless_offered(name)
    g.page = lambda: show_form(name)
    coupon, is_known = asking.fill_in(name, "phone") or (None, False)
    if wants_json():
        return jsonify(thanks=True), 201
    if coupon and not is_known:
        return redirect(url_for("phone.show_coupon", token=coupon.token), 303)
    return render_template("phone/told.html", **asking.thanks_for(name))


@room.errorhandler(Refusal)
def say_kindly(refusal: Refusal):
    return asking.told("phone", refusal)


def _coupon(token: str) -> Coupon:
    """Return the coupon whose link was opened, on whose page is said what is wrong; unknown links are counted, and are
    not found."""
    coupon = lookups.with_token(token)
    if coupon is None:
        with suppress(OperationalError):
            limits.count(f"link from {address_id()}", most=LINKS_PER_MINUTE, seconds=60, at=now())
        abort(404)
    g.language, g.page = coupon.customer.language, lambda: show_coupon(token)
    return coupon


@room.get("/C/<token>")
@room.get("/c/<token>")
def show_coupon(token: str):
    coupon, at = _coupon(token), now()
    with suppress(OperationalError):  # it is shown even when nothing can be written
        coupons.note_opened(coupon, at)
    customer, state = coupon.customer, coupon.state(shop.current().today(), at)
    card = _card(customer, at) if state == "used" else {}
    return render_template("phone/coupon.html", coupon=coupon, state=state, thanks=request.args.get("thanks"), **card)


def _card(customer: Customer, at: datetime) -> dict:
    """What a regular reads on her card; of the two things she may be asked, one at a time."""
    to_rate = feedback.visit_to_rate(customer.id, at)
    return {
        "waiting": lookups.live_coupon(customer, at), "gets": decisions.agreed_to(customer),
        "stamps": stamps.of(customer), "months": [name for _, name in languages.months()], "to_rate": to_rate,
        "question": None if to_rate else one_more.next_question(customer),
    }  # fmt: skip


@room.post("/c/<token>/feedback")
def rate(token: str):
    coupon = _coupon(token)
    given = feedback.rate(coupon.customer, request.form, now())
    return then(url_for("phone.show_coupon", token=token, thanks="stars"), 201, feedback_id=given.id)


@room.post("/c/<token>/answers")
def answer(token: str):
    coupon = _coupon(token)
    one_more.answer(coupon.customer, request.form, now())
    return then(url_for("phone.show_coupon", token=token, thanks="answer"), 201, kept=True)


@room.get("/c/<token>/stop")
def ask_to_stop(token: str):
    return redirect(url_for("phone.show_coupon", token=token), 303)


@room.post("/c/<token>/stop")
def stop_messages(token: str):
    """Withdraw what the customer agreed to; whoever has the link may, and learns nothing by it. A mail program that
    does it for her gets no page (RFC 8058, 3.1)."""
    decisions.stop(_coupon(token).customer, now(), by=None)
    if ONE_CLICK in request.form:
        return ""
    return then(url_for("phone.show_coupon", token=token, thanks="stop"), stopped=True)


@room.get("/c/<token>/kept")
def show_kept(token: str):
    """All that is kept of the customer, to read and correct; who has only the link is asked for what she knows."""
    coupon = _proved_coupon(token)
    customer = coupon.customer.canonical
    if wants_json():
        return jsonify(copy.of(customer))
    facts = {"languages": languages.names(), "saved": request.args.get("saved")}
    return render_template("phone/kept.html", coupon=coupon, **copy.to_read(customer), **facts)


def _proved_coupon(token: str) -> Coupon:
    """Return the coupon whose link was opened, once somebody at this browser has shown by it, a moment ago, that she is
    the customer; aborts with the question for it otherwise."""
    coupon = _coupon(token)
    coupon_id, until = session.get("proved", (0, 0))
    if coupon_id != coupon.id or now().timestamp() >= until:
        abort(make_response(_ask_for_proof(coupon)))
    g.page = lambda: show_kept(token)
    return coupon


def _ask_for_proof(coupon: Coupon):
    if wants_json():
        return jsonify(refusal="prove"), 403
    if request.method == "POST":
        return redirect(url_for("phone.show_kept", token=coupon.token), 303)
    return _question(coupon)


def _question(coupon: Coupon) -> str:
    return render_template("phone/prove.html", coupon=coupon, by_phone=bool(coupon.customer.canonical.phone))


@room.post("/c/<token>/proof")
def prove(token: str):
    coupon = _coupon(token)
    g.page = lambda: _question(coupon)
    self_service.prove(coupon.customer.canonical, request.form.get("answer", ""), now())
    session["proved"] = (coupon.id, (now() + self_service.OPEN).timestamp())
    return redirect(url_for("phone.show_kept", token=token), 303)


@room.post("/c/<token>/kept")
def correct(token: str):
    coupon = _proved_coupon(token)
    self_service.correct(coupon.customer.canonical, request.form, now())
    return redirect(url_for("phone.show_kept", token=token, saved="yes"), 303)


@room.post("/c/<token>/forget")
def forget(token: str):
    coupon = _proved_coupon(token)
    self_service.forget(coupon.customer.canonical, request.form.get("answer", ""), now())
    session.pop("proved")
    return then(url_for("phone.say_forgotten"), forgotten=True)


@room.get("/c/forgotten")
def say_forgotten():
    title, message = gettext("Everything about you is deleted"), gettext("Your link and card no longer work.")
    return render_template("phone/told.html", title=title, message=message)


@room.after_request
def keep_to_yourself(response):
    """The address of a coupon is the secret, so no page is told where she came from, and no search engine keeps it."""
    if "token" in (request.view_args or {}):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
