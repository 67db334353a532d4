"""After a restore: what the tills did since the backup is brought back by the tills themselves; until each of them has
told it, a coupon of before may have been used, and asks for a manager (see coupons.is_in_doubt)."""

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.base.writing import alone, writes
from kiosk.coupons import coupons
from kiosk.coupons.visits import Purchase
from kiosk.guard import audit
from kiosk.models import Coupon, Device, Setting, StaffSession
from kiosk.shop import shop
from kiosk.staff.devices import IN_USE

REMEMBERED = timedelta(hours=72)  # what a till's browser keeps, see static/js/parts/memory.js
REPORTED = "tills_reported"  # the setting with the numbers of those that have


@dataclass(frozen=True)
class Done:
    """A redemption as the till's browser remembers it."""

    operation_id: str
    coupon: str  # as `named` names it
    amount: int | None
    at: datetime


def named(coupon: Coupon) -> str:
    """A name for a coupon that tells the till's browser nothing, and that nobody else can make: the code of a coupon
    found by a name stands in no page."""
    return f"{coupon.id} {hmac.digest(current_app.secret_key, f'redeemed {coupon.code}'.encode(), 'sha256').hex()[:32]}"


def _coupon(name: str) -> Coupon | None:
    number = name.partition(" ")[0]
    coupon = db.session.get(Coupon, int(number)) if number.isdecimal() and len(number) < 10 else None
    return coupon if coupon and hmac.compare_digest(named(coupon), name) else None


def begin(made_at: datetime, at: datetime) -> None:
    """Begin a new epoch with a backup of `made_at`, inside the caller's transaction."""
    shop.describe(epoch=at.isoformat(), in_doubt=made_at.isoformat())
    db.session.merge(Setting(name=REPORTED, value=[]))


def silent_tills() -> list[Device]:
    """The tills in use that have not told yet what they did before the last restore; none when nothing is in doubt."""
    if not shop.current().in_doubt:
        return []
    reported = db.session.get(Setting, REPORTED).value
    tills = select(Device).where(IN_USE, Device.kind == "till", Device.id.not_in(reported)).order_by(Device.id)
    return list(db.session.scalars(tills))


def read(text: str) -> list[Done]:
    """What a till sends. Raises Invalid."""
    try:
        return [
            Done(str(one["id"])[:64], str(one["coupon"]), int(one["amount"]) if one["amount"] else None,
                 datetime.fromisoformat(one["at"]).astimezone(UTC))
            for one in json.loads(text)
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Invalid(operations="not a list of redemptions") from None


@writes
def report(done: list[Done], at: datetime, *, by: StaffSession, goes_on: bool = False) -> int:
    """Redeem again what a till redeemed since the backup; gives back how many redemptions were missing. Sent again it
    changes nothing. The doubt ends when all tills have reported, if they remember as far back as the backup; while a
    report goes on, another piece of it comes."""
    alone("epoch")
    before = db.session.get(Setting, REPORTED, populate_existing=True)
    if before is None or by.device_id in before.value:
        return 0
    missing = sum(_add_again(one, at, by) for one in done)
    if goes_on:
        return missing
    before.value = [*before.value, by.device_id]
    db.session.flush()
    here = shop.stored()
    if here.in_doubt and not silent_tills() and _reaches_back(here):
        shop.describe(in_doubt="")
    audit.add_note("report", at, by=by, details={"redemptions": missing})
    return missing


def _reaches_back(here: shop.Shop) -> bool:
    """Whether tills remember the time of the backup that was restored."""
    return datetime.fromisoformat(here.epoch) - datetime.fromisoformat(here.in_doubt) < REMEMBERED


def _add_again(one: Done, at: datetime, by: StaffSession) -> bool:
    if db.session.scalar(coupons.MADE_BY, {"operation_id": one.operation_id}):
        return False
    coupon = _coupon(one.coupon)
    if coupon is None or coupon.is_spent or coupon.voided_at:
        return False
    alone(f"coupon {coupon.id}")
    happened_at = min(one.at, at)  # another machine's clock may be late
    coupons.add_use(coupon, one.operation_id, happened_at, by, Purchase(one.amount), received_at=at)
    audit.add_note("redeem", at, by=by, object_id=coupon.id)
    return True
