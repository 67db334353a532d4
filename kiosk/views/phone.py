"""The customer's own phone: the questions, her coupon, and once it is spent, her card."""

from contextlib import suppress

from flask import abort, g, redirect, render_template, request, url_for
from sqlalchemy.exc import OperationalError

from kiosk.base.clock import now
from kiosk.base.refusals import Refusal
from kiosk.coupons import coupons, lookups, offers
from kiosk.guard import limits
from kiosk.shop import shop
from kiosk.views.asking import as_json, asked, sign_up, told
from kiosk.web.answers import wants_json
from kiosk.web.doors import Room
from kiosk.web.senders import address_id

room = Room("phone", __name__, to="anybody")
LINKS_PER_MINUTE = 60  # unknown ones, from one address


@room.get("/JOIN")
@room.get("/join")
def join():
    if not shop.current().public_url:
        abort(404)
    if shop.current().has_ended(now()):
        return say_kindly(Refusal("ended"))
    return _questions()


def _questions() -> str:
    return render_template("phone/join.html", **asked(offers.welcome()))


@room.post("/join")
def sign_up_here():
    if not shop.current().public_url:
        abort(404)
    g.page = _questions
    outcome = sign_up("phone")
    if wants_json():
        return as_json(outcome)
    return redirect(url_for("phone.show_coupon", token=outcome.coupon.token), 303)


@room.errorhandler(Refusal)
def say_kindly(refusal: Refusal):
    return told("phone", refusal)


@room.get("/C/<token>")
@room.get("/c/<token>")
def show_coupon(token: str):
    coupon = lookups.with_token(token)
    with suppress(OperationalError):  # it is shown even when nothing can be written
        if coupon is None:
            limits.count(f"link from {address_id()}", most=LINKS_PER_MINUTE, seconds=60, at=now())
        else:
            coupons.note_opened(coupon, now())
    if coupon is None:
        abort(404)
    g.language = coupon.customer.language
    return render_template("phone/coupon.html", coupon=coupon, state=coupon.state(shop.current().today(), now()))


@room.after_request
def keep_to_yourself(response):
    """The address of a coupon is the secret, so no page is told where she came from, and no search engine keeps it."""
    if request.endpoint == "phone.show_coupon":
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
