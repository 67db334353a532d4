"""The stamp card: one stamp for each day with a purchase, and a reward for so many of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update

from kiosk.base.database import db
from kiosk.coupons import offers, visits
from kiosk.models import Coupon, Customer, Offer, Reward, Series, Visit
from kiosk.shop import shop

CHUNK = 500  # customers whose visits are read at once


@dataclass(frozen=True)
class Card:
    """The days that gave a stamp, how many of them earlier rewards took, and how many the next one takes."""

    days: list[date]
    used: int
    need: int

    @property
    def full_on(self) -> list[date]:
        """The days on which it became full and no reward was made yet."""
        return self.days[self.used + self.need - 1 :: self.need]

    @property
    def stamps(self) -> int:
        """How many are on it now."""
        return min(max(len(self.days) - self.used, 0), self.need)


def cards(offer: Offer, ids: Collection[int]) -> dict[int, Card]:
    """The stamp cards of these customers."""
    found, asked = {}, list(ids)
    for some in (asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)):
        used = dict(db.session.execute(_used(offer).where(Reward.customer_id.in_(some))).all())
        days = _days(offer, some)
        found |= {one: Card(sorted(days[one]), used.get(one, 0), offer.rule["visits"]) for one in some}
    return found


def of(customer: Customer) -> Card | None:
    """The card of a customer; None while the shop has none."""
    offer = offers.reward("stamps")
    return offer and cards(offer, [customer.id])[customer.id]


def _used(offer: Offer):
    """Of each customer, how many stamps rewards have taken, each by the rule it was earned under."""
    taken = func.sum(Offer.rule["visits"].as_integer())
    query = select(Reward.customer_id, taken).join(Offer, Offer.id == Reward.offer_id)
    query = query.where(Reward.series_id == offer.series_id, Reward.held_back.is_(None))
    return query.where(Reward.customer_id.is_not(None)).group_by(Reward.customer_id)


def maybe_full(offer: Offer, ids: Collection[int] | None = None) -> list[int]:
    """The customers (of these, or of all) whose cards may be full."""
    used = _used(offer).subquery()
    query = select(Visit.customer_id).outerjoin(used, used.c[0] == Visit.customer_id)
    query = query.where(visits.STANDS, Visit.happened_at >= _begun(offer), Visit.customer_id.is_not(None))
    query = query if ids is None else query.where(Visit.customer_id.in_(ids))
    query = query.group_by(Visit.customer_id, used.c[1])
    return list(db.session.scalars(query.having(func.count() >= func.coalesce(used.c[1], 0) + offer.rule["visits"])))


def _begun(offer: Offer) -> datetime:
    here = shop.current()
    return here.start_of(here.day_of(offer.series.created_at))


def _days(offer: Offer, ids: Iterable[int]) -> dict[int, list[date]]:
    """The days on which each customer's purchases come to the least amount of a stamp."""
    query = select(Visit.customer_id, Visit.happened_at, Visit.amount).where(Visit.customer_id.in_(ids))
    spent, day_of = defaultdict(Counter), shop.current().day_of
    for customer_id, at, amount in db.session.execute(query.where(visits.STANDS, Visit.happened_at >= _begun(offer))):
        spent[customer_id][day_of(at)] += amount or 0
    least = offer.rule["amount"]
    return defaultdict(list, {one: [day for day, sum_ in days.items() if sum_ >= least] for one, days in spent.items()})


def overdrawn(ids: Collection[int]) -> list[Reward]:
    """The newest unspent reward of each of these customers who have fewer stamps than their rewards have used,
    since a purchase was undone."""
    query = select(Series.id).where(Series.purpose == "stamps")
    found = []
    for series_id in db.session.scalars(query).all():
        offer = offers.newest(series_id)
        short = [one for one, card in cards(offer, ids).items() if len(card.days) < card.used] if offer else []
        for customer_id in short:
            hers = select(Reward).join(Coupon, Coupon.id == Reward.coupon_id).order_by(Reward.id.desc()).limit(1)
            hers = hers.where(Reward.customer_id == customer_id, Reward.series_id == series_id)
            unspent = (Reward.held_back.is_(None), Coupon.spent_at.is_(None), Coupon.voided_at.is_(None))
            found += db.session.scalars(hers.where(*unspent)).all()
    return found


def take_back(reward: Reward, at: datetime) -> None:
    """Void its coupon inside the caller's transaction. What was its occasion can come again."""
    for model, number, columns in (
        (Coupon, reward.coupon_id, {"voided_at": at}), (Reward, reward.id, {"held_back": "taken_back"})
    ):  # fmt: skip
        other = {"occasion": f"{reward.occasion} {reward.id}"}
        db.session.execute(update(model).where(model.id == number).values(columns | other))
