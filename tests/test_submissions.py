"""The forms beside the sign-up: what is filled in on the tablet, what becomes of it, and that a survey is nobody's."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from people import Customer as Guest
from shop import NOON, PASSPHRASE, a_coupon, an_offer, at_till, new_id
from sqlalchemy import inspect, text

from kiosk.base.clock import now
from kiosk.base.database import db, is_sqlite
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.customers import copy, forgetting, retention
from kiosk.models import Audit, Consent, Counter, Coupon, Customer, Signup, Submission, SurveyAnswer
from kiosk.shop import shop

WARRANTY = {"bought": "A kettle", "bought_on_month": "5", "bought_on_day": "9", "number": "SN 12",
            "name": "Ana Cruz", "phone": "0917 555 0001"}  # fmt: skip
SURVEY = {"stars": "2", "recommend": "7", "comment": "Cold\nroom"}


def offer(app, **forms):
    with app.app_context(), writing():
        shop.describe(**forms)


def fill_in(person, form, **fields):
    return person.post(f"/forms/{form}", **{"operation_id": new_id(), "language": "en"} | fields)


def kept(app, model=Submission):
    with app.app_context():
        return db.session.query(model).order_by(model.id).all()


def test_a_form_that_is_off_is_nowhere_and_one_for_staff_is_theirs_alone(app, customer_at_tablet, cashier):
    assert "/forms/" not in customer_at_tablet.visit("/").html
    cashier.visit("/till")
    for person in (customer_at_tablet, cashier):
        assert person.browser.get("/forms/warranty").status_code == 404
        assert fill_in(person, "warranty", **WARRANTY).status_code == 404

    offer(app, warranty="staff")

    assert "/forms/" not in customer_at_tablet.visit("/").html
    assert customer_at_tablet.browser.get("/forms/warranty").status_code == 404
    assert fill_in(customer_at_tablet, "warranty", **WARRANTY).status_code == 404
    assert kept(app) == []
    cashier.visit("/forms/warranty")
    assert fill_in(cashier, "warranty", **WARRANTY).status_code == 201


def test_a_warranty_card_is_filled_in_on_the_tablet_and_the_same_operation_is_one(app, customer_at_tablet):
    offer(app, warranty="tablet")
    assert "/forms/warranty" in customer_at_tablet.visit("/").html
    page = customer_at_tablet.visit("/forms/warranty?language=nb&wish=large-text")
    operation_id = page.field("operation_id")

    sent = [
        customer_at_tablet.post(
            "/forms/warranty", json=json, operation_id=operation_id, language=page.field("language"), **WARRANTY
        )
        for json in (False, True)
    ]

    assert [answer.status_code for answer in sent] == [303, 201]
    assert sent[0].location == "/feedback/thanks?language=nb&form=warranty"
    customer_at_tablet.visit(sent[0].location)
    (one,) = kept(app)
    assert (one.form, one.version, one.name, one.phone) == ("warranty", 0, "Ana Cruz", "+639175550001")
    assert one.answers == {"bought": "A kettle", "bought_on": "05-09", "number": "SN 12"}
    assert (one.customer_id, one.done_at) == (None, None)
    assert kept(app, Customer) == kept(app, Signup) == []


def test_whose_contact_is_known_is_that_customer(app, customer_at_tablet):
    with app.app_context():
        customer_id = a_coupon(phone="09175550001").customer_id
    offer(app, preorder="tablet")

    answer = fill_in(customer_at_tablet, "preorder", wanted="A cake", reach="call", phone="+63 917 555 0001")

    assert (answer.status_code, answer.json) == (201, {"thanks": True})
    (one,) = kept(app)
    assert (one.customer_id, one.answers) == (customer_id, {"wanted": "A cake", "reach": "call"})


def test_a_form_gives_its_coupon_once_to_known_and_new_people_on_the_tablet(app, manager, customer_at_tablet):
    with app.app_context():
        series = an_offer("gift", 0, gift={"en": "A cloth bag"}, purpose="by_hand").series_id
    manager.post("/office/forms", json=False, form="warranty", offered="tablet", series=str(series))
    assert "A cloth bag" in manager.visit("/office/forms/welcome").text
    operation_id, shown = new_id(), []

    for number in (operation_id, operation_id, new_id()):
        customer_at_tablet.post("/forms/warranty", json=False, **WARRANTY, operation_id=number, language="en")
        answer = customer_at_tablet.browser.get("/feedback/thanks?form=warranty")
        assert (answer.status_code, answer.location) == (303, "/coupon")
        shown.append(customer_at_tablet.visit("/coupon").text)

    assert ["You already have a coupon" in text for text in shown] == [False, False, True]
    (coupon,) = kept(app, Coupon)
    with app.app_context():
        coupons.redeem(coupon.code, new_id(), now(), by=at_till("Tess", at=now()))
    fill_in(customer_at_tablet, "warranty", **WARRANTY)
    assert "We have it." in customer_at_tablet.visit("/feedback/thanks?form=warranty").text
    assert len(kept(app, Coupon)) == len(kept(app, Customer)) == 1
    assert [one.customer_id for one in kept(app)] == [1, 1, 1]
    manager.post("/office/offers/1/stop")
    fill_in(customer_at_tablet, "warranty", **WARRANTY | {"phone": "0917 555 0009"})
    assert len(kept(app, Coupon)) == 1


def test_a_form_has_a_poster_and_is_filled_in_on_her_own_phone(app, manager, customer_on_phone):
    with app.app_context():
        series = an_offer("gift", 0, gift={"en": "A cloth bag"}, purpose="by_hand").series_id
    offer(app, public_url="https://shop.example")
    for name in ("preorder", "warranty", "survey"):
        assert customer_on_phone.browser.get(f"/join/{name}").status_code == 404
    for name in ("preorder", "warranty", "survey"):
        manager.post("/office/forms", json=False, form=name, offered="poster", series=str(series))
        assert f"https://shop.example/join/{name}" in manager.visit(f"/office/shop/poster/a4?form={name}").text
        assert customer_on_phone.browser.get(f"/forms/{name}").status_code == 404

    page = customer_on_phone.visit("/JOIN/WARRANTY?language=ru")
    answer = customer_on_phone.post("/join/warranty", json=False, **WARRANTY, operation_id=new_id(), language="ru")
    again = customer_on_phone.post("/join/warranty", json=False, **WARRANTY, operation_id=new_id(), language="en")
    survey = customer_on_phone.post("/join/survey", json=False, **SURVEY, operation_id=new_id(), language="en")

    assert "Гарантийный талон" in page.text
    assert "A cloth bag" in customer_on_phone.visit(answer.location).text
    assert (again.status_code, "We have it." in again.text) == (200, True)  # never shown to who only knows the number
    assert ("The shop reads every answer." in survey.text, len(kept(app, SurveyAnswer))) == (True, 3)
    assert "anonymous" in customer_on_phone.visit("/join/survey?language=en").text
    wrong = customer_on_phone.post("/join/warranty", json=False, operation_id=new_id(), language="en")
    assert (wrong.status_code, len(kept(app, Coupon))) == (422, 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"bought": ""}, "bought"), ({"phone": "12"}, "phone"), ({"number": "x" * 1001}, "number"),
     ({"operation_id": "1"}, "operation_id"), ({"language": "xx"}, "language")],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_kept(app, customer_at_tablet, wrong, field):
    offer(app, warranty="tablet")

    answer = fill_in(customer_at_tablet, "warranty", **WARRANTY | wrong)

    assert (answer.status_code, [*answer.json["errors"]]) == (422, [field])
    assert kept(app) == []


def test_in_russia_a_form_keeps_nobody_without_consent_and_the_survey_asks_none(shop_with):
    app = shop_with(KIOSK_COUNTRY="RU")
    guest = Guest(app)
    offer(app, warranty="tablet", survey="tablet")
    guest.visit("/")
    sent = WARRANTY | {"phone": "8 912 345 67 89"}
    page = guest.visit("/forms/warranty")
    assert "consent_processing" in page.html and "consent_sms" not in page.html

    refused = fill_in(guest, "warranty", **sent)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["consent_processing"])
    assert kept(app) == kept(app, Customer) == []

    assert fill_in(guest, "warranty", consent_processing="yes", **sent).status_code == 201
    (one,), (consent,) = kept(app), kept(app, Consent)
    assert one.customer_id == consent.customer_id
    assert (consent.purpose, consent.decision, consent.method) == ("processing", "yes", "browser")
    assert "fill in" in consent.wording
    fill_in(guest, "warranty", consent_processing="yes", **sent)
    assert not kept(app, Consent)[1].is_verified  # anybody may have typed a number that is known
    assert "consent_processing" not in guest.visit("/forms/survey").html
    assert fill_in(guest, "survey", **SURVEY).status_code == 201


def test_only_our_own_page_sends_a_form(app, customer_at_tablet):
    offer(app, survey="tablet")
    stranger = Guest(app)
    stranger.visit("/sign-in")

    assert fill_in(stranger, "survey", **SURVEY).status_code == 403
    assert stranger.browser.get("/forms/survey").location == "/"
    customer_at_tablet.visit("/")
    without_token = customer_at_tablet.browser.post("/forms/survey", data={"operation_id": new_id(), **SURVEY})
    assert without_token.status_code == 400
    assert kept(app, SurveyAnswer) == []


def test_nothing_joins_an_answer_of_the_survey_to_anything(app):
    offer(app, survey="tablet")
    guests, operations = [Guest(app) for _ in range(12)], []
    with time_machine.travel(NOON, tick=False) as clock:
        for number, guest in enumerate(guests):
            clock.shift(timedelta(minutes=3))
            guest.visit("/")
            guest.visit("/forms/survey")
            operations.append(new_id())
            sent = {"stars": f"{number % 5 + 1}", "recommend": f"{number % 11}", "comment": f"From guest {number}"}
            for _ in range(2):  # the second is the same
                assert fill_in(guest, "survey", operation_id=operations[-1], **sent).status_code == 201

    with app.app_context():
        rows = db.session.query(SurveyAnswer).all()
        assert {column["name"] for column in inspect(db.engine).get_columns("survey_answer")} == {
            "id", "day", "question", "value"
        }  # fmt: skip
        assert len(rows) == 36 and {row.day for row in rows} == {NOON.date()}
        comments = sorted((row.id, int(row.value.split()[-1])) for row in rows if row.question == "comment")
        assert [guest for _, guest in comments] != sorted(guest for _, guest in comments)
        lying = "rowid" if is_sqlite() else "ctid"
        order = [row.id for row in db.session.execute(text(f"SELECT id FROM survey_answer ORDER BY {lying}"))]
        assert order == sorted(order)
        if not is_sqlite():  # the transaction that wrote a row last
            assert len(db.session.execute(text("SELECT DISTINCT xmin::text FROM survey_answer")).all()) == 1
        stored = ""
        for table in inspect(db.engine).get_table_names():
            stored += str(db.session.execute(text(f'SELECT * FROM "{table}"')).all())
        assert [one for one in operations if one in stored] == []
        assert [row.name for row in db.session.query(Counter) if "survey" in row.name or "form" in row.name] == []
    assert kept(app) == kept(app, Customer) == []


def test_the_survey_says_that_it_is_anonymous_and_asks_for_no_name(app, customer_at_tablet):
    offer(app, survey="tablet")
    customer_at_tablet.visit("/")

    page = customer_at_tablet.visit("/forms/survey")

    assert "This is anonymous: each answer is kept on its own, with the day and nothing else." in page.text
    assert {"name", "phone", "email"} & {field["name"] for field in page.all("input", "textarea")} == set()


def test_what_a_forgotten_customer_filled_in_goes_with_her_also_what_came_before_her(app, customer_at_tablet):
    offer(app, warranty="tablet")
    fill_in(customer_at_tablet, "warranty", **WARRANTY)  # nobody's yet
    fill_in(customer_at_tablet, "warranty", **WARRANTY | {"phone": "0917 555 0002", "number": "Zyq other"})
    with app.app_context():
        customer = a_coupon(phone="09175550001").customer
    fill_in(customer_at_tablet, "warranty", **WARRANTY | {"number": "Zyq mine"})
    with app.app_context():
        customer = db.session.get(Customer, customer.id)
        assert [row["answers"]["number"] for row in copy.of(customer)["submission"]] == ["SN 12", "Zyq mine"]

        forgetting.forget(customer.id, now(), by=at_till())

    assert [one.answers["number"] for one in kept(app)] == ["Zyq other"]


def test_what_is_nobodys_is_kept_as_long_as_a_customer(app, customer_at_tablet):
    offer(app, warranty="tablet", survey="tablet")
    fill_in(customer_at_tablet, "warranty", **WARRANTY)
    fill_in(customer_at_tablet, "survey", **SURVEY)
    with app.app_context():
        retention.forget_due(now() + timedelta(days=700))
        assert (len(kept(app)), len(kept(app, SurveyAnswer))) == (1, 3)

        retention.forget_due(now() + timedelta(days=740))

    assert kept(app) == kept(app, SurveyAnswer) == []


def test_a_manager_says_where_a_form_is_offered_and_changes_its_questions(app, manager, cashier):
    path, json = "/office/forms/survey", {"Accept": "application/json"}
    cashier.visit("/till")
    assert cashier.post("/office/forms", form="survey", offered="tablet").status_code == 403
    assert manager.post("/office/forms", form="survey", offered="everywhere").status_code == 422
    assert manager.post("/office/forms", json=False, form="survey", offered="tablet").status_code == 303
    manager.visit("/office/forms/welcome")

    page = manager.visit(path)
    manager.visit(f"{path}/questions/comment")
    manager.post(f"{path}/questions/comment", json=False, version=page.field("version"), when="off")
    fields = {"text.en": "Red or blue?", "choices.0.text.en": "Red", "choices.1.text.en": "Blue"}
    manager.post(f"{path}/questions/new", json=False, version="1", kind="one", words="all", when="signup", **fields)
    refused = manager.post(f"{path}/questions/stars", version="2", when="later")

    assert (refused.status_code, [*refused.json["errors"]]) == (422, ["questions.0.when"])
    asked = [one["key"] for one in manager.browser.get(path, headers=json).json["questions"] if one["when"] != "off"]
    assert asked == ["stars", "recommend", "red_or_blue"]
    assert manager.browser.get("/office/forms/welcome", headers=json).json["version"] == 0
    guest = Guest(app)
    assert "/forms/survey" in guest.visit("/").html
    assert "Red or blue?" in guest.visit("/forms/survey").text
    manager.visit("/office/audit")


def test_what_was_filled_in_is_listed_until_it_is_done(app, manager, cashier, customer_at_tablet):
    offer(app, warranty="tablet", preorder="tablet")
    fill_in(customer_at_tablet, "warranty", **WARRANTY)
    fill_in(customer_at_tablet, "preorder", wanted="A <b>cake</b>", reach="call", phone="09175550002")

    page = manager.visit("/office/submissions").text
    assert page.index("A <b>cake</b>") < page.index("A kettle") and "By phone call" in page
    assert "A kettle" not in manager.visit("/office/submissions?form=preorder").text
    states = []
    for state in ("done", "done", "new"):
        assert manager.post("/office/submissions/1", json=False, state=state).status_code == 303
        states.append(kept(app)[0].done_at is not None)

    assert states == [True, True, False]
    with app.app_context():
        noted = db.session.query(Audit).filter(Audit.action.like("submission%")).order_by(Audit.id)
        assert [row.action for row in noted] == ["submission_done", "submission_open"]
    assert manager.post("/office/submissions/99", state="done").status_code == 409
    cashier.visit("/till")
    assert cashier.post("/office/submissions/1", state="done").status_code == 403
    assert cashier.browser.get("/office/submissions").status_code == 403


def test_what_was_filled_in_is_exported_with_a_column_a_question_and_the_survey_with_a_row_an_answer(
    app, manager, customer_at_tablet
):
    offer(app, warranty="tablet", survey="tablet")
    fill_in(customer_at_tablet, "warranty", **WARRANTY | {"bought": "=1+1"})
    fill_in(customer_at_tablet, "survey", **SURVEY)
    manager.post("/sign-in/again", passphrase=PASSPHRASE, json=False)

    def exported(name):
        file = manager.browser.get(f"/office/exports/{name}.csv").get_data(as_text=True)
        return list(csv.reader(io.StringIO(file.lstrip("\ufeff"))))

    head, row = exported("warranty")
    assert head[1:-1] == ["Name", "Mobile", "Email", "What did you buy?", "When did you buy it?", "What is its number?"]
    assert row[1:-1] == ["Ana Cruz", "+639175550001", "", "'=1+1", "05-09", "SN 12"]
    assert sorted(one[1:] for one in exported("survey")) == [
        ["How was it today?", "2"], ["Question", "Answer"], ["What could we do better?", "Cold\nroom"],
        ["Would you recommend us to a friend?", "7"],
    ]  # fmt: skip
    assert manager.browser.get("/office/exports/preorder.xlsx").data[:2] == b"PK"
