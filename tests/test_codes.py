from kiosk.coupons import codes


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


def test_tokens_have_130_bits_in_crockfords_alphabet():
    token = codes.new_token()

    assert len(token) == 26
    assert set(token) <= set(codes.CROCKFORD)


def test_a_code_is_shown_in_groups_of_four():
    assert codes.spaced("731904558217") == "7319 0455 8217"
