"""What a new shop still has to do before it works: the list that goes away by itself."""

from sqlalchemy import exists, select

from kiosk.base.database import db
from kiosk.models import Device, Redemption, Signup
from kiosk.shop import shop

HAS_TABLET = exists().where(Device.kind == "tablet", Device.paired_at.is_not(None))
HAS_SIGNUP, HAS_REDEMPTION = exists().where(Signup.id > 0), exists().where(Redemption.id > 0)


def left() -> list[tuple[str, bool]]:
    """The steps of a shop's first day, each with whether it is done; none once a coupon has been redeemed."""
    asked = select(HAS_TABLET, HAS_SIGNUP, HAS_REDEMPTION)
    has_tablet, has_signup, has_redemption = db.session.execute(asked).one()
    if has_redemption:
        return []
    named = shop.current().name is not shop.UNNAMED
    return [("shop", named), ("tablet", has_tablet), ("signup", has_signup), ("redemption", False)]
