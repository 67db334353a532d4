import re
import sqlite3

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import NOON, a_phone, at_till, new_id, signed_up
from sqlalchemy.exc import OperationalError

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.guard import limits
from kiosk.models import Audit, Consent, Counter, Coupon
from kiosk.models import Customer as Kept
from kiosk.signups import consents


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
        assert (consent.method, consent.decision, consent.notice_hash) == ("phone", "yes", consents.notice_version())


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
    with time_machine.travel(now(), tick=False):  # all of them in one minute
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


HERS = {"name": "Ana Cruz", "phone": "09175550001", "email": "ana@example.org", "city": "Cebu", "source": "friend"}
WORDS = ("Ana", "Cruz", "5550001", "0001", "ana@", "Cebu", "friend")


@pytest.fixture
def link(customer_at_tablet):
    return link_of(customer_at_tablet.sign_up(**HERS))


def proves(person, link, answer="0001"):
    return person.post(f"{link}/proof", json=False, answer=answer)


def test_who_photographed_the_link_sees_nothing_that_is_kept_and_changes_nothing(app, stranger, link):
    page = stranger.visit(f"{link}/kept")
    changed = stranger.post(f"{link}/kept", json=False, name="Mallory")
    gone = stranger.post(f"{link}/forget", answer="0001")
    as_json = stranger.browser.get(f"{link}/kept", headers={"Accept": "application/json"})

    assert "The last four digits of your mobile number" in page.text
    assert [word for word in WORDS if word in page.html.replace(link, "")] == []
    assert (changed.status_code, changed.location, gone.status_code) == (303, f"{link}/kept", 403)
    assert (as_json.status_code, as_json.json) == (403, {"refusal": "prove"})
    with app.app_context():
        assert db.session.query(Kept).one().name == "Ana Cruz"


def test_her_last_digits_open_all_that_is_kept_and_nothing_of_another(app, customer_at_tablet, customer_on_phone, link):
    other = link_of(customer_at_tablet.sign_up(name="Ben", phone="0918 777 0002"))
    customer_on_phone.visit(link)

    assert proves(customer_on_phone, link).location == f"{link}/kept"
    page = customer_on_phone.visit(f"{link}/kept")
    kept = customer_on_phone.browser.get(f"{link}/kept", headers={"Accept": "application/json"})

    assert [word for word in ("Ana Cruz", "+639175550001", "ana@example.org", "Cebu") if word not in page.text] == []
    assert "Ben" not in page.text and kept.json["customer"]["phone"] == "+639175550001"
    assert "The last four digits" in customer_on_phone.visit(f"{other}/kept").text
    assert customer_on_phone.post(f"{other}/forget", answer="0002").status_code == 403


def test_the_proof_lasts_ten_minutes(customer_on_phone, link):
    with time_machine.travel(NOON) as clock:
        customer_on_phone.visit(link)
        proves(customer_on_phone, link)
        clock.shift(9 * 60)
        assert "Ana Cruz" in customer_on_phone.visit(f"{link}/kept").text
        clock.shift(2 * 60)
        assert "Ana Cruz" not in customer_on_phone.visit(f"{link}/kept").html


def test_five_wrong_answers_and_then_staff_whoever_asks(app, manager, stranger, customer_on_phone, link):
    stranger.visit(link)
    wrong = [stranger.post(f"{link}/proof", answer=f"{n:04d}") for n in range(2, 8)]
    customer_on_phone.visit(link)
    right = customer_on_phone.post(f"{link}/proof", answer="0001")

    assert [answer.status_code for answer in wrong] == [422] * 5 + [429]
    assert (right.status_code, "Retry-After" in right.headers) == (429, True)
    assert "Ask at the till" in Person(app).submit(f"{link}/proof", 429, answer="0001").text

    assert "Open it again" in manager.visit("/office/customers/1").text
    assert manager.post("/office/customers/1/open-again").status_code == 200
    assert "Open it again" not in manager.visit("/office/customers/1").text
    assert customer_on_phone.post(f"{link}/proof", json=False, answer="0001").status_code == 303


def test_without_a_number_the_part_before_the_at_is_asked_for(customer_at_tablet, customer_on_phone):
    link = link_of(customer_at_tablet.sign_up(email="Ana.Cruz@example.org"))

    assert "before the @" in customer_on_phone.visit(f"{link}/kept").text
    wrong, right = (customer_on_phone.post(f"{link}/proof", answer=answer) for answer in ("", " Ana.cruz "))
    assert (wrong.status_code, right.status_code) == (422, 200)


def test_she_corrects_what_is_kept_and_the_log_says_that_it_was_she(app, customer_on_phone, link):
    customer_on_phone.visit(link)
    proves(customer_on_phone, link)
    hers = {"name": "Anna Cruz", "city": "Davao", "phone": "+639175550001", "email": "", "language": "fil"}

    answer = customer_on_phone.post(f"{link}/kept", json=False, **hers)
    page = customer_on_phone.submit(f"{link}/kept", 422, **hers | {"phone": "12"})

    assert answer.location == f"{link}/kept?saved=yes"
    assert page.field("phone") == "12"
    with app.app_context():
        kept = db.session.query(Kept).one()
        assert (kept.name, kept.city, kept.email, kept.language) == ("Anna Cruz", "Davao", None, "fil")
        row = db.session.query(Audit).filter_by(action="customer_change").one()
        assert (row.staff_id, row.details) == (
            None, {"name": "", "city": "", "email": "", "language": "", "method": "self"}
        )  # fmt: skip


def test_she_is_not_told_whose_a_number_is(customer_at_tablet, customer_on_phone, link):
    customer_at_tablet.sign_up(name="Ben", phone="0918 777 0002")
    customer_on_phone.visit(link)
    proves(customer_on_phone, link)

    answer = customer_on_phone.post(f"{link}/kept", phone="0918 777 0002")

    assert (answer.status_code, answer.json) == (422, {"errors": {"phone": "Please ask our staff to change this"}})


def test_she_deletes_herself_once_she_has_answered_again(app, customer_on_phone, link):
    customer_on_phone.visit(link)
    customer_on_phone.post(f"{link}/proof", answer="0002")
    proves(customer_on_phone, link)

    without = customer_on_phone.post(f"{link}/forget")
    answer = customer_on_phone.post(f"{link}/forget", json=False, answer="0001")

    assert (without.status_code, answer.status_code) == (422, 303)
    assert "Everything about you is deleted" in customer_on_phone.visit(answer.location).text
    customer_on_phone.visit(link, 404)
    with app.app_context():
        assert db.session.query(Kept).count() == 0
        assert [row.name for row in db.session.query(Counter) if "answer" in row.name] == []


def test_the_way_to_what_is_kept_stands_on_the_coupon(customer_on_phone, link):
    assert f'href="{link}/kept"' in customer_on_phone.visit(link).html


@pytest.mark.parametrize("stops", ["on the card", "told to staff"])
def test_who_stops_messages_is_on_no_list_at_once(app, manager, customer_at_tablet, stops):
    with app.app_context():
        coupon = signed_up(now(), consent_sms="yes", phone="09171234567").coupon
        till = at_till("Tess", at=now())
        coupons.redeem(coupon.code, new_id(), now(), by=till)
        token, number = coupon.token, coupon.customer_id
    listed = "/office/customers?consent=sms"
    assert manager.browser.get(listed, headers={"Accept": "application/json"}).json["count"] == 1

    if stops == "on the card":
        Person(app).post(f"/c/{token}/stop")
    else:
        manager.post(f"/office/customers/{number}/consents", purpose="sms", decision="withdrawn")

    assert manager.browser.get(listed, headers={"Accept": "application/json"}).json["count"] == 0
    exported = manager.browser.get("/office/exports/customers.csv?consent=sms")
    assert exported.text.count("\n") == 1
