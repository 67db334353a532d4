import unicodedata

import pytest

from kiosk.base import contacts


def test_an_address_is_kept_in_small_letters():
    assert contacts.clean_email("  Maria.Santos@Example.COM ") == "maria.santos@example.com"
    assert contacts.clean_email("пример@почта.рф") == "пример@почта.рф"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("İrem@gmail.com", "irem@gmail.com"),
        ("i\u0307rem@gmail.com", "irem@gmail.com"),
        ("ırem@gmaıl.com", "irem@gmail.com"),
        ("ana@gmail.com.", "ana@gmail.com"),
        ("ana@gmail.com,", "ana@gmail.com"),
        ("a\u200bna@gmail.com\ufeff", "ana@gmail.com"),
        ("\u202aana@gmail.com\u202c", "ana@gmail.com"),
        ("ana@gma\u00adil.com", "ana@gmail.com"),
        ("o’neil@gmail.com", "o'neil@gmail.com"),
        ("\u00a0ana@gmail.com\u3000", "ana@gmail.com"),
        ("bjørn@domene.no", "bjørn@domene.no"),
    ],
)
def test_what_pasting_and_phones_do_to_an_address_is_undone(typed, kept):
    assert contacts.clean_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "maria", "a@b", "test@test", "a b@example.com", "x" * 250 + "@example.com", "ana@gmail.c0m", "ana@gmail.c",
        "ana@gmail.1", "ana@gmail.co1", "ana@127.0.0.1", "ana@gmail..com", "\u200b@gmail.com", "@gmail.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_usable(typed):
    with pytest.raises(contacts.NotUsable):
        contacts.clean_email(typed)


@pytest.mark.parametrize(
    "name", ["Мария", "محمد", "👩‍👩‍👧‍👦", "Zoë", "ᏣᎳᎩ", "สมชาย", "李小龍", "x" * 60, "=1+1", "O’Brien-Ñ", "🫨", "‮abc"]
)
def test_a_name_in_any_script_is_kept_as_it_was_written(name):
    assert contacts.clean(name, 60) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\tb", "a\u2028b", "x" * 61, "a\x7fb"])
def test_control_characters_newlines_and_length_are_refused(name):
    with pytest.raises(contacts.NotUsable):
        contacts.clean(name, 60)


@pytest.mark.parametrize(
    "name", ["\u200b", "\u200b\u200b \u200d", "\u2060", "\ufeff", "\u3164", "\u115f\u1160", "\u2800", "\u034f",
             "\ufe0f", "\u00ad", "\u180e", "\U000e0020", "\u202e"]
)  # fmt: skip
def test_a_name_that_nobody_can_see_is_refused(name):
    with pytest.raises(contacts.NotUsable):
        contacts.clean(name, 60)


def test_two_spellings_of_the_same_letters_are_one():
    assert contacts.clean("Zoe\u0308", 60) == "Zoë"


def test_a_masked_contact_shows_little():
    assert contacts.masked("+639171234567", None) == "•••• 4567"
    assert contacts.masked(None, "maria@example.com") == "m••••@example.com"
