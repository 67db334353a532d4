"""Phone numbers of many countries: what is read, what is stored, what is refused and why."""

import pytest
from people import Customer
from shop import NOON, signed_up

from kiosk.base import phones
from kiosk.base.contacts import NotUsable
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import lookups
from kiosk.models import Customer as Person
from kiosk.shop import shop

# By country: how its people, their phones and their messengers write a number, and the one number that is kept.
WRITTEN = {
    "PH": {"+639171234567": ["0917 123 4567", "(0917) 123-4567", "+63 917 123 4567", "0063 917 123 4567", "9171234567",
                             "639171234567", "０９１７１２３４５６７", "٠٩١٧١٢٣٤٥٦٧", "\u202a+63 917 123 4567\u202c",
                             "0917‑123‑4567", "0917.123.4567", "0917/1234567"],
           "+4741234567": ["+47 412 34 567", "0047 41234567"], "+12125550123": ["+1 212 555 0123"]},
    "NO": {"+4741234567": ["412 34 567", "41 23 45 67", "004741234567", "4741234567", "+47 41234567", "(+47) 41234567"],
           "+639171234567": ["+63 917 123 4567", "+63 (0)917 123 4567"]},
    "RU": {"+79123456789": ["8 (912) 345-67-89", "+7 912 345-67-89", "9123456789", "79123456789", "8-912-345-67-89"]},
    "DE": {"+491716783154": ["491716783154", "+491716783154", "0171 6783154", "0171/6783154", "+49 (0)171 6783154",
                             "0049 171 6783154", "1716783154"]},
    "AR": {"+5491141234567": ["011 15-4123-4567", "011 4123-4567", "11 4123 4567", "+54 9 11 4123-4567",
                              "+54 11 4123 4567", "+54 11 15 4123 4567", "+54 9 11 15 4123 4567", "5491141234567",
                              "9 11 4123 4567"],
           "+5493514234567": ["0351 15-423-4567", "351 423 4567", "+54 9 351 423 4567"]},
    "MX": {"+525512345678": ["55 1234 5678", "+52 1 55 1234 5678", "+52 55 1234 5678", "1 55 1234 5678",
                             "044 55 1234 5678", "045 55 1234 5678", "01 55 1234 5678", "5215512345678",
                             "525512345678"]},
    "BR": {"+5511981234567": ["11 98123-4567", "(11) 8123-4567", "+55 11 8123-4567", "011 98123-4567",
                              "0 15 11 98123-4567", "5511981234567"]},
    "US": {"+14155552671": ["(415) 555-2671", "415.555.2671", "1 415 555 2671", "+1 415 555 2671"]},
    "GB": {"+447911123456": ["07911 123456", "447911123456", "+44 (0)7911 123456", "7911 123456"]},
    "FR": {"+33612345678": ["06 12 34 56 78", "+33 (0)6 12 34 56 78", "33612345678", "6 12 34 56 78"]},
    "IT": {"+393331234567": ["333 1234567", "393331234567", "+39 333 123 4567"], "+393933312345": ["393 3312345"]},
    "ES": {"+34612345678": ["612 345 678", "34612345678", "+34 612 34 56 78"]},
    "PL": {"+48512345678": ["512 345 678", "48512345678", "+48 512-345-678"]},
    "SE": {"+46701234567": ["070-123 45 67", "46701234567", "+46 (0)70 123 45 67"]},
    "DK": {"+4520123456": ["20 12 34 56", "4520123456"]},
    "FI": {"+358401234567": ["040 1234567", "358401234567", "+358 (0)40 123 4567"]},
    "NL": {"+31612345678": ["06-12345678", "31612345678", "0031 6 12345678"]},
    "CH": {"+41781234567": ["078 123 45 67", "41781234567"]},
    "AT": {"+436641234567": ["0664 1234567", "436641234567"]},
    "TR": {"+905321234567": ["0532 123 45 67", "90 532 123 45 67", "532 123 45 67"]},
    "UA": {"+380501234567": ["050 123 45 67", "380501234567", "8 050 123 45 67"]},
    "KZ": {"+77011234567": ["8 701 123 4567", "+7 701 123 45 67"]},
    "IN": {"+919812345678": ["098123 45678", "98123 45678", "919812345678"], "+919123456789": ["91234 56789"]},
    "CN": {"+8613812345678": ["138 1234 5678", "8613812345678"]},
    "JP": {"+819012345678": ["090-1234-5678", "819012345678"]},
    "KR": {"+821012345678": ["010-1234-5678", "821012345678"]},
    "ID": {"+6281234567890": ["0812-3456-7890", "62 812 3456 7890"]},
    "SG": {"+6591234567": ["9123 4567", "6591234567"]},
    "AU": {"+61412345678": ["0412 345 678", "61412345678"]},
    "CL": {"+56961234567": ["9 6123 4567", "56961234567"]},
    "CO": {"+573001234567": ["300 123 4567", "573001234567"]},
    "PE": {"+51912345678": ["912 345 678", "51912345678"]},
    "NG": {"+2348031234567": ["0803 123 4567", "2348031234567"]},
    "KE": {"+254712345678": ["0712 345678", "254712345678"]},
    "ZA": {"+27821234567": ["082 123 4567", "27821234567"]},
    "EG": {"+201001234567": ["0100 123 4567", "201001234567"]},
    "BJ": {"+2290197123456": ["01 97 12 34 56", "97 12 34 56", "+229 97 12 34 56"]},
    "CI": {"+2250707123456": ["07 07 12 34 56", "07 12 34 56"], "+2250504123456": ["04 12 34 56"]},
}  # fmt: skip
EVERY = [(country, typed, kept) for country, numbers in WRITTEN.items() for kept in numbers for typed in numbers[kept]]

# Why a number cannot be used: digits are missing, it is no mobile number, it is no number of this country.
REFUSED = [
    ("AR", "4123-4567", "short"), ("PH", "1234567", "short"), ("PH", "0917", "short"), ("NO", "412 34 56", "short"),
    ("US", "555-2671", "short"), ("CL", "6123 4567", "short"), ("DE", "0171", "short"), ("NO", "+47 412 34", "short"),
    ("NO", "22 33 44 55", "not_mobile"), ("RU", "8 (495) 123-45-67", "not_mobile"),
    ("PH", "(02) 8123 4567", "not_mobile"), ("NO", "85 00 00 00", "not_mobile"), ("GB", "020 7946 0958", "not_mobile"),
    ("GB", "0800 1111", "not_mobile"), ("FR", "01 42 68 53 00", "not_mobile"), ("PH", "+47 22 33 44 55", "not_mobile"),
    ("NO", "0917 123 4567", "abroad"), ("NO", "8 (912) 345-67-89", "abroad"), ("PH", "8 912 345-67-89", "abroad"),
    ("RU", "0917 123 4567", "abroad"), ("PH", "+63 917 123 45678 999", "abroad"), ("NO", "0171 6783154", "abroad"),
    ("PH", "hello", ""), ("PH", "0917 123 4567 ext 3", ""), ("PH", "1" * 41, ""), ("US", "415-CALL-NOW", ""),
]  # fmt: skip


@pytest.mark.parametrize(("country", "typed", "kept"), EVERY)
def test_a_number_is_kept_in_one_form_however_it_is_written(country, typed, kept):
    assert phones.clean_phone(typed, country) == kept


def test_the_table_is_wide():
    assert (len(EVERY), len(WRITTEN)) >= (100, 20)


@pytest.mark.parametrize(("country", "typed", "why"), REFUSED)
def test_a_number_that_is_not_usable_says_why(country, typed, why):
    with pytest.raises(NotUsable) as refused:
        phones.clean_phone(typed, country)

    assert refused.value.why == why


def test_a_number_without_a_plus_is_never_one_of_another_country():
    """A visitor's number is taken with + or 00 only."""
    for country in ("PH", "NO", "RU", "AR", "DE", "US", "SE", "SG"):
        for other, typed, kept in EVERY:
            if typed.strip("\u202a(").startswith(("+", "00")):
                continue
            try:
                read = phones.clean_phone(typed, country)
            except NotUsable:
                continue
            assert read.startswith(phones.clean_phone(phones.example_phone(country), country)[:2]), (other, typed, kept)


def test_an_example_number_is_one_that_is_accepted():
    for country in [*WRITTEN, "CA", "NZ", "PT", "IE", "CZ", "TH", "VN", "MY", "AE", "IL", "SA"]:
        assert phones.clean_phone(phones.example_phone(country), country).startswith("+")


def test_a_number_is_read_back_as_it_will_be_stored(shop_with):
    customer = Customer(shop_with(KIOSK_COUNTRY="DE"))

    answer = customer.post("/signups/contact", phone="491716783154")
    customer.sign_up(phone="491716783154")

    assert (answer.status_code, answer.json) == (200, {"phone": "+49 171 6783154"})
    with customer.app.app_context():
        assert db.session.query(Person.phone).scalar() == "+491716783154"


@pytest.mark.parametrize(
    ("country", "typed", "message"),
    [
        ("AR", "4123-4567", "Some digits are missing. Enter the whole number, like 011 15-2345-6789"),
        ("NO", "22 33 44 55", "This is not a mobile number. Enter one, or use email instead"),
        ("NO", "0917 123 4567", "Check the number. If it is from another country, begin with + and the country code"),
        ("PH", "hello", "Enter a mobile number, like 0917 123 4567"),
    ],
)
def test_what_is_wrong_with_a_number_is_said_at_once_and_again_when_it_is_sent(shop_with, country, typed, message):
    customer = Customer(shop_with(KIOSK_COUNTRY=country))

    for answer in (customer.post("/signups/contact", phone=typed, language="en"), customer.sign_up(phone=typed)):
        assert (answer.status_code, answer.json["errors"]) == (422, {"phone": message})


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("DE", "491716783154", "0171 6783154"),
        ("AR", "011 15-4123-4567", "011 4123-4567"),
        ("MX", "+52 1 55 1234 5678", "55 1234 5678"),
        ("BR", "11 8123-4567", "11 98123-4567"),
    ],
)
def test_one_number_in_two_spellings_is_one_person_with_one_coupon(shop_with, country, one, other):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        first = signed_up(phone=one).coupon

        assert signed_up(phone=other).coupon.id == first.id
        for typed in (one, other):
            assert lookups.find(typed).id == first.customer_id


STORED_ONCE = [
    ("DE", "+49491716783154", "0171 6783154"),
    ("AR", "+541141234567", "011 15-4123-4567"),
    ("NO", "+639171234567", "0917 123 4567"),
    ("AR", "+4741234567", "4123-4567"),
    ("NO", "+4722334455", "22 33 44 55"),
]


@pytest.mark.parametrize(("country", "stored", "typed"), STORED_ONCE)
def test_the_till_finds_a_number_that_the_first_version_stored(shop_with, country, stored, typed):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        with writing():
            db.session.add(Person(phone=stored, language="en", card_number="9" * 12, created_at=NOON))

        assert lookups.find(typed).phone == stored


@pytest.mark.parametrize(("country", "stored", "typed"), STORED_ONCE[:2])
def test_who_signed_up_in_the_first_version_is_known_by_the_same_number(shop_with, country, stored, typed):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        before = signed_up(email="ana@example.com").coupon
        with writing():
            before.customer.phone = stored

        assert signed_up(phone=typed).coupon.id == before.id


def test_the_example_in_a_message_is_of_the_shops_country(shop_with):
    with shop_with(KIOSK_COUNTRY="NO").app_context():
        assert phones.example_phone(shop.current().country) == "412 34 567"
