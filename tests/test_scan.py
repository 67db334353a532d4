"""What is made of a scan, whatever the scanner adds to it: no database is asked."""

import random

import pytest

from kiosk.coupons import codes, scan
from kiosk.coupons.scan import read

CODE = "731904558217"
PRODUCTS = ["4006381333931", "5901234123457", "036000291452", "96385074", "10012345678902", "]E04006381333931"]


def value(text, keys=""):
    found = read(text, keys)
    return found.kind, *found.values


@pytest.mark.parametrize(
    "typed",
    ["7319 0455 8217", "7319-0455-8217", " 731904558217\n", "７３１９０４５５８２１７", "٧٣١٩٠٤٥٥٨٢١٧",
     "7319–0455–8217", "7319.0455.8217", "7 3 1 9 0 4 5 5 8 2 1 7"],
)  # fmt: skip
def test_digits_are_read_however_they_are_typed(typed):
    assert scan.digits_in(typed) == CODE


@pytest.mark.parametrize("typed", ["", "hello", "7319x0455", "½"])
def test_what_is_not_only_digits_is_no_code(typed):
    assert scan.digits_in(typed) is None


@pytest.mark.parametrize(
    "around",
    ["{}", "]Q1{}", "]C1{}", "]d2{}", "]Q3 {}", "]e0{}", "?Q1{}", "A{}", "{}X", "QR:{}", "#{}#", "\x02{}\x03",
     "Code {}.", "*{}*", "{}\t", "shop {} 2026-11-21", "2026-11-21 {}"],
)  # fmt: skip
def test_what_a_scanner_adds_is_left_out(around):
    for _ in range(50):
        code, card = codes.new_code(), codes.new_card_number()
        assert value(around.format(code)) == ("coupon", code)
        assert value(around.format(card)) == ("card", card)
        assert value(around.format(f"{code[:4]} {code[4:8]} {code[8:]}")) == ("coupon", code)


def test_a_prefix_of_digits_is_left_out_where_one_code_alone_is_well_formed():
    found = [value(around.format(codes.new_code()))[0] for around in ("5{}", "{}5") for _ in range(200)]

    assert found.count("coupon") > 300  # in a tenth two are, and it may be a product's code


def test_of_two_codes_neither_is_taken():
    assert value(f"{codes.new_code()} {codes.new_code()}")[0] != "coupon"
    assert value(f"x{codes.new_code()}y{codes.new_code()}z")[0] == "words"


def test_a_link_is_its_token_whatever_stands_around_it():
    token = codes.new_token()

    for text in ("HTTPS://SHOP.EXAMPLE/C/{}", "https://shop.example/c/{}", "]Q1HTTPS://S/C/{}", "HTTPS://S/C/{}X",
                 "HTTPSSHOPEXAMPLEC{}", "HTTPS://S/C/{}?x=1", "x HTTPS://S/C/{} y"):  # fmt: skip
        assert value(text.format(token)) == ("link", token)
    assert value("ЖЖ", f"HTTPS://S/C/{token}") == ("link", token)


def test_a_link_by_a_german_keyboard_is_one_link_with_two_readings():
    assert value("https-shopc/C/YZ" + "0" * 24, "HTTPS://SHOP/C/ZY" + "0" * 24) == (
        "link", "YZ" + "0" * 24, "ZY" + "0" * 24
    )  # fmt: skip


def test_physical_keys_say_what_the_layout_hides():
    code = codes.new_code()

    assert value("&é&é&é", code) == value("ъЙ1" + code, "]Q1" + code) == ("coupon", code)


@pytest.mark.parametrize("text", PRODUCTS)
def test_a_products_bar_code_is_known_by_its_check_digit(text):
    assert value(text) == ("product", text.removeprefix("]E0"))
    assert not read(text[:-1] + str((int(text[-1]) + 1) % 10)).is_product


def test_a_coupons_code_that_could_be_a_products_is_a_coupons():
    made = (codes.new_code() for _ in iter(int, 1))
    code = next(code for code in made if read(code).is_product)

    assert value(code) == ("coupon", code)


@pytest.mark.parametrize("text", ["+639171234567", "00639171234567", "+47 412 34 567", "(+63) 917 123 4567"])
def test_a_phone_number_with_its_country_is_no_code(text):
    for _ in range(200):
        number = text[:-6] + "".join(random.choices("0123456789", k=6))
        assert value(number)[0] in ("digits", "words", "product")


@pytest.mark.parametrize(
    ("text", "kind"), [("", "nothing"), (" \n", "nothing"), ("4567", "digits"), ("maria", "words"), ("\x00", "words")]
)
def test_the_rest_is_digits_words_or_nothing(text, kind):
    assert value(text)[0] == kind
