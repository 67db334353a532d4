"""By which names we may be called, and from where we may be sent something."""

from flask import current_app, request
from flask_wtf import CSRFProtect

from kiosk.base import addresses
from kiosk.base.refusals import NotAllowed
from kiosk.shop import shop
from kiosk.web.answers import wants_json

csrf = CSRFProtect()
# no page of ours: a name that is none leaves Flask without addresses to put into one
STRANGER = "This is no address of this shop. Open Suki by one of those that stand in its terminal.\n"
LARGE = 1_000_000  # bytes, where a logo or all the questions may come; everywhere else the limit is smaller
LARGEST = 40_500_000  # bytes, where a whole list may come
ONE_CLICK = "List-Unsubscribe"  # what a mail program sends, which has no page of ours with a token (RFC 8058)
SENDS_MUCH = ("office.describe", "office.save_questions", "office.save_question")


def refuse_strangers():
    """Only our own names (against DNS rebinding), and what changes something only from our own pages."""
    public = shop.current().public_url
    if not addresses.is_ours(request.host, public, current_app.config["KIOSK_TRUSTED_HOSTS"]):
        return ({"error": "bad_request"}, 400) if wants_json() else (STRANGER, 400, {"Content-Type": "text/plain"})
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return None
    ours, origin = request.host_url[:-1], request.headers.get("Origin", request.host_url[:-1])
    if origin == "null" and request.blueprint == "phone" and "token" in (request.view_args or {}):
        origin = ours  # a page of a coupon's link tells nobody where it is, not even us; its CSRF token decides
    if origin not in (ours, public or None) or request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise NotAllowed("foreign")
    if request.endpoint in SENDS_MUCH:
        request.max_content_length = LARGE
    if request.endpoint == "office.upload_list":
        request.max_content_length = LARGEST
    if not (request.endpoint == "phone.stop_messages" and ONE_CLICK in request.form):
        csrf.protect()
    return None
