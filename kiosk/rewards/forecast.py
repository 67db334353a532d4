"""Whom each reward would reach in the next days, and what that would cost."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import mean

from kiosk.base.database import db
from kiosk.coupons import offers, visits
from kiosk.models import Offer, Series
from kiosk.rewards import drafts, due
from kiosk.shop import shop

DAYS = timedelta(days=30)


@dataclass(frozen=True)
class Reward:
    """A reward as its owner sees it: one that was saved, or one that could be."""

    offer: Offer
    is_on: bool
    people: int | None  # None while they are not counted
    cost: int  # minor units; of a percentage without a cap by what purchases usually come to
    is_most: bool


def listed(at: datetime, *, counted: bool) -> list[Reward]:
    """One reward of every purpose, and every holiday that was saved. To count whom they reach takes long."""
    day, saved = shop.current().day_of(at), [one for one in offers.listed() if one.rule]
    known = {one.series.purpose for one in saved}
    new = [
        Offer(series=Series(purpose=purpose, created_at=at), rule=drafts.usual(purpose), **offers.FIRST)
        for purpose in drafts.USUAL if purpose not in known
    ]  # fmt: skip
    ordered = sorted([*saved, *new], key=lambda one: (list(drafts.USUAL).index(one.series.purpose), one.id or 0))
    amounts = [amount for amount in db.session.scalars(visits.RECENT_AMOUNTS) if amount and amount > 0]
    usual = int(mean(amounts)) if amounts else 0
    return [_reward(one, usual, _people(one, day) if counted else None) for one in ordered]


def _reward(offer: Offer, usual: int, people: int | None) -> Reward:
    most = {"amount": offer.value, "percent": offer.cap}.get(offer.kind)
    each = most or (offers.take_off(offer, usual) if offer.kind == "percent" else 0)
    return Reward(offer, bool(offer.id) and not offer.stopped_at, people, (people or 0) * each, most is not None)


def _people(offer: Offer, day: date) -> int:
    found = due.of(offer, day, last=day + DAYS)
    return len({one.customer_id for one in found if not (one.held_back or one.held_out)})
