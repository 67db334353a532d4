"""The shop's own page: its name and place, its colour and logo, its hours, the poster that leads to it."""

from flask import abort, g, redirect, render_template, request, url_for

from ... import offers, qr, shop, shopfront
from ...database import now
from ..asking import from_outside
from ..doors import signed_in
from .room import room


@room.get("/shop", endpoint="shop")
def show():
    stored = vars(shop.current()) | {"shop_name": shop.current().name}
    return render_template("office/shop.html", values=request.form or stored)


@room.post("/shop")
def describe():
    g.page = show
    said = shopfront.read_place(request.form) | shopfront.read_look(request.form)
    said |= {"logo": ""} if request.form.get("no_logo") else shopfront.read_logo(request.files.get("logo"))
    shop.decide(now(), by=signed_in(), **said)
    return redirect(url_for("office.shop", kept=1), 303)


@room.get("/shop/poster/<any(a4, a5):size>")
def poster(size: str):
    link = from_outside("/join") or abort(404)
    return render_template("office/poster.html", size=size, code=qr.svg(link), offer=offers.short(offers.welcome()))
