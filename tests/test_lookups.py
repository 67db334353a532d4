from datetime import timedelta

import pytest
from shop import NOON, at_till, new_id, signed_up

from kiosk.base.database import db
from kiosk.base.folding import words_in
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, last_scans, lookups
from kiosk.coupons.codes import new_code
from kiosk.models import Coupon, Customer


@pytest.fixture
def till(in_shop):
    return at_till()


@pytest.fixture
def maria(in_shop):
    return signed_up(name="María-Clara Ødegård", phone="0917 123 4567").coupon.customer


def found_by(text, keys=""):
    found = lookups.find(text, keys)
    return [her.id for her in found] if isinstance(found, list) else found.id


@pytest.mark.parametrize(
    "typed",
    ["0917 123 4567", "+63 917-123-4567", "00639171234567", "4567", "٤٥٦٧", "４５６７", "maria", "MARÍA",
     "clara", "odegard", "Ødegård", "clara mar", " Maria  Clara ", "ma"],
)  # fmt: skip
def test_a_customer_is_found_by_her_number_its_end_or_her_name(maria, typed):
    signed_up(name="Jose Rizal", phone="0917 765 4321")

    assert found_by(typed) == maria.id


@pytest.mark.parametrize(
    "typed", ["", " ", "567", "45678", "clarissa", "maria jose", "0917 123 4568", "-", "@", "\x00"]
)
def test_what_fits_nobody_is_mistyped(maria, typed):
    with pytest.raises(Refusal, match="mistyped"):
        lookups.find(typed)


def test_who_gave_only_an_address_is_found_by_it(in_shop):
    her = signed_up(email="Maria@Example.com", phone="").coupon.customer

    assert found_by("maria@example.COM") == her.id


def test_several_are_offered_the_newest_first_and_not_too_many(in_shop):
    people = [signed_up(name=f"Maria {n}", phone=f"0917{n:03d}4567").coupon.customer for n in range(10)]

    newest = [her.id for her in reversed(people)][: lookups.MOST_CHOICES]
    assert found_by("maria") == found_by("4567") == newest


def test_a_code_comes_before_a_card_a_card_before_a_number(maria):
    coupon = db.session.query(Coupon).one()
    with writing():
        maria.phone = f"+{coupon.code}"

    assert lookups.find(coupon.code) == coupon
    assert lookups.find(maria.card_number) == maria


def test_a_changed_name_is_found_and_the_old_one_is_not(maria):
    with writing():
        db.session.get(Customer, maria.id).name = "Anna"

    assert found_by("anna") == maria.id
    with pytest.raises(Refusal):
        lookups.find("clara")


def test_a_link_is_read_by_physical_key_with_or_without_its_slashes(in_shop):
    coupon = signed_up().coupon

    for keys in (f"HTTPS://SHOP.EXAMPLE/C/{coupon.token}", f"HTTPSSHOPEXAMPLEC{coupon.token}"):
        assert lookups.find("РЕЕЗЫЖ..ЫРЩЗ", keys) == coupon


def test_only_a_well_formed_code_or_link_is_unknown(in_shop):
    for text in (new_code(), f"https://shop.example/c/{'0' * 26}"):
        with pytest.raises(Refusal, match="unknown"):
            lookups.find(text)


def test_names_are_folded_as_people_leave_out_accents():
    assert words_in("Bjørn-Åge  O'Neil, Jr.") == {"bjorn", "age", "oneil", "jr"}
    assert words_in("Алёна Йо") == {"алена", "ио"}
    assert words_in(None) == set()


def test_her_live_coupon_is_the_one_that_ends_first(maria, till):
    coupon = db.session.query(Coupon).one()

    assert lookups.live_coupon(maria, NOON) == coupon
    assert lookups.live_coupon(maria, NOON + timedelta(days=31)) is None
    coupons.redeem(coupon.code, new_id(), NOON, by=till)
    assert lookups.live_coupon(maria, NOON) is None


def test_the_last_ten_scans_stay_in_view_refusals_among_them(maria, till):
    coupon, minute = db.session.query(Coupon).one(), timedelta(minutes=1)
    redemption = coupons.redeem(coupon.code, new_id(), NOON, by=till).redemption
    lookups.look_up(coupon.code, by=till, at=NOON + minute / 2)  # just redeemed here: nothing was refused
    lookups.look_up(coupon.code, by=till, at=NOON + 2 * minute)
    for typed in ("731904558217", "hello"):
        with pytest.raises(Refusal):
            lookups.look_up(typed, by=till, at=NOON + 3 * minute)
    corrections.undo(redemption.id, new_id(), NOON + 4 * minute, by=till)
    lookups.look_up(coupon.code, by=till, at=NOON + 5 * minute)  # good again

    scans = last_scans.newest(till, NOON + 6 * minute)

    assert [(scan.outcome, scan.coupon) for scan in scans] == [
        ("undo", coupon), ("mistyped", None), ("unknown", None), ("used", coupon), ("redeem", coupon)
    ]  # fmt: skip


def test_the_list_is_this_tills_of_today_and_ten_long(maria, till):
    code = db.session.query(Coupon).one().code
    for second in range(6):
        done = coupons.redeem(code, new_id(), NOON + timedelta(seconds=second), by=till).redemption
        corrections.undo(done.id, new_id(), NOON + timedelta(seconds=second), by=till)

    assert len(last_scans.newest(till, NOON + timedelta(minutes=1))) == last_scans.MOST == 10
    assert last_scans.newest(at_till(label="2"), NOON) == []
    assert last_scans.newest(till, NOON + timedelta(days=1)) == []
