"""What happens when two do the same at once: one of them was first, and everybody is told the truth."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from shop import NOON, PASSPHRASE, PIN, a_coupon, at_till, new_id, signed_up
from werkzeug.datastructures import MultiDict

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal, TooMany
from kiosk.base.writing import writes
from kiosk.coupons import codes, corrections, coupons, lookups, offers
from kiosk.models import Coupon, Customer, Offer, Redemption, Signup, Staff, Undo
from kiosk.rewards import changes
from kiosk.staff import people, setup


@pytest.fixture
def at_once(app):
    """Do the verb for each of these in a thread of its own, all at the same moment; gives what came of each."""

    def at_once(verb, things):
        things = list(things)
        start = Barrier(len(things))

        def one(thing):
            with app.app_context():
                db.session.connection()  # who has one already does not wait for it
                start.wait(30)
                try:
                    return verb(thing)
                except Refusal as refusal:
                    return refusal.word
                except Invalid as invalid:
                    return tuple(invalid.errors)

        with ThreadPoolExecutor(len(things)) as threads:
            return list(threads.map(one, things))

    return at_once


def test_one_redemption_sent_by_sixteen_at_once_is_one_answer(app, at_once):
    with app.app_context():
        till, code, operation_id = at_till(), a_coupon().code, new_id()

    def redeem(_):
        redeemed = coupons.redeem(code, operation_id, NOON, by=db.session.merge(till))
        return redeemed.redemption.id, redeemed.is_repeat

    came = Counter(at_once(redeem, range(16)))

    with app.app_context():
        redemption_id = db.session.query(Redemption.id).scalar()
    assert came == {(redemption_id, False): 1, (redemption_id, True): 15}


def test_one_operation_for_two_coupons_at_once_spends_one_of_them(app, at_once):
    with app.app_context():
        till, codes, operation_id = at_till(), [a_coupon().code for _ in range(8)], new_id()

    came = at_once(
        lambda code: coupons.redeem(code, operation_id, NOON, by=db.session.merge(till)) and "redeemed", codes
    )

    assert Counter(came) == {"redeemed": 1, "operation_id_reused": 7}
    with app.app_context():
        assert db.session.query(Coupon).filter(Coupon.spent_at.is_not(None)).count() == 1


def test_an_undo_raced_by_many_is_one_undo(app, at_once):
    with app.app_context():
        till = at_till()
        redemption_id = coupons.redeem(a_coupon().code, new_id(), NOON, by=till).redemption.id
    hers = new_id()

    def undo(operation_id):
        return corrections.undo(redemption_id, operation_id, NOON, by=db.session.merge(till)) and "undone"

    came = Counter(at_once(undo, [hers] * 8 + [new_id() for _ in range(8)]))

    assert came in ({"undone": 8, "already_undone": 8}, {"undone": 1, "already_undone": 15})
    with app.app_context():
        assert db.session.query(Undo).count() == 1


def test_redeeming_and_undoing_the_same_coupons_at_once_ends_in_the_truth(app, at_once):
    with app.app_context():
        till, codes = at_till(), [a_coupon().code for _ in range(2)]

    def work(seed):
        chance, till_here, words = random.Random(seed), db.session.merge(till), []
        for _ in range(12):
            try:
                redemption = coupons.redeem(chance.choice(codes), new_id(), NOON, by=till_here).redemption
                corrections.undo(redemption.id, new_id(), NOON, by=till_here)
                words.append("both")
            except Refusal as refusal:
                words.append(refusal.word)
        return words

    words = Counter(word for came in at_once(work, range(8)) for word in came)

    assert words.keys() <= {"both", "used"}
    with app.app_context():
        assert db.session.query(Coupon).filter(Coupon.spent_at.is_not(None)).count() == 0
        assert db.session.query(Redemption).count() == db.session.query(Undo).count() == words["both"]


def test_the_first_customers_of_a_shop_get_the_same_offer(app, at_once):
    at_once(lambda n: signed_up(phone=f"0917 123 45{n}", sender=(f"browser {n}", f"address {n}")), range(10, 26))

    with app.app_context():
        assert db.session.query(Offer).count() == 1
        assert db.session.query(Customer).count() == db.session.query(Coupon).count() == 16


def test_of_many_who_change_an_offer_at_once_one_is_first_and_the_others_are_told(app, at_once):
    with app.app_context():
        by, said = at_till(), {"kind": "percent", "days_valid": 30}

    def save(value):
        by_her, asked = db.session.merge(by), said | {"value": value}
        return changes.save(asked, NOON, by=by_her, purpose="welcome", version=0).value

    came = at_once(save, range(20, 28))

    assert came.count("changed_meanwhile") == 7
    with app.app_context():
        assert offers.welcome().value in came


def test_a_sign_up_from_her_phone_sent_twice_at_once_is_one_coupon(app, at_once):
    operation_id = new_id()

    came = at_once(
        lambda _: signed_up(phone="0917 123 4567", method="phone", operation_id=operation_id).coupon.id, range(16)
    )

    assert len(set(came)) == 1
    with app.app_context():
        assert db.session.query(Signup).count() == 1


def test_one_person_with_two_contacts_at_many_tablets_is_one_customer(app, at_once):
    contacts = [{"phone": "0917 123 4567"}, {"phone": "0917 123 4567", "email": "maria@example.com"}] * 8

    came = at_once(lambda n: signed_up(sender=(f"browser {n}", f"address {n}"), **contacts[n]).coupon.id, range(16))

    assert len(set(came)) == 1
    with app.app_context():
        assert db.session.query(Customer).count() == db.session.query(Coupon).count() == 1


@pytest.mark.real_hashes  # they take their time, in which the others come
def test_set_up_in_two_browsers_at_once_makes_one_manager(app, at_once):
    with app.app_context():
        token = setup.new_token()

    def set_up(name):
        form = MultiDict({"name": name, "passphrase": PASSPHRASE})
        return setup.set_up(form, token, NOON, device=None) is not None

    came = at_once(set_up, ["Ana", "Eve", "Ida", "Una"])

    assert sorted(came) == [False, False, False, True]
    with app.app_context():
        assert db.session.query(Staff).count() == 1


def test_a_name_added_twice_at_once_is_one_person(app, at_once):
    add = writes(lambda name: people.add_person(name, "cashier", NOON, pin=PIN) and "added")

    came = at_once(add, ["Ben", "BEN"])

    assert Counter(came) == {"added": 1, ("name",): 1}
    with app.app_context():
        assert db.session.query(Staff).count() == 1


def test_of_many_guesses_at_once_no_more_are_looked_at_than_may_be(shop_with):
    app = shop_with(KIOSK_MISSES_PER_DAY="3")
    with app.app_context():
        till = at_till()

    def guess(_):
        with app.app_context():
            try:
                lookups.ask(codes.new_code(), by=till, at=NOON)
            except (Refusal, TooMany) as no:
                return type(no).__name__

    with ThreadPoolExecutor(8) as threads:
        came = Counter(threads.map(guess, range(40)))

    assert came["Refusal"] <= 3
    assert came.total() == 40
