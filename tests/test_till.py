import pytest
from shop import a_phone, new_id

from kiosk import reports, shop
from kiosk.codes import new_code
from kiosk.database import db, now, writing
from kiosk.models import Coupon, Offer, Visit


@pytest.fixture
def code(customer_at_tablet):
    return customer_at_tablet.sign_up(name="Maria Santos", phone="0917 123 4567").json["code"]


def test_the_till_is_closed_to_strangers(stranger):
    stranger.visit("/")

    assert stranger.browser.get("/till").location == "/sign-in?next=/till"
    assert stranger.post("/till/lookups", q="731904558217").status_code == 401
    assert stranger.post("/till/redemptions", code="731904558217").status_code == 401


def test_it_shows_first_what_the_coupon_is_worth_and_for_whom(manager, code):
    answer = manager.look_up(code)

    assert answer.json == answer.json | {"kind": "coupon", "code": code, "worth": "10% off", "state": "issued"}
    assert answer.json["customer"] == "Maria"


def test_a_look_up_changes_nothing(manager, code):
    manager.look_up(code)

    with manager.app.app_context():
        assert db.session.query(Coupon).one().spent_at is None


def test_redeeming_says_what_to_take_off_and_to_pay(manager, code):
    answer = manager.redeem(code, amount="250,50")

    assert answer.status_code == 201
    assert {key: answer.json[key] for key in ("take_off", "to_pay", "worth")} == {
        "take_off": 2505, "to_pay": 22545, "worth": "10% off"
    }  # fmt: skip


def test_the_same_operation_again_is_the_same_answer(manager, code):
    operation_id = new_id()
    first = manager.redeem(code, operation_id=operation_id)
    again = manager.redeem(code, operation_id=operation_id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json


def test_a_second_use_is_refused_with_who_when_and_where(manager, code):
    manager.redeem(code)

    answer = manager.redeem(code)

    assert answer.status_code == 409
    assert (answer.json["refusal"], answer.json["by"], answer.json["till"]) == ("used", "Ana", "1")
    assert answer.json["just_now"] is True


def test_an_undo_makes_the_coupon_good_again(manager, code):
    redemption_id, operation_id = manager.redeem(code).json["redemption_id"], new_id()

    statuses = [manager.undo(redemption_id, operation_id=operation_id).status_code for _ in range(2)]

    assert statuses == [201, 200]
    assert manager.undo(redemption_id).json["refusal"] == "already_undone"
    assert manager.redeem(code).status_code == 201


def test_a_repeat_of_what_was_undone_says_so(manager, code):
    operation_id = new_id()
    redemption_id = manager.redeem(code, operation_id=operation_id).json["redemption_id"]
    manager.undo(redemption_id)

    assert manager.redeem(code, operation_id=operation_id).json["undone"] is True


def test_unknown_and_mistyped_are_told_apart(manager):
    assert manager.look_up(new_code()).json == {"refusal": "unknown"}
    assert manager.look_up("7319 0455 8216").json == {"refusal": "mistyped"}
    assert manager.redeem("hello").json == {"refusal": "mistyped"}


def test_what_was_scanned_by_physical_key_is_read_too(manager, code):
    assert manager.post("/till/lookups", q="&é&é&é", q_keys=code).json["code"] == code


def test_a_card_is_its_customer(manager, code):
    with manager.app.app_context():
        card = db.session.query(Coupon).one().customer.card_number

    answer = manager.look_up(card)

    assert answer.json["kind"] == "customer"
    assert answer.json["customer"].items() >= {"first_name": "Maria", "contact": "•••• 4567"}.items()


def test_without_script_the_same_is_done_by_forms(manager, code):
    manager.visit("/till")
    scanned = manager.post("/till/lookups", json=False, q=code)
    found = manager.visit("/till")
    redeemed = manager.post("/till/redemptions", json=False, code=code, operation_id=found.field("operation_id"))
    done = manager.visit("/till")
    undo = next(form["action"] for form in done.all("form") if form["action"].endswith("/undo"))
    undone = manager.post(undo, json=False, operation_id=new_id())

    assert [answer.status_code for answer in (scanned, redeemed, undone)] == [303, 303, 303]
    assert "10% off" in found.text
    assert "Redeemed" in done.text
    assert "Undone" in manager.visit("/till").text


def test_the_page_says_when_a_coupon_was_used(manager, code):
    manager.redeem(code)

    assert "Just redeemed here" in manager.submit("/till/redemptions", 409, code=code, operation_id=new_id()).text


@pytest.mark.parametrize(
    ("q", "words"), [("hello", "Not found"), ("731904558216", "One digit is wrong"), ("731904558217", "Code not found")]
)
def test_the_page_tells_mistyped_from_unknown(manager, q, words):
    assert words in manager.submit("/till/lookups", 409, q=q).text


def test_an_amount_that_cannot_be_read_is_asked_for_again(manager, code):
    manager.visit("/till")
    page = manager.submit("/till/redemptions", code=code, operation_id=new_id(), amount="a lot")

    assert "Enter the amount in digits, like 250.50" in page.text
    with manager.app.app_context():
        assert db.session.query(Coupon).one().spent_at is None


def test_a_cashier_may_redeem_and_undo_her_own(cashier, customer_at_tablet):
    code = customer_at_tablet.sign_up(phone=a_phone()).json["code"]

    redemption_id = cashier.redeem(code).json["redemption_id"]

    assert cashier.undo(redemption_id).status_code == 201


def test_several_people_of_that_name_are_offered_with_masked_contacts(manager, code, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria Reyes", phone="0917 765 4321")

    answer = manager.look_up("maria")

    assert answer.json["kind"] == "choices"
    assert [her["contact"] for her in answer.json["customers"]] == ["•••• 4321", "•••• 4567"]


def test_the_page_offers_them_and_none_of_their_numbers(manager, code, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria Reyes", phone="0917 765 4321")
    manager.post("/till/lookups", json=False, q="maria")

    page = manager.visit("/till")

    assert "Who is it?" in page.text
    assert "765" not in page.text


def test_a_customer_is_shown_with_her_live_coupon(manager, code):
    manager.post("/till/lookups", json=False, q="4567")

    page = manager.visit("/till")

    assert page.field("code") == code
    assert "Record the purchase without the coupon" in page.text


def test_a_purchase_is_recorded_for_who_has_no_coupon_left(manager, code):
    manager.redeem(code)
    manager.post("/till/lookups", json=False, q="maria")
    found = manager.visit("/till")

    fields = {"customer_id": found.field("customer_id"), "operation_id": found.field("operation_id")}
    manager.post("/till/visits", json=False, **fields, amount="99,90", what="Haircut", served_by="Ben")

    assert "Purchase recorded" in manager.visit("/till").text
    with manager.app.app_context():
        visit = db.session.query(Visit).order_by(Visit.id.desc()).first()
        assert (visit.amount, visit.discount, visit.what, visit.served_by) == (9990, None, "Haircut", "Ben")


def test_a_visit_answers_as_the_contract_says(manager, code):
    fields = {"code": code, "operation_id": new_id(), "amount": "100", "reason": "Our mistake"}
    answers = [manager.post("/till/visits", **fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json == answers[1].json == {"visit_id": 1, "discount": 1000, "to_pay": 9000}
    assert manager.post("/till/visits", operation_id=new_id(), customer_id="99999").json == {"refusal": "unknown"}
    assert manager.post("/till/visits", operation_id=new_id(), code="maria santos").status_code == 201
    assert manager.post("/till/visits", operation_id=new_id(), amount="1").json == {"refusal": "mistyped"}
    wrong = manager.post("/till/visits", code=code, operation_id=new_id(), discount="5", reason="")
    assert (wrong.status_code, [*wrong.json["errors"]]) == (422, ["reason"])


def test_a_cashier_gives_no_discount_of_her_own(cashier, code):
    answer = cashier.post("/till/visits", code=code, operation_id=new_id(), discount="5", reason="A friend")

    assert answer.status_code == 403


def test_a_manager_is_offered_to_honour_a_refused_coupon_and_a_cashier_is_not(manager, cashier, code):
    with manager.app.app_context(), writing():
        db.session.query(Coupon).update({"voided_at": now()})

    pages = [who.submit("/till/redemptions", 409, code=code, operation_id=new_id()) for who in (manager, cashier)]

    assert ["Honour it" in page.text for page in pages] == [True, False]
    assert "Record the purchase" in pages[1].text


def test_what_was_typed_of_a_purchase_is_still_there_when_a_reason_is_missing(manager, code):
    manager.redeem(code)

    page = manager.submit("/till/visits", code=code, operation_id=new_id(), amount="77", discount="7", what="Tea")

    assert "Say in a few words why the discount is given" in page.text
    assert [page.field(name) for name in ("amount", "discount", "what")] == ["77", "7", "Tea"]


def test_a_scan_redeems_where_a_manager_has_decided_so(manager, code):
    manager.visit("/till")
    manager.post("/till/settings", json=False, redeem_on_scan="yes")

    scan = {"q": code, "operation_id": new_id()}
    pages = [manager.post("/till/lookups", json=False, **scan) and manager.visit("/till") for _ in range(2)]
    looked_up = manager.look_up(code)

    assert ["Redeemed" in page.text for page in pages] == [True, True]
    assert looked_up.json["state"] == "used"


def test_a_scan_does_not_redeem_what_asks_for_an_amount(manager, code):
    with manager.app.app_context(), writing():
        db.session.query(Offer).update({"minimum": 10000})
    manager.post("/till/settings", json=False, redeem_on_scan="yes")

    manager.post("/till/lookups", json=False, q=code, operation_id=new_id())

    assert manager.visit("/till").field("code") == code


def test_what_a_cashier_may_not_decide(cashier):
    assert cashier.post("/till/settings", redeem_on_scan="yes").status_code == 403


def test_a_manager_may_undo_later_and_is_asked_why(manager, cashier, code):
    redemption_id = cashier.redeem(code).json["redemption_id"]

    page = manager.submit(f"/till/redemptions/{redemption_id}/undo", operation_id=new_id())

    assert "Why is it undone?" in page.text
    assert manager.undo(redemption_id, reason="Wrong customer").status_code == 201


def test_the_camera_is_allowed_at_the_till_alone(manager):
    powers = [manager.visit(path).response.headers["Permissions-Policy"] for path in ("/till", "/office", "/")]

    assert ["camera=(self)" in policy for policy in powers] == [True, False, False]


def test_an_operation_of_another_undo_is_refused(manager, code, customer_at_tablet):
    first, second = (manager.redeem(c).json["redemption_id"] for c in (code, customer_at_tablet.sign_up().json["code"]))
    operation_id = new_id()
    manager.undo(first, operation_id=operation_id)

    answer = manager.undo(second, operation_id=operation_id)

    assert (answer.status_code, answer.json["refusal"]) == (409, "operation_id_reused")


def test_a_redemption_that_never_was_is_not_found(manager):
    assert manager.undo(99).status_code == 404


@pytest.mark.parametrize("other", ["1234", "731904558216", None])
def test_an_operation_with_another_code_is_reused_whatever_that_code_is(manager, code, other):
    operation_id = new_id()
    manager.redeem(code, operation_id=operation_id)

    answer = manager.redeem(other or new_code(), operation_id=operation_id)

    assert (answer.status_code, answer.json["refusal"]) == (409, "operation_id_reused")


@pytest.mark.parametrize("field", ["what", "served_by"])
def test_what_is_said_of_a_purchase_stands_on_one_line(manager, code, field):
    answer = manager.redeem(code, **{field: "a\nb"})

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {field})


def test_a_manager_at_another_till_is_asked_why_before_she_undoes(manager, cashier, code):
    cashier.redeem(code)
    manager.visit("/till")

    manager.post("/till/lookups", json=False, q=code)
    page = manager.visit("/till")

    assert [a["name"] for a in page.all("input") if a.get("name") == "reason"] != []
    wrong = manager.submit("/till/redemptions/1/undo", operation_id=new_id())
    assert "Redeemed" not in wrong.text.partition("Last scans")[0]


def test_a_discount_given_without_a_coupon_counts_as_given(manager, code):
    manager.redeem(code, amount="100")
    fields = {"code": code, "amount": "200", "discount": "20", "reason": "a regular", "operation_id": new_id()}
    manager.post("/till/visits", **fields)

    with manager.app.app_context():
        today = shop.current().today()
        assert reports.summary(today, today).taken_off == 1000 + 2000
        manager.undo(1)
        assert reports.summary(today, today).taken_off == 2000
