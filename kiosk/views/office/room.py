"""What every page of the office shares."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from flask import Response, request, url_for

from kiosk.base import addresses
from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.customers import filters
from kiosk.oversight import log
from kiosk.reports import downloads
from kiosk.reports.spreadsheets import Sheet
from kiosk.shop import shop
from kiosk.web.access import Room
from kiosk.web.browser import signed_in

LOOPBACK = ("localhost", "127.0.0.1", "::1")
TYPES = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

room = Room("office", __name__, to="office", url_prefix="/office")


def days_asked_for(usual: int = 1) -> tuple[date, date]:
    """The shop days `from` and `to` of the address, the wrong way round put right; without them, as many as usual up
    to today. Raises Invalid."""
    today = shop.current().today()
    with Form(request.args) as form:
        first, last = form.day("from"), form.day("to")
    last = last or today
    first = first or last - timedelta(days=usual - 1)
    return min(first, last), max(first, last)


def last_days(*lengths: tuple[str, int]) -> list[tuple[str, date, date]]:
    """The days up to today, by how they are called and how many they are: the name, the first, the last."""
    today = shop.current().today()
    return [(name, today - timedelta(days=length - 1), today) for name, length in lengths]


def chosen(list_of: Callable[..., Sheet], first: date, last: date, args: Mapping) -> tuple[Sheet, str]:
    """The list of those days, of whom the filters choose; and what the log says of it."""
    asked = filters.read(args)
    sheet = list_of(first, last, *filters.conditions(asked, now()))
    sheet.filter = filters.spelled(asked)
    return sheet, " ".join([f"{first} {last}", *(["search"] if asked.q else []), *asked.on])[:60].strip()


def reason() -> str:
    """Why everybody's contacts are taken; those who agreed to messages may be written to without one."""
    said = request.values.get("reason", "")
    return "" if request.args.get("consent") else said if said in log.REASONS else "not_said"


def as_file(sheet: Sheet, form: str, days: str, noted: str, reason: str = "", password: str = "") -> Response:
    """The sheet as a file of those days to save; `noted` is what the log says of it, and why if that was asked."""
    pieces, head = downloads.start(sheet, form, noted, by=signed_in(), reason=reason, password=password)
    response = Response(pieces, mimetype=TYPES[form])
    response.headers.set("Content-Disposition", "attachment", filename=f"{sheet.name} {days}.{form}")
    response.headers["X-Audit-Head"] = head
    return response


def pairing_link(secret: str) -> str:
    """An address that the other device can reach: the public one, else this machine's own in the shop."""
    origin = shop.current().public_url or request.host_url.rstrip("/")
    place = urlsplit(origin)
    if place.hostname in LOOPBACK and addresses.of_this_machine():
        port = f":{place.port}" if place.port else ""
        origin = f"{place.scheme}://{addresses.of_this_machine()[0]}{port}"
    return origin + url_for("sign_in.pairing", secret=secret)
