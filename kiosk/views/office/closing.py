"""The closing report of a day: a page to print, and a file."""

from flask import render_template, request
from flask_babel import gettext

from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid
from kiosk.oversight import log
from kiosk.reports import closing, figures
from kiosk.shop import amounts, shop
from kiosk.views.office.room import as_file, room


def _day(form: Form):
    return form.read("day", shop.read_day, gettext("Choose a date, like 2026-12-31")) or shop.current().today()


@room.get("/closing", endpoint="closing")
def show_closing():
    """The day asked for, and the total of the cash register where it was typed; that is not kept."""
    day, total, errors = shop.current().today(), None, {}
    try:
        with Form(request.args) as form:
            day = _day(form)
            total = amounts.read(request.args.get("register"), "register")
    except Invalid as invalid:
        errors = invalid.errors
    page = render_template(
        "office/closing.html", on=day, found=closing.of(day), look=log.worth_a_look(day), figures=figures.of(day, day),
        register=total, typed=request.args.get("register", ""), errors=errors, today=shop.current().today(),
    )  # fmt: skip
    return page, 422 if errors else 200


@room.get("/closing.xlsx")
def closing_as_xlsx():
    with Form(request.args) as form:
        day = _day(form)
    return as_file(closing.sheet(day), "xlsx", f"{day}", f"{day} {day}")
