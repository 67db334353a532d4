"""What a new shop still has to do before it works, and what has worked in the practice shop, by what is stored."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from kiosk.base.database import db
from kiosk.models import Audit, Counter, Device, Redemption, Signup, Undo
from kiosk.shop import shop

HAS_TABLET = exists().where(Device.kind == "tablet", Device.paired_at.is_not(None))
HAS_SIGNUP, HAS_REDEMPTION = exists().where(Signup.id > 0), exists().where(Redemption.id > 0)
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


def left() -> list[tuple[str, bool]]:
    """The steps of a shop's first day, each with whether it is done; none once a coupon has been redeemed."""
    asked = select(HAS_TABLET, HAS_SIGNUP, HAS_REDEMPTION)
    has_tablet, has_signup, has_redemption = db.session.execute(asked).one()
    if has_redemption:
        return []
    named = shop.current().name is not shop.UNNAMED
    return [("shop", named), ("tablet", has_tablet), ("signup", has_signup), ("redemption", False)]


def rehearsed() -> list[tuple[str, bool]]:
    """What to try in the practice shop, each with whether it has worked."""
    found = db.session.execute(select(*STEPS.values())).one()
    return [(str(step), worked) for step, worked in zip(STEPS, found, strict=True)]
