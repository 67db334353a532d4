"""Devices: which browsers are the shop's tills and tablets."""

from urllib.parse import urlsplit

from flask import g, jsonify, redirect, render_template, request, session, url_for

from kiosk.base import addresses
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Device
from kiosk.shop import shop
from kiosk.staff import devices, sessions
from kiosk.views.office.room import room
from kiosk.web.access import device, let_in, remember_device, signed_in
from kiosk.web.answers import wants_json

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@room.get("/devices", endpoint="devices")
def show_devices():
    secret = session.pop("pairing", None)
    return render_template(
        "office/devices.html",
        devices=devices.everything(now()),
        here=device(),
        waiting=secret and devices.waiting(secret, now()),
        link=secret and _link(secret),
    )


def _link(secret: str) -> str:
    """An address that the other device can reach: the public one, else this machine's own in the shop."""
    origin = shop.current().public_url or request.host_url.rstrip("/")
    place = urlsplit(origin)
    if place.hostname in LOOPBACK and addresses.of_this_machine():
        port = f":{place.port}" if place.port else ""
        origin = f"{place.scheme}://{addresses.of_this_machine()[0]}{port}"
    return origin + url_for("sign_in.pairing", secret=secret)


@room.post("/devices")
def add_device():
    g.page = show_devices
    kind, label = request.form.get("kind", ""), request.form.get("label", "")
    if request.form.get("elsewhere") == "yes":
        made, session["pairing"] = devices.invite(kind, label, now(), by=signed_in())
        if wants_json():
            return jsonify(device_id=made.id, url=_link(session.pop("pairing"))), 201
        return redirect(url_for("office.devices"), 303)
    keys = sessions.make_device(kind, label, now(), by=signed_in(), instead_of=device())
    if kind == "tablet":
        session.clear()
        return remember_device(redirect(url_for("tablet.welcome"), 303), keys.device_key)
    return let_in(keys, url_for("office.devices"))


@room.post("/devices/<id:device_id>/revoke")
def revoke_device(device_id: int):
    devices.revoke(db.get_or_404(Device, device_id), now(), by=signed_in())
    return redirect(url_for("office.devices"), 303)
