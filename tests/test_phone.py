import re
import sqlite3

import pytest
from people import Customer, Person, Staffer
from shop import a_phone, new_id
from sqlalchemy.exc import OperationalError

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.guard import limits
from kiosk.models import Consent, Coupon
from kiosk.signups import privacy


@pytest.fixture
def app(shop_with):
    return shop_with(KIOSK_PUBLIC_URL="https://shop.example")


def link_of(answer):
    return "/c/" + answer.json["url"].rpartition("/")[2]


def test_the_link_shows_the_coupon_and_no_name(customer_at_tablet, customer_on_phone):
    answer = customer_at_tablet.sign_up(name="Maria", phone="0917 123 4567", language="nb")

    page = customer_on_phone.visit(link_of(answer))

    assert "10\u00a0% rabatt" in page.text
    assert answer.json["code"] in page.text.replace(" ", "").replace("\u00a0", "")
    assert "Maria" not in page.html
    assert "4567" not in page.text.replace(answer.json["code"], "")


def test_the_link_works_in_capitals_as_the_tablets_code_has_it(customer_at_tablet, customer_on_phone):
    link = customer_at_tablet.sign_up().json["url"].removeprefix("HTTPS://SHOP.EXAMPLE")

    assert link.startswith("/C/")
    customer_on_phone.visit(link)


def test_the_page_tells_nobody_its_address(customer_at_tablet, customer_on_phone):
    headers = customer_on_phone.visit(link_of(customer_at_tablet.sign_up())).response.headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"


def test_a_spent_coupon_says_when_and_is_her_card_from_then_on(app, customer_at_tablet, customer_on_phone):
    manager = Staffer(app)
    manager.sign_in()
    answer = customer_at_tablet.sign_up()
    manager.redeem(answer.json["code"])

    page = customer_on_phone.visit(link_of(answer))

    with app.app_context():
        card = db.session.query(Coupon).one().customer.card_number
    assert "Your card" in page.text
    assert card in page.text.replace(" ", "").replace("\u00a0", "")


@pytest.mark.parametrize("state", ["voided_at", "valid_until", "valid_from"])
def test_a_coupon_that_is_not_good_shows_no_code_to_scan(app, customer_at_tablet, customer_on_phone, state):
    from datetime import date

    from shop import NOON

    answer = customer_at_tablet.sign_up()
    value = {"voided_at": NOON, "valid_until": date(2020, 1, 1), "valid_from": date(2099, 1, 1)}[state]
    with app.app_context(), writing():
        db.session.query(Coupon).update({state: value})

    page = customer_on_phone.visit(link_of(answer))

    assert 'class="qr"' not in page.html


def test_an_unknown_link_is_one_answer_for_all(customer_on_phone, app):
    pages = [customer_on_phone.visit(f"/c/{token}", 404).text for token in ("0" * 26, "x", "Z" * 26)]

    assert len(set(pages)) == 1
    assert Customer(app).browser.get("/c/" + "0" * 26).headers["Referrer-Policy"] == "no-referrer"


def join(person, **fields):
    fields = {"operation_id": new_id(), "language": "en", "phone": a_phone()} | fields
    return person.post("/join", **fields)


def test_on_her_own_phone_she_answers_the_same_questions_and_is_led_to_her_coupon(customer_on_phone, app):
    page = customer_on_phone.visit("/join")
    fields = {"name": "Maria", "phone": a_phone(), "source": "friend", "consent_sms": "yes"}

    answer = customer_on_phone.post("/join", json=False, operation_id=page.field("operation_id"), **fields)

    assert answer.status_code == 303
    assert re.fullmatch("/c/[0-9A-Z]{26}", answer.location)
    assert "Show this to the cashier" in customer_on_phone.visit(answer.location).text
    with app.app_context():
        consent = db.session.query(Consent).one()
        assert (consent.method, consent.decision, consent.notice_hash) == ("phone", "yes", privacy.version())


def test_her_own_phone_may_fill_in_what_it_knows(customer_on_phone):
    tokens = {
        a["name"]: a["autocomplete"] for a in customer_on_phone.visit("/join").all("input") if "autocomplete" in a
    }

    assert {name: tokens[name] for name in ("name", "city", "phone", "email")} == {
        "name": "name", "city": "address-level2", "phone": "tel", "email": "email"
    }  # fmt: skip


def test_the_poster_spells_the_address_in_capitals(customer_on_phone):
    customer_on_phone.visit("/JOIN")


def test_the_same_person_gets_no_second_coupon_on_her_phone_and_no_look_at_the_first(customer_on_phone):
    phone = a_phone()
    code = join(customer_on_phone, phone=phone).json["code"]

    again = join(customer_on_phone, phone=phone)

    assert (again.status_code, again.json["refusal"]) == (409, "already_had")
    page = customer_on_phone.submit("/join", 409, operation_id=new_id(), phone=phone)
    assert code not in page.html.replace(" ", "").replace("\xa0", "")


def test_sent_twice_it_is_one_coupon(customer_on_phone):
    fields = {"operation_id": new_id(), "phone": a_phone()}

    first, again = join(customer_on_phone, **fields), join(customer_on_phone, **fields)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == first.json


def test_a_mistake_is_said_and_the_rest_is_still_there(customer_on_phone):
    page = customer_on_phone.submit("/join", operation_id=new_id(), name="Maria", phone="12")

    assert "Some digits are missing. Enter the whole number, like" in page.text
    assert page.field("name") == "Maria"


def test_the_tablet_learns_that_her_phone_has_opened_the_coupon(customer_at_tablet, customer_on_phone):
    link = link_of(customer_at_tablet.sign_up())
    assert customer_at_tablet.browser.get("/coupon/opened").json == {"opened": False}

    customer_on_phone.visit(link)

    assert customer_at_tablet.browser.get("/coupon/opened").json == {"opened": True}


def test_links_cannot_be_tried_out(stranger):
    answers = [stranger.browser.get(f"/c/{n:026d}").status_code for n in range(70)]

    assert answers.count(404) == 60
    assert set(answers[60:]) == {429}


def test_in_a_shop_without_a_public_address_there_is_nothing_to_join(shop_with):
    person = Person(shop_with(KIOSK_PUBLIC_URL=""))

    assert person.browser.get("/join").status_code == 404
    assert join(person).status_code == 404


def test_from_outside_nobody_is_shown_another_persons_coupon(customer_at_tablet, stranger):
    phone = a_phone()
    customer_at_tablet.sign_up(phone=phone)
    for host in ("shop.example", "SHOP.example:443", "shop.example."):
        outside = {"base_url": f"https://{host}"}
        assert stranger.browser.get("/", **outside).location == "/join"
        token = stranger.visit("/join", **outside).csrf_token
        fields = {"csrf_token": token, "operation_id": new_id(), "language": "en", "phone": phone}

        answer = stranger.browser.post("/signups", data=fields, headers={"Accept": "application/json"}, **outside)

        assert (answer.status_code, answer.json["refusal"]) == (409, "already_had")


def test_a_coupon_is_shown_even_when_nothing_can_be_written(customer_at_tablet, customer_on_phone, monkeypatch):
    link = link_of(customer_at_tablet.sign_up())

    def full(*_, **__):
        raise OperationalError("", {}, sqlite3.OperationalError())

    monkeypatch.setattr(limits, "count", full)

    assert "Show this to the cashier" in customer_on_phone.visit(link).text
    customer_on_phone.visit("/c/0123456789ABCDEFGHJKMNPQRS", 404)
