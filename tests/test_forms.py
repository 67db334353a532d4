"""Forms: what was sent is read field by field, and everything that is wrong is said at once."""

import re
from datetime import date

import pytest

from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid, Refusal, gathered
from kiosk.config import ROOT


@pytest.fixture(autouse=True)
def in_a_language(in_shop):
    """Messages are in somebody's language."""


def problems(sent, read) -> dict:
    with pytest.raises(Invalid) as raised, Form(sent) as form:
        read(form)
    return raised.value.errors


def test_everything_that_is_wrong_is_said_at_once():
    def read(form):
        form.text("name", required=True)
        form.choice("country", {"NO", "PH"})
        form.whole("minutes", 2, 60)
        form.read("from", date.fromisoformat, "Choose a day")
        with gathered(form.problems):
            raise Invalid(logo="Choose a picture")
        raise Invalid(pin="Enter six digits")

    sent = {"name": "a\nb", "country": "XX", "minutes": "61", "from": "yesterday"}

    assert problems(sent, read) == {
        "name": "Enter one line of no more than 60 characters",
        "country": "Choose one from the list",
        "minutes": "Enter a number from 2 to 60",
        "from": "Choose a day",
        "logo": "Choose a picture",
        "pin": "Enter six digits",
    }


def test_what_is_right_is_given_as_it_is_kept():
    sent = {"name": "  Ana\u0301 ", "country": "NO", "minutes": "2", "from": "2026-12-31", "colour": "#FFDD00"}
    with Form(sent) as form:
        name, country = form.text("name"), form.choice("country", {"NO"})
        minutes, day = form.whole("minutes", 2, 60), form.read("from", date.fromisoformat, "")
        colour = form.checked("colour", re.compile("#[0-9A-F]{6}").fullmatch, "")

    assert (name, country, minutes, day, colour) == ("Aná", "NO", 2, date(2026, 12, 31), "#FFDD00")


@pytest.mark.parametrize("sent", [{}, {"a": ""}, {"a": "  "}])
def test_what_is_left_out_is_wrong_only_where_it_is_required(sent):
    with Form(sent) as form:
        assert (form.text("a"), form.choice("a", "x"), form.read("a", int, "")) == ("", "", None)
    for read in (lambda form: form.text("a", required=True), lambda form: form.whole("a", 0, 9)):
        assert problems(sent, read).keys() == {"a"}


@pytest.mark.parametrize("typed", ["1.5", "-1", "٣", "9" * 5000, "0x1", "1e1", "seven", "10"])
def test_what_is_no_whole_number_in_the_range_is_asked_for(typed):
    assert problems({"a": typed}, lambda form: form.whole("a", 0, 9)) == {"a": "Enter a number from 0 to 9"}


def test_nought_is_a_number():
    with Form({"a": "0"}) as form:
        assert form.whole("a", 0, 9) == 0


def test_a_refusal_is_not_taken_for_a_wrong_field():
    with pytest.raises(Refusal), Form({}) as form:
        form.text("a", required=True)
        raise Refusal("used")


def test_every_form_of_every_page_carries_the_token():
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "<form" in path.read_text()]

    assert [path.relative_to(ROOT / "templates").as_posix() for path in pages] == ["parts/form.html"]
