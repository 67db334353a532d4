"""Who sent a request: from inside the shop or not, and what the limits know a browser and an address by."""

import hmac

from flask import current_app, request, session

from kiosk.base import addresses
from kiosk.shop import shop
from kiosk.web.access import device

ADDED_BY_A_PROXY = ("X-Forwarded-For", "X-Forwarded-Proto")  # the server removes them when anybody else sends them


def may_be_outside() -> bool:
    """Whether the request may come from outside the shop, which must have a public address.

    Only the sender's own address, which it cannot choose, makes it come from inside; by the public name or
    through a proxy it never does.
    """
    public_url = shop.current().public_url
    return bool(public_url) and (
        addresses.has_name_of(request.host, public_url)
        or any(name in request.headers for name in ADDED_BY_A_PROXY)
        or not addresses.is_local(request.remote_addr)
    )


def sender() -> tuple[str, str]:
    """What the limits know this browser and its address by."""
    return browser_id(), address_id()


def can_be_overheard() -> bool:
    """Whether what is sent crosses a network unencrypted."""
    return not (request.is_secure or addresses.is_of_this_machine(request.remote_addr))


def browser_id() -> str:
    """What the limits know this browser by."""
    return _hashed(session["csrf_token"]) if "csrf_token" in session and device() is None else address_id()


def address_id() -> str:
    """What the limits know an address by: a number that says nothing without the shop's secret. A paired tablet or
    till is known by itself, whatever others at the same address have used up."""
    return f"device {device().id}" if device() else _hashed(addresses.household(request.remote_addr or ""))


def _hashed(known: str) -> str:
    return hmac.new(current_app.secret_key, known.encode(), "sha256").hexdigest()[:16]
