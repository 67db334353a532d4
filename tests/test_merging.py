"""Two customers become one person and, for a day, can become two again; every code finds the right one."""

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from shop import IS_FULL, NOON, a_coupon, at_till, new_id, signed_up

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import merging
from kiosk.models import Coupon, Customer, Merge, Message, Note, Reward, Visit

SEQUENCES = 200 if IS_FULL else 15


def two() -> tuple[Customer, Customer]:
    kept = a_coupon(name="Ana Cruz", phone="09175550001", consent_sms="yes").customer
    return kept, a_coupon(name="Anita Cruz", email="ana@example.com", city="Cebu", consent_email="yes").customer


def test_everything_moves_and_every_way_to_find_her_stays(in_shop):
    till, (kept, other) = at_till(), two()
    with writing():
        db.session.add(Note(customer_id=other.id, text="Likes tea", staff_id=till.staff_id, written_at=NOON))
    codes = [*db.session.scalars(db.select(Coupon.code)), kept.card_number, other.card_number]
    visits.record(other, new_id(), NOON, by=till, purchase=Purchase(50_00))

    merging.merge(kept.id, other.id, NOON, by=till)

    found = [lookups.find(text) for text in (*codes, "09175550001", "ana@example.com", "Ana", "Anita")]
    assert {one.customer_id if isinstance(one, Coupon) else one.id for one in found} == {kept.id}
    assert (kept.visits, kept.spent, kept.email, kept.city) == (1, 50_00, "ana@example.com", "Cebu")
    assert (kept.may_sms, kept.may_email, other.visits) == (True, True, 0)
    assert db.session.query(Note).one().customer_id == kept.id
    assert lookups.live_coupon(kept, NOON) is not None


def test_who_signs_up_again_by_either_contact_is_the_one_person(in_shop):
    till, (kept, other) = at_till(), two()
    merging.merge(kept.id, other.id, NOON, by=till)

    for contact in ({"phone": "09175550001"}, {"email": "ana@example.com"}):
        again = signed_up(**contact)
        assert (again.existing, again.coupon.customer_id) == (True, kept.id)


def test_for_a_day_all_of_it_can_go_back(in_shop):
    till, (kept, other) = at_till(), two()
    with writing():
        for coupon in db.session.query(Coupon).all():  # both had the same occasion
            day, whose = coupon.valid_from, {"customer_id": coupon.customer_id}
            offer = {"series_id": coupon.series_id, "offer_id": coupon.offer_id, "occasion": "2026"}
            reward = Reward(due_on=day, until_on=day, held_out=False, made_at=NOON, **offer, **whose)
            said = {"purpose": "birthday", "channel": "sms", "language": "en", "listed_on": day}
            db.session.add(Message(reward=reward, **said, **whose))
    before = facts(kept), facts(other)
    merging.merge(kept.id, other.id, NOON, by=till)

    undone = merging.undo(kept.id, NOON + timedelta(hours=23), by=till)

    assert undone.id == other.id
    assert (facts(kept), facts(other)) == before
    assert db.session.query(Merge).one().moved == {}
    with pytest.raises(Refusal, match="too_late"):
        merging.undo(kept.id, NOON, by=till)


def facts(customer: Customer) -> tuple:
    db.session.expire_all()
    hers = [
        db.session.query(*columns).filter_by(customer_id=customer.id).all()
        for columns in ((Coupon.id, Coupon.occasion), (Reward.id, Reward.occasion), (Message.id,))
    ]
    columns = ("name", "city", "phone", "email", "may_sms", "may_email", "visits", "spent", "merged_into_id")
    return [getattr(customer, name) for name in columns], hers


def test_after_a_day_it_stays_and_nothing_is_kept_to_undo_it(in_shop):
    till, (kept, other) = at_till(), two()
    merging.merge(kept.id, other.id, NOON, by=till)

    merging.empty_old(NOON + timedelta(hours=25))

    db.session.expire_all()
    assert db.session.query(Merge).one().moved == {}
    with pytest.raises(Refusal, match="too_late"):
        merging.undo(kept.id, NOON + timedelta(hours=25), by=till)


def test_only_two_customers_who_stand_for_themselves_are_merged(in_shop):
    till, (kept, other) = at_till(), two()
    with pytest.raises(Refusal, match="same_customer"):
        merging.merge(kept.id, kept.id, NOON, by=till)
    with pytest.raises(Refusal, match="unknown"):
        merging.merge(kept.id, 99, NOON, by=till)
    merging.merge(kept.id, other.id, NOON, by=till)
    with pytest.raises(Refusal, match="unknown"):
        merging.merge(other.id, kept.id, NOON, by=till)


@dataclass
class Bought:
    """A purchase in the model: to which customer's row it belongs when nobody is merged."""

    visit_id: int
    home: int
    amount: int
    is_undone: bool = False


@dataclass
class Model:
    """Who is whom, and what each bought: what the shop must say at every step."""

    till: object
    coupon_of: dict[int, Coupon]
    cards: dict[int, str]
    stands_for: dict[int, list[int]] = field(default_factory=dict)  # kept -> those merged into it, the newest last
    into: dict[int, int] = field(default_factory=dict)
    bought: list[Bought] = field(default_factory=list)
    steps: int = 0

    def canonical(self, customer_id: int) -> int:
        while customer_id in self.into:
            customer_id = self.into[customer_id]
        return customer_id

    def buys(self, dice):
        who, amount = self.canonical(dice.choice([*self.cards])), dice.randrange(1, 500)
        customer, bought = db.session.get(Customer, who), Purchase(amount, is_confirmed=True)
        visit, _ = visits.record(customer, new_id(), NOON, by=self.till, purchase=bought)
        self.bought.append(Bought(visit.id, who, amount))

    def redeems(self, dice):
        owner = dice.choice([*self.cards])
        coupon = db.session.get(Coupon, self.coupon_of[owner].id, populate_existing=True)
        if not coupon.is_spent:
            amount = dice.randrange(1, 500)
            done = coupons.redeem(coupon.code, new_id(), NOON, by=self.till, amount=amount, is_confirmed=True)
            self.bought.append(Bought(done.redemption.visit_id, owner, amount))

    def _one(self, dice) -> Bought | None:
        standing = [one for one in self.bought if not one.is_undone]
        return dice.choice(standing) if standing else None

    def undoes(self, dice):
        if one := self._one(dice):
            corrections.undo_visit(one.visit_id, new_id(), NOON, by=self.till)
            one.is_undone = True

    def refunds(self, dice):
        if one := self._one(dice):
            one.amount = dice.randrange(one.amount + 1)
            one.visit_id = corrections.correct(one.visit_id, new_id(), NOON, by=self.till, amount=one.amount)[0].id

    def moves(self, dice):
        one, to = self._one(dice), self.canonical(dice.choice([*self.cards]))
        if one and to != self.canonical(one.home) and not self._has_coupon(one):
            one.visit_id = corrections.correct(one.visit_id, new_id(), NOON, by=self.till, customer_id=to)[0].id
            one.home = to

    def _has_coupon(self, one: Bought) -> bool:
        return db.session.get(Visit, one.visit_id).coupon_id is not None

    def merges(self, dice):
        kept, other = dice.sample([*self.cards], 2)
        if kept not in self.into and other not in self.into:
            merging.merge(kept, other, NOON, by=self.till)
            self.into[other] = kept
            self.stands_for.setdefault(kept, []).append(other)

    def undoes_a_merge(self, dice):
        kept = dice.choice([*self.cards])
        if kept not in self.into and self.stands_for.get(kept):
            merging.undo(kept, NOON, by=self.till)
            del self.into[self.stands_for[kept].pop()]

    def check(self):
        db.session.expire_all()
        for customer_id, card in self.cards.items():
            who = self.canonical(customer_id)
            assert lookups.find(card).id == who
            assert lookups.find(self.coupon_of[customer_id].code).customer_id == who
            if who == customer_id:
                hers = [one.amount for one in self.bought if not one.is_undone and self.canonical(one.home) == who]
                customer = db.session.get(Customer, who)
                assert (customer.visits, customer.spent) == (len(hers), sum(hers))


def test_random_histories_agree_with_a_small_model(in_shop):
    till, steps = at_till(), 0
    for seed in range(SEQUENCES):
        dice, given = random.Random(seed), [a_coupon() for _ in range(4)]
        cards = {coupon.customer_id: coupon.customer.card_number for coupon in given}
        model = Model(till, {coupon.customer_id: coupon for coupon in given}, cards)
        for _ in range(25):
            step = dice.choice((
                model.buys, model.redeems, model.undoes, model.refunds, model.moves, model.merges, model.undoes_a_merge
            ))  # fmt: skip
            step(dice)
            model.check()
            steps += 1
    assert steps == 25 * SEQUENCES
