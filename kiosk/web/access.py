"""Who may enter: the member of staff, and the device, that this browser is known as."""

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, jsonify, redirect, render_template, request, session, url_for
from sqlalchemy import Row

from kiosk.base.clock import now
from kiosk.base.refusals import NotAllowed
from kiosk.models import StaffSession
from kiosk.shop import languages
from kiosk.staff import devices, people, sessions
from kiosk.web.answers import wants_json
from kiosk.web.doors import Door
from kiosk.web.headers import cookie_name, keep_cookie

QUIET = "X-Quiet"  # a page that looks for news by itself says so, since nobody is there while only the page asks


def init_app(app: Flask) -> None:
    for endpoint in ("static", "healthz"):
        app.view_functions[endpoint].door = Door("anybody")
    app.before_request(_ask)
    app.context_processor(lambda: {"who": g.get("staff_session")})  # asked there; not again on an error page
    app.jinja_env.globals.update(with_pins=people.with_pins, may=_may)


def _ask():
    """Keep everybody out but those to whom the page opens; one that says nothing opens to nobody."""
    door = getattr(current_app.view_functions.get(request.endpoint), "door", None)
    if request.endpoint is None or request.method == "OPTIONS" or (door and door.to == "anybody"):
        return None
    if signed_in() is None:
        if wants_json():
            abort(401)
        return redirect(way_in(), 303)
    if door is None or not signed_in().may(door.to):
        raise NotAllowed("not_a_till" if door and door.to == "till" else "not_allowed")
    if door.asks_again and not sessions.has_proved(signed_in(), now()):
        if wants_json():
            return jsonify(refusal="prove"), 403
        return render_template("sign_in/prove.html", next=_page_of_it(), is_sent=request.method == "POST"), 403
    return None


def _may(door: str) -> bool:
    """Whether whoever reads the page may go through that door."""
    return g.get("staff_session") is not None and g.staff_session.may(door)


def way_in() -> str:
    """Where one signs in on this browser, to come back to what was asked for."""
    ask = "sign_in.names" if is_at("till") and people.with_pins() else "sign_in.ask"
    return url_for(ask, next=request.full_path.rstrip("?") if request.method == "GET" else None)


def _page_of_it() -> str:
    """What to open once she has proved herself: for a form that was sent, the page it was sent from."""
    came_from = urlsplit(request.full_path if request.method == "GET" else request.referrer or url_for("office.today"))
    return came_from._replace(scheme="", netloc="").geturl().rstrip("?")


def device() -> Row | None:
    """What a manager has made this browser: the columns of a Device."""
    if "device" not in g:
        g.device = devices.with_key(request.cookies.get(cookie_name("device")), now())
    return g.device


def is_at(kind: str) -> bool:
    """Whether this browser is a till, or a tablet."""
    return device() is not None and device().kind == kind


def signed_in() -> StaffSession | None:
    """Who works on this browser; her pages are in her language."""
    if "staff_session" not in g:
        is_used = QUIET not in request.headers
        g.staff_session = sessions.of(session.get("staff"), now(), device=device(), is_used=is_used)
        if g.staff_session and g.staff_session.staff.language:
            g.language = languages.asked_for() or g.staff_session.staff.language
    return g.staff_session


def let_in(keys: sessions.SignedIn, target: str):
    """Give this browser a new session with these keys, with nothing of the one before, and redirect to the target."""
    leave_session()
    session["staff"] = keys.session_key
    return remember_device(redirect(target, 303), keys.device_key)


def leave_session() -> None:
    """Begin this browser's session anew. What is still open at a till stays: whoever signs in there deals with it."""
    shown = session.get("till")
    session.clear()
    if shown:
        session["till"] = shown


def remember_device(response, key: str | None):
    """The pairing is a cookie of its own: it outlives every customer's reset, and every sign-out."""
    if key:
        keep_cookie(response, "device", key)
    return response
