"""The way in and out for those who work here, a device's pairing, and the first manager's set-up."""

import pytz
from flask import abort, g, redirect, render_template, request, session, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.base.refusals import NotAllowed, Refusal
from kiosk.coupons import offers
from kiosk.rewards import changes
from kiosk.shop import languages, shop
from kiosk.staff import devices, people, sessions, setup
from kiosk.web.access import Room, way_in
from kiosk.web.browser import device, is_at, leave_session, let_in, remember_device, signed_in, wants_json, whole
from kiosk.web.errors import explain
from kiosk.web.senders import address_id

room = Room("sign_in", __name__, to="staff")
INSIDE = ("/office", "/till", "/me")


@room.get("/sign-in", to="anybody")
def ask():
    if is_at("tablet"):
        raise NotAllowed("tablet")
    name = request.form.get("name", "")
    return render_template("sign_in/sign_in.html", name=name, next=_next(), is_set_up=people.anybody())


def _next() -> str:
    """Where to go on to: a page of the staff's rooms, never another site."""
    wanted = request.values.get("next") or ""
    return wanted if wanted.startswith(INSIDE) and wanted.isprintable() else ""


@room.post("/sign-in", to="anybody", page=ask)
def sign_in():
    name, passphrase = request.form.get("name", ""), request.form.get("passphrase", "")
    known = {"device": device(), "instead_of": session.get("staff"), "sender": address_id()}
    keys = sessions.sign_in(name, passphrase, now(), **known)
    return let_in(keys, _next() or url_for("office.today"))


@room.get("/till/sign-in", to="anybody")
def names():
    """Who is at the till? A tap on a name, then her PIN."""
    if not (is_at("till") and people.with_pins()):
        return redirect(url_for("sign_in.ask", next=_next() or None), 303)
    return _pad()


def _pad() -> str:
    chosen, staff = whole(request.values.get("staff_id")), people.with_pins()
    person = next((one for one in staff if one.id == chosen), None)
    template = "sign_in/pad.html" if person else "sign_in/names.html"
    return render_template(template, people=staff, person=person, next=_next())


@room.post("/till/sign-in", to="anybody", page=_pad)
def sign_in_with_pin():
    staff_id, pin = whole(request.form.get("staff_id")), request.form.get("pin", "")
    keys = sessions.sign_in_with_pin(staff_id, pin, now(), device=device(), instead_of=session.get("staff"))
    return let_in(keys, _next() or url_for("till.ready"))


@room.errorhandler(Refusal)
def refuse(refusal: Refusal):
    return explain(refusal) if wants_json() else (render_template("sign_in/locked.html", next=_next()), 409)


@room.post("/sign-out", to="anybody")
def sign_out():
    _leave()
    return redirect(way_in(), 303)


def _leave() -> None:
    if signed_in():
        sessions.end(signed_in(), now())
    leave_session()


@room.get("/me")
def me():
    return render_template("sign_in/me.html", languages=[*languages.names().items()])


@room.post("/me")
def choose_language():
    people.choose_language(signed_in().staff_id, languages.known(request.form.get("speaks")))
    return redirect(url_for("sign_in.me"), 303)


@room.post("/me/sign-out")
def sign_out_everywhere():
    people.sign_out_everywhere(signed_in().staff_id, now())
    session.clear()
    return redirect(url_for("sign_in.ask"), 303)


@room.post("/sign-in/again")
def prove():
    g.page = lambda: render_template("sign_in/prove.html", next=_next(), is_sent="is_sent" in request.form)
    session["staff"] = sessions.prove(signed_in(), request.form.get("passphrase", ""), now())
    return redirect(_next() or url_for("office.today"), 303)


@room.get("/pair/<secret>", to="anybody")
def pairing(secret: str):
    return render_template("sign_in/pair.html", secret=secret, made=devices.waiting(secret, now()) or abort(404))


@room.post("/pair/<secret>", to="anybody")
def pair(secret: str):
    made, key = devices.pair(secret, now(), instead_of=device()) or abort(404)
    _leave()
    return remember_device(redirect("/till" if made.kind == "till" else "/", 303), key)


@room.get("/setup/<token>", to="anybody")
def set_up_page(token: str):
    if not setup.is_open(token):
        abort(404)
    guess = shop.suggested(request.form.get("country") or shop.guessed_country())
    given = {"guess": guess, "countries": shop.countries(), "zones": pytz.common_timezones}
    return render_template("sign_in/setup.html", token=token, **given)


@room.post("/setup/<token>", to="anybody")
def set_up(token: str):
    g.page = lambda: set_up_page(token)
    with Form({"percent": "10"} | request.form.to_dict()) as form:
        percent = form.whole("percent", 1, 100)
    keys = setup.set_up(request.form, token, now(), device=device()) or abort(404)
    pairing = _prepare(keys, percent)
    response = let_in(keys, url_for("office.today"))
    session["pairing"] = pairing
    return response


def _prepare(keys: sessions.SignedIn, percent: int) -> str:
    """Make the first offer, where it is not the usual one, and a link for the tablet; gives back the link's secret."""
    at = now()
    by = sessions.of(keys.session_key, at, device=devices.with_key(keys.device_key, at) or device())
    if percent != offers.FIRST["value"]:
        changes.save(offers.FIRST | {"value": percent}, at, by=by, purpose="welcome", version=0)
    return devices.invite("tablet", "", at, by=by)[1]
