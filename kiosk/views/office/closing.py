"""The closing report of a day: a page to print, and a file."""

from datetime import date

from flask import g, redirect, render_template, request, url_for

from kiosk.base.forms import Form
from kiosk.oversight import log
from kiosk.reports import closing, figures, sums
from kiosk.shop import amounts, shop
from kiosk.views.office.room import as_file, room


@room.get("/closing", endpoint="closing")
def show_closing():
    return _page(_day())


@room.post("/closing")
def keep_register():
    """Keep what the cash register came to; nothing typed takes it away."""
    day = _day()
    sums.keep_register(day, amounts.read(request.form.get("register"), "register"))
    return redirect(url_for("office.closing", day=day), 303)


def _day() -> date:
    """The day that was asked for, else today; what is wrong is said on its page."""
    day = shop.current().today()
    g.page = lambda: _page(day)
    with Form(request.values) as form:
        day = form.day("day") or day
    return day


def _page(day: date) -> str:
    register = sums.registers(day, day).get(day)
    return render_template(
        "office/closing.html", on=day, found=closing.of(day), look=log.worth_a_look(day), figures=figures.of(day, day),
        register=register, typed=request.form.get("register", amounts.typed(register)), today=shop.current().today(),
    )  # fmt: skip


@room.get("/closing.xlsx")
def closing_as_xlsx():
    day = _day()
    return as_file(closing.sheet(day), "xlsx", f"{day}", f"{day} {day}")
