"""The time that signing up takes people, by the project's own model."""

import pytest

from kiosk.signups import time_model
from kiosk.signups.built_in_questions import BUILT_IN

LANGUAGES = [*time_model.WORDINESS]


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_the_people_are_done_within_a_minute(language, is_tapped):
    assert time_model.at(time_model.times(BUILT_IN, language, is_tapped=is_tapped), 0.5) <= 60


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_are_done_within_two_minutes(language, is_tapped):
    assert time_model.at(time_model.times(BUILT_IN, language, is_tapped=is_tapped), 0.9) <= 120


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_older_people_are_done_within_two_minutes(language):
    assert time_model.at(time_model.times(BUILT_IN, language, is_old=True), 0.9) <= 120


def test_an_address_takes_longer_than_a_number_and_still_less_than_two_minutes():
    by_phone, by_email = (time_model.times(BUILT_IN, "en", contact=contact) for contact in ("phone", "email"))

    assert time_model.at(by_phone, 0.9) < time_model.at(by_email, 0.9) <= 120
