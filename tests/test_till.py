from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from people import Customer, Staffer
from shop import a_coupon, a_phone, at_till, new_id

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import visits
from kiosk.coupons.codes import new_code
from kiosk.coupons.visits import Purchase
from kiosk.customers import notes
from kiosk.models import Audit, Coupon, Offer, Visit
from kiosk.reports import figures
from kiosk.shop import shop


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
    assert manager.look_up(new_code()).json["refusal"] == "unknown"
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


@pytest.mark.parametrize("q", ["4006381333931", "036000291452", "96385074", "]E04006381333931"])
def test_a_products_bar_code_is_called_one(manager, q):
    answer = manager.look_up(q)

    assert (answer.status_code, answer.json) == (409, {"refusal": "mistyped", "product": True})
    assert "A product’s bar code" in manager.submit("/till/lookups", 409, q=q).text


def test_a_phone_number_with_the_check_digit_of_a_product_is_only_not_found(shop_with):
    app = shop_with(KIOSK_COUNTRY="NO")
    ana = Staffer(app)
    ana.sign_in()

    assert ana.look_up("41234568").json == {"refusal": "mistyped"}


def test_a_good_coupon_goes_through_a_pause_and_its_customer_through_a_stop(shop_with):
    app = shop_with(KIOSK_MISSES_PER_DAY="12")
    code = Customer(app).sign_up(name="Maria").json["code"]
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")
    for _ in range(2):
        ana.look_up(new_code())

    assert "The next unknown code can be tried in" in ana.submit("/till/lookups", 429, q=new_code()).text
    assert ana.look_up(code).status_code == 200
    for _ in range(9):
        ana.look_up(new_code())
    assert "a manager signs in here" in ana.submit("/till/lookups", 429, q=code).text
    assert ana.look_up("maria").status_code == 200
    assert ana.post("/till/redemptions", coupon_id=1, operation_id=new_id()).status_code == 201


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

    assert "Choose the customer" in page.text
    assert "765" not in page.text


def test_choices_are_told_apart_by_town_initial_and_last_visit(manager, customer_at_tablet):
    for name, city in (("Demo Reyes", "Cebu"), ("Demo Santos", "Davao")):
        customer_at_tablet.sign_up(name=name, city=city, email=f"demo.{city}@example.com", phone="")
    manager.look_up("demo reyes")
    manager.post("/till/visits", customer_id=1, operation_id=new_id(), amount="5")

    told = manager.look_up("demo").json["customers"]
    manager.post("/till/lookups", json=False, q="demo")
    page = manager.visit("/till").text

    today = now().astimezone(ZoneInfo("Asia/Manila")).date().isoformat()
    assert [(one["initial"], one["town"], one["last_visit"]) for one in told] == [
        ("S.", "Davao", None), ("R.", "Cebu", today)
    ]  # fmt: skip
    assert "Demo R. · Cebu" in page and "Last here" in page and "Not been here yet" in page


def test_a_coupon_that_was_shown_and_not_redeemed_is_recorded(manager, code, customer_at_tablet):
    other = customer_at_tablet.sign_up().json["code"]
    manager.post("/till/lookups", json=False, q=code)
    manager.post("/till/lookups", json=False, q=code)  # the same again leaves nothing
    manager.visit("/till")
    manager.post("/till/lookups", json=False, q=other)
    pages = [manager.visit("/till") for _ in range(2)]

    assert [f"…{code[-4:]} was not redeemed" in page.text for page in pages] == [True, False]
    assert all("Not redeemed" in page.text for page in pages)
    with manager.app.app_context():
        assert db.session.query(Audit).filter_by(action="leave", outcome="done").count() == 1


def test_what_is_open_stays_until_it_is_dealt_with(manager, code):
    manager.post("/till/lookups", json=False, q=code)
    shown = [manager.visit("/till").field("coupon_id") for _ in range(3)]
    manager.post("/sign-out", json=False)
    manager.token = None
    manager.sign_in()

    assert shown == ["1"] * 3
    assert manager.visit("/till").field("coupon_id") == "1"
    assert manager.post("/till/redemptions", coupon_id=1, operation_id=new_id()).status_code == 201
    assert "coupon_id" not in [a.get("name") for a in manager.visit("/till").all("input")][:3]


def test_a_coupon_is_put_away_by_hand(manager, code):
    manager.post("/till/lookups", json=False, q=code)

    manager.post("/till/away", json=False)

    assert f"…{code[-4:]} was not redeemed" in manager.visit("/till").text
    assert "was not redeemed" not in manager.visit("/till").text


def test_a_customer_is_shown_with_her_live_coupon(manager, code):
    manager.post("/till/lookups", json=False, q="4567")

    page = manager.visit("/till")

    assert page.field("coupon_id") == "1"
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
    with manager.app.app_context(), writing():
        db.session.query(Coupon).update({"voided_at": now()})
    fields = {"code": code, "operation_id": new_id(), "amount": "100", "reason": "Our mistake"}
    answers = [manager.post("/till/visits", **fields) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json == answers[1].json == {"visit_id": 1, "discount": 1000, "to_pay": 9000}
    assert manager.post("/till/visits", operation_id=new_id(), customer_id="99999").json == {"refusal": "unknown"}
    assert manager.post("/till/visits", operation_id=new_id(), code="maria santos", amount="7").status_code == 201
    empty = manager.post("/till/visits", operation_id=new_id(), code="maria santos")
    assert (empty.status_code, [*empty.json["errors"]]) == (422, ["amount"])
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

    assert ["Honour the coupon" in page.text for page in pages] == [True, False]
    assert "Record the purchase" in pages[1].text


def test_what_was_typed_of_a_purchase_is_still_there_when_a_reason_is_missing(manager, code):
    manager.redeem(code)

    page = manager.submit("/till/visits", code=code, operation_id=new_id(), amount="77", discount="7", what="Tea")

    assert "Enter a reason for the discount" in page.text
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

    assert manager.visit("/till").field("coupon_id") == "1"


def test_what_a_cashier_may_not_decide(cashier):
    assert cashier.post("/till/settings", redeem_on_scan="yes").status_code == 403


def test_a_manager_may_undo_later_and_is_asked_why(manager, cashier, code):
    redemption_id = cashier.redeem(code).json["redemption_id"]

    page = manager.submit(f"/till/redemptions/{redemption_id}/undo", operation_id=new_id())

    assert "Reason for undoing" in page.text
    assert manager.undo(redemption_id, reason="Wrong customer").status_code == 201


def test_the_camera_is_allowed_at_the_till_and_on_the_tablet_alone(manager):
    powers = [manager.visit(path).response.headers["Permissions-Policy"] for path in ("/till", "/", "/office")]

    assert ["camera=(self)" in policy for policy in powers] == [True, True, False]


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
        assert figures.of(today, today).discounts == 1000 + 2000
        manager.undo(1)
        assert figures.of(today, today).discounts == 2000


def test_a_purchase_is_undone_from_the_last_scans_and_has_its_customers_name_there(manager, code):
    manager.post("/till/visits", operation_id=new_id(), code="maria santos", amount="99999999")
    listed = manager.visit("/till")
    assert "Maria" in listed.text.partition("Last scans")[2]

    manager.post("/till/lookups", json=False, visit_id=listed.field("visit_id"))
    shown = manager.visit("/till")
    undone = manager.post("/till/visits/1/undo", json=False, operation_id=shown.field("operation_id"))

    assert undone.status_code == 303
    assert "The purchase is not counted any more" in manager.visit("/till").text
    with manager.app.app_context():
        assert [visit.amount for visit in db.session.query(Visit).order_by(Visit.id)] == [9999999900, -9999999900]


def test_undoing_a_visit_answers_as_the_contract_says(manager, cashier, code):
    visit_id = manager.post("/till/visits", operation_id=new_id(), code=code, what="Tea").json["visit_id"]
    fields = {"operation_id": new_id()}
    late = cashier.post(f"/till/visits/{visit_id}/undo", operation_id=new_id())
    answers = [manager.post(f"/till/visits/{visit_id}/undo", **fields) for _ in range(2)]
    again = manager.post(f"/till/visits/{visit_id}/undo", operation_id=new_id())

    assert (late.status_code, late.json) == (409, {"refusal": "too_late"})
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json == answers[1].json == {"visit_id": 1, "undo_id": 2}
    assert (again.status_code, again.json) == (409, {"refusal": "already_undone"})
    assert manager.post("/till/visits/99/undo", operation_id=new_id()).status_code == 404


def test_a_manager_elsewhere_is_asked_why_before_a_visit_is_undone(manager, cashier, code):
    cashier.post("/till/visits", operation_id=new_id(), code=code, what="Tea")

    wrong = manager.submit("/till/visits/1/undo", operation_id=new_id())

    assert "Enter a reason for undoing" in wrong.text
    assert "/till/visits/1/undo" in [form.get("action") for form in wrong.all("form")]


def test_what_is_asked_about_a_purchase_is_shown_with_what_was_typed_and_taken_when_confirmed(manager, code):
    fields = {"code": "maria santos", "amount": "250", "what": "Tea"}
    manager.post("/till/visits", operation_id=new_id(), **fields)
    refused = manager.post("/till/visits", operation_id=new_id(), **fields)
    assert (refused.status_code, refused.json) == (409, {"refusal": "recorded_just_now"})

    page = manager.submit("/till/visits", 409, operation_id=new_id(), **fields)

    assert "once more?" in page.text
    assert (page.field("amount"), page.field("what")) == ("250", "Tea")
    confirmed = {"customer_id": page.field("customer_id"), "operation_id": page.field("operation_id"), "confirm": "yes"}
    assert manager.post("/till/visits", **confirmed, amount="250", what="Tea").status_code == 201


def test_an_unusual_amount_is_asked_about_where_it_was_typed(manager, code):
    for number in range(20):
        manager.post("/till/visits", operation_id=new_id(), code="maria santos", amount="100", what=f"Tea {number}")
    refused = manager.redeem(code, amount="99999")
    assert (refused.status_code, refused.json) == (409, {"refusal": "unusual_amount", "usual": 10000})

    at_coupon = manager.submit("/till/redemptions", 409, code=code, amount="99999", operation_id=new_id())
    at_customer = manager.submit("/till/visits", 409, code="maria santos", amount="99999", operation_id=new_id())

    for page in (at_coupon, at_customer):
        assert "Purchases here are usually about ₱100." in page.text
        assert [button["value"] for button in page.all("button") if button.get("name") == "confirm"] == ["yes"]
    assert manager.redeem(code, amount="99999", confirm="yes").status_code == 201


def test_a_good_coupon_cannot_be_honoured(manager, code):
    fields = {"code": code, "amount": "100", "reason": "A friend", "discount": "50"}
    refused = manager.post("/till/visits", operation_id=new_id(), **fields)

    assert (refused.status_code, refused.json) == (409, {"refusal": "not_refused"})
    assert "Not honoured" in manager.submit("/till/visits", 409, operation_id=new_id(), **fields).text
    assert manager.redeem(code, amount="100").status_code == 201


def test_a_customer_is_shown_with_visits_and_the_newest_note(cashier, app):
    with app.app_context():
        by, customer = at_till("Cleo"), a_coupon(name="Ana Cruz").customer
        card = customer.card_number
        for days in (40, 20, 0):
            at = now() - timedelta(days=days)
            visits.record(customer, new_id(), at, by=by, purchase=Purchase(10_00))
        for text in ("Old note", "Allergic to ammonia"):
            notes.add(customer.id, text, now(), by=by)

    cashier.post("/till/lookups", q=card, json=False)
    page = cashier.visit("/till")

    assert "3 visits, every 20 days on average. The last one was today." in page.text
    assert "Allergic to ammonia" in page.text
    assert [word for word in ("Old note", "Cruz") if word in page.text] == []
