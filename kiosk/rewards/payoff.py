"""Does it pay? Of each kind of reward: who got it, who came, what they bought and what the discounts cost, beside those
who were held out."""

from collections import defaultdict
from datetime import date

from sqlalchemy import and_, case, column, func, select, values

from kiosk.base.database import db
from kiosk.coupons.visits import STANDS
from kiosk.models import Reward, Series, Visit
from kiosk.rewards.proof import Group, Proof, weigh
from kiosk.shop import shop

HOLDS_OUT = ("win_back", "holiday")  # purposes with people held out; the others are promises


def by_purpose(today: date) -> dict[str, Proof]:
    """Compare, for each purpose, all whose time to use the coupon is over: what they bought from the day they were due
    to its last one, whether with the coupon or without."""
    days = defaultdict(lambda: defaultdict(lambda: [Group(), Group()]))
    for purpose, day, held_out, *sums in _sums(today):
        days[purpose][day][held_out] = Group(*map(int, sums))
    weeks = {purpose: ((max(found) - min(found)).days + 1) / 7 for purpose, found in days.items()}
    return {purpose: weigh(found.values(), weeks[purpose]) for purpose, found in days.items()}


def _sums(today: date) -> list:
    """By purpose, day and whether they were held out: the figures of a Group."""
    pairs = db.session.execute(select(Reward.due_on, Reward.until_on).where(Reward.until_on < today).distinct()).all()
    if not pairs:
        return []
    instant = Visit.happened_at.type
    columns = (column("due_on", Reward.due_on.type), column("until_on", Reward.until_on.type),
               column("start", instant), column("end", instant))  # fmt: skip
    span = values(*columns, name="span").data([(*pair, *shop.current().span(*pair)) for pair in pairs]).cte("span")
    hers = and_(Visit.customer_id == Reward.customer_id, STANDS, Visit.happened_at >= span.c.start,
                Visit.happened_at < span.c.end)  # fmt: skip
    cost = case((Visit.coupon_id == Reward.coupon_id, Visit.discount))
    each = select(
        Reward.id, Series.purpose, Reward.due_on, Reward.held_out, func.count(Visit.id).label("visits"),
        *(func.coalesce(func.sum(one), 0).label(name) for name, one in (("sales", Visit.amount), ("cost", cost))),
    ).join_from(Reward, Series)  # fmt: skip
    each = each.join(span, and_(span.c.due_on == Reward.due_on, span.c.until_on == Reward.until_on))
    each = each.outerjoin(Visit, hers).where(Reward.held_back.is_(None))
    each = each.group_by(Reward.id, Series.purpose, Reward.due_on, Reward.held_out).subquery().c
    key = (each.purpose, each.due_on, each.held_out)
    sums = [func.sum(case((each.visits > 0, 1), else_=0)), func.sum(each.sales), func.sum(each.sales * each.sales)]
    query = select(*key, func.count(), *sums, func.sum(each.cost)).group_by(*key).order_by(each.due_on)
    return db.session.execute(query).all()
