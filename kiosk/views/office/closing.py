"""The closing report of a day: a page to print, and a file."""

from datetime import date

from flask import g, render_template, request
from flask_babel import gettext

from kiosk.base.forms import Form
from kiosk.oversight import log
from kiosk.reports import closing, figures
from kiosk.shop import amounts, shop
from kiosk.views.office.room import as_file, room


@room.get("/closing", endpoint="closing")
def show_closing():
    """The day asked for, and the total of the cash register where it was typed; that is not kept."""
    g.page = lambda: _page(shop.current().today())
    day = _day()
    g.page = lambda: _page(day)
    return _page(day, amounts.read(request.args.get("register"), "register"))


def _day() -> date:
    with Form(request.args) as form:
        day = form.read("day", shop.read_day, gettext("Choose a date, like 2026-12-31"))
    return day or shop.current().today()


def _page(day: date, register: int | None = None) -> str:
    return render_template(
        "office/closing.html", on=day, found=closing.of(day), look=log.worth_a_look(day), figures=figures.of(day, day),
        register=register, typed=request.args.get("register", ""), today=shop.current().today(),
    )  # fmt: skip


@room.get("/closing.xlsx")
def closing_as_xlsx():
    day = _day()
    return as_file(closing.sheet(day), "xlsx", f"{day}", f"{day} {day}")
