"""Devices: which browsers are the shop's tills and tablets."""

from flask import jsonify, redirect, render_template, request, session, url_for

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Device
from kiosk.staff import devices, sessions
from kiosk.views.office.room import pairing_link, room
from kiosk.web.browser import device, let_in, remember_device, signed_in, wants_json


@room.get("/devices", endpoint="devices")
def show_devices():
    secret, shown = session.pop("pairing", None), devices.in_use_or_waiting(now())
    waiting, link = secret and devices.waiting(secret, now()), secret and pairing_link(secret)
    return render_template("office/devices.html", devices=shown, here=device(), waiting=waiting, link=link)


@room.post("/devices", page=show_devices)
def add_device():
    kind, label = request.form.get("kind", ""), request.form.get("label", "")
    if request.form.get("elsewhere") == "yes":
        made, session["pairing"] = devices.invite(kind, label, now(), by=signed_in())
        if wants_json():
            return jsonify(device_id=made.id, url=pairing_link(session.pop("pairing"))), 201
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
