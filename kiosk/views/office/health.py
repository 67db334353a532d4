"""Health and backups: whether all is in order, the recovery sheet, and the papers that authorities ask for."""

import sqlite3

from flask import abort, g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError

from kiosk.base.clock import now
from kiosk.base.refusals import Invalid
from kiosk.coupons import qr
from kiosk.oversight import health, machine, papers
from kiosk.signups import consents
from kiosk.upkeep import archive, backup, rotation
from kiosk.views.office.room import days_asked_for, room
from kiosk.web.browser import signed_in


@room.get("/health", endpoint="health", asks_again=True)
def show_health():
    found = health.quick_troubles(now())
    if "thorough" in request.args:
        found = [*health.troubles(now()), *machine.public_troubles(now())]
    kept = [(place, [rotation.made_at(file) for file in rotation.files_in(place)]) for place in rotation.places()]
    facts = {"troubles": found, "hints": health.hints(now()), "last": backup.last_made(), "kept": kept}
    facts["papers"] = papers.PAPERS
    return render_template("office/health/health.html", **facts)


@room.post("/health/backups")
def make_backup():
    g.page, at = show_health, now()
    try:
        rotation.make(at)
    except (OSError, archive.NotABackup, DBAPIError, sqlite3.Error) as problem:
        if backup.last_made() == at:  # what failed is its copy
            said = gettext("A backup was made, but could not be copied to the second place: %(why)s", why=problem)
        else:
            said = gettext("No backup was made: %(why)s", why=problem)
        raise Invalid(backup=said) from None
    return redirect(url_for("office.health"), 303)


@room.post("/health/place", asks_again=True, page=show_health)
def choose_place():
    rotation.choose_second_place(request.form.get("backup_folder", "").strip(), now(), by=signed_in())
    return redirect(url_for("office.health"), 303)


@room.post("/health/sheet", asks_again=True)
def print_sheet():
    """A new recovery sheet; its key is on this page and nowhere else, and counts once it was read back."""
    public_key, groups, asked = rotation.new_sheet()
    session["sheet"] = {"public_key": public_key, "asked": asked}
    code = qr.svg(rotation.BEGINNING + "".join(groups))
    return render_template(
        "office/health/sheet.html", groups=groups, asked=[*asked], code=code, begin=rotation.BEGINNING
    )


@room.post("/health/sheet/check", asks_again=True)
def check_sheet():
    sheet = session.get("sheet") or abort(404)
    asked = {int(n): expected for n, expected in sheet["asked"].items()}
    g.page = lambda: render_template("office/health/sheet.html", groups=(), asked=[*asked])
    typed = {n: request.form.get(f"group_{n}", "") for n in asked}
    rotation.use_sheet(sheet["public_key"], typed, asked, now(), by=signed_in())
    del session["sheet"]
    return redirect(url_for("office.health"), 303)


@room.get("/health/papers/<any(record, notice, breach):name>")
def show_paper(name: str):
    """A paper for an authority or the customers, by the law that is asked for, else that of the shop's country."""
    first, last = days_asked_for(30)
    facts = {"chosen": papers.law(request.args.get("law", "")), "first": first, "last": last, "papers": papers}
    return render_template(f"office/health/{name}.html", name=name, notice=consents.notice, **facts)
