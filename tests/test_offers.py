from decimal import ROUND_HALF_UP, Decimal

import pytest
from flask_babel import force_locale
from hypothesis import given
from hypothesis import strategies as st

from kiosk import offers, visits
from kiosk.models import Offer


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


@pytest.mark.parametrize(("country", "digits"), [("JP", 0), ("PH", 2), ("KW", 3)])
def test_a_discount_is_exact_and_halves_are_rounded_up_to_the_minor_unit(shop_with, country, digits):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        unit = Decimal(1).scaleb(-digits)
        for value in range(1, 101):
            for amount in (*range(200), 99999, 10**12 + 5):
                exact = (Decimal(amount) * unit * value / 100).quantize(unit, ROUND_HALF_UP)
                taken = offers.take_off(Offer(kind="percent", value=value), amount)
                assert taken * unit == exact
        assert visits.read_amount(str(12 + unit)) == 12 * 10**digits + 1


def test_a_cap_is_the_most_a_percentage_takes_off():
    capped = Offer(kind="percent", value=10, cap=1000)

    assert [offers.take_off(capped, amount) for amount in (0, 9990, 10000, 10010, 10**9)] == [0, 999, 1000, 1000, 1000]


@given(st.sampled_from(["percent", "amount", "gift"]), st.integers(0, 10**9), st.none() | st.integers(0, 10**9),
       st.integers(0, 10**13))  # fmt: skip
def test_a_discount_is_never_more_than_the_purchase_and_never_less_than_nothing(kind, value, cap, amount):
    assert 0 <= offers.take_off(Offer(kind=kind, value=value, cap=cap), amount) <= amount


def test_an_amount_takes_off_no_more_than_the_purchase():
    assert offers.take_off(Offer(kind="amount", value=10000), 25000) == 10000
    assert offers.take_off(Offer(kind="amount", value=10000), 4000) == 4000
