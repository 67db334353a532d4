"""Merging, copying and forgetting a customer, as a manager does it in the office."""

import pytest
from shop import NOON, PASSPHRASE, a_coupon, at_till, new_id

from kiosk.base.database import db
from kiosk.coupons import lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Customer, Setting


@pytest.fixture
def customers(app):
    """The numbers of two customers, who are alike."""
    with app.app_context():
        till = at_till()
        made = [
            a_coupon(name=name, phone=phone, city="Cebu", source="friend", consent_sms="yes").customer
            for name, phone in (("Ana Cruz", "09175550001"), ("Anita Cruz", "09175550002"))
        ]
        for customer, what in zip(made, ("Balayage", "Perm"), strict=True):
            visits.record(customer, new_id(), NOON, by=till, purchase=Purchase(10_00, what))
        return [customer.id for customer in made]


def test_two_are_found_shown_side_by_side_merged_and_parted(manager, customers, app):
    kept, other = customers
    page = manager.visit(f"/office/customers/{kept}/merge?q=Anita")
    assert "Anita Cruz" in page.text and "+639175550002" not in page.text

    merged = manager.post(f"/office/customers/{kept}/merge", other_id=other)

    assert (merged.status_code, merged.json) == (200, {"id": kept})
    with app.app_context():
        assert lookups.find("0917 555 0002").id == kept
    assert "Undo the merge" in manager.visit(f"/office/customers/{kept}/merge").text
    assert manager.post(f"/office/customers/{kept}/merge/undo").status_code == 200
    again = manager.post(f"/office/customers/{kept}/merge/undo")
    assert (again.status_code, again.json["refusal"]) == (409, "too_late")


def test_nobody_is_merged_with_herself_or_with_nobody(manager, customers):
    for other, word in ((customers[0], "same_customer"), (999, "unknown")):
        refused = manager.post(f"/office/customers/{customers[0]}/merge", other_id=other)
        assert (refused.status_code, refused.json["refusal"]) == (409, word)


def test_a_customer_is_forgotten_after_the_page_has_said_what_goes(manager, customers, app):
    manager.post("/sign-in/again", passphrase=PASSPHRASE, json=False)
    assert "deleted for good" in manager.visit(f"/office/customers/{customers[0]}/forget").text

    forgotten = manager.post(f"/office/customers/{customers[0]}/forget")

    assert (forgotten.status_code, forgotten.json) == (200, {"forgotten": True})
    with app.app_context():
        assert [customer.id for customer in db.session.query(Customer)] == [customers[1]]
    assert "Ana Cruz" not in manager.visit("/office/customers/due?forgotten=1").text


def test_a_copy_is_of_one_customer_as_a_file_and_to_print(manager, customers):
    page = manager.visit(f"/office/customers/{customers[0]}/copy")
    file = manager.browser.get(f"/office/customers/{customers[0]}/copy.json")

    for text in (page.text, file.get_data(as_text=True)):
        assert [word for word in ("Ana Cruz", "+639175550001", "Balayage", "Cebu") if word not in text] == []
        assert [word for word in ("Anita", "5550002", "Perm") if word in text] == []


def test_only_managers_do_any_of_it(cashier, customers):
    for path in ("merge", "forget", "copy", "copy.json"):
        assert cashier.browser.get(f"/office/customers/{customers[0]}/{path}").status_code in (302, 303, 403)
    for path in ("merge", "merge/undo", "forget"):
        assert cashier.post(f"/office/customers/{customers[0]}/{path}").status_code in (401, 403)


def test_the_owner_says_how_long_customers_are_kept(manager, app):
    assert manager.post("/office/settings", keep_months="11").status_code == 422
    manager.post("/office/settings", keep_months="36")

    with app.app_context():
        assert db.session.get(Setting, "keep_months").value == 36
    assert "36 months" in manager.visit("/office/customers/due").text
