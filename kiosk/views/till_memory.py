"""What a till's browser remembers, told to a server whose data was restored from before it."""

from flask import jsonify, request

from kiosk.base.clock import now
from kiosk.models import Redemption
from kiosk.shop import shop
from kiosk.upkeep import epochs
from kiosk.web.browser import signed_in
from kiosk.web.doors import Room

room = Room("till_memory", __name__, to="till", url_prefix="/till")


@room.app_template_global()
def remembered(redemption: Redemption) -> dict:
    """What a till's browser remembers of a redemption; `number` is by what it is undone."""
    said = {"number": redemption.id, "id": redemption.operation_id, "coupon": epochs.named(redemption.coupon)}
    return said | {"amount": redemption.visit.amount, "at": redemption.happened_at.isoformat()}


@room.post("/reports")
def report():
    """Take the redemptions of the time before the restore, or a piece of them."""
    done, goes_on = epochs.read(request.form.get("operations", "[]")), "goes_on" in request.form
    epochs.report(done, now(), by=signed_in(), goes_on=goes_on)
    return jsonify(epoch=shop.current().epoch)
