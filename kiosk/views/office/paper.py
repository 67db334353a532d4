"""The questions on paper, to be filled in with a pen and typed in at the till."""

from flask import abort, redirect, render_template, request, url_for

from kiosk.coupons import offers
from kiosk.signups import paper
from kiosk.views.asking import asked, from_outside
from kiosk.views.office.room import room
from kiosk.web.answers import whole

ON_A_SHEET = {"a4": 2, "80mm": 1}
MOST_SHEETS = 50


@room.get("/paper", endpoint="paper")
def print_forms():
    """Forms with new numbers, each time the page is opened."""
    size, offer = request.args.get("size", "a4"), offers.welcome()
    if size not in ON_A_SHEET:
        abort(404)
    if offer is None:
        return redirect(url_for("office.offers"), 303)
    sheets = min(max(whole(request.args.get("sheets")), 1), MOST_SHEETS)
    numbers = paper.hand_out(ON_A_SHEET[size] * sheets)
    facts = {"size": size, "on_a_sheet": ON_A_SHEET[size], "numbers": numbers, "join": from_outside("/join")}
    return render_template("office/paper.html", **facts, **asked(offer))
