from datetime import date, timedelta

import pytest
from shop import NOON, a_coupon, at_till, new_id, rows_of
from sqlalchemy import func

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import by_hand, corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Audit, Coupon, Offer, Redemption, Visit
from kiosk.reports import exports, figures

DAY = date(2026, 11, 21)
YESTERDAY, TOMORROW = DAY - timedelta(1), DAY + timedelta(1)
HAIRCUT = Purchase(25000)


@pytest.fixture
def till(in_shop):
    return at_till()


def recorded(who, by, operation_id=None, at=NOON, purchase=HAIRCUT):
    return visits.record(who, operation_id or new_id(), at, by=by, purchase=purchase)


def honoured(coupon, by, operation_id=None, at=NOON, **said):
    said = {"purchase": Purchase(25000), "reason": "Our mistake"} | said
    return by_hand.honour(coupon, operation_id or new_id(), at, by=by, **said)


def a_voided_coupon():
    coupon = a_coupon()
    with writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update({"voided_at": NOON})
    return coupon


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

    corrections.undo(redemption.id, new_id(), NOON + timedelta(minutes=11), by=till, reason="Wrong customer")

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

    visit, _ = honoured(coupon, till, reason="She never got it")

    assert (visit.discount, visit.to_pay, visit.coupon_id) == (2500, 22500, coupon.id)
    assert db.session.query(Redemption).count() == 1
    assert db.session.query(Audit.action).order_by(Audit.id.desc()).first() == ("honour",)


def test_she_may_give_another_discount_than_the_coupons_but_no_more_than_the_purchase(till):
    visit, _ = honoured(a_voided_coupon(), till, discount=25000)

    assert visit.to_pay == 0
    with pytest.raises(Invalid) as caught:
        honoured(a_voided_coupon(), till, discount=25001)
    assert [*caught.value.errors] == ["discount"]


def test_a_discount_is_a_managers_and_has_a_reason(till):
    coupon, ben = a_voided_coupon(), at_till("Ben", "cashier", label="2")

    for given in ({"discount": 100, "reason": ""}, {"discount": 0, "reason": ""}, {}, {"discount": 100}):
        with pytest.raises(NotAllowed):
            honoured(coupon, ben, **given)
    with pytest.raises(Invalid) as caught:
        honoured(coupon, till, discount=100, reason="")

    assert [*caught.value.errors] == ["reason"]
    assert db.session.query(Visit).count() == 0


def test_honouring_a_voided_coupon_leaves_it_as_it_is(till):
    coupon = a_voided_coupon()

    honoured(coupon, till)

    kept = db.session.get(Coupon, coupon.id, populate_existing=True)
    assert (kept.spent_at, kept.voided_at) == (None, NOON)


def test_what_the_capped_coupon_gives_is_capped_when_it_is_honoured(till):
    coupon = a_voided_coupon()
    with writing():
        db.session.query(Offer).update({"cap": 1500})

    assert honoured(coupon, till)[0].discount == 1500


def test_the_list_of_visits_has_what_stood_and_not_what_was_taken_back(till):
    first, second = a_coupon(name="Maria"), a_coupon(name="Jose")
    coupons.redeem(first.code, new_id(), NOON, by=till, amount=25000, what="Haircut", served_by="Ben")
    undone = coupons.redeem(second.code, new_id(), NOON, by=till, amount=100).redemption
    corrections.undo(undone.id, new_id(), NOON, by=till)
    coupons.redeem(second.code, new_id(), NOON, by=till)
    honoured(second, till, purchase=Purchase(10000))

    rows = [row[1:] for row in rows_of(exports.visits(DAY, DAY))]

    assert [[str(cell) if cell is not None else "" for cell in row] for row in rows] == [
        ["Maria", "Haircut", "250.00", "25.00", "", "Ben", "Ana", "1"],
        ["Jose", "", "", "", "", "", "Ana", "1"],
        ["Jose", "", "100.00", "10.00", "Our mistake", "", "Ana", "1"],
    ]


def test_the_day_counts_what_was_spent_with_coupons_that_stayed_redeemed(till):
    coupons.redeem(a_coupon().code, new_id(), NOON, by=till, amount=25000)
    undone = coupons.redeem(a_coupon().code, new_id(), NOON, by=till, amount=100).redemption
    corrections.undo(undone.id, new_id(), NOON, by=till)

    summary = figures.of(DAY, DAY)

    assert (summary.redeemed, summary.spent_with_coupon, summary.discounts) == (1, 25000, 2500)


def refused(verb, *args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        verb(*args, **kwargs)
    return caught.value


def test_a_good_coupon_is_not_honoured_and_stays_good(till):
    coupon = a_coupon()

    assert refused(honoured, coupon, till).word == "not_refused"
    assert refused(honoured, coupon.customer, till).word == "not_refused"

    assert coupons.redeem(coupon.code, new_id(), NOON, by=till)
    assert db.session.query(Visit).count() == 1


@pytest.mark.parametrize(
    ("why", "later"),
    [({"valid_until": YESTERDAY}, {"valid_until": DAY}), ({"valid_from": TOMORROW}, {"valid_from": DAY}), ({}, {})],
    ids=["expired", "not_yet", "minimum_not_met"],
)  # fmt: skip
def test_an_unused_coupon_that_is_honoured_is_spent(till, why, later):
    coupon = a_coupon()
    with writing():
        db.session.query(Offer).update({"minimum": None if why else 30000})
        db.session.query(Coupon).update(why or {"spent_at": None})

    visit, _ = honoured(coupon, till)
    with writing():
        db.session.query(Coupon).update(later or {"voided_at": None})

    assert (visit.discount, visit.reason) == (2500, "Our mistake")
    assert refused(coupons.redeem, coupon.code, new_id(), NOON, by=till, amount=40000).word == "used"
    corrections.undo_visit(visit.id, new_id(), NOON, by=till)
    assert coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=40000)


def test_a_refusal_is_honoured_once(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)
    refused(coupons.redeem, coupon.code, new_id(), NOON, by=till)
    operation_id, minute = new_id(), timedelta(minutes=1)

    first, again = (honoured(coupon, till, operation_id, NOON + minute) for _ in range(2))
    assert (first[0].id, first[1], again[1]) == (again[0].id, False, True)
    assert refused(honoured, coupon, till, None, NOON + 2 * minute).word == "not_refused"

    lookups.look_up(coupon.code, by=till, at=NOON + 3 * minute)
    assert honoured(coupon, till, None, NOON + 4 * minute)
    assert db.session.query(Visit).filter(Visit.reason.is_not(None)).count() == 2


def test_an_honouring_that_was_undone_can_be_done_again(till):
    visit, _ = honoured(a_voided_coupon(), till)
    corrections.undo_visit(visit.id, new_id(), NOON, by=till)

    assert honoured(visit.coupon, till)[0].id != visit.id


def test_a_purchase_is_undone_by_a_further_row(till):
    visit, _ = recorded(a_coupon().customer, till, purchase=Purchase(99999999, "Haircut", "Ben"))
    operation_id = new_id()

    first, again = (corrections.undo_visit(visit.id, operation_id, NOON, by=till) for _ in range(2))

    assert (first[0].id, first[1], again[1]) == (again[0].id, False, True)
    assert (first[0].amount, first[0].what, first[0].corrects_id) == (-99999999, "Haircut", visit.id)
    assert sums() == (2, 0, None)
    assert refused(corrections.undo_visit, visit.id, new_id(), NOON, by=till).word == "already_undone"
    assert refused(corrections.undo_visit, first[0].id, new_id(), NOON, by=till).word == "unknown"


def test_a_late_undo_of_a_purchase_or_one_elsewhere_is_a_managers_with_a_reason(till):
    here, late = at_till("Ben", "cashier", label="2"), NOON + timedelta(minutes=10, seconds=1)
    visit, _ = recorded(a_coupon().customer, here)

    assert refused(corrections.undo_visit, visit.id, new_id(), late, by=here).word == "too_late"
    elsewhere = at_till("Ben", "cashier", label="3")
    assert refused(corrections.undo_visit, visit.id, new_id(), NOON, by=elsewhere).word == "too_late"
    with pytest.raises(Invalid):
        corrections.undo_visit(visit.id, new_id(), NOON, by=till)

    undone, _ = corrections.undo_visit(visit.id, new_id(), late, by=till, reason="Typed wrongly")
    assert undone.reason == "Typed wrongly"


def test_the_visit_of_a_redemption_is_undone_with_it(till):
    coupon = a_coupon()
    visit = coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=25000).redemption.visit

    corrections.undo_visit(visit.id, new_id(), NOON, by=till)

    assert coupons.redeem(coupon.code, new_id(), NOON, by=till)
    assert db.session.query(Redemption).count() == 2


def test_an_operation_of_another_till_is_refused(till):
    other, ids = at_till(label="2"), [new_id() for _ in range(5)]
    coupon, customer, void = a_coupon(), a_coupon().customer, a_voided_coupon()

    def with_each(by):
        redemption = coupons.redeem(coupon.code, ids[0], NOON, by=by).redemption
        corrections.undo(redemption.id, ids[1], NOON, by=by, reason="Wrong")
        visit, _ = recorded(customer, by, ids[2])
        corrections.undo_visit(visit.id, ids[3], NOON, by=by, reason="Wrong")
        return visit, redemption, honoured(void, by, ids[4])

    visit, redemption, _ = with_each(till)
    with_each(till)  # the same again is the same

    assert {
        refused(coupons.redeem, coupon.code, ids[0], NOON, by=other).word,
        refused(coupons.redeem, coupon, ids[0], NOON, by=other).word,
        refused(corrections.undo, redemption.id, ids[1], NOON, by=other, reason="Wrong").word,
        refused(recorded, customer, other, ids[2]).word,
        refused(corrections.undo_visit, visit.id, ids[3], NOON, by=other, reason="Wrong").word,
        refused(honoured, void, other, ids[4]).word,
    } == {"operation_id_reused"}


def test_the_same_purchase_within_two_minutes_is_asked_about(till):
    customer, twice = a_coupon().customer, Purchase(25000, "Haircut")
    recorded(customer, till, purchase=twice)
    soon = NOON + timedelta(seconds=119)

    assert refused(recorded, customer, at_till(label="2"), at=soon, purchase=twice).word == "recorded_just_now"

    recorded(customer, till, at=soon, purchase=Purchase(25000, "Shampoo"))
    recorded(a_coupon().customer, till, at=soon, purchase=twice)
    recorded(customer, till, at=soon, purchase=Purchase(25000, "Haircut", is_confirmed=True))
    recorded(customer, till, at=soon + timedelta(minutes=2), purchase=twice)
    assert db.session.query(Visit).count() == 5


def test_a_purchase_that_was_redeemed_or_taken_back_counts_as_what_it_is(till):
    coupon = a_coupon()
    redemption = coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=25000).redemption

    assert refused(recorded, coupon, till).word == "recorded_just_now"
    corrections.undo(redemption.id, new_id(), NOON, by=till)
    assert recorded(coupon, till)


def test_an_empty_purchase_is_refused(till):
    with pytest.raises(Invalid) as caught:
        recorded(a_coupon().customer, till, purchase=Purchase())

    assert caught.value.errors == {"amount": "Enter the amount, what was bought or who served"}
    for said in (Purchase(0), Purchase(what="Tea"), Purchase(served_by="Ben")):
        recorded(a_coupon().customer, till, purchase=said)


def test_an_amount_far_above_the_usual_one_is_asked_about_once_there_are_enough(till):
    for number in range(19):
        recorded(a_coupon().customer, till, purchase=Purchase(20000 + number * 1000))
    recorded(a_coupon().customer, till, purchase=Purchase(9_999_900))  # of nineteen nobody knows what is usual
    coupon, far = a_coupon(), Purchase(29500 * 20 + 1)
    spent, void = a_coupon(), a_voided_coupon()
    coupons.redeem(spent.code, new_id(), NOON, by=till)

    for verb in (recorded, honoured):
        no = refused(verb, void, till, purchase=far)
        assert (no.word, no.facts) == ("unusual_amount", {"usual": 29500})
    assert refused(coupons.redeem, coupon.code, new_id(), NOON, by=till, amount=far.amount).word == "unusual_amount"
    assert refused(coupons.redeem, spent.code, new_id(), NOON, by=till, amount=far.amount).word == "used"
    assert not db.session.get(Coupon, coupon.id, populate_existing=True).is_spent

    recorded(void, till, purchase=Purchase(29500 * 20))
    coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=far.amount, is_confirmed=True)
