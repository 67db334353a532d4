"""The towns that are offered as answers: the shop's own, and those that its owner added."""

from sqlalchemy import desc, func, select

from kiosk.base.database import db
from kiosk.base.folding import fold
from kiosk.models import Customer
from kiosk.shop import shop

MOST, MOST_SUGGESTED = 5, 8


def offered() -> list[str]:
    """The towns that the tablet shows as buttons. One that a customer typed is among them once the owner has added
    it."""
    here = shop.current()
    return [town for town in dict.fromkeys((here.city, *here.town_list)) if town][:MOST]


def typed() -> list[tuple[str, int]]:
    """Towns of customers that are no buttons yet, with how many customers live in each, the most common first; empty
    when there are as many buttons as fit on the screen."""
    if len(offered()) >= MOST:
        return []
    people, known = func.count(Customer.id), {*map(fold, offered())}
    towns = select(Customer.city, people).where(Customer.city.is_not(None)).group_by(Customer.city)
    common = db.session.execute(towns.order_by(desc(people), Customer.city).limit(MOST_SUGGESTED + MOST))
    return [(town, count) for town, count in common if fold(town) not in known][:MOST_SUGGESTED]
