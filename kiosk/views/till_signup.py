"""Signing up a customer for her: she is at the till or on the telephone, or has filled in a paper form."""

from flask import g, redirect, render_template, request, session, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.coupons import offers
from kiosk.customers import forgetting
from kiosk.models import Signup
from kiosk.shop import languages
from kiosk.signups import signup
from kiosk.views import asking
from kiosk.web.access import Room
from kiosk.web.browser import signed_in

room = Room("till_signup", __name__, to="till", url_prefix="/till/signups")
METHODS = ("till", "telephone", "paper")


def _stays() -> dict:
    """What is the same for the next customer: how staff learn her answers, and the language they are asked in."""
    said = request.values.get("method")
    return {"method": said if said in METHODS else METHODS[0], "language": languages.current()}


def _last() -> Signup | None:
    """The last customer's sign-up that was typed in here, until it was taken back."""
    made = signup.sent_as(session.get("signed_up"))
    return made if made and made.customer_id else None


@room.get("")
def ask():
    offer, stays = offers.welcome(), _stays()
    facts = asking.asked(offer) if offer else {"languages": languages.offered()}
    return render_template("till/signup.html", stays=stays, last=_last(), **facts)


@room.post("")
def sign_up():
    g.page, stays = ask, _stays()
    with Form(request.form) as form:
        form.choice("method", METHODS, required=True)
        number = form.whole("form_number", 1, 999_999_999) if stays["method"] == "paper" else None
    outcome = asking.sign_up(stays["method"], by=signed_in(), form_number=number)
    session["signed_up"] = request.form["operation_id"]
    return asking.tell(outcome, url_for("till_signup." + ("ask" if number else "show"), **stays))


@room.get("/last")
def show():
    """Her coupon, to be shown, printed or read out; and her card, when she is new."""
    made = _last()
    if made is None:
        return redirect(url_for("till_signup.ask", **_stays()), 303)
    url = asking.link_to(made.coupon)
    return render_template("till/signed_up.html", made=made, coupon=made.coupon, url=url, stays=_stays())


@room.post("/last/undo", page=ask)
def take_back():
    """Forget the last customer who was signed up here, as long as nothing else has happened to her."""
    forgetting.take_back(_last(), now(), by=signed_in())
    return redirect(url_for("till_signup.ask", **_stays()), 303)
