"""What a till's pages tell a cashier: of whom her session has looked up, within the limits, and nothing else."""

import base64
import re
import zlib

import pytest
from people import Staffer
from shop import new_id, on_sqlite_only

from kiosk.base.database import db
from kiosk.coupons.codes import new_card_number, new_code
from kiosk.models import Audit, Coupon, Customer, Redemption, Visit

NAMES = ["Marisol", "Ingrid", "Jose"]


@pytest.fixture
def secrets(app, customer_at_tablet):
    """Three customers; gives every name, code, card number and link that there is."""
    for name in NAMES:
        customer_at_tablet.sign_up(name=f"{name} Cruz", phone=f"0917 765 43{len(name)}1")
    with app.app_context():
        coupons = db.session.query(Coupon).all()
        codes = [text for one in coupons for text in (one.code, one.token, one.customer.card_number)]
        return [text for code in codes for text in (code, f"{code[:4]} {code[4:8]} {code[8:]}")] + NAMES


@pytest.fixture
def elsewhere(app, manager, secrets):
    """A redemption of each coupon, at the manager's own till."""
    with app.app_context():
        codes = [coupon.code for coupon in db.session.query(Coupon)]
    return [manager.redeem(code).json["redemption_id"] for code in codes]


BAD, GOOD = {"operation_id": "x"}, {"operation_id": "0" * 32}
GUESSED = [
    *(("/till/visits", {"customer_id": "{n}", **fields}) for fields in (BAD, GOOD, GOOD | {"amount": "x"})),
    *(("/till/visits", {"coupon_id": "{n}", **fields}) for fields in (BAD, GOOD)),
    *(("/till/redemptions", {"coupon_id": "{n}", **fields}) for fields in (BAD, GOOD | {"amount": "x"}, GOOD)),
    ("/till/redemptions", {"customer_id": "{n}", **BAD}),
    ("/till/lookups", {"customer_id": "{n}"}),
    ("/till/lookups", {"coupon_id": "{n}"}),
    ("/till/lookups", {"customer_id": "{n}", "q": "x"}),
    ("/till/redemptions/{n}/undo", BAD),
    ("/till/redemptions/{n}/undo", GOOD),
    ("/till/redemptions/{n}/undo", GOOD | {"reason": "\x00"}),
]


@on_sqlite_only
@pytest.mark.parametrize("json", [False, True], ids=["page", "JSON"])
@pytest.mark.parametrize(("path", "fields"), GUESSED)
def test_a_number_that_was_not_looked_up_tells_nothing(cashier, secrets, elsewhere, path, fields, json):
    told = ""
    for n in range(1, 5):
        sent = {name: value.format(n=n) for name, value in fields.items()}
        answer = cashier.post(path.format(n=n), json=json, **sent)
        assert 400 <= answer.status_code < 500
        told += answer.get_data(as_text=True) + cashier.browser.get("/till").get_data(as_text=True)

    assert [secret for secret in secrets if secret in told] == []
    with cashier.app.app_context():
        assert db.session.query(Visit).count() == db.session.query(Redemption).count() == 3


def test_each_such_try_counts_and_is_recorded(shop_with):
    app = shop_with(KIOSK_LOOKUPS_PER_MINUTE="5")
    Staffer(app)
    ben = Staffer(app, "Ben", "cashier")
    ben.sign_in()
    ben.visit("/till")

    statuses = [ben.post("/till/visits", customer_id=n, operation_id=new_id()).status_code for n in range(1, 9)]

    assert statuses == [409] * 5 + [429] * 3
    with app.app_context():
        tried = db.session.query(Audit).filter_by(staff_id=ben.id, action="look_up", outcome="unknown")
        assert tried.count() == 5


def test_guessing_card_numbers_by_forms_that_are_wrong_counts_as_misses(shop_with):
    app = shop_with(KIOSK_MISSES_PER_DAY="4")
    Staffer(app)
    ben = Staffer(app, "Ben", "cashier")
    ben.sign_in()
    ben.visit("/till")

    for _ in range(4):
        ben.submit("/till/visits", code=new_card_number(), operation_id="x")

    assert ben.look_up(new_code()).status_code == 429


@pytest.mark.parametrize("q", ["marisol", "0917 765 4371", "cruz"])
def test_a_code_that_nobody_scanned_stands_in_no_page(cashier, secrets, q):
    cashier.post("/till/lookups", json=False, q=q)
    pages = [cashier.visit("/till")]
    number = next(a["value"] for a in pages[0].all("input") if a.get("name") in ("coupon_id", "customer_id"))
    pages.append(cashier.submit("/till/redemptions", coupon_id=number, amount="x", operation_id=new_id()))
    cashier.post("/till/redemptions", json=False, coupon_id=number, operation_id=new_id())
    pages.append(cashier.visit("/till"))
    pages.append(cashier.submit("/till/redemptions", 409, coupon_id=number, operation_id=new_id()))

    assert "10% off" in pages[1].text and "Redeemed" in pages[2].text and "Just redeemed here" in pages[3].text
    codes = set(secrets) - set(NAMES)
    assert [code for page in pages for code in codes if code in page.html] == []


def test_who_was_looked_up_may_be_named_by_number_again(cashier, secrets):
    her = cashier.look_up("marisol").json["customer"]

    page = cashier.submit("/till/visits", customer_id=her["id"], operation_id=new_id(), amount="x")
    answer = cashier.post("/till/visits", customer_id=her["id"], operation_id=new_id(), amount="5")

    assert "Marisol" in page.text
    assert answer.status_code == 201


def test_what_one_session_looked_up_another_does_not_know(app, cashier, secrets):
    number = cashier.look_up("marisol").json["customer"]["id"]
    cashier.post("/sign-out", json=False)
    carla = Staffer(app, "Carla", "cashier").elsewhere(browser=cashier.browser, token=None)
    carla.sign_in()

    answer = carla.post("/till/visits", customer_id=number, operation_id=new_id())

    assert answer.json == {"refusal": "unknown"}


def test_the_last_scans_of_a_till_are_opened_there_and_nowhere_else(app, manager, cashier, secrets):
    with app.app_context():
        coupon = db.session.query(Coupon).first()
    cashier.redeem(coupon.code)
    ben, dora = cashier, Staffer(app, "Dora", "cashier")
    dora.sign_in()

    assert ben.post("/till/lookups", coupon_id=coupon.id).json["state"] == "used"
    assert dora.post("/till/lookups", coupon_id=coupon.id).status_code == 409


def test_the_cookie_that_a_browser_can_read_says_numbers_only(cashier, secrets):
    for q in ("marisol", "cruz", "ingrid"):
        cashier.post("/till/lookups", json=False, q=q)
    payload = cashier.browser.get_cookie("suki").value

    part = payload.lstrip(".").partition(".")[0]
    kept = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    readable = (zlib.decompress(kept) if payload.startswith(".") else kept).decode()

    assert "known" in readable
    assert [secret for secret in secrets if secret in readable] == []
    assert re.findall(r"\d{8,}", readable.partition('"known"')[2].partition("]")[0]) == []


def test_a_manager_names_whom_she_finds_in_the_office_too(manager, secrets):
    with manager.app.app_context():
        number = db.session.query(Customer.id).first()[0]

    assert manager.post("/till/visits", customer_id=number, operation_id=new_id(), amount="5").status_code == 201
