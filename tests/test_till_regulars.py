"""A regular at the till: is her number still right, what was said last to be tapped, and her card shown."""

from datetime import timedelta

import pytest
import time_machine
from people import Staffer
from shop import new_id

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Audit, Customer, Visit

A_YEAR = timedelta(days=366)


@pytest.fixture
def code(customer_at_tablet):
    return customer_at_tablet.sign_up(name="Maria Santos", phone="0917 123 4567").json["code"]


def of_the_customer(app, column):
    with app.app_context():
        return db.session.query(getattr(Customer, column)).order_by(Customer.id).first()[0]


def shown(person, q):
    person.post("/till/lookups", json=False, q=q)
    return person.visit("/till")


def test_a_contact_is_asked_about_once_a_year_and_kept_with_one_tap(app, cashier, code):
    assert "still right" not in shown(cashier, code).text
    with time_machine.travel(now() + A_YEAR, tick=False):
        cashier.sign_in()
        page = shown(cashier, "0917 123 4567")
        asked = page.text
        answer = cashier.post("/till/contact", json=False, customer_id=page.field("customer_id"))
        after = cashier.visit(answer.location).text
        kept_at = of_the_customer(app, "contact_checked_at")
        is_now = kept_at == now()

    assert "Ask: is •••• 4567 still right?" in asked
    assert "still right" not in after and "Maria" in after
    assert is_now


def test_a_changed_number_is_put_right_at_the_till(app, cashier, code):
    her = cashier.look_up("maria").json["customer"]

    wrong = cashier.submit("/till/contact", customer_id=her["id"], phone="0917 1")
    answer = cashier.post("/till/contact", customer_id=her["id"], phone="0918 765 4321")

    assert "Some digits are missing" in wrong.text and "0917 1" in wrong.html
    assert answer.json == {"customer_id": her["id"]}
    assert of_the_customer(app, "phone") == "+639187654321"
    with app.app_context():
        assert db.session.query(Audit.details).filter_by(action="customer_change").one()[0] == {"phone": ""}


def test_nothing_is_told_of_who_has_that_number_already(app, cashier, code, customer_at_tablet):
    customer_at_tablet.sign_up(name="Berta", phone="0918 765 4321")
    her = cashier.look_up("maria").json["customer"]

    answer = cashier.post("/till/contact", customer_id=her["id"], phone="0918 765 4321")

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"phone"})
    assert "Berta" not in answer.text and of_the_customer(app, "phone") == "+639171234567"


def test_only_who_was_looked_up_is_put_right(app, cashier, code):
    cashier.visit("/till")

    answer = cashier.post("/till/contact", customer_id=1, phone="0918 765 4321")

    assert (answer.status_code, answer.json) == (409, {"refusal": "unknown"})
    assert of_the_customer(app, "phone") == "+639171234567"


def test_what_was_said_last_is_offered_to_be_tapped(app, cashier, code, customer_at_tablet):
    for what, served_by in [("Colour", "Tess"), ("Cut", "Lorna"), ("Cut", "Tess")]:
        code = customer_at_tablet.sign_up().json["code"]
        cashier.redeem(code, amount="100", what=what, served_by=served_by)
    page = shown(cashier, customer_at_tablet.sign_up().json["code"])

    offered = [(a["name"], a["value"]) for a in page.all("input") if a.get("type") == "radio"]

    assert offered == [("what", "Cut"), ("what", "Colour"), ("served_by", "Tess"), ("served_by", "Lorna")]


@pytest.mark.parametrize(("sent", "kept"), [(["Cut", ""], "Cut"), (["Cut", "Perm"], "Perm"), (["", "Perm"], "Perm")])
def test_what_was_tapped_counts_unless_something_else_was_typed(app, cashier, code, sent, kept):
    cashier.visit("/till")
    cashier.redeem(code, what=sent)

    with app.app_context():
        assert db.session.query(Visit.what).one()[0] == kept


def test_the_card_is_shown_after_a_purchase_here_and_not_for_the_asking(app, cashier, code):
    cashier.redeem(code)
    card = of_the_customer(app, "card_number")
    page = cashier.visit("/till/visits/1/card")
    ben = Staffer(app, "Dora", "cashier")
    ben.sign_in()

    assert f"{card[:4]} {card[4:8]} {card[8:]}" in page.text.replace("\xa0", " ")
    assert ben.browser.get("/till/visits/1/card").status_code == 404
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert cashier.browser.get("/till/visits/1/card").status_code == 404


def test_a_card_that_was_shown_finds_the_customer(app, cashier, code):
    cashier.redeem(code)

    found = cashier.look_up(of_the_customer(app, "card_number")).json

    assert (found["kind"], found["customer"]["first_name"]) == ("customer", "Maria")
    assert cashier.post("/till/visits", customer_id=1, operation_id=new_id(), amount="50").status_code == 201
