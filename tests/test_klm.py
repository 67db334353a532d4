"""The time that signing up takes people, by the model in klm.py."""

import klm
import pytest

from kiosk.signups import questionnaires

LANGUAGES = [*klm.WORDINESS]


def test_the_model_asks_what_the_tablet_asks():
    assert [question.key for question in questionnaires.current().asked()] == ["source", "city", "name", "contact"]


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_the_people_are_done_within_a_minute(language, is_tapped):
    assert klm.at(klm.times(language, is_tapped=is_tapped), 0.5) <= 60


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_are_done_within_two_minutes(language, is_tapped):
    assert klm.at(klm.times(language, is_tapped=is_tapped), 0.9) <= 120


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_older_people_are_done_within_two_minutes(language):
    assert klm.at(klm.times(language, is_old=True), 0.9) <= 120


def test_an_address_takes_longer_than_a_number_and_still_less_than_two_minutes():
    by_phone, by_email = (klm.at(klm.times("en", contact=contact), 0.9) for contact in ("phone", "email"))

    assert by_phone < by_email <= 120
