"""Every kind of question, switched on: what counts as an answer, and what is kept of it."""

from dataclasses import replace

import pytest
from shop import a_phone, answers, new_id, signed_up

from kiosk import languages, privacy, questionnaire, shop
from kiosk.database import writing
from kiosk.refusals import Invalid

READY = ["interests", "frequency", "birthday", "age_range", "stars", "recommend", "reasons", "visit", "comment"]


@pytest.fixture
def all_on(monkeypatch):
    every = tuple(replace(question, is_on=True) for question in questionnaire.QUESTIONS)
    monkeypatch.setattr(questionnaire, "QUESTIONS", every)


@pytest.fixture
def reading(app, all_on):
    """Inside the shop, in a request, with every question switched on."""
    with app.test_request_context("/"):
        yield


def test_a_shop_begins_with_four_questions_and_nine_in_reserve():
    assert [question.key for question in questionnaire.QUESTIONS if not question.is_on] == READY
    assert len(questionnaire.asked()) == 4


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("frequency", ["week"], ("week",)),
        ("interests", ["sale", "new"], ("new", "sale")),
        ("reasons", ["staff", "price", "near"], ("staff", "price", "near")),
        ("stars", ["5"], ("5",)),
        ("recommend", ["0"], ("0",)),
        ("recommend", ["10"], ("10",)),
        ("birthday", ["02-29"], ("02-29",)),
        ("birthday", ["2-3"], ("02-03",)),
        ("visit", ["gift"], ("gift",)),
        ("comment", ["Longer hours\r\n\r\nplease "], ("Longer hours\n\nplease",)),
        ("comment", ["x" * 1000], ("x" * 1000,)),
        ("comment", ["  "], ()),
        ("stars", [], ()),
    ],
)
def test_an_answer_is_kept_in_one_form(reading, key, given, kept):
    assert answers(**{key: given}).choices[key] == kept


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("frequency", ["week", "month"]),
        ("frequency", ["always"]),
        ("interests", ["new", "new"]),
        ("interests", ["nothing"]),
        ("reasons", ["price", "choice", "quality", "staff", "near"]),
        ("reasons", ["price", "price"]),
        ("stars", ["0"]),
        ("stars", ["6"]),
        ("recommend", ["11"]),
        ("recommend", ["-1"]),
        ("birthday", ["02-30"]),
        ("birthday", ["13-01"]),
        ("birthday", ["1990-02-03"]),
        ("birthday", ["today"]),
        ("comment", ["x" * 1001]),
        ("comment", ["a\x00b"]),
    ],
)
def test_what_is_no_answer_to_the_question_is_refused(reading, key, given):
    with pytest.raises(Invalid) as refused:
        answers(**{key: given})

    assert refused.value.errors.keys() == {key}


def test_a_birthday_comes_in_two_parts_from_the_page(reading):
    assert answers(birthday_month="5", birthday_day="14").choices["birthday"] == ("05-14",)
    with pytest.raises(Invalid):
        answers(birthday_day="14")


def test_a_question_that_is_off_keeps_nothing(app):
    with app.test_request_context("/"):
        assert answers(stars="5").choices.keys() == {"source"}


def test_every_answer_becomes_a_row_and_a_ranking_keeps_its_order(reading):
    coupon = signed_up(given=answers(reasons=["staff", "price"], stars="4", birthday="05-14")).coupon

    from kiosk.models import Signup

    rows = [(row.question, row.value) for row in Signup.query.filter_by(coupon_id=coupon.id).one().answers]
    assert rows == [("birthday", "05-14"), ("stars", "4"), ("reasons", "staff"), ("reasons", "price")]


def test_another_order_is_another_answer(customer_at_tablet, all_on):
    fields = {"operation_id": new_id(), "phone": a_phone()}
    customer_at_tablet.sign_up(reasons=["staff", "price"], **fields)

    assert customer_at_tablet.sign_up(reasons=["price", "staff"], **fields).json["refusal"] == "operation_id_reused"


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
def test_every_kind_has_its_screen_in_every_language(customer_at_tablet, all_on, language):
    page = customer_at_tablet.visit(f"/?language={language}")

    steps = [a["data-step"] for a in page.all("section") if "data-step" in a]
    assert [step for step in steps if step in READY] == READY


def test_without_a_script_a_wrong_answer_comes_back_with_its_reason(customer_at_tablet, all_on):
    page = customer_at_tablet.submit("/signups", operation_id=new_id(), phone=a_phone(), birthday_day="14")

    assert "Choose a month and a day" in page.text
    assert [a["value"] for a in page.all("input") if a.get("name") == "birthday_day" and "checked" in a] == ["14"]


def test_the_shops_own_town_comes_before_the_most_common(in_shop):
    for city in ("Cebu", "Cebu", "Manila", "Davao", "Davao", "Davao", "Manila"):
        signed_up(city=city)
    with writing():
        shop.describe(city="Manila")

    assert questionnaire.common_towns() == ["Manila", "Davao", "Cebu"]


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
def test_the_privacy_notice_is_short_and_about_this_shop(app, language):
    with app.test_request_context(f"/?language={language}"):
        with writing():
            shop.describe(name="Perla", country="NO")
        notice = privacy.notice()

        assert languages.current() == language
    assert len(notice) == 5
    assert notice[0][1].startswith("Perla, ")
    assert len(" ".join(f"{head} {text}" for head, text in notice).split()) <= 120
