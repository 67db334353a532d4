"""Settings: what the owner decides, the shop's own page and its poster, and the audit."""

from flask import abort, g, redirect, render_template, request, url_for
from flask_babel import gettext

from ... import audit, offers, qr, shop, shopfront, staff
from ...database import now
from ...refusals import Invalid
from ...web import whole
from ..asking import from_outside
from ..doors import signed_in
from .room import room

RELOCK = range(2, 61)  # minutes


@room.get("/settings", endpoint="settings")
def show_settings():
    return render_template("office/settings.html")


@room.post("/settings")
def decide():
    g.page = show_settings
    minutes = whole(request.form.get("relock_minutes"))
    if minutes not in RELOCK:
        raise Invalid(relock_minutes=gettext("Enter a number from 2 to 60"))
    shop.decide(now(), by=signed_in(), relock_minutes=minutes)
    return redirect(url_for("office.settings"), 303)


@room.get("/shop", endpoint="shop")
def show_shop():
    stored = vars(shop.current()) | {"shop_name": shop.current().name}
    return render_template("office/shop.html", values=request.form or stored)


@room.post("/shop")
def describe():
    g.page = show_shop
    said = shopfront.read_place(request.form) | shopfront.read_look(request.form)
    said |= {"logo": ""} if request.form.get("no_logo") else shopfront.read_logo(request.files.get("logo"))
    shop.decide(now(), by=signed_in(), **said)
    return redirect(url_for("office.shop", kept=1), 303)


@room.get("/shop/poster/<any(a4, a5):size>")
def poster(size: str):
    link = from_outside("/join") or abort(404)
    return render_template("office/poster.html", size=size, code=qr.svg(link), offer=offers.short(offers.welcome()))


@room.get("/audit", endpoint="audit")
def show_audit():
    wanted = {name: request.args.get(name, "") for name in ("person", "action", "refused")}
    action = wanted["action"] if wanted["action"].isidentifier() else ""
    before, staff_id = whole(request.args.get("before")), whole(wanted["person"])
    rows = audit.rows(staff_id=staff_id, action=action, refused=bool(wanted["refused"]), before=before)
    people = [(str(person.id), person.name) for person in staff.everybody()]
    return render_template("office/audit.html", rows=rows, wanted=wanted, people=people)
