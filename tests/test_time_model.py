"""The time that signing up takes people, by the project's own model."""

from dataclasses import replace

import klm
import pytest
from shop import on_sqlite_only

from kiosk.signups import time_model
from kiosk.signups.built_in_questions import BUILT_IN

LANGUAGES = [*klm.WORDINESS]


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_half_of_the_people_are_done_within_a_minute(language, is_tapped):
    assert klm.at(klm.times(BUILT_IN, language, is_tapped=is_tapped), 0.5) <= 60


@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_are_done_within_two_minutes(language, is_tapped):
    assert klm.at(klm.times(BUILT_IN, language, is_tapped=is_tapped), 0.9) <= 120


@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_older_people_are_done_within_two_minutes(language):
    assert klm.at(klm.times(BUILT_IN, language, is_old=True), 0.9) <= 120


def test_an_address_takes_longer_than_a_number_and_still_less_than_two_minutes():
    by_phone, by_email = (klm.times(BUILT_IN, "en", contact=contact) for contact in ("phone", "email"))

    assert klm.at(by_phone, 0.9) < klm.at(by_email, 0.9) <= 120


EVERY = replace(BUILT_IN, questions=tuple(replace(one, when="signup") for one in BUILT_IN.questions))


@on_sqlite_only
@pytest.mark.parametrize("is_tapped", [True, False], ids=["town tapped", "town typed"])
@pytest.mark.parametrize("asked", [BUILT_IN, EVERY], ids=["as built in", "every question"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_meter_shows_what_the_model_says(app, language, asked, is_tapped):
    taken = klm.times(asked, language, is_tapped=is_tapped, people=2000)

    with app.test_request_context("/"):
        shown = time_model.of(asked, language, offers_towns=is_tapped)

    assert shown == pytest.approx((klm.at(taken, 0.5), klm.at(taken, 0.9)), rel=0.05)
