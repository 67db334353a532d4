"""The document of who may enter where, and of what is kept of whom: made from the routes and the columns."""

from flask import Flask

from kiosk.base.database import db
from kiosk.base.personal import about
from kiosk.web.access import DOORS, routes


def as_markdown(app: Flask) -> str:
    """All of docs/access.md: `python -c "import kiosk; from kiosk.web import manifest;
    print(manifest.as_markdown(kiosk.create_app()), end='')"`."""
    lines = ["# Who may what, and what is kept", "", "Made from what the rooms and routes, tables and columns say."]
    lines += ["What says nothing fails the tests.", "", "| Route | Who | Passphrase again |", "|---|---|---|"]
    order = [*DOORS]
    doors = sorted(routes(app).items(), key=lambda one: (order.index(one[1].to), one[0].partition(" ")[2], one[0]))
    lines += [f"| `{route}` | {DOORS[door.to]} | {'yes' if door.asks_again else ''} |" for route, door in doors]
    lines += ["", "| Table | Personal | Not personal | Kept |", "|---|---|---|---|"]
    for table in db.metadata.sorted_tables:
        for how_long in dict.fromkeys(about(column)[1] for column in table.c):
            named = {flag: ", ".join(c.name for c in table.c if about(c) == (flag, how_long)) for flag in (True, False)}
            lines.append(f"| `{table}` | {named[True]} | {named[False]} | {how_long} |")
    return "\n".join(lines) + "\n"
