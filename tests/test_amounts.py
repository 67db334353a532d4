import pytest
from shop import on_sqlite_only

from kiosk.base.refusals import Invalid
from kiosk.shop import amounts

pytestmark = on_sqlite_only
NBSP, NARROW = "\u00a0", "\u202f"
READ = {
    "PH": {"250": 25000, "250.5": 25050, "250,50": 25050, "0.01": 1, "": None, "1,250.50": 125050, "1,250": 125000,
           "₱250": 25000, "₱ 1,250.50": 125050, "PHP 250": 25000, "250 PHP": 25000, "1 000": 100000, "1,000,000": 10**8,
           "250.": 25000, "２５０": 25000, "9999999999": 999999999900},
    "NO": {"1 250,50": 125050, f"1{NBSP}250,50": 125050, f"1{NARROW}250,50": 125050, "1.250,50": 125050,
           "1,250.50": 125050, "250,-": 25000, "250,–": 25000, "850 kr": 85000, "kr 850": 85000, "kr. 850,-": 85000,
           "1.250": 125000, "NOK 12,5": 1250, f"1{NBSP}125,45{NBSP}kr": 112545, "12 345 678": 1234567800},
    "RU": {"1 250,50 ₽": 125050, "1250 руб.": 125000, "250р.": 25000, "1 250": 125000},
    "DE": {"1.250,50 €": 125050, "€ 12,50": 1250, "1.250.000": 125000000},
    "CH": {"1’250.50": 125050, "1'250.50": 125050, "CHF 12.50": 1250, "12.-": 1200},
    "IN": {"1,25,000": 12500000, "1,25,000.50": 12500050, "₹250": 25000},
    "US": {"$1,250.50": 125050, "12.5": 1250},
    "GB": {"£3.20": 320},
    "JP": {"1,250": 1250, "¥250": 250, "1250": 1250, "1.250": 1250},
    "KR": {"₩12,000": 12000},
    "IS": {"1.250": 1250, "850 kr.": 850},
    "KW": {"1.250": 1250, "12,5": 12500, "1,250.500": 1250500},
    "BR": {"R$ 1.250,50": 125050},
    "PL": {"12,50 zł": 1250},
    "SE": {"1 250 kr": 125000},
}  # fmt: skip
REFUSED = {
    "PH": ("-5", "1e3", "abc", "1.2345", "٢٥٠", "99999999999", "12,34,5", "1,2,3", "=1", "1..5", "5 5", "1,250,50"),
    "NO": ("1,2.3", "1.25.0", "0,250", "1250,505"),
    "JP": ("250.5", "1,25"),
}


@pytest.mark.parametrize("country", READ)
def test_an_amount_is_read_as_people_of_the_country_write_it(shop_with, country):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        assert {typed: amounts.read(typed, "amount") for typed in READ[country]} == READ[country]


@pytest.mark.parametrize("country", REFUSED)
def test_what_is_no_amount_is_refused(shop_with, country):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        for typed in REFUSED[country]:
            with pytest.raises(Invalid):
                amounts.read(typed, "amount")


@pytest.mark.parametrize(("country", "typed", "small"), [("NO", "1,250", "1,25"), ("PH", "1.250", "1.25")])
def test_what_could_be_two_amounts_is_asked_about(shop_with, country, typed, small):
    with shop_with(KIOSK_COUNTRY=country).app_context(), pytest.raises(Invalid) as asked:
        amounts.read(typed, "amount")

    assert f" {small} " in asked.value.errors["amount"] and " 1250?" in asked.value.errors["amount"]


@pytest.mark.parametrize("country", ["PH", "NO", "RU", "JP", "IS", "KW", "IN", "CH", "DE"])
def test_every_hint_can_be_typed(shop_with, country):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        assert amounts.read(amounts.example(), "amount") > 0
