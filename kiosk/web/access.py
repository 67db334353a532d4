"""Who may enter: each room says it for all its pages, and a page that differs says so itself. Everybody else is kept
out. Whom a door opens to is decided by StaffSession.may, in models/staff.py."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, g, jsonify, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.refusals import NotAllowed
from kiosk.staff import people, sessions
from kiosk.web.browser import is_at, signed_in, wants_json

DOORS = {
    "anybody": "anybody",
    "staff": "whoever is signed in",
    "till": "whoever is signed in on a till",
    "export": "managers, and who has the export right, signed in by passphrase",
    "office": "managers, signed in by passphrase",
}


class Door(NamedTuple):
    """Whom a page opens to, one of DOORS, and whether it asks for the passphrase again after fifteen minutes."""

    to: str
    asks_again: bool = False


class Room(Blueprint):
    """A blueprint all of whose pages open to `to`, but for those that say otherwise."""

    def __init__(self, name: str, import_name: str, *, to: str, **options):
        super().__init__(name, import_name, **options)
        self.to = to

    def route(self, rule: str, *, to: str = "", asks_again: bool = False, page: Callable | None = None, **options):
        """Besides what Flask takes: whom the view opens to, whether it asks for the passphrase again, and the `page`, a
        view without arguments, on which is said what is wrong with what was sent."""

        def add(view):
            view.door, view.page = Door(to or self.to, asks_again), page
            return super(Room, self).route(rule, **options)(view)

        return add


def routes(app: Flask) -> dict[str, Door | None]:
    """The door of every route, like `GET /office`; None, which is closed to all, where none is said."""
    return {
        f"{method} {rule.rule}": getattr(app.view_functions[rule.endpoint], "door", None)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    }


def init_app(app: Flask) -> None:
    for endpoint in ("static", "healthz"):
        app.view_functions[endpoint].door = Door("anybody")
    app.before_request(_ask)
    app.context_processor(lambda: {"who": g.get("staff_session")})  # asked there; not again on an error page
    app.jinja_env.globals.update(with_pins=people.with_pins, may=_may)


def _ask():
    """Keep everybody out but those to whom the page opens; one that says nothing opens to nobody."""
    door = getattr(current_app.view_functions.get(request.endpoint), "door", None)
    if request.endpoint is None or request.method == "OPTIONS" or (door and door.to == "anybody"):
        return None
    if signed_in() is None:
        if wants_json():
            abort(401)
        return redirect(way_in(), 303)
    if door is None or not signed_in().may(door.to):
        raise NotAllowed("not_a_till" if door and door.to == "till" else "not_allowed")
    if door.asks_again and not sessions.has_proved(signed_in(), now()):
        if wants_json():
            return jsonify(refusal="prove"), 403
        return render_template("sign_in/prove.html", next=_page_of_it(), is_sent=request.method == "POST"), 403
    return None


def _may(door: str) -> bool:
    """Whether whoever reads the page may go through that door."""
    return g.get("staff_session") is not None and g.staff_session.may(door)


def way_in() -> str:
    """Where one signs in on this browser, to come back to what was asked for."""
    ask = "sign_in.names" if is_at("till") and people.with_pins() else "sign_in.ask"
    return url_for(ask, next=request.full_path.rstrip("?") if request.method == "GET" else None)


def _page_of_it() -> str:
    """What to open once she has proved herself: for a form that was sent, the page it was sent from."""
    came_from = urlsplit(request.full_path if request.method == "GET" else request.referrer or url_for("office.today"))
    return came_from._replace(scheme="", netloc="").geturl().rstrip("?")
