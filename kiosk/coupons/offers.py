"""What a coupon is worth: a percentage, an amount of money, or a gift."""

from decimal import ROUND_HALF_UP, Decimal

from flask_babel import format_percent, get_locale, gettext
from sqlalchemy import Select, func, select

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import alone
from kiosk.models import Offer, Series
from kiosk.shop.languages import money

WELCOME = {"kind": "percent", "value": 10, "days_valid": 30}


def welcome() -> Offer:
    """The newest version of the shop's welcome offer; until the shop makes its own: 10 % off, good for 30 days."""
    return db.session.scalar(NEWEST_WELCOME) or Offer(series=Series(purpose="welcome"), **WELCOME)


def newest(purpose: str) -> Select[tuple[Offer]]:
    """The query for the version in force of the newest offer of that purpose."""
    versions = select(Offer).join(Offer.series).where(Series.purpose == purpose)
    return versions.order_by(Series.id.desc(), Offer.id.desc()).limit(1)


def active() -> list[Offer]:
    """The offers a coupon can be issued of: of each purpose the newest series, as its newest version says."""
    series = select(func.max(Series.id)).group_by(Series.purpose)
    versions = select(func.max(Offer.id)).where(Offer.series_id.in_(series)).group_by(Offer.series_id)
    return list(db.session.scalars(select(Offer).where(Offer.id.in_(versions)).order_by(Offer.series_id)))


def stored_welcome() -> Offer:
    """Return the welcome offer as a row, adding it inside the caller's transaction if there is none."""
    offer = welcome()
    if offer.id is None:
        alone("first offer")
        offer = welcome()
    if offer.id is None:
        offer.created_at = offer.series.created_at = now()
        db.session.add(offer)
        db.session.flush()
    return offer


NEWEST_WELCOME = newest("welcome")


def short(offer: Offer) -> str:
    """For huge type: “10%”, “₱100”, or the gift."""
    if offer.kind == "gift":
        words = offer.gift or {}
        return words.get(str(get_locale())) or next(iter(words.values()), "")
    return format_percent(Decimal(offer.value) / 100) if offer.kind == "percent" else money(offer.value)


def worth(offer: Offer) -> str:
    """“10% off”, “₱100 off”, or the gift."""
    return short(offer) if offer.kind == "gift" else gettext("%(discount)s off", discount=short(offer))


def invitation(offer: Offer) -> str:
    """What a customer is invited with. A gift's words stand alone: in a sentence, some languages would bend them."""
    if offer.kind == "gift":
        return gettext("Your gift today: %(gift)s", gift=short(offer))
    return gettext("Get %(discount)s off today", discount=short(offer))


def either_way(offer: Offer) -> str:
    """What a customer reads beside the consents, which she need not give."""
    if offer.kind == "gift":
        return gettext("You get the gift either way.")
    return gettext("You get the discount either way.")


def instruction(offer: Offer | None, taken_off: int | None) -> str:
    """What the cashier is to do; nothing when there is no offer and nothing was taken off."""
    if offer and offer.kind == "gift" and not taken_off:
        return gettext("Give: %(gift)s", gift=short(offer))
    discount = money(taken_off) or (offer and short(offer))
    return gettext("Take %(discount)s off the total", discount=discount) if discount else ""


def prohibition(offer: Offer) -> str:
    """What the cashier is not to do with a coupon that is refused."""
    return gettext("Do not give the gift") if offer.kind == "gift" else gettext("Do not give the discount")


def only_once(offer: Offer) -> str:
    """What the cashier reads when a coupon that was just redeemed is scanned again."""
    if offer.kind == "gift":
        return gettext("%(gift)s, and only once", gift=short(offer))
    return gettext("%(discount)s off, and only once", discount=short(offer))


def take_off(offer: Offer, amount: int) -> int:
    """What to take off a purchase of `amount` (minor units): halves are rounded up, and it is never more than
    the offer's cap or the amount itself."""
    if offer.kind == "percent":
        share = int((Decimal(amount) * offer.value / 100).to_integral_value(ROUND_HALF_UP))
        return min(amount, share, amount if offer.cap is None else offer.cap)
    return min(amount, offer.value) if offer.kind == "amount" else 0
