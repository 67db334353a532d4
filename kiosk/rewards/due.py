"""Who is due for which reward: a question to the data, asked by the nightly run and when a customer is seen."""

import hmac
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.models import Answer, Customer, Offer, Reward
from kiosk.models.customers import NOT_MERGED
from kiosk.rewards import referral, stamps
from kiosk.shop import shop

MOST_WIN_BACKS = 2  # a person and year
NEWER = aliased(Answer)


@dataclass(frozen=True)
class Due:
    """An occasion of an offer that has come for a customer."""

    customer_id: int
    offer: Offer
    occasion: str
    until_on: date  # the last day of its window
    seen_id: int  # the customer at whose sight it comes: of a referral the new one
    referral_id: int | None = None
    held_back: str | None = None  # why a person should look first

    @property
    def held_out(self) -> bool:
        """Whether it is one of the share that gets nothing: by a keyed hash, so that it is the same whenever asked."""
        text = f"held out {self.customer_id} {self.offer.series_id} {self.occasion}".encode()
        number = int.from_bytes(hmac.digest(current_app.secret_key, text, "sha256")[:8])
        return number % 100 < self.offer.rule.get("held_out", 0)


@dataclass(frozen=True)
class Question:
    """Who is due for an offer on some day from first to last; of certain customers, where they are named."""

    offer: Offer
    first: date
    last: date
    ids: Collection[int] | None = None

    def had(self, customer_id: ColumnElement, *condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """Whether a reward of this series was made for that customer already."""
        mine = (Reward.customer_id == customer_id, Reward.series_id == self.offer.series_id)
        return exists().where(*mine, *condition)

    def ask(self, query: Select, customer_id: ColumnElement) -> list:
        """The rows of a query, of the named customers only."""
        return db.session.execute(query if self.ids is None else query.where(customer_id.in_(self.ids))).all()


def due(day: date, *, series_id: int | None = None, ids: Collection[int] | None = None) -> list[Due]:
    """What is due on a shop day and was not given yet, also what is held out, or held back for a person to look first.
    `series_id` and `ids` are the only series and customers to ask about."""
    offers_of_day = (offer for offer in in_force(day) if series_id in (None, offer.series_id))
    return [one for offer in offers_of_day for one in of(offer, day, ids=ids)]


def of(offer: Offer, day: date, *, last: date | None = None, ids: Collection[int] | None = None) -> list[Due]:
    """What is due of one offer (on some day up to `last`), whether or not it is given at the time."""
    return list(QUESTIONS[offer.series.purpose](Question(offer, day, last or day, ids)))


def in_force(day: date) -> list[Offer]:
    """The rewards that are given on a day: one a purpose, and one for each holiday."""
    if shop.current().has_ended(day):
        return []
    found = {}
    for offer in db.session.scalars(offers.ON_DAY.where(Offer.rule.is_not(None)), {"day": day}):
        found.setdefault((offer.series.purpose, offer.rule.get("day")), offer)
    return [offer for (purpose, _), offer in found.items() if purpose in QUESTIONS]


def _win_back(asked: Question) -> Iterator[Due]:
    """Not seen for so many days; the occasion is the absence, named by the day of the last visit."""
    here, year = shop.current(), asked.first - timedelta(days=365)
    gone = here.start_of(asked.last - timedelta(days=asked.offer.rule["days"] - 1))
    # with an expression, since SQLite would take the index of days and read everybody's rewards for each customer
    mine = (Reward.customer_id == Customer.id) & (Reward.series_id == asked.offer.series_id)
    mine &= func.coalesce(Reward.due_on, year) > year
    so_often = select(func.count(Reward.id)).where(mine).scalar_subquery()
    had = asked.had(Customer.id, Reward.made_at > Customer.last_visit_at)
    query = select(Customer.id, Customer.last_visit_at).where(NOT_MERGED, Customer.last_visit_at < gone, ~had)
    for customer_id, seen_at in asked.ask(query.where(so_often < MOST_WIN_BACKS), Customer.id):
        until = asked.first + timedelta(days=asked.offer.days_valid)
        yield Due(customer_id, asked.offer, here.day_of(seen_at).isoformat(), until, customer_id)


def _birthday(asked: Question) -> Iterator[Due]:
    """So many days before and after the day that the customer's newest answer says; the occasion is its year."""
    around = timedelta(days=asked.offer.rule["window"])
    same = (NEWER.customer_id == Answer.customer_id) & (NEWER.question == Answer.question)
    newer = exists().where(same, NEWER.id > Answer.id)
    days = [asked.first - around + timedelta(days=n) for n in range((asked.last - asked.first + 2 * around).days + 1)]
    for year in range((asked.first - around).year, (asked.last + around).year + 1):
        keys = {f"{day:%m-%d}" for day in days if day.year == year}
        keys |= {"02-29"} if _in_year("02-29", year) in days else set()
        had = asked.had(Answer.customer_id, Reward.occasion == str(year))
        query = select(Answer.customer_id, Answer.value).where(Answer.question == "birthday", Answer.value.in_(keys))
        for customer_id, value in asked.ask(query.where(~newer, ~had), Answer.customer_id):
            yield Due(customer_id, asked.offer, str(year), _in_year(value, year) + around, customer_id)


def _in_year(month_and_day: str, year: int) -> date:
    """That day of a year; the 29th of February is the 28th in a year that has none."""
    try:
        return date.fromisoformat(f"{year}-{month_and_day}")
    except ValueError:
        return date(year, 2, 28)


def _holiday(asked: Question) -> Iterator[Due]:
    """Everybody, so many days before a day of the year; the occasion is the year."""
    before = timedelta(days=asked.offer.rule["window"])
    for year in range(asked.first.year, asked.last.year + 2):
        on = _in_year(asked.offer.rule["day"], year)
        if on - before <= asked.last and asked.first <= on:
            query = select(Customer.id).where(NOT_MERGED, ~asked.had(Customer.id, Reward.occasion == str(year)))
            for (customer_id,) in asked.ask(query, Customer.id):
                yield Due(customer_id, asked.offer, str(year), on, customer_id)


def _stamps(asked: Question) -> Iterator[Due]:
    """As many stamps as it takes; the occasion is the day of the last of them."""
    until = asked.first + timedelta(days=asked.offer.days_valid)
    for customer_id, card in stamps.cards(asked.offer, stamps.maybe_full(asked.offer, asked.ids)).items():
        for day in card.full_on:
            yield Due(customer_id, asked.offer, day.isoformat(), until, customer_id)


def _referral(asked: Question) -> Iterator[Due]:
    """A new customer who named a friend has bought something; the occasion is the new customer."""
    until = asked.first + timedelta(days=asked.offer.days_valid)
    for row, friend, held_back in referral.waiting(asked.offer, asked.first, asked.ids):
        named = {"referral_id": row.id, "held_back": held_back}
        yield Due(friend and friend.id, asked.offer, f"friend {row.id}", until, row.customer_id, **named)


QUESTIONS = {
    "win_back": _win_back, "birthday": _birthday, "holiday": _holiday, "stamps": _stamps, "referral": _referral,
}  # fmt: skip
