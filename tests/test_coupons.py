from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from shop import IS_FULL, NOON, a_coupon, at_till, new_id
from sqlalchemy.exc import IntegrityError

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal, TooMany
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, lookups, visits
from kiosk.coupons.codes import check_digit, new_code
from kiosk.models import Coupon, Offer, Redemption, Undo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def till(in_shop):
    return at_till()


def refused(*args, **kwargs) -> Refusal:
    with pytest.raises(Refusal) as caught:
        coupons.redeem(*args, **kwargs)
    return caught.value


def change(coupon, **values):
    with writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update(values)


def test_a_coupon_is_redeemed_once(till):
    coupon = a_coupon()

    redeemed = coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=25000)

    assert (redeemed.redemption.visit.discount, redeemed.redemption.visit.to_pay) == (2500, 22500)
    assert not redeemed.is_repeat
    assert db.session.get(Coupon, coupon.id).is_spent


def test_the_same_operation_again_is_the_same_redemption(till):
    coupon, operation_id = a_coupon(), new_id()
    first = coupons.redeem(coupon.code, operation_id, NOON, by=till)

    again = coupons.redeem(coupon.code, operation_id, NOON + 5 * MINUTE, by=till)

    assert (again.redemption.id, again.is_repeat) == (first.redemption.id, True)


def test_the_same_operation_with_another_code_is_refused(till):
    one, other, operation_id = a_coupon(), a_coupon(), new_id()
    coupons.redeem(one.code, operation_id, NOON, by=till)

    assert refused(other.code, operation_id, NOON, by=till).word == "operation_id_reused"
    assert not db.session.get(Coupon, other.id).is_spent


def test_a_second_use_is_told_who_where_and_when(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)

    just_now = refused(coupon.code, new_id(), NOON + 59 * timedelta(seconds=1), by=till)
    elsewhere = refused(coupon.code, new_id(), NOON, by=at_till("Ben", "cashier", label="2"))
    later = refused(coupon.code, new_id(), NOON + MINUTE, by=till)

    assert just_now.facts == {"used_at": NOON.isoformat(), "by": "Ana", "till": "1", "just_now": True}
    assert (elsewhere.word, elsewhere.facts["just_now"], later.facts["just_now"]) == ("used", False, False)


def test_a_coupon_is_good_through_its_last_shop_day(till):
    first, second = a_coupon(), a_coupon()
    last_moment = NOON + 30 * DAY + timedelta(hours=11, minutes=59)  # 23:59 in Manila

    assert coupons.redeem(first.code, new_id(), last_moment, by=till)
    assert refused(second.code, new_id(), last_moment + MINUTE, by=till).word == "expired"


def test_refusals_come_in_the_order_of_the_contract(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)
    words = [refused(coupon.code, new_id(), NOON, by=till).word]
    with writing():
        db.session.query(Offer).update({"minimum": 10000})
    words.append(refused(coupon.code, new_id(), NOON, by=till).word)
    change(coupon, valid_until=(NOON - DAY).date())
    words.append(refused(coupon.code, new_id(), NOON, by=till).word)
    change(coupon, valid_from=(NOON + DAY).date())
    words.append(refused(coupon.code, new_id(), NOON, by=till).word)
    change(coupon, voided_at=NOON)
    words.append(refused(coupon.code, new_id(), NOON, by=till).word)

    assert words == ["used", "minimum_not_met", "expired", "not_yet", "void"]


def test_a_minimum_must_be_reached_and_said(till):
    coupon = a_coupon()
    with writing():
        db.session.query(Offer).update({"minimum": 10000})

    assert refused(coupon.code, new_id(), NOON, by=till).facts == {"minimum": 10000}
    assert refused(coupon.code, new_id(), NOON, by=till, amount=9999).word == "minimum_not_met"
    assert coupons.redeem(coupon.code, new_id(), NOON, by=till, amount=10000)


def test_a_mistyped_code_is_not_an_unknown_one(till):
    code = new_code()
    mistyped = code[:-1] + str((int(code[-1]) + 1) % 10)

    assert refused(code, new_id(), NOON, by=till).word == "unknown"
    assert refused(mistyped, new_id(), NOON, by=till).word == "mistyped"
    assert refused("hello", new_id(), NOON, by=till).word == "mistyped"


def test_a_link_is_as_good_as_a_code(till):
    coupon = a_coupon()

    assert lookups.find(f"HTTPS://SHOP.EXAMPLE/C/{coupon.token}") == coupon
    assert lookups.find("garbled", coupon.code) == coupon


def test_a_card_is_its_customer_and_cannot_be_redeemed(till):
    coupon = a_coupon()

    assert lookups.find(coupon.customer.card_number) == coupon.customer
    assert refused(coupon.customer.card_number, new_id(), NOON, by=till).word == "mistyped"


def test_an_undone_coupon_can_be_used_again(till):
    coupon = a_coupon()
    first = coupons.redeem(coupon.code, new_id(), NOON, by=till).redemption

    corrections.undo(first.id, new_id(), NOON + 10 * MINUTE, by=till)
    second = coupons.redeem(coupon.code, new_id(), NOON + 11 * MINUTE, by=till).redemption

    assert second.id != first.id
    assert lookups.live_redemption(coupon.id).id == second.id


def test_a_repeated_redemption_that_was_undone_says_so(till):
    coupon, operation_id = a_coupon(), new_id()
    first = coupons.redeem(coupon.code, operation_id, NOON, by=till).redemption
    corrections.undo(first.id, new_id(), NOON, by=till)

    again = coupons.redeem(coupon.code, operation_id, NOON, by=till)

    assert again.redemption.undone_at == NOON
    assert not db.session.get(Coupon, coupon.id).is_spent


def test_an_undo_is_one_row_however_often_it_is_sent(till):
    redemption = coupons.redeem(a_coupon().code, new_id(), NOON, by=till).redemption
    operation_id = new_id()

    first, was_repeat = corrections.undo(redemption.id, operation_id, NOON, by=till)
    again, is_repeat = corrections.undo(redemption.id, operation_id, NOON, by=till)

    assert (first.id, was_repeat, is_repeat) == (again.id, False, True)
    with pytest.raises(Refusal, match="already_undone"):
        corrections.undo(redemption.id, new_id(), NOON, by=till)
    assert db.session.query(Undo).count() == 1


def test_a_late_undo_or_one_elsewhere_is_a_managers_with_a_reason(till):
    here = at_till("Ben", "cashier", label="2")
    redemption = coupons.redeem(a_coupon().code, new_id(), NOON, by=here).redemption
    late = NOON + 10 * MINUTE + timedelta(seconds=1)

    with pytest.raises(Refusal, match="too_late"):
        corrections.undo(redemption.id, new_id(), late, by=here)
    with pytest.raises(Refusal, match="too_late"):
        corrections.undo(redemption.id, new_id(), NOON, by=at_till("Ben", "cashier", label="3"))
    with pytest.raises(Invalid):
        corrections.undo(redemption.id, new_id(), late, by=till)
    undone, _ = corrections.undo(redemption.id, new_id(), late, by=till, reason="Rung up twice")

    assert undone.reason == "Rung up twice"


def test_the_database_itself_allows_one_live_redemption(till):
    coupon = a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=till)

    with pytest.raises(IntegrityError), writing():
        visit = visits.add_visit(coupon.customer_id, NOON, till, visits.Purchase())
        second = Redemption(coupon_id=coupon.id, operation_id=new_id(), visit=visit, happened_at=NOON, received_at=NOON)
        second.staff_id, second.device_id = till.staff_id, till.device_id
        db.session.add(second)


@pytest.mark.parametrize("coupon_count", [15, pytest.param(200 if IS_FULL else 50, marks=pytest.mark.slow)])
def test_sixteen_tills_redeem_each_coupon_once(app, coupon_count):
    with app.app_context():
        tills = [at_till("Ana", label=str(n)) for n in range(16)]
        codes = [a_coupon().code for _ in range(coupon_count)]

    def redeem(shot):
        till, code = shot
        with app.app_context():
            try:
                return coupons.redeem(code, new_id(), NOON, by=db.session.merge(till)).redemption.id and "redeemed"
            except Refusal as refusal:
                return refusal.word

    shots = [(till, code) for code in codes for till in tills]
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(redeem, shots))

    assert (outcomes.count("redeemed"), outcomes.count("used")) == (coupon_count, 15 * coupon_count)


def test_thirty_unknown_codes_a_day_stop_a_till(shop_with):
    with shop_with(KIOSK_MISSES_PER_DAY="30").app_context():
        till, coupon = at_till(), a_coupon()
        for n in range(30):
            assert refused(new_code(), new_id(), NOON + n * timedelta(minutes=6), by=till).word == "unknown"

        later = NOON + timedelta(hours=6)
        with pytest.raises(TooMany, match="again in"):
            lookups.look_up(coupon.code, by=till, at=later)
        assert lookups.look_up(f"https://shop.example/c/{coupon.token}", by=till, at=later) == coupon
        assert lookups.look_up(coupon.customer.phone, by=till, at=later) == coupon.customer
        assert coupons.redeem(coupon, new_id(), later, by=till).redemption.coupon_id == coupon.id
        assert lookups.look_up(coupon.code, by=at_till(label="2"), at=later) == coupon


@pytest.mark.parametrize(("misses", "seconds"), [(4, 0), (5, 30), (9, 30), (10, 300)])
def test_who_guesses_waits_and_then_longer(shop_with, misses, seconds):
    with shop_with(KIOSK_MISSES_PER_DAY="30").app_context():
        till, coupon = at_till(), a_coupon()
        for n in range(misses):
            last = NOON + n * timedelta(minutes=6)
            refused(new_code(), new_id(), last, by=till)

        unknown = new_code()
        for waited in range(seconds % 7, seconds, 7):
            at = last + timedelta(seconds=waited)
            with pytest.raises(TooMany) as paused:
                lookups.look_up(unknown, by=till, at=at)
            assert (paused.value.seconds, paused.value.word) == (seconds - waited, "paused")
            assert lookups.look_up(coupon.code, by=till, at=at) == coupon
            assert lookups.look_up(coupon.customer.card_number, by=till, at=at) == coupon.customer
        with pytest.raises(Refusal, match="unknown"):
            lookups.look_up(new_code(), by=till, at=last + timedelta(seconds=seconds))


def test_one_unknown_code_scanned_again_and_again_is_one_miss(shop_with):
    with shop_with(KIOSK_MISSES_PER_DAY="30").app_context():
        till, code = at_till(), new_code()

        words = {refused(code, new_id(), NOON + timedelta(seconds=n), by=till).word for n in range(40)}

        assert words == {"unknown"}


def test_a_guess_in_a_pause_counts_like_any_other(shop_with):
    with shop_with(KIOSK_MISSES_PER_DAY="30").app_context():
        till, words = at_till(), []
        for n in range(40):
            try:
                lookups.look_up(new_code(), by=till, at=NOON + timedelta(milliseconds=n))
            except (Refusal, TooMany) as no:
                words.append(no.word)

        assert words == ["unknown"] * 5 + ["paused"] * 25 + ["till_stopped"] * 10


def test_a_mistyped_code_is_no_miss(shop_with):
    with shop_with(KIOSK_MISSES_PER_DAY="1").app_context():
        till, eleven = at_till(), "73190455821"
        for digit in set("0123456789") - {check_digit(eleven)}:
            assert refused(eleven + digit, new_id(), NOON, by=till).word == "mistyped"
