from datetime import timedelta

import pytest
from people import Staffer
from shop import a_phone, answers, at_till, new_id, signed_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.customers import forgetting, notes
from kiosk.models import Audit, Consent, Coupon, Customer, Signup
from kiosk.signups import consents, signup

PATH = "/till/signups"


def sends(person, **fields):
    if not fields.keys() & {"phone", "email"}:
        fields["phone"] = a_phone()
    return person.post(PATH, **{"operation_id": new_id(), "language": "en", "method": "till"} | fields)


def types(person, number, **fields):
    return sends(person, method="paper", form_number=number, **fields)


def test_nobody_signs_a_customer_up_without_a_till(stranger, manager):
    office = Staffer(manager.app, "Eve", "cashier")

    assert stranger.browser.get(PATH).location == f"/sign-in?next={PATH}"
    assert sends(stranger).status_code == 401
    assert sends(office).status_code == 401
    with manager.app.app_context():
        assert db.session.query(Signup).count() == 0


@pytest.mark.parametrize("method", ["till", "telephone"])
def test_what_she_agreed_to_is_kept_as_said_to_staff_in_the_sentence_read_out(cashier, method):
    answer = sends(cashier, method=method, language="ru", name="Анна", phone="0917 123 4567", consent_sms="yes")

    assert answer.status_code == 201
    assert answer.json.keys() == {"code", "url", "worth", "valid_until", "existing"}
    with cashier.app.app_context():
        said = db.session.query(Consent).one()
        assert (said.method, said.staff_id, said.is_verified) == (method, cashier.id, True)
        assert said.wording.startswith("Да, присылайте мне")
        assert db.session.query(Consent).filter(consents.is_confirmed()).count() == 1
        noted = db.session.query(Audit).filter_by(action="signup").one()
        assert (noted.staff_id, noted.object_id) == (cashier.id, str(said.customer_id))


def test_a_no_said_to_staff_is_kept_too(cashier):
    sends(cashier)

    with cashier.app.app_context():
        assert [(one.decision, one.staff_id) for one in db.session.query(Consent)] == [("no", cashier.id)]


def test_a_known_customer_gets_the_coupon_she_has_and_no_card(customer_at_tablet, cashier):
    code = customer_at_tablet.sign_up(phone="0917 123 4567", name="Maria Santos").json["code"]

    again = sends(cashier, phone="+63 917 123 4567", name="Somebody else")
    page = cashier.visit(f"{PATH}/last")

    assert (again.status_code, again.json["code"], again.json["existing"]) == (200, code, True)
    assert "Maria" not in page.text
    assert "Your card" not in page.text


def test_a_spent_coupon_is_refused_on_the_page(customer_at_tablet, cashier):
    code = customer_at_tablet.sign_up(phone="0917 123 4567").json["code"]
    cashier.redeem(code)

    assert sends(cashier, phone="0917 123 4567").json == {"refusal": "already_had"}
    page = cashier.submit(PATH, 409, operation_id=new_id(), language="en", method="till", phone="0917 123 4567")
    assert "has had this coupon and used it" in page.text


def test_by_telephone_the_code_is_spelled_in_groups_of_four_with_its_worth(cashier):
    code = sends(cashier, method="telephone").json["code"]

    page = cashier.visit(f"{PATH}/last?method=telephone")

    assert f"{code[:4]}\xa0{code[4:8]}\xa0{code[8:]}" in page.text
    assert "10% off" in page.text
    assert "Use it by" in page.text
    with cashier.app.app_context():
        card = db.session.query(Customer).one().card_number
    assert f"{card[:4]}\xa0{card[4:8]}\xa0{card[8:]}" in page.text
    assert not [tag for tag in page.all("svg") if tag.get("class") == "qr"]


def test_at_the_till_it_ends_with_coupon_and_card_and_can_be_used_now(cashier):
    done = cashier.post(PATH, json=False, operation_id=new_id(), language="en", method="till", phone="0917 123 4567")

    page = cashier.visit(done.location)
    assert len([tag for tag in page.all("svg") if tag.get("class") == "qr"]) == 2
    assert cashier.post("/till/lookups", q=page.field("q")).json["state"] == "issued"


def test_the_till_page_leads_there_and_is_for_the_keyboard(cashier):
    assert f'href="{PATH}"' in cashier.visit("/till").html

    page = cashier.visit(f"{PATH}?method=paper")

    fields = [one["name"] for one in page.all("input") if one.get("type") != "hidden"]
    assert fields[0] == "form_number"
    assert [one["name"] for one in page.all("input") if "autofocus" in one] == fields[:1]  # without scripts, too
    assert "if you say yes below" in page.text
    assert "next screen" not in page.text
    assert {one.get("autocomplete") for one in page.all("input") if one["name"] in ("name", "phone", "email")} == {
        "off"
    }


def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(cashier):
    page = cashier.submit(PATH, 422, operation_id=new_id(), language="en", method="till", name="Maria", phone="0917")

    assert "Some digits are missing" in page.text
    assert page.field("name") == "Maria"
    assert sends(cashier, method="tablet").status_code == 422


@pytest.mark.parametrize("number", ["", "0", "x", "9999999999"])
def test_a_paper_form_has_its_number(cashier, number):
    assert types(cashier, number).json["errors"].keys() == {"form_number"}


def test_no_form_is_typed_twice(cashier):
    first, again = types(cashier, "17"), types(cashier, "17")
    page = cashier.submit(PATH, 409, operation_id=new_id(), language="en", method="paper", form_number="17",
                          phone="0917 123 4567")  # fmt: skip

    assert (first.status_code, again.status_code, again.json) == (201, 409, {"refusal": "form_typed_already"})
    assert "has been typed already" in page.text
    assert not page.field("phone")  # the next form begins with an empty page: nobody agrees to what another ticked
    with cashier.app.app_context():
        assert [(one.form_number, one.id) for one in db.session.query(Signup)] == [(17, 1)]
        assert db.session.query(Customer).count() == 1


def test_twenty_forms_are_typed_in_a_row(cashier):
    for number in range(1, 21):
        done = cashier.post(PATH, json=False, operation_id=new_id(), language="fil", method="paper",
                            form_number=number, phone=a_phone())  # fmt: skip
        assert done.location == f"{PATH}?method=paper&language=fil"

    assert "20" in cashier.visit(done.location).text
    with cashier.app.app_context():
        assert [one.form_number for one in db.session.query(Signup)] == list(range(1, 21))
        assert {one.method for one in db.session.query(Consent)} == {"paper"}


def test_the_last_form_can_be_taken_back_and_typed_again(cashier):
    types(cashier, "17", name="Mraia")
    page = cashier.visit(f"{PATH}?method=paper")

    back = cashier.post(f"{PATH}/last/undo", json=False, method="paper", language="en")

    assert "Form 17 is saved" in page.text
    assert back.status_code == 303
    with cashier.app.app_context():
        assert db.session.query(Customer).count() == 0
        assert db.session.query(Coupon).one().voided_at
    assert cashier.post(f"{PATH}/last/undo").json == {"refusal": "too_late"}
    assert types(cashier, "17", name="Maria").status_code == 201


@pytest.mark.parametrize("what", ["later", "redeemed", "noted", "known"])
def test_a_customer_who_has_more_than_this_is_not_taken_back(in_shop, what):
    till, at, phone = at_till(at=now()), now(), a_phone()
    if what == "known":  # from the shop's old list: she has never signed up
        with writing():
            signup.add_customer(answers(phone=phone), at)
    way, operation_id = {"method": "paper", "form_number": 5, "by": till}, new_id()
    outcome = signed_up(at, operation_id=operation_id, phone=phone, **way)
    if what == "redeemed":
        coupons.redeem(outcome.coupon.code, new_id(), at, by=till)
    if what == "noted":
        notes.add(outcome.coupon.customer_id, "Likes tea", at, by=till)

    with pytest.raises(Refusal) as refused:
        forgetting.take_back(signup.sent_as(operation_id), at + timedelta(minutes=11 * (what == "later")), by=till)

    assert refused.value.word == "too_late"
    assert db.session.query(Customer).count() == 1


def test_sign_ups_at_a_till_are_limited(shop_with):
    app = shop_with(KIOSK_SIGNUPS_PER_MINUTE="2")
    Staffer(app).sign_in()
    cashier = Staffer(app, "Ben", "cashier")
    cashier.sign_in()

    assert [sends(cashier).status_code for _ in range(3)] == [201, 201, 429]


def test_in_russia_processing_is_asked_first(shop_with):
    app = shop_with(KIOSK_COUNTRY="RU")
    Staffer(app).sign_in()
    cashier = Staffer(app, "Ben", "cashier")
    cashier.sign_in()

    assert sends(cashier, phone="8 912 345-67-89").json["errors"].keys() == {"consent_processing"}
    assert sends(cashier, phone="8 912 345-67-89", consent_processing="yes").status_code == 201
