"""Who may enter: everybody is kept out but those to whom a page opens."""

from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, jsonify, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.refusals import NotAllowed
from kiosk.staff import people, sessions
from kiosk.web.browser import is_at, signed_in, wants_json
from kiosk.web.doors import Door


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
