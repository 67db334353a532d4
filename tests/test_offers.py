import re
from decimal import ROUND_HALF_UP, Decimal

import pytest
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st
from people import Customer, Person
from shop import NOON, a_coupon, a_phone, an_offer, signed_up
from sqlalchemy.exc import IntegrityError

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import coupons, offers
from kiosk.models import Coupon, Offer
from kiosk.shop import amounts


def worth_in(offer, language):
    with force_locale(language):
        return offers.worth(offer)


@pytest.mark.parametrize(
    ("language", "short", "worth"),
    [("en", "10%", "10% off"), ("nb", "10\u00a0%", "10\u00a0% rabatt"), ("ru", "10\u00a0%", "Скидка 10\u00a0%"),
     ("fil", "10%", "10% discount")],
)  # fmt: skip
def test_a_percentage_is_written_as_the_language_writes_it(in_shop, language, short, worth):
    offer = offers.welcome()

    assert worth_in(offer, language) == worth
    assert short in worth


def test_money_is_written_as_the_language_and_the_shop_write_it(in_shop):
    offer = Offer(kind="amount", value=10000)

    assert worth_in(offer, "en") == "₱100 off"
    assert worth_in(Offer(kind="amount", value=10050), "en") == "₱100.50 off"
    assert worth_in(offer, "nb") == "100\u00a0PHP rabatt"


def test_money_of_a_currency_without_cents(shop_with):
    with shop_with(KIOSK_COUNTRY="JP").app_context():
        assert worth_in(Offer(kind="amount", value=500), "en") == "¥500 off"


def test_a_gift_is_its_words(in_shop):
    offer = Offer(kind="gift", value=0, gift={"en": "A free coffee", "nb": "Gratis kaffe"})

    assert worth_in(offer, "nb") == "Gratis kaffe"
    assert worth_in(offer, "ru") == "A free coffee"
    assert offers.take_off(offer, 5000) == 0


COFFEE = {"en": "A free coffee", "fil": "Libreng kape", "nb": "Gratis kaffe", "ru": "Бесплатный кофе"}
TERMS = {"percent": {"value": 10}, "amount": {"value": 10000}, "gift": {"value": 0, "gift": COFFEE}}
SENTENCES = {  # the invitation, and what the coupon is
    ("percent", "en"): ("Get 10% off today", "10% off"),
    ("percent", "fil"): ("May 10% discount ka ngayon", "10% discount"),
    ("percent", "nb"): ("Få 10\u00a0% rabatt i dag", "10\u00a0% rabatt"),
    ("percent", "ru"): ("Скидка 10\u00a0% уже сегодня", "Скидка 10\u00a0%"),
    ("amount", "en"): ("Get ₱100 off today", "₱100 off"),
    ("amount", "fil"): ("May ₱100 discount ka ngayon", "₱100 discount"),
    ("amount", "nb"): ("Få 100\u00a0PHP rabatt i dag", "100\u00a0PHP rabatt"),
    ("amount", "ru"): ("Скидка 100\u00a0PHP уже сегодня", "Скидка 100\u00a0PHP"),
    ("gift", "en"): ("Your gift today: A free coffee", "A free coffee"),
    ("gift", "fil"): ("Regalo mo ngayon: Libreng kape", "Libreng kape"),
    ("gift", "nb"): ("Din gave i dag: Gratis kaffe", "Gratis kaffe"),
    ("gift", "ru"): ("Ваш подарок: Бесплатный кофе", "Бесплатный кофе"),
}
OFF = {"en": r"\boff\b", "fil": "discount", "nb": "rabatt", "ru": "скидк"}


@pytest.mark.parametrize(("kind", "language"), SENTENCES)
def test_every_kind_of_offer_has_a_sentence_of_its_own_in_each_language(shop_with, kind, language):
    invitation, worth = SENTENCES[kind, language]
    app = shop_with(KIOSK_PUBLIC_URL="https://shop.example")
    with app.app_context():
        an_offer(kind, **TERMS[kind])
    customer, on_phone = Customer(app), Person(app)

    welcome, join = customer.visit(f"/?language={language}"), on_phone.visit(f"/join?language={language}")
    link = customer.sign_up(language=language).json["url"].rpartition("/")[2]
    coupon, on_her_phone = customer.visit("/coupon"), on_phone.visit(f"/c/{link}")

    assert invitation in welcome.text and invitation in join.text
    assert worth in coupon.text and worth in on_her_phone.text
    for page in (welcome, join, coupon, on_her_phone):
        assert bool(re.search(OFF[language], page.text, re.IGNORECASE)) == (kind != "gift"), page.text


@pytest.mark.parametrize("kind", TERMS)
def test_the_cashier_reads_what_to_give_of_every_kind(in_shop, kind):
    offer = Offer(kind=kind, **TERMS[kind])

    with force_locale("en"):
        read = [offers.instruction(offer, 0 if kind == "gift" else None), offers.prohibition(offer),
                offers.only_once(offer), offers.either_way(offer)]  # fmt: skip

    assert read == {
        "percent": ["Take 10% off the total", "Do not give the discount", "10% off, and only once",
                    "You get the discount either way."],
        "amount": ["Take ₱100 off the total", "Do not give the discount", "₱100 off, and only once",
                   "You get the discount either way."],
        "gift": ["Give: A free coffee", "Do not give the gift", "A free coffee, and only once",
                 "You get the gift either way."],
    }[kind]  # fmt: skip
    with force_locale("en"):
        assert offers.instruction(offer, 5000) == "Take ₱50 off the total"  # a manager decided otherwise
    assert offers.instruction(None, None) == ""


@pytest.mark.parametrize(("country", "digits"), [("JP", 0), ("PH", 2), ("KW", 3)])
def test_a_discount_is_exact_and_halves_are_rounded_up_to_the_minor_unit(shop_with, country, digits):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        unit = Decimal(1).scaleb(-digits)
        for value in range(1, 101):
            for amount in (*range(200), 99999, 10**12 + 5):
                exact = (Decimal(amount) * unit * value / 100).quantize(unit, ROUND_HALF_UP)
                taken = offers.take_off(Offer(kind="percent", value=value), amount)
                assert taken * unit == exact
        assert amounts.read(str(12 + unit), "amount") == 12 * 10**digits + 1


def test_a_cap_is_the_most_a_percentage_takes_off():
    capped = Offer(kind="percent", value=10, cap=1000)

    assert [offers.take_off(capped, amount) for amount in (0, 9990, 10000, 10010, 10**9)] == [0, 999, 1000, 1000, 1000]


@settings(deadline=None)
@given(st.sampled_from(["percent", "amount", "gift"]), st.integers(0, 10**9), st.none() | st.integers(0, 10**9),
       st.integers(0, 10**13))  # fmt: skip
def test_a_discount_is_never_more_than_the_purchase_and_never_less_than_nothing(kind, value, cap, amount):
    assert 0 <= offers.take_off(Offer(kind=kind, value=value, cap=cap), amount) <= amount


def test_an_amount_takes_off_no_more_than_the_purchase():
    assert offers.take_off(Offer(kind="amount", value=10000), 25000) == 10000
    assert offers.take_off(Offer(kind="amount", value=10000), 4000) == 4000


def test_a_further_version_of_an_offer_gives_the_same_person_no_second_coupon(in_shop):
    phone = a_phone()
    first = a_coupon(phone=phone)

    an_offer("percent", 20)
    again = signed_up(phone=phone)

    assert (again.coupon.id, again.existing) == (first.id, True)
    assert db.session.query(Coupon).count() == 1


def test_a_spent_coupon_of_an_earlier_version_is_the_persons_one_coupon(in_shop):
    phone = a_phone()
    coupon = a_coupon(phone=phone)
    with writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update({"spent_at": NOON})
    an_offer("percent", 20)

    with pytest.raises(Refusal, match="already_had"):
        signed_up(phone=phone)


def test_a_coupon_keeps_what_it_promised_and_a_new_customer_gets_the_newest_version(in_shop):
    before = a_coupon()
    an_offer("percent", 20, minimum=10000)

    after = a_coupon()

    kept = db.session.get(Coupon, before.id, populate_existing=True)
    assert (kept.offer.value, kept.offer.minimum) == (10, None)
    assert (after.offer.value, after.offer.minimum) == (20, 10000)
    assert kept.series_id == after.series_id


def test_a_new_series_is_a_new_round_for_everybody(in_shop):
    phone = a_phone()
    first = a_coupon(phone=phone)
    an_offer("percent", 15, new_series=True)

    second = signed_up(phone=phone)

    assert (second.existing, second.coupon.id == first.id, second.coupon.offer.value) == (False, False, 15)
    assert signed_up(phone=phone).coupon.id == second.coupon.id


def test_an_offer_of_another_purpose_is_not_the_welcome_offer(in_shop):
    first = a_coupon()
    an_offer("percent", 50, purpose="birthday")

    assert offers.welcome().id == first.offer_id


def test_the_database_itself_allows_one_coupon_for_a_person_series_and_occasion(in_shop):
    first = a_coupon()
    an_offer("percent", 20)

    with pytest.raises(IntegrityError), writing():
        coupons.issue_to(first.customer_id, offers.welcome(), NOON)
    with writing():
        further = coupons.issue_to(first.customer_id, offers.welcome(), NOON, occasion="2027")

    assert (further.occasion, further.series_id) == ("2027", first.series_id)
    assert coupons.given_to(first.customer_id, offers.welcome()) == first
    assert coupons.given_to(first.customer_id, offers.welcome(), "2027") == further


def test_the_database_itself_keeps_a_coupon_in_the_series_of_its_offer(in_shop):
    coupon = a_coupon()
    other = an_offer("percent", 20, new_series=True)

    with pytest.raises(IntegrityError), writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update({"series_id": other.series_id})
