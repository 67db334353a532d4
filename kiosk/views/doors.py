"""Who may enter: the member of staff, and the device, that this browser is known as."""

from flask import Flask, abort, g, jsonify, redirect, render_template, request, session, url_for

from .. import devices, languages, manifest, sessions, staff
from ..database import now
from ..models import Device, StaffSession
from ..refusals import NotAllowed
from ..web import wants_json


def init_app(app: Flask) -> None:
    app.before_request(_ask)
    app.context_processor(lambda: {"who": g.get("staff_session")})  # asked there; not again on an error page
    app.jinja_env.globals.update(with_pins=staff.with_pins)


def _ask():
    """Every page is closed but to those whom the manifest names; one that it does not name, to all."""
    route = f"{'GET' if request.method == 'HEAD' else request.method} {request.url_rule}"
    door = manifest.ROUTES.get(route)
    if request.url_rule is None or door == "anybody" or request.method == "OPTIONS":
        return None
    if signed_in() is None:
        if wants_json():
            abort(401)
        return redirect(way_in(), 303)
    if door is None or not signed_in().may(door):
        raise NotAllowed("not_a_till" if door == "till" else "not_allowed")
    if manifest.needs_proof(route) and not sessions.has_proved(signed_in(), now()):
        asked = jsonify(refusal="prove") if wants_json() else render_template("sign_in/prove.html", next=_page_of_it())
        return asked, 403
    return None


def way_in() -> str:
    """Where one signs in on this browser, to come back to what was asked for."""
    ask = "sign_in.names" if is_at("till") and staff.with_pins() else "sign_in.ask"
    return url_for(ask, next=request.full_path.rstrip("?") if request.method == "GET" else None)


def _page_of_it() -> str:
    """What to open once she has proved herself: for a form that was sent, the page it is on."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("office.people")


def device_cookie() -> str:
    return "__Host-device" if request.is_secure else "device"


def device() -> Device | None:
    """What a manager has made this browser."""
    if "device" not in g:
        g.device = devices.with_key(request.cookies.get(device_cookie()), now())
    return g.device


def is_at(kind: str) -> bool:
    """Whether this browser is a till, or a tablet."""
    return device() is not None and device().kind == kind


def signed_in() -> StaffSession | None:
    """Who works on this browser; her pages are in her language."""
    if "staff_session" not in g:
        g.staff_session = sessions.of(session.get("staff"), now(), device=device())
        if g.staff_session and g.staff_session.staff.language:
            g.language = languages.known(request.values.get("language")) or g.staff_session.staff.language
    return g.staff_session


def let_in(keys: sessions.SignedIn, target: str):
    """Give this browser its keys and go on; everything it had before is left behind, the CSRF token too."""
    session.clear()
    session["staff"] = keys.session_key
    return remember_device(redirect(target, 303), keys.device_key)


def remember_device(response, key: str | None):
    """The pairing is a cookie of its own: it outlives every customer's reset, and every sign-out."""
    if key:
        response.set_cookie(
            device_cookie(), key, max_age=400 * 86400, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response
