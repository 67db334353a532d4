"""Who may enter: each room says it for all its pages, and a page that differs says so itself."""

from typing import NamedTuple

from flask import Blueprint, Flask

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
        self.door = Door(to)


def opens(to: str, *, asks_again: bool = False):
    """Say whom a view opens to; goes under the route."""

    def say(view):
        view.door = Door(to, asks_again)
        return view

    return say


def door_of(app: Flask, endpoint: str) -> Door | None:
    """The door that the view has, else its room's; None, which is closed to all, where neither says anything."""
    says = (app.view_functions[endpoint], app.blueprints.get(endpoint.rpartition(".")[0]))
    return next((one.door for one in says if hasattr(one, "door")), None)


def routes(app: Flask) -> dict[str, Door | None]:
    """The door of every route, like `GET /office`."""
    return {
        f"{method} {rule.rule}": door_of(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    }
