"""The page that only a practice shop has: what to try, ticked off as it works."""

from flask import render_template

from kiosk.oversight import first_steps
from kiosk.web.access import Room

room = Room("rehearsal", __name__, to="office", url_prefix="/office")


@room.get("/rehearsal")
def show_steps():
    return render_template("office/rehearsal.html", steps=first_steps.rehearsed())
