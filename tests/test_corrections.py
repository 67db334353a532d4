"""A purchase that was rung up wrongly is put right by further rows, and every sum follows."""

from datetime import timedelta

import pytest
from shop import NOON, a_coupon, at_till, new_id

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Customer, Redemption
from kiosk.reports import figures
from kiosk.shop import shop

LATER = NOON + timedelta(minutes=5)


def a_visit(till, customer, amount=100_00):
    return visits.record(customer, new_id(), NOON, by=till, purchase=Purchase(amount, what="Cut"))[0]


def sums(*customers) -> list[tuple]:
    for customer in customers:
        db.session.refresh(customer)
    return [(customer.visits, customer.spent, customer.last_visit_at) for customer in customers]


def with_coupon(day):
    found = figures.of(day, day)
    return found.spent_with_coupon, found.discounts, found.redeemed


def test_a_moved_visit_counts_for_the_right_person_only(in_shop):
    till, wrong, right = at_till(), a_coupon().customer, a_coupon().customer
    visit = a_visit(till, wrong)

    moved, _ = corrections.correct(visit.id, new_id(), LATER, by=till, customer_id=right.id)

    assert sums(wrong, right) == [(0, 0, None), (1, 100_00, NOON)]
    assert (moved.what, moved.happened_at, moved.received_at, moved.replaces_id) == ("Cut", NOON, LATER, visit.id)


def test_a_refund_is_a_smaller_amount_and_takes_off_what_the_coupon_promised_of_it(in_shop):
    till, coupon = at_till(), a_coupon()
    redemption = coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=200_00).redemption
    day = shop.current().day_of(NOON)

    corrections.correct(redemption.visit_id, new_id(), LATER, by=till, amount=50_00)

    assert sums(coupon.customer) == [(1, 50_00, NOON)]
    assert with_coupon(day) == (50_00, 5_00, 1)

    corrections.undo(redemption.id, new_id(), LATER, by=till)
    assert sums(coupon.customer) == [(0, 0, None)]
    assert with_coupon(day) == (0, 0, 0)


def test_the_same_correction_again_is_the_same_row(in_shop):
    till, customer = at_till(), a_coupon().customer
    visit, operation_id = a_visit(till, customer), new_id()

    first, again = (corrections.correct(visit.id, operation_id, LATER, by=till, amount=1_00) for _ in range(2))

    assert (first[0].id, first[1], again[1]) == (again[0].id, False, True)
    with pytest.raises(Refusal, match="already_undone"):
        corrections.correct(visit.id, new_id(), LATER, by=till, amount=2_00)
    with pytest.raises(Refusal, match="operation_id_reused"):
        corrections.correct(first[0].id, operation_id, LATER, by=till, amount=2_00)


def test_only_a_manager_with_a_reason_corrects_late(in_shop):
    manager, cashier, customer = at_till(), at_till("Ben", "cashier"), a_coupon().customer
    visit, late = a_visit(cashier, customer), NOON + timedelta(minutes=11)

    with pytest.raises(Refusal, match="too_late"):
        corrections.correct(visit.id, new_id(), late, by=cashier, amount=1_00)
    with pytest.raises(Invalid):
        corrections.correct(visit.id, new_id(), late, by=manager, amount=1_00)
    corrections.correct(visit.id, new_id(), late, by=manager, amount=1_00, reason="Typed wrongly")

    assert sums(customer) == [(1, 1_00, NOON)]
    assert db.session.query(Redemption).count() == 0


def test_a_card_of_somebody_merged_finds_the_customer_who_is_kept(in_shop):
    kept, other = a_coupon(name="Ana Cruz").customer, a_coupon(name="Anita Cruz").customer
    with writing():
        db.session.get(Customer, other.id).merged_into_id = kept.id

    assert [lookups.find(text).id for text in (other.card_number, other.phone, "Anita", "Cruz")] == [kept.id] * 4
