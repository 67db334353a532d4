"""What holds for every page, whatever the room: who may call, what a browser may do, how an error reads."""

import hmac
import logging
import secrets
import traceback
from contextlib import suppress
from datetime import datetime, time
from functools import cache

from flask import Flask, current_app, g, jsonify, render_template, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import IntegerConverter

from . import addresses, audit, codes, languages, limits, offers, qr, shop
from .config import ROOT
from .database import is_full, now
from .refusals import Invalid, NotAllowed, Refusal, TooMany

log = logging.getLogger("kiosk")
csrf = CSRFProtect()

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
POWERS = ("accelerometer", "camera", "clipboard-read", "display-capture", "encrypted-media", "fullscreen",
          "gamepad", "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone",
          "midi", "payment", "picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
          "xr-spatial-tracking")  # fmt: skip
ALLOWED = {"tablet": {"fullscreen", "screen-wake-lock"}, "till": {"fullscreen", "screen-wake-lock", "camera"}}
KEPT = ("static", "brand.colours", "brand.logo")  # asked for by a version, so a browser may keep them
# no page of ours: a name that is none leaves Flask without addresses to put into one
STRANGER = "This is no address of this shop. Open Suki by one of those that stand in its terminal.\n"
PICTURE = 1_000_000  # bytes, where a logo may come; everywhere else the limit is smaller
WORDS = {403: "not_allowed", 404: "not_found", 405: "not_found"}


class Id(IntegerConverter):
    """The number of a row, in an address: no larger than a database can be asked for."""

    def __init__(self, url_map):
        super().__init__(url_map, max=2**31 - 1)


class Cookies(SecureCookieSessionInterface):
    """The session cookie; under TLS it is Secure and bound to this host, by its name too."""

    def get_cookie_name(self, app):
        return "__Host-suki" if request.is_secure else "suki"

    def get_cookie_secure(self, app):
        return request.is_secure


def init_app(app: Flask) -> None:
    app.session_interface = Cookies()
    app.url_map.converters["id"] = Id
    app.config.update(SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=64_000)
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(_refuse_strangers)
    app.after_request(_in_json)
    app.after_request(_add_headers)
    app.url_defaults(_add_version)
    app.context_processor(_facts)
    app.jinja_env.globals.update(now=now, worth=offers.worth, short=offers.short, qr=qr.svg)
    app.jinja_env.filters.update(spaced=codes.spaced, minutes=_minutes)
    app.add_url_rule("/healthz", view_func=healthz)
    for kind in (HTTPException, NotAllowed, Refusal, Invalid, TooMany, OperationalError, Exception):
        app.register_error_handler(kind, explain)


def _facts() -> dict:
    """What every template may ask for; of a form that is shown again, what was typed and what is wrong with it."""
    facts = {"shop": shop.current(), "language": languages.current(), "values": {}, "errors": {}}
    return facts | g.get("wrong", {})


def _minutes(clock: datetime | str) -> int:
    """Minutes since midnight."""
    clock = time.fromisoformat(clock) if isinstance(clock, str) else clock
    return 60 * clock.hour + clock.minute


def _refuse_strangers():
    """Only our own names (against DNS rebinding), and what changes something only from our own pages."""
    public = shop.current().public_url
    if not addresses.is_ours(request.host, public, current_app.config["KIOSK_TRUSTED_HOSTS"]):
        return ({"error": "bad_request"}, 400) if wants_json() else (STRANGER, 400, {"Content-Type": "text/plain"})
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    is_foreign = request.headers.get("Origin", request.host_url[:-1]) not in (request.host_url[:-1], public or None)
    if is_foreign or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise NotAllowed("foreign")
    if request.endpoint == "office.describe":
        request.max_content_length = PICTURE
    csrf.protect()
    return None


def _in_json(response):
    """Who sent a form and asked for JSON is told where to go on, instead of being sent there."""
    if request.method == "POST" and response.status_code == 303 and wants_json():
        response.data = jsonify(next=response.headers.pop("Location")).data
        response.status_code, response.mimetype = 200, "application/json"
    return response


def _add_headers(response):
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    allowed = ALLOWED.get(request.blueprint or "", ())
    policy = (f"{power}=({'self' if power in allowed else ''})" for power in POWERS)
    response.headers["Permissions-Policy"] = ", ".join(policy)
    cache = "no-store"
    if request.endpoint in KEPT and response.status_code < 400:
        cache = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
    response.headers["Cache-Control"] = cache
    return response


def _add_version(endpoint: str, values: dict) -> None:
    if endpoint == "static":
        values["v"] = _version(values["filename"])


@cache
def _version(filename: str) -> str:
    path = ROOT / "static" / filename
    return f"{path.stat().st_mtime_ns:x}" if path.is_file() else "0"


def healthz():
    """Whether the shop can work: the database answers, and something small can be written."""
    limits.count("health", most=None, seconds=1, at=now())
    return jsonify(status="ok")


def wants_json() -> bool:
    return request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"


def whole(text: str | None) -> int:
    """A number that was sent; 0 for what is none, or larger than a database can be asked for."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def browser_id() -> str:
    """What the limits know this browser by."""
    return _hashed(session["csrf_token"]) if "csrf_token" in session else address_id()


def address_id() -> str:
    """What the limits know an address by: a number that says nothing without the shop's secret."""
    return _hashed(request.remote_addr or "")


def _hashed(known: str) -> str:
    return hmac.new(current_app.secret_key, known.encode(), "sha256").hexdigest()[:16]


def explain(error: Exception):
    """Any error in the form that was asked for: what happened, and what to do next.

    What was typed is wrong or refused on the page it was typed on, where a view has said which that is (`g.page`).
    """
    match error:
        case Refusal():
            return _answer(409, error.word, {"refusal": error.word, **error.facts}, refusal=error.word)
        case Invalid():
            return _answer(422, "bad_request", {"errors": error.errors}, errors=error.errors)
        case TooMany():
            return *_answer(429, error.word, seconds=error.seconds), {"Retry-After": str(error.seconds)}
        case NotAllowed():
            _note_refused(error.word)
            return _answer(403, error.word)
        case CSRFError():
            return _answer(400, "stale")
        case RequestEntityTooLarge():
            g.language = shop.current().language  # the form, which may say another, cannot be read
            return _answer(413, "too_large")
        case HTTPException():
            return _answer(error.code, WORDS.get(error.code, "bad_request")) if error.code >= 400 else error
        case OperationalError():
            g.setdefault("shop", shop.suggested(shop.guessed_country()))
            full = is_full(error)
            return _answer(507 if full else 503, "disk_full" if full else "cannot_write", incident=_note(error))
    return _answer(500, "unexpected", incident=_note(error))


def _note_refused(word: str) -> None:
    """In the audit, but no more than sixty a minute, lest a script fill it."""
    with suppress(TooMany, OperationalError):
        limits.count("refusals noted", most=60, seconds=60, at=now())
        audit.note("refused", now(), by=g.get("staff_session"), object_id=request.endpoint or "", outcome=word)


def _answer(status: int, word: str, facts: dict | None = None, **context):
    if request.endpoint == "healthz" and status >= 500:
        return {"status": "fail"}, 503
    if wants_json():
        return (facts or {"error": word}), status
    if status in (409, 422) and "page" in g:
        g.wrong = context | {"values": request.form}
        return g.page(), status
    return render_template("errors/error.html", word=word, status=status, **context), status


def _note(error: Exception) -> str:
    """Log where it happened under a number; messages are left out, since they may quote what people typed."""
    incident = secrets.token_hex(3).upper()
    kind = type(getattr(error, "orig", error)).__name__
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("Incident %s: %s at %s\n%s", incident, kind, request.endpoint, place)
    return incident
