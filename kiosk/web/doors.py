"""Who may enter: each room says it for all its pages, and a page that differs says so itself."""

from collections.abc import Callable
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
