"""Tills and tablets remember the newest row of the audit when they showed a page, and find out when it is gone.

Their browsers are out of reach of whoever changes what is stored on the server.
"""

from contextlib import suppress
from datetime import datetime

from flask import Flask, Response, g, request
from sqlalchemy.exc import OperationalError

from kiosk.base.clock import now
from kiosk.guard import audit
from kiosk.models import Device
from kiosk.web import browser, headers

SECONDS = 600  # between two looks of a tablet, whose pages are shown to everybody who signs up


def init_app(app: Flask) -> None:
    app.after_request(_remember)


def _remember(response: Response) -> Response:
    if request.method != "GET" or response.status_code != 200 or response.mimetype != "text/html":
        return response
    at = now()
    seen_at, _, seen = request.cookies.get(headers.cookie_name("audit"), "").partition(" ")
    is_recent = seen_at.isdecimal() and 0 <= int(at.timestamp()) - int(seen_at) < SECONDS
    device = g.get("device") if is_recent else browser.device()
    if device is None or (is_recent and device.kind == "tablet"):
        return response
    with suppress(OperationalError):  # a page is shown even when nothing can be written
        _compare(seen, device, at)
        headers.keep_cookie(response, "audit", f"{int(at.timestamp())} {audit.head_line()}")
    return response


def _compare(seen: str, device: Device, at: datetime) -> None:
    """Record that a row which this device saw is gone, unless a restore took it back."""
    row = audit.read_line(seen)
    if row and row[0] and not audit.is_in_chain(*row) and not audit.was_taken_back(row[0]):
        where = audit.Actor(device_id=device.id)
        audit.note(audit.GONE, at, by=where, object_id=row[0], outcome="missing", details={"head": seen})
