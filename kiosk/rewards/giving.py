"""Giving what is due: coupons to whoever has a right to one, and to those held out a row that says so."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import insert, update

from kiosk.base.clock import MADE
from kiosk.base.database import add_rows, db
from kiosk.base.writing import alone, with_rests, writes
from kiosk.coupons import coupons
from kiosk.customers import search
from kiosk.models import Coupon, Referral, Reward
from kiosk.rewards import stamps
from kiosk.rewards.due import Due, due, in_force, of
from kiosk.shop import shop

PIECE = 50  # customers a transaction, so that nobody at the tablet waits long


def give_due(at: datetime) -> int:
    """Give everything that is due on the shop day of `at`, in pieces; gives back how many rewards that made."""
    if at < MADE:  # by a clock that cannot be right
        return 0
    day, made = shop.current().day_of(at), 0
    for offer in in_force(day):
        for ids in search.stretches():
            seen = list(dict.fromkeys(one.seen_id for one in of(offer, day, ids=ids)))
            for start in with_rests(range(0, len(seen), PIECE)):
                made += _give(seen[start : start + PIECE], at, series_id=offer.series_id)
    return made


def give_seen(customer_id: int | None, at: datetime) -> None:
    """Give a customer who is at the till what is due, and take back a reward that she has no longer earned."""
    day, ids = shop.current().day_of(at), [customer_id]
    if customer_id and at >= MADE and in_force(day) and (due(day, ids=ids) or stamps.overdrawn(ids)):
        _give(ids, at)


@writes
def _give(ids: Collection[int], at: datetime, *, series_id: int | None = None) -> int:
    """Ask once more what is due to these customers (of that series), and store it: what has changed since is heeded.
    From a customer who is seen, a reward is taken back for which stamps are missing now."""
    alone("rewards")
    day = shop.current().day_of(at)
    for reward in stamps.overdrawn(ids) if series_id is None else ():
        stamps.take_back(reward, at)
    found = due(day, series_id=series_id, ids=ids)
    given = [one for one in found if not one.held_back]
    rows = [coupons.row_of(one.customer_id, one.offer, at, day, one.occasion) for one in given if not one.held_out]
    named = (Coupon.customer_id, Coupon.series_id, Coupon.occasion, Coupon.id)
    stored = db.session.execute(insert(Coupon).returning(*named), rows).all() if rows else ()
    numbers = {tuple(row[:3]): row[3] for row in stored}
    add_rows({Reward: [_row(one, day, at, numbers) for one in given]})
    for one in found:
        if one.referral_id:
            _note_referral(one, at)
    return len(given)


def _row(one: Due, day: date, at: datetime, numbers: dict) -> dict:
    whose = {"customer_id": one.customer_id, "series_id": one.offer.series_id, "occasion": one.occasion}
    when = {"due_on": day, "until_on": one.until_on, "made_at": at}
    number = numbers.get(tuple(whose.values()))
    return whose | when | {"offer_id": one.offer.id, "held_out": one.held_out, "coupon_id": number}


def _note_referral(one: Due, at: datetime) -> None:
    said = {"said": None, "friend_id": one.customer_id}
    said |= {"held_back": one.held_back} if one.held_back else {"rewarded_at": at}
    db.session.execute(update(Referral).where(Referral.id == one.referral_id).values(said))
