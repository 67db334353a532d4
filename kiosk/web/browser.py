"""This browser: the device and the member of staff that it is known as, and the answer in the form that it asked for:
HTML for people, JSON for who asks for it."""

from flask import g, jsonify, redirect, request, session
from sqlalchemy import Row

from kiosk.base.clock import now
from kiosk.models import StaffSession
from kiosk.shop import languages
from kiosk.staff import devices, sessions
from kiosk.web.headers import cookie_name, keep_cookie

QUIET = "X-Quiet"  # a page that looks for news by itself says so, since nobody is there while only the page asks


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


def wants_json() -> bool:
    return (
        request.is_json or request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
    )


def then(target: str, status: int = 200, **facts):
    """The facts for who asks for JSON; people go on to the target."""
    return (jsonify(facts), status) if wants_json() else redirect(target, 303)


def whole(text: str | None) -> int:
    """A number that was sent; 0 for what is none, or larger than a database can be asked for."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def in_json(response):
    """Who sent a form and asked for JSON is told where to go on, instead of being sent there."""
    if request.method == "POST" and response.status_code == 303 and wants_json():
        response.data = jsonify(next=response.headers.pop("Location")).data
        response.status_code, response.mimetype = 200, "application/json"
    return response
