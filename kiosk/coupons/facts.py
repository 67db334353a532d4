"""What was found at the till, as JSON says it."""

from datetime import datetime

from kiosk.base.contacts import masked
from kiosk.coupons import lookups, offers
from kiosk.models import Customer, Visit
from kiosk.shop import shop


def of(found: lookups.Found, at: datetime) -> dict:
    """What a till that asks in JSON is told of what was found."""
    if isinstance(found, list):
        return {"kind": "choices", "customers": [_of_customer(customer) for customer in found]}
    if isinstance(found, Customer):
        return {"kind": "customer", "customer": _of_customer(found)}
    if isinstance(found, Visit):
        return {"kind": "visit", "visit_id": found.id, "customer": _of_customer(found.customer)}
    return {
        "kind": "coupon",
        "code": found.code,
        "worth": offers.worth(found.offer),
        "state": found.state(shop.current().day_of(at), at),
        "valid_until": found.valid_until.isoformat(),
        "customer": found.customer.first_name,
    }


def _of_customer(customer: Customer) -> dict:
    """As little as tells people of one name apart."""
    contact, seen = masked(customer.phone, customer.email), lookups.last_seen(customer)
    facts = {"id": customer.id, "first_name": customer.first_name, "initial": customer.initial, "contact": contact}
    return facts | {"town": customer.city, "last_visit": seen and seen.isoformat()}
