"""What holds for every page, whatever the room: what it may ask for, and what every request passes."""

import re
from datetime import datetime, time
from functools import cache
from pathlib import Path

from flask import Flask, current_app, g, jsonify
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from kiosk.base.clock import now
from kiosk.base.contacts import masked
from kiosk.base.refusals import Invalid, NotAllowed, Refusal, TooMany
from kiosk.coupons import codes, coupons, offers, qr
from kiosk.guard import limits
from kiosk.reports.cells import consent_word
from kiosk.reports.spreadsheets import can_lock
from kiosk.shop import languages, shop
from kiosk.web.browser import in_json
from kiosk.web.errors import explain
from kiosk.web.headers import Cookies, add_headers
from kiosk.web.senders import can_be_overheard, csrf, refuse_strangers


class Id(IntegerConverter):
    """The number of a row, in an address: no larger than a database can be asked for."""

    def __init__(self, url_map):
        super().__init__(url_map, max=2**31 - 1)


def init_app(app: Flask) -> None:
    app.session_interface = Cookies()
    app.url_map.converters["id"] = Id
    app.config.update(SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=64_000)
    app.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False, WTF_CSRF_CHECK_DEFAULT=False)
    csrf.init_app(app)
    app.before_request(refuse_strangers)
    app.after_request(in_json)
    app.after_request(add_headers)
    app.url_defaults(_add_version)
    app.context_processor(_facts)
    said = (offers.short, offers.worth, offers.invitation, offers.instruction, offers.conditions, offers.details)
    said += (offers.summary, coupons.is_in_doubt, masked, consent_word, can_be_overheard, can_lock)
    app.jinja_env.globals.update({function.__name__: function for function in said}, now=now, qr=qr.svg)
    app.jinja_env.filters.update(spaced=_spaced, on_one_line=_on_one_line, minutes=_minutes)
    app.add_url_rule("/healthz", view_func=healthz)
    for kind in (HTTPException, NotAllowed, Refusal, Invalid, TooMany, OperationalError, Exception):
        app.register_error_handler(kind, explain)


def _facts() -> dict:
    """What every template may ask for; of a form that is shown again, what was typed and what is wrong with it."""
    facts = {"shop": shop.current(), "language": languages.current(), "values": {}, "errors": {}}
    return facts | g.get("wrong", {})


def _spaced(code: str) -> str:
    """A code as people read it out, on one line."""
    return _on_one_line(codes.spaced(code))


def _on_one_line(text) -> str:
    """The text with no line broken between two digits, so that a number in it stays together."""
    return re.sub(r"(?<=\d) (?=\d)", languages.NO_BREAK, str(text))


def _minutes(clock: datetime | str) -> int:
    """Minutes since midnight."""
    clock = time.fromisoformat(clock) if isinstance(clock, str) else clock
    return 60 * clock.hour + clock.minute


def _add_version(endpoint: str, values: dict) -> None:
    if endpoint == "static":
        values["v"] = _version(values["filename"])


@cache
def _version(filename: str) -> str:
    path = Path(current_app.static_folder) / filename
    return f"{path.stat().st_mtime_ns:x}" if path.is_file() else "0"


def healthz():
    """Whether the shop can work: the database answers, and something small can be written."""
    limits.count("health", most=None, seconds=1, at=now())
    return jsonify(status="ok")
