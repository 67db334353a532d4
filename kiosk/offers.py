"""What a coupon is worth: a percentage, an amount of money, or a gift."""

from decimal import ROUND_HALF_UP, Decimal

from flask_babel import format_percent, get_locale, gettext
from sqlalchemy import select

from .database import alone, db, now
from .languages import money
from .models import Offer

WELCOME = {"purpose": "welcome", "kind": "percent", "value": 10, "days_valid": 30}


def welcome() -> Offer:
    """The offer a new customer gets; until the shop makes its own: 10 % off, good for 30 days."""
    stored = select(Offer).where(Offer.purpose == "welcome").order_by(Offer.id.desc()).limit(1)
    return db.session.scalar(stored) or Offer(**WELCOME)


def stored_welcome() -> Offer:
    """The same as a row, made inside the caller's transaction when there is none."""
    offer = welcome()
    if offer.id is None:
        alone("first offer")
        offer = welcome()
    if offer.id is None:
        offer.created_at = now()
        db.session.add(offer)
        db.session.flush()
    return offer


def short(offer: Offer) -> str:
    """For huge type: “10%”, “₱100”, or the gift."""
    if offer.kind == "gift":
        words = offer.gift or {}
        return words.get(str(get_locale())) or next(iter(words.values()), "")
    return format_percent(Decimal(offer.value) / 100) if offer.kind == "percent" else money(offer.value)


def worth(offer: Offer) -> str:
    """“10% off”, “₱100 off”, or the gift."""
    return short(offer) if offer.kind == "gift" else gettext("%(discount)s off", discount=short(offer))


def take_off(offer: Offer, amount: int) -> int:
    """What to take off a purchase of `amount` (minor units): halves are rounded up, and it is never more than
    the offer's cap or the amount itself."""
    if offer.kind == "percent":
        share = int((Decimal(amount) * offer.value / 100).to_integral_value(ROUND_HALF_UP))
        return min(amount, share, amount if offer.cap is None else offer.cap)
    return min(amount, offer.value) if offer.kind == "amount" else 0
