"""What is known of one customer: how often she comes, what she spent, what waits for her."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from kiosk.base.database import db
from kiosk.coupons.visits import that_count
from kiosk.models import Customer, Visit
from kiosk.shop import shop

FEWEST = 3  # different days; with fewer there is no telling how often somebody comes


@dataclass(frozen=True)
class Rhythm:
    """How often somebody comes: in whole days, and None where there were too few visits to tell."""

    visits: int
    every_days: int | None  # from one day with a visit to the next, on average
    days_ago: int | None  # since the last one
    due: date | None = None  # the shop day on which the next one would be


def rhythm(customer: Customer, at: datetime) -> Rhythm:
    """Say how often the customer comes, counted in shop days: two visits on one day are two visits, and one time that
    she came."""
    came = db.session.scalars(that_count(select(Visit.happened_at)).where(Visit.customer_id == customer.id)).all()
    days, here = sorted({shop.current().day_of(each) for each in came}), shop.current()
    if not days:
        return Rhythm(0, None, None)
    ago = max(0, (here.day_of(at) - days[-1]).days)
    if len(days) < FEWEST:
        return Rhythm(len(came), None, ago)
    every = round((days[-1] - days[0]).days / (len(days) - 1))
    return Rhythm(len(came), every, ago, days[-1] + timedelta(days=every))
