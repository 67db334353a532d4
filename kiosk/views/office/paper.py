"""The questions on paper, to be filled in with a pen and typed in at the till."""

from flask import abort, redirect, render_template, request, url_for

from kiosk.coupons import offers
from kiosk.signups import signup
from kiosk.views.asking import asked, from_outside
from kiosk.views.office.room import room
from kiosk.web.browser import whole

ON_A_SHEET = {"a4": 2, "80mm": 1}
MOST_SHEETS = 50


@room.post("/paper")
def print_new():
    """Give numbers to so many new forms, and go to the page that prints them."""
    size, form = _size(request.form), request.form
    sheets = min(max(whole(form.get("sheets")), 1), MOST_SHEETS)
    numbers = signup.number_forms(ON_A_SHEET[size] * sheets)
    said = {"size": size, "language": form.get("language"), "first": numbers[0], "last": numbers[-1]}
    return redirect(url_for("office.paper", **said), 303)


@room.get("/paper", endpoint="paper")
def print_forms():
    """The forms with the numbers `first` to `last`."""
    size, offer = _size(request.args), offers.welcome()
    if offer is None:
        return redirect(url_for("office.offers"), 303)
    first, last = (whole(request.args.get(name)) for name in ("first", "last"))
    if first < 1:
        abort(404)
    numbers = range(first, min(last, first + MOST_SHEETS * ON_A_SHEET[size] - 1) + 1)
    facts = {"size": size, "on_a_sheet": ON_A_SHEET[size], "numbers": numbers, "join": from_outside("/join")}
    return render_template("office/paper.html", **facts, **asked(offer))


def _size(said) -> str:
    size = said.get("size", "a4")
    return size if size in ON_A_SHEET else abort(404)
