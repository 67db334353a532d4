"""What has worked in the practice shop: each step of the line, asked of what is stored."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from kiosk.base.database import db
from kiosk.models import Audit, Counter, Device, Undo
from kiosk.oversight.first_day import HAS_REDEMPTION, HAS_SIGNUP, HAS_TABLET

STEPS = {
    _l("Make a tablet the kiosk: under Settings → Devices, pair another device"): HAS_TABLET,
    _l("Sign up on the tablet, as a customer would, and take a picture of the code"): HAS_SIGNUP,
    _l("Find the coupon at the till: scan the picture, or type the twelve digits"): exists().where(
        Counter.name.startswith("look-up till")
    ),
    _l("Use the scanner, if you have one"): exists().where(Device.scanned_on.is_not(None)),
    _l("Redeem the coupon"): HAS_REDEMPTION,
    _l("Undo it, as after a mistake"): exists().where(Undo.id > 0),
    _l("Export the list, on Today"): exists().where(Audit.action == "export", Audit.outcome == "done"),
}


def steps() -> list[tuple[str, bool]]:
    """What to try, each with whether it has worked."""
    found = db.session.execute(select(*STEPS.values())).one()
    return [(str(step), worked) for step, worked in zip(STEPS, found, strict=True)]
