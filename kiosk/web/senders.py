"""Who sent a request: by which of our names, from inside the shop or not, and what the limits know a browser by."""

import hmac

from flask import current_app, request, session
from flask_wtf import CSRFProtect

from kiosk.base import addresses
from kiosk.base.refusals import NotAllowed
from kiosk.shop import shop
from kiosk.web.browser import device, wants_json

csrf = CSRFProtect()
# no page of ours: a name that is none leaves Flask without addresses to put into one
STRANGER = "This is no address of this shop. Open Suki by one of those that stand in its terminal.\n"
MOST_BYTES = dict.fromkeys(("office.describe", "office.save_questions", "office.save_question"), 1_000_000)
MOST_BYTES |= {"office.upload_list": 40_500_000}  # everywhere else a smaller limit holds
ONE_CLICK = "List-Unsubscribe"  # what a mail program sends, which has no page of ours with a token (RFC 8058)
ADDED_BY_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Proto")  # the server removes them when anybody else sends them


def refuse_strangers():
    """Only our own names (against DNS rebinding), and what changes something only from our own pages."""
    public = shop.current().public_url
    if not addresses.is_ours(request.host, public, current_app.config["KIOSK_TRUSTED_HOSTS"]):
        return ({"error": "bad_request"}, 400) if wants_json() else (STRANGER, 400, {"Content-Type": "text/plain"})
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    ours = f"{request.scheme}://{request.host}"
    origin = request.headers.get("Origin", ours)
    if origin == "null" and request.blueprint == "phone" and "token" in (request.view_args or {}):
        origin = ours  # a page of a coupon's link tells nobody where it is, not even us; its CSRF token decides
    if origin not in (ours, public or None) or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise NotAllowed("foreign")
    request.max_content_length = MOST_BYTES.get(request.endpoint)
    if not (request.endpoint == "phone.stop_messages" and ONE_CLICK in request.form):
        csrf.protect()
    return None


def may_be_outside() -> bool:
    """Whether the request may come from outside the shop, which must have a public address.

    Only the sender's own address, which it cannot choose, makes it come from inside; by the public name or
    through a proxy it never does.
    """
    public_url = shop.current().public_url
    return bool(public_url) and (
        addresses.has_name_of(request.host, public_url)
        or any(name in request.headers for name in ADDED_BY_A_PROXY)
        or not addresses.is_local(request.remote_addr)
    )


def sender() -> tuple[str, str]:
    """What the limits know this browser and its address by. A paired device is one browser, whatever its cookie."""
    is_known = "csrf_token" in session and device() is None
    return _hashed(session["csrf_token"]) if is_known else address_id(), address_id()


def can_be_overheard() -> bool:
    """Whether what is sent crosses a network unencrypted."""
    return not (request.is_secure or addresses.is_of_this_machine(request.remote_addr))


def address_id() -> str:
    """What the limits know an address by: a number that says nothing without the shop's secret. A paired tablet or
    till is known by itself, whatever others at the same address have used up."""
    return f"device {device().id}" if device() else _hashed(addresses.household(request.remote_addr or ""))


def _hashed(known: str) -> str:
    return hmac.new(current_app.secret_key, known.encode(), "sha256").hexdigest()[:16]
