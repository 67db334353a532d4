"""Every kind of question, switched on: what counts as an answer, and what is kept of it."""

import json
from dataclasses import replace

import pytest
from shop import NOON, a_phone, add_person, answers, new_id, rows_of, signed_up
from werkzeug.datastructures import MultiDict

from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.base.writing import writing
from kiosk.models import QuestionnaireVersion, Signup
from kiosk.reports import exports
from kiosk.shop import languages, shop
from kiosk.signups import consents, questionnaires, tallies
from kiosk.signups.built_in_questions import BUILT_IN
from kiosk.signups.questionnaire import Questionnaire

READY = ["interests", "frequency", "birthday", "age_range", "stars", "recommend", "reasons", "visit", "comment"]


@pytest.fixture
def all_on(monkeypatch):
    every = tuple(replace(question, when="signup") for question in questionnaires.BUILT_IN.questions)
    monkeypatch.setattr(questionnaires, "BUILT_IN", replace(questionnaires.BUILT_IN, questions=every))


@pytest.fixture
def reading(app, all_on):
    """Inside the shop, in a request, with every question switched on."""
    with app.test_request_context("/"):
        yield


def test_a_shop_begins_with_four_questions_and_nine_in_reserve():
    assert [question.key for question in BUILT_IN.questions if question.when == "off"] == READY
    assert len(BUILT_IN.asked()) == 4


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


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
def test_the_privacy_notice_is_short_and_about_this_shop(app, language):
    with app.test_request_context(f"/?language={language}"):
        with writing():
            shop.describe(name="Perla", country="NO")
        notice = consents.notice()

        assert languages.current() == language
    assert len(notice) == 5
    assert notice[0][1].startswith("Perla, ")
    assert len(" ".join(f"{head} {text}" for head, text in notice).split()) <= 120


OF_HER_OWN = {
    "version": 7,
    "questions": [
        {
            "key": "drink", "kind": "many", "when": "signup", "required": True,
            "text": {"en": "What do you drink?", "nb": "Hva drikker du?"}, "why": {"en": "We keep some for you."},
            "choices": [
                {"key": "tea", "text": {"en": "Tea", "nb": "Te"}},
                {"key": "usual", "text": {"en": "The usual", "nb": "Det vanlige"}, "role": "regular"},
            ],
        },
        {"key": "who", "kind": "name", "when": "signup", "required": False, "text": {"en": "Who?"}, "why": {},
         "choices": []},
        {"key": "reach", "kind": "contact", "when": "signup", "required": True, "text": {"en": "Where?"}, "why": {},
         "choices": []},
    ],
}  # fmt: skip


@pytest.fixture
def her_own(app):
    with app.app_context():
        row = {"name": questionnaires.WELCOME, "version": 7, "body": OF_HER_OWN, "made_at": NOON}
        row["made_by_id"] = add_person("Olga")
        with writing():
            db.session.add(QuestionnaireVersion(**row))
            shop.describe(questions=7)


def test_a_questionnaire_goes_through_plain_json_unchanged(app):
    with app.test_request_context("/"):
        built_in = questionnaires.current().as_dict()

        assert json.loads(json.dumps(built_in)) == built_in
        assert Questionnaire.from_dict(built_in).as_dict() == built_in
        assert Questionnaire.from_dict(OF_HER_OWN).as_dict() == OF_HER_OWN
    first = built_in["questions"][0]
    assert (first["text"]["nb"], first["choices"][1]["text"]["en"]) == ("Hvordan hørte du om oss?", "Friend or family")


def test_a_questionnaire_with_keys_of_its_own_is_asked_stored_and_exported(customer_at_tablet, her_own):
    page = customer_at_tablet.visit("/?language=nb")
    customer_at_tablet.sign_up(drink=["usual", "tea"], name="Maria", city="Cebu", source="friend")

    assert [a["data-step"] for a in page.all("section")][1:4] == ["drink", "who", "reach"]
    assert "Hva drikker du?" in page.text and "Det vanlige" in page.text
    assert "suki!" in customer_at_tablet.visit("/coupon").text
    with customer_at_tablet.app.test_request_context("/"):
        signup = Signup.query.one()
        kept = [(row.question, row.value) for row in signup.answers]
        assert (signup.questionnaire_version, kept) == (7, [("drink", "tea"), ("drink", "usual")])
        assert (signup.customer.name, signup.customer.city) == ("Maria", None)
        today = shop.current().today()
        sheet = exports.SHEETS["signups"](today, today)
        row = dict(zip(sheet.headings, next(rows_of(sheet)), strict=True))
        assert row["What do you drink?"] == "Tea, The usual"


def test_a_question_that_is_required_is_answered(customer_at_tablet, her_own):
    answer = customer_at_tablet.sign_up(name="Maria", phone=" ")

    assert answer.json["errors"] == {
        "drink": "Answer this question", "phone": "Enter a mobile number, like 0917 123 4567"
    }  # fmt: skip


def test_tallies_know_the_steps_of_the_questionnaire_that_is_asked(app, her_own):
    form = MultiDict({"seconds.drink": "4", "seconds.source": "9", "end": "drink"})

    with app.test_request_context("/"):
        assert tallies.read(form, questionnaires.current()) == {"started": 0, "step drink": 4, "left at drink": 0}
