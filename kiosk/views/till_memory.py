"""What a till's browser remembers, told to a server whose data was restored from before it."""

from flask import jsonify, request

from kiosk.base.clock import now
from kiosk.shop import shop
from kiosk.upkeep import epochs
from kiosk.web.access import signed_in
from kiosk.web.doors import Room

room = Room("till_memory", __name__, to="till", url_prefix="/till")


@room.post("/reports")
def report():
    """Take the redemptions of the time before the restore, or a piece of them."""
    done, goes_on = epochs.read(request.form.get("operations", "[]")), "goes_on" in request.form
    epochs.report(done, now(), by=signed_in(), goes_on=goes_on)
    return jsonify(epoch=shop.current().epoch)
