"""What Insights say of rewards, against plain Python over all rows."""

import random
from datetime import timedelta

from shop import NOON, an_offer, at_till
from test_outreach import add_reward

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Customer, Reward, Visit
from kiosk.rewards import payoff
from kiosk.rewards.proof import Group
from kiosk.shop import shop

DAY = timedelta(days=1)


def a_past(dice):
    """Sixty people, two kinds of rewards on many days, and visits with and without the coupon, some undone."""
    ana, offers = at_till(), [an_offer(value=10, purpose=purpose) for purpose in ("win_back", "birthday")]
    with writing():
        known = {"language": "en", "created_at": NOON}
        people = [Customer(phone=f"+63917{n:07}", card_number=f"9{n:011}", **known) for n in range(60)]
        db.session.add_all(people)
        db.session.flush()
        for customer in people:
            for offer in offers:
                at = NOON + dice.randrange(40) * DAY
                held_out = offer is offers[0] and dice.random() < 0.3
                reward = add_reward(customer.id, offer, at, "2026", held_out)
                for _ in range(dice.randrange(4)):
                    came = at + timedelta(hours=dice.randrange(-200, 500))
                    with_it = {"coupon_id": reward.coupon_id, "discount": 70} if dice.random() < 0.5 else {}
                    amount = dice.choice((None, 700, 12_345))
                    visits.add_visit(customer.id, came, ana, Purchase(amount), **with_it)
    for visit in dice.sample(db.session.query(Visit).filter(Visit.coupon_id.is_(None)).all(), 8):
        corrections.undo_visit(visit.id, f"undo {visit.id}", NOON + 60 * DAY, by=ana, reason="Mistake")


def counted(purpose, held_out, today):
    undone, total = {visit.corrects_id for visit in db.session.query(Visit)}, Group()
    for one in db.session.query(Reward):
        if one.series.purpose == purpose and one.held_out == held_out and one.until_on < today:
            hers = list(db.session.query(Visit).filter_by(customer_id=one.customer_id, corrects_id=None))
            hers = [visit for visit in hers if one.due_on <= shop.current().day_of(visit.happened_at) <= one.until_on]
            hers = [visit for visit in hers if visit.id not in undone]
            sales = sum(visit.amount or 0 for visit in hers)
            cost = sum(visit.discount or 0 for visit in hers if visit.coupon_id and visit.coupon_id == one.coupon_id)
            total += Group(1, bool(hers), sales, sales * sales, cost)
    return total


def test_every_figure_is_that_of_the_rows(in_shop):
    a_past(random.Random(1))
    today = shop.current().day_of(NOON + 40 * DAY)

    found = payoff.by_purpose(today)

    assert found.keys() == {"win_back", "birthday"}
    for purpose, proof in found.items():
        assert proof.told == counted(purpose, False, today) and proof.told.came > 10
        assert proof.held == counted(purpose, True, today)
    assert found["win_back"].held.people > 5 and found["win_back"].verdict == "early"
    assert payoff.by_purpose(shop.current().day_of(NOON)) == {}


def test_the_page_claims_nothing_of_promises(manager):
    with manager.app.app_context():
        a_past(random.Random(1))
        with writing():
            for reward in db.session.query(Reward):
                reward.due_on, reward.until_on = reward.due_on - 90 * DAY, reward.until_on - 90 * DAY

    page = manager.visit("/office/insights").text

    section = page[page.index("Does it pay?") :]
    assert section.count("Too early to tell") == section.count("95% sure") / 2 == 1
