import unicodedata

import pytest

from kiosk import contacts


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("PH", "0917 123 4567", "+639171234567"),
        ("PH", "(0917) 123-4567", "+639171234567"),
        ("PH", "+63 917 123 4567", "+639171234567"),
        ("PH", "0063 917 123 4567", "+639171234567"),
        ("PH", "０９１７１２３４５６７", "+639171234567"),
        ("NO", "412 34 567", "+4741234567"),
        ("NO", "004741234567", "+4741234567"),
        ("RU", "8 (912) 345-67-89", "+79123456789"),
        ("RU", "+7 912 345-67-89", "+79123456789"),
        ("RU", "9123456789", "+79123456789"),
        ("NO", "+63 917 123 4567", "+639171234567"),
    ],
)
def test_a_phone_number_is_kept_in_one_form_however_locals_write_it(country, typed, kept):
    assert contacts.clean_phone(typed, country) == kept


@pytest.mark.parametrize("typed", ["0917", "hello", "+63 917 123 45678 999", "0917 123 4567 ext 3", "1" * 41])
def test_what_is_no_phone_number_is_not_usable(typed):
    with pytest.raises(contacts.NotUsable):
        contacts.clean_phone(typed, "PH")


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("NO", "0917 123 4567", "+639171234567"),
        ("NO", "8 (912) 345-67-89", "+79123456789"),
        ("PH", "412 34 567", "+4741234567"),
        ("PH", "8 912 345-67-89", "+79123456789"),
        ("RU", "0917 123 4567", "+639171234567"),
        ("RU", "412 34 567", "+4741234567"),
    ],
)
def test_a_visitor_writes_her_number_as_at_home(country, typed, kept):
    assert contacts.clean_phone(typed, country) == kept


@pytest.mark.parametrize(
    ("country", "typed", "why"),
    [
        ("NO", "912 345 6789", "the Philippines and Russia both read it"),
        ("PH", "917 123 45", "two digits more make it a Philippine one"),
        ("RU", "912 345 67", "two digits more make it a Russian one"),
        ("NO", "22 12 34", "nobody reads it"),
        ("NO", "(02) 8123 4567", "it is no mobile number"),
    ],
)
def test_a_number_that_might_be_somebody_elses_is_not_guessed(country, typed, why):
    with pytest.raises(contacts.NotUsable):
        contacts.clean_phone(typed, country)


def test_an_example_number_is_one_that_would_be_accepted():
    for country in ("PH", "NO", "RU", "DE", "US"):
        assert contacts.clean_phone(contacts.example_phone(country), country).startswith("+")


def test_an_address_is_kept_in_small_letters():
    assert contacts.clean_email("  Maria.Santos@Example.COM ") == "maria.santos@example.com"
    assert contacts.clean_email("пример@почта.рф") == "пример@почта.рф"


@pytest.mark.parametrize("typed", ["maria", "a@b", "test@test", "a b@example.com", "x" * 250 + "@example.com"])
def test_what_is_no_address_is_not_usable(typed):
    with pytest.raises(contacts.NotUsable):
        contacts.clean_email(typed)


@pytest.mark.parametrize(
    "name", ["Мария", "محمد", "👩‍👩‍👧‍👦", "Zoë", "ᏣᎳᎩ", "สมชาย", "李小龍", "x" * 60, "=1+1", "O’Brien-Ñ"]
)
def test_a_name_in_any_script_is_kept_as_it_was_written(name):
    assert contacts.clean(name, 60) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\tb", "a\u2028b", "x" * 61, "a\x7fb"])
def test_only_control_characters_newlines_and_length_are_refused(name):
    with pytest.raises(contacts.NotUsable):
        contacts.clean(name, 60)


def test_two_spellings_of_the_same_letters_are_one():
    assert contacts.clean("Zoe\u0308", 60) == "Zoë"


def test_a_masked_contact_shows_little():
    assert contacts.masked("+639171234567", None) == "•••• 4567"
    assert contacts.masked(None, "maria@example.com") == "m••••@example.com"
