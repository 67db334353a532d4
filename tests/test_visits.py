from datetime import date, timedelta

import pytest
from shop import NOON, a_coupon, at_till, new_id
from sqlalchemy import func

from kiosk import coupons, exports, reports, visits
from kiosk.database import db, writing
from kiosk.models import Audit, Coupon, Offer, Redemption, Visit
from kiosk.refusals import Invalid, NotAllowed, Refusal
from kiosk.visits import Purchase

DAY = date(2026, 11, 21)


@pytest.fixture
def till(in_shop):
    return at_till()


def recorded(who, by, operation_id=None, **said):
    said = {"purchase": Purchase(25000)} | said
    return visits.record(who, operation_id or new_id(), NOON, by=by, **said)


def sums():
    return db.session.query(func.count(Visit.id), func.sum(Visit.amount), func.sum(Visit.discount)).one()


def test_a_redemption_writes_the_visit_it_is_part_of(till):
    coupon = a_coupon()

    visit = coupons.redeem(
        coupon.code, new_id(), NOON, by=till, amount=25000, what="Haircut", served_by="Ben"
    ).redemption.visit

    assert (visit.customer_id, visit.coupon_id, visit.staff_id) == (coupon.customer_id, coupon.id, till.staff_id)
    assert (visit.amount, visit.discount, visit.to_pay) == (25000, 2500, 22500)
    assert (visit.what, visit.served_by, visit.happened_at) == ("Haircut", "Ben", NOON)


def test_the_same_redemption_again_is_one_visit(till):
    coupon, operation_id = a_coupon(), new_id()

    for _ in range(3):
        coupons.redeem(coupon.code, operation_id, NOON, by=till, amount=25000)

    assert sums() == (1, 25000, 2500)


def test_a_refused_redemption_writes_no_visit(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)

    with pytest.raises(Refusal):
        coupons.redeem(coupon.code, new_id(), NOON, by=till)

    assert db.session.query(Visit).count() == 1


def test_an_undo_is_a_further_row_that_takes_the_sums_back(till):
    redemption = coupons.redeem(a_coupon().code, new_id(), NOON, by=till, amount=25000).redemption

    coupons.undo(redemption.id, new_id(), NOON + timedelta(minutes=11), by=till, reason="Wrong customer")

    first, further = db.session.query(Visit).order_by(Visit.id)
    assert (first.amount, first.discount, further.amount, further.discount) == (25000, 2500, -25000, -2500)
    assert (further.corrects_id, further.reason) == (first.id, "Wrong customer")
    assert sums() == (2, 0, 0)


def test_a_purchase_without_a_coupon_is_kept_once(till):
    customer, operation_id = a_coupon().customer, new_id()

    first, was_repeat = recorded(customer, till, operation_id)
    again, is_repeat = recorded(customer, till, operation_id)

    assert (first.id, was_repeat, is_repeat) == (again.id, False, True)
    assert (first.discount, first.to_pay, first.coupon_id) == (None, 25000, None)


def test_the_same_operation_for_somebody_else_is_refused(till):
    operation_id = new_id()
    recorded(a_coupon().customer, till, operation_id)

    with pytest.raises(Refusal, match="operation_id_reused"):
        recorded(a_coupon().customer, till, operation_id)


def test_a_manager_honours_a_refused_coupon_with_a_reason_and_never_redeems_it_twice(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)

    visit, _ = recorded(coupon, till, reason="She never got it")

    assert (visit.discount, visit.to_pay, visit.coupon_id) == (2500, 22500, coupon.id)
    assert db.session.query(Redemption).count() == 1
    assert db.session.query(Audit.action).order_by(Audit.id.desc()).first() == ("honour",)


def test_she_may_give_another_discount_than_the_coupons_but_no_more_than_the_purchase(till):
    coupon = a_coupon()

    visit, _ = recorded(coupon, till, reason="Waited long", discount=25000)

    assert visit.to_pay == 0
    with pytest.raises(Invalid) as caught:
        recorded(coupon, till, reason="Waited long", discount=25001)
    assert [*caught.value.errors] == ["discount"]


def test_a_discount_is_a_managers_and_has_a_reason(till):
    coupon, ben = a_coupon(), at_till("Ben", "cashier", label="2")

    for given in ({"discount": 100}, {"discount": 0}, {"reason": "A friend"}, {"discount": 100, "reason": "A friend"}):
        with pytest.raises(NotAllowed):
            recorded(coupon, ben, **given)
    with pytest.raises(Invalid) as caught:
        recorded(coupon, till, discount=100)

    assert [*caught.value.errors] == ["reason"]
    assert db.session.query(Visit).count() == 0


def test_honouring_leaves_the_coupon_as_it_is(till):
    coupon = a_coupon()
    with writing():
        db.session.query(Coupon).update({"voided_at": NOON})

    recorded(coupon, till, reason="Our mistake")

    kept = db.session.get(Coupon, coupon.id, populate_existing=True)
    assert (kept.spent_at, kept.voided_at) == (None, NOON)


def test_what_the_capped_coupon_gives_is_capped_when_it_is_honoured(till):
    coupon = a_coupon()
    with writing():
        db.session.query(Offer).update({"cap": 1500})

    assert recorded(coupon, till, reason="Our mistake")[0].discount == 1500


def test_the_list_of_visits_has_what_stood_and_not_what_was_taken_back(till):
    first, second = a_coupon(name="Maria"), a_coupon(name="Jose")
    coupons.redeem(first.code, new_id(), NOON, by=till, amount=25000, what="Haircut", served_by="Ben")
    undone = coupons.redeem(second.code, new_id(), NOON, by=till, amount=100).redemption
    coupons.undo(undone.id, new_id(), NOON, by=till)
    recorded(second, till, reason="Our mistake", purchase=Purchase(10000))

    rows = [row[1:] for row in exports.visits(DAY, DAY).rows]

    assert [[str(cell) if cell is not None else "" for cell in row] for row in rows] == [
        ["Maria", "Haircut", "250.00", "25.00", "", "Ben", "Ana", "1"],
        ["Jose", "", "100.00", "10.00", "Our mistake", "", "Ana", "1"],
    ]


def test_the_day_counts_what_was_spent_with_coupons_that_stayed_redeemed(till):
    coupons.redeem(a_coupon().code, new_id(), NOON, by=till, amount=25000)
    undone = coupons.redeem(a_coupon().code, new_id(), NOON, by=till, amount=100).redemption
    coupons.undo(undone.id, new_id(), NOON, by=till)

    summary = reports.summary(DAY, DAY)

    assert (summary.redeemed, summary.spent, summary.taken_off) == (1, 25000, 2500)
