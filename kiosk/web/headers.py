"""What a browser may do with our pages: the headers of every response, and the session cookie."""

from contextlib import suppress
from functools import cache

from flask import current_app, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

HEADERS = {
    # blob: is what a script of ours made itself: the shop's logo, drawn before it is sent
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
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
ALLOWED = {room: {"fullscreen", "screen-wake-lock", "camera"} for room in ("tablet", "till")}
KEPT = ("static", "brand.colours", "brand.logo")  # asked for by a version, so a browser may keep them


@cache
def _powers_in(room: str) -> str:
    allowed = ALLOWED.get(room, ())
    return ", ".join(f"{power}=({'self' if power in allowed else ''})" for power in POWERS)


# for answers that no page of ours gives
CLOSED = HEADERS | {"Permissions-Policy": _powers_in(""), "Cache-Control": "no-store"}


def cookie_name(name: str) -> str:
    """Under TLS a cookie is bound to this host, by its name too; in a practice shop it has another name, since cookies
    know no ports."""
    name = f"practice-{name}" if "PRACTICE" in current_app.config else name
    return f"__Host-{name}" if request.is_secure else name


def keep_cookie(response, name: str, value: str) -> None:
    """Let this browser keep that for as long as a browser may keep anything."""
    facts = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    response.set_cookie(cookie_name(name), value, max_age=400 * 86400, **facts)


class Cookies(SecureCookieSessionInterface):
    """The session cookie; under TLS it is Secure."""

    def open_session(self, app, request):
        """Read the cookie whatever the time in it, so that a clock that is put back turns nobody away. How long a
        person stays signed in is kept in the database."""
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        with suppress(BadSignature):
            return self.session_class(self.get_signing_serializer(app).loads(cookie))
        return self.session_class()

    def get_cookie_name(self, app):
        return cookie_name("suki")

    def get_cookie_secure(self, app):
        return request.is_secure


def add_headers(response):
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Permissions-Policy"] = _powers_in(request.blueprint or "")
    cache = "no-store"
    if request.endpoint in KEPT and response.status_code < 400:
        cache = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
    response.headers["Cache-Control"] = cache
    return response
