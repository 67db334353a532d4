from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from shop import NOON, OPERATIONS, a_coupon, a_phone, answers, at_till, new_id, signed_up

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal, TooMany
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.models import Consent, Coupon, Customer, Signup
from kiosk.staff import devices


def counts():
    return [db.session.query(model).count() for model in (Signup, Customer, Coupon, Consent)]


def test_answers_become_a_customer_with_a_coupon_and_consents(in_shop):
    outcome = signed_up(name="Maria", city="Cebu", phone="0917 123 4567", source="friend", consent_sms="yes")

    customer, coupon = outcome.coupon.customer, outcome.coupon
    assert (customer.name, customer.city, customer.phone) == ("Maria", "Cebu", "+639171234567")
    assert (coupon.valid_from, coupon.valid_until) == (date(2026, 11, 21), date(2026, 12, 21))
    assert (outcome.existing, outcome.is_repeat) == (False, False)
    signup = db.session.query(Signup).one()
    assert [(answer.question, answer.value) for answer in signup.answers] == [("source", "friend")]
    consent = db.session.query(Consent).one()
    assert (consent.purpose, consent.decision, consent.is_verified) == ("sms", "yes", True)
    assert consent.wording == "Yes, send me offers from My shop by text message. I can stop at any time."


def test_the_coupon_is_given_without_any_consent(in_shop):
    signed_up(phone=a_phone(), email="maria@example.com")

    assert [(c.purpose, c.decision) for c in db.session.query(Consent)] == [("sms", "no"), ("email", "no")]


def test_the_same_operation_again_is_the_same_coupon(in_shop):
    given, operation_id = answers(name="Maria"), new_id()
    first = signed_up(given=given, operation_id=operation_id)

    again = signed_up(given=given, operation_id=operation_id)

    assert (again.coupon.id, again.is_repeat, again.existing) == (first.coupon.id, True, False)
    assert counts() == [1, 1, 1, 1]


def test_the_same_operation_with_other_answers_is_refused_and_changes_nothing(in_shop):
    operation_id, phone = new_id(), a_phone()
    signed_up(operation_id=operation_id, phone=phone, name="Maria")
    before = counts()

    with pytest.raises(Refusal) as refused:
        signed_up(operation_id=operation_id, phone=phone, name="Mario")

    assert refused.value.word == "operation_id_reused"
    assert counts() == before


def test_a_person_who_has_the_coupon_gets_that_one_again(in_shop):
    first = signed_up(phone="0917 123 4567", name="Maria")

    again = signed_up(phone="+63 917 123 4567", name="Somebody else", city="Manila")

    assert (again.coupon.id, again.existing) == (first.coupon.id, True)
    assert db.session.query(Customer.name, Customer.city).all() == [("Maria", None)]


def test_a_repeated_sign_up_may_only_add_an_unverified_consent(in_shop):
    signed_up(phone="0917 123 4567")

    signed_up(phone="0917 123 4567", consent_sms="yes")
    signed_up(phone="0917 123 4567")

    kept = [(c.decision, c.is_verified) for c in db.session.query(Consent).order_by(Consent.id)]
    assert kept == [("no", True), ("yes", False)]


def test_a_person_who_spent_the_coupon_is_refused_another(in_shop):
    coupon = a_coupon(phone="0917 123 4567")
    coupons.redeem(coupon.code, new_id(), NOON, by=at_till())

    with pytest.raises(Refusal) as refused:
        signed_up(phone="0917 123 4567")

    assert refused.value.word == "already_had"
    assert db.session.query(Coupon).count() == 1


def test_on_her_own_phone_nobody_is_shown_a_coupon_that_exists(in_shop):
    signed_up(phone="0917 123 4567")

    with pytest.raises(Refusal) as refused:
        signed_up(phone="0917 123 4567", method="phone")

    assert refused.value.word == "already_had"


def test_an_email_address_is_as_good_as_a_phone_number(in_shop):
    first = signed_up(email="Maria@Example.com")

    assert signed_up(email="maria@example.COM").coupon.id == first.coupon.id


def test_a_contact_is_needed(in_shop):
    with pytest.raises(Invalid) as invalid:
        answers(phone="", name="Maria")

    assert invalid.value.errors == {"phone": "Enter a mobile number, like 0917 123 4567"}


def test_every_field_gets_its_own_instruction(in_shop):
    with pytest.raises(Invalid) as invalid:
        answers(phone="12", email="maria@", name="a\nb", city="x" * 81, source="nonsense")

    assert list(invalid.value.errors) == ["source", "city", "name", "phone", "email"]


def test_a_typed_town_wins_over_a_button(in_shop):
    assert answers(city=["Manila", "Cebu"]).city == "Cebu"


def test_in_russia_processing_is_agreed_to_in_a_box_of_its_own(shop_with):
    with shop_with(KIOSK_COUNTRY="RU").app_context():
        with pytest.raises(Invalid) as invalid:
            answers("ru", phone="8 912 345-67-89")
        signed_up(language="ru", phone="8 912 345-67-89", consent_processing="yes")

        assert list(invalid.value.errors) == ["consent_processing"]
        kept = [(c.purpose, c.decision) for c in db.session.query(Consent)]
        assert kept == [("sms", "no"), ("processing", "yes")]


def test_sign_ups_from_one_browser_are_limited_and_repeats_do_not_count(shop_with):
    with shop_with(KIOSK_SIGNUPS_PER_MINUTE="3").app_context():
        given, operation_id = answers(), new_id()
        for _ in range(5):
            signed_up(given=given, operation_id=operation_id)
        signed_up()
        signed_up()

        with pytest.raises(TooMany) as too_many:
            signed_up()
        signed_up(NOON + timedelta(seconds=60))

        assert too_many.value.seconds == 60


@pytest.mark.parametrize(("operations", "times"), [(20, 10), pytest.param(*OPERATIONS, marks=pytest.mark.slow)])
def test_an_operation_sent_many_times_at_once_is_one_coupon(app, operations, times):
    with app.app_context():
        sent = [(answers(name=f"Maria {n}"), new_id()) for n in range(operations)] * times

    def send(one):
        with app.app_context():
            return signed_up(given=one[0], operation_id=one[1]).coupon.id

    with ThreadPoolExecutor(16) as threads:
        ids = list(threads.map(send, sent))

    with app.app_context():
        assert counts() == [operations] * 4
        assert len(set(ids)) == operations


def test_one_person_at_sixteen_tablets_gets_one_coupon(app):
    def send(_):
        with app.app_context():
            return signed_up(phone="0917 123 4567").coupon.id

    with ThreadPoolExecutor(16) as threads:
        ids = set(threads.map(send, range(16)))

    assert len(ids) == 1


def test_who_asks_whether_numbers_are_known_is_limited_too(shop_with):
    with shop_with(KIOSK_SIGNUPS_PER_MINUTE="3").app_context():
        known = answers()
        signed_up(given=known, sender=("hers", "hers"))
        for _ in range(3):
            with pytest.raises(Refusal):
                signed_up(given=known, method="phone")

        with pytest.raises(TooMany):
            signed_up(given=known, method="phone")


def test_a_sign_up_knows_its_tablet(in_shop):
    with writing():
        tablet, _ = devices.add_device("tablet", "", NOON)
    signed_up(device_id=tablet.id)

    assert db.session.query(Signup).one().device_id == tablet.id
