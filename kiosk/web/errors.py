"""How an error reads: what happened and what to do next, for whoever is in that room."""

import errno
import logging
import secrets
import traceback
from contextlib import suppress

from flask import current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from kiosk.base.clock import now
from kiosk.base.database import is_full
from kiosk.base.refusals import Invalid, NotAllowed, Refusal, TooMany
from kiosk.guard import audit, limits
from kiosk.shop import shop
from kiosk.web.browser import wants_json

log = logging.getLogger("kiosk")
TROUBLE = (OperationalError, InterfaceError)  # the second is of a connection that was lost in between
IN_PLACE = ("paused", "till_stopped")  # a till that looks at no codes says so; everything else there goes on
WORDS = {403: "not_allowed", 404: "not_found", 405: "not_found"}
ROOMS = {"office": "office", "till": "till", "c": "phone", "C": "phone", "join": "phone", "JOIN": "phone"}
ROOMS |= dict.fromkeys(("sign-in", "sign-out", "me", "pair", "setup"), "sign_in")


def explain(error: Exception):
    """Any error in the form that was asked for: what happened, and what to do next.

    Wrong or refused input is shown on the page it was typed on, when the route or the view (`g.page`) names that page.
    """
    match error:
        case Refusal():
            said = {"refusal": error.word, **error.facts}
            return _answer(409, error.word, said, refusal=error.word, told_with=error.facts)
        case Invalid():
            return _answer(422, "bad_request", {"errors": error.errors}, errors=error.errors)
        case TooMany():
            said = _answer(429, error.word, refusal=error.word, seconds=error.seconds)
            return *said, {"Retry-After": str(error.seconds)}
        case NotAllowed():
            _note_refused(error.word)
            return _answer(403, error.word)
        case CSRFError():
            ours = current_app.session_interface.get_cookie_name(current_app)  # every page of ours gives it
            return _answer(400, "stale" if ours in request.cookies else "no_cookies")
        case RequestEntityTooLarge():
            g.language = shop.current().language  # the form, which may say another, cannot be read
            return _answer(413, "too_large")
        case HTTPException():
            return _answer(error.code, WORDS.get(error.code, "bad_request")) if error.code >= 400 else error
        case OperationalError() | InterfaceError():
            g.setdefault("shop", shop.suggested(shop.guessed_country()))
            full = is_full(error)
            return _answer(507 if full else 503, "disk_full" if full else "cannot_write", incident=_note(error))
        case OSError() if error.errno == errno.ENOSPC:  # an export, which is made in a file
            return _answer(507, "disk_full", incident=_note(error))
    return _answer(500, "unexpected", incident=_note(error))


def _note_refused(word: str) -> None:
    """In the audit, but no more than sixty a minute, lest a script fill it."""
    with suppress(TooMany, *TROUBLE):
        limits.count("refusals noted", most=60, seconds=60, at=now())
        audit.note("refused", now(), by=g.get("staff_session"), object_id=request.endpoint or "", outcome=word)


def _answer(status: int, word: str, facts: dict | None = None, **context):
    if request.endpoint == "healthz" and status >= 500:
        return {"status": "fail"}, 503
    if wants_json():
        return (facts or {"error": word}), status
    page = g.get("page") or getattr(current_app.view_functions.get(request.endpoint), "page", None)
    if page and (status in (409, 422) or word in IN_PLACE):
        g.wrong = context | {"values": request.form}
        return page(), status
    room = ROOMS.get(request.path.split("/")[1], "tablet")  # by the path: what is not there belongs to a room as well
    return render_template("errors/error.html", word=word, room=room, status=status, **context), status


def _note(error: Exception) -> str:
    """Log an error under a number, and where it happened unless the database was in trouble, which is one line.

    Messages are left out, since they may quote what people typed.
    """
    incident = secrets.token_hex(3).upper()
    kind = type(getattr(error, "orig", error)).__name__
    place = "" if isinstance(error, TROUBLE) else "\n" + "".join(traceback.format_tb(error.__traceback__))
    log.error("Incident %s: %s at %s%s", incident, kind, request.endpoint, place)
    return incident
