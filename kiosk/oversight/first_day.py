"""What a new shop still has to do before it works: the list that goes away by itself."""

from sqlalchemy import exists, select

from kiosk.base.database import db
from kiosk.models import Device, Redemption, Signup
from kiosk.shop import shop


def left() -> list[tuple[str, bool]]:
    """The steps of a shop's first day, each with whether it is done; none once a coupon has been redeemed."""
    is_tablet = (Device.kind == "tablet", Device.paired_at.is_not(None))
    any_rows = (exists().where(Signup.id > 0), exists().where(Redemption.id > 0))
    asked = select(exists().where(*is_tablet), *any_rows)
    has_tablet, has_signup, has_redemption = db.session.execute(asked).one()
    if has_redemption:
        return []
    named = shop.current().name is not shop.UNNAMED
    return [("shop", named), ("tablet", has_tablet), ("signup", has_signup), ("redemption", False)]
