import pytest

from kiosk import codes


def test_a_new_code_is_well_formed_and_begins_below_nine():
    made = [codes.new_code() for _ in range(1000)]

    assert all(codes.is_well_formed(code) and code[0] != "9" for code in made)


def test_a_card_number_has_the_same_form_and_begins_with_nine():
    made = [codes.new_card_number() for _ in range(1000)]

    assert all(codes.is_well_formed(number) and number[0] == "9" for number in made)


def test_the_check_digit_is_verhoeffs():
    assert codes.check_digit("23") != codes.check_digit("32")
    assert codes.check_digit("236") == "3"  # the example of the literature


def test_every_wrong_digit_and_every_swap_of_neighbours_is_caught():
    for _ in range(300):
        code = codes.new_code()
        wrong = [code[:i] + digit + code[i + 1 :] for i in range(12) for digit in "0123456789" if digit != code[i]]
        wrong += [code[:i] + code[i + 1] + code[i] + code[i + 2 :] for i in range(11) if code[i] != code[i + 1]]
        assert [one for one in wrong if codes.is_well_formed(one)] == []


@pytest.mark.parametrize(
    "typed",
    ["7319 0455 8217", "7319-0455-8217", " 731904558217\n", "７３１９０４５５８２１７", "٧٣١٩٠٤٥٥٨٢١٧",
     "7319–0455–8217", "7319.0455.8217", "7 3 1 9 0 4 5 5 8 2 1 7"],
)  # fmt: skip
def test_digits_are_read_however_they_are_typed(typed):
    assert codes.digits_in(typed) == "731904558217"


@pytest.mark.parametrize("typed", ["", "hello", "7319x0455", "½"])
def test_what_is_not_only_digits_is_no_code(typed):
    assert codes.digits_in(typed) is None


def test_a_token_is_found_in_a_link_in_any_case():
    token = codes.new_token()

    assert codes.token_in(f"HTTPS://SHOP.EXAMPLE/C/{token}") == token
    assert codes.token_in(f"https://shop.example/c/{token.lower()}") == token
    assert codes.token_in(f"https://shop.example/c/{token}X") is None


def test_tokens_have_130_bits_in_crockfords_alphabet():
    token = codes.new_token()

    assert len(token) == 26
    assert set(token) <= set(codes.CROCKFORD)


def test_a_code_is_shown_in_groups_of_four():
    assert codes.spaced("731904558217") == "7319 0455 8217"
