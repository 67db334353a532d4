"""The office's page Offer: what is changed there, and where customers and cashiers read it."""

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import NOON, a_coupon, a_phone
from test_customer import POLYGLOTS

from kiosk.base.database import db
from kiosk.models import Coupon, Offer, Series

TEN = {"purpose": "welcome", "kind": "percent", "value": "10", "days_valid": "30"}
COFFEE = TEN | {"kind": "gift", "gift.en": "A free coffee", "gift.ru": "Кофе в подарок"}
WEEKEND = COFFEE | {"from": "2026-11-21", "until": "2026-11-22"}


@pytest.fixture(autouse=True)
def on_noon():
    """It is noon of Saturday, 21 November 2026, in Manila."""
    with time_machine.travel(NOON, tick=False):
        yield


def listed(manager) -> list:
    answer = manager.browser.get("/office/offers", headers={"Accept": "application/json"})
    return [tuple(one[name] for name in ("id", "series", "purpose", "worth", "active")) for one in answer.json]


def saved(manager, **fields) -> dict:
    answer = manager.post("/office/offers", **TEN | fields)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_offers_are_made_changed_and_stopped_as_the_contract_says(manager, customer_at_tablet):
    assert listed(manager) == [(0, 0, "welcome", "10% off", True)]

    first = saved(manager, value="15", series="0")
    second = saved(manager, **WEEKEND | {"minimum": "500", "terms.en": "One each"})
    better = saved(manager, value="20", series=first["series"])

    assert listed(manager) == [
        (second["offer_id"], second["series"], "welcome", "A free coffee", True),
        (better["offer_id"], first["series"], "welcome", "20% off", False),
    ]
    assert (better["series"], second["series"] == first["series"]) == (first["series"], False)
    assert customer_at_tablet.sign_up().json["worth"] == "A free coffee"
    for one in (second, better):
        assert manager.post(f"/office/offers/{one['offer_id']}/stop").status_code == 200
    assert customer_at_tablet.sign_up().json["refusal"] == "ended"
    assert "This offer has ended" in customer_at_tablet.visit("/").text
    assert manager.post("/office/offers/4711/stop").status_code == 404


def test_a_change_gives_nobody_a_second_coupon_and_a_further_offer_does(manager, customer_at_tablet):
    phone = a_phone()
    first = customer_at_tablet.sign_up(phone=phone).json

    changed = saved(manager, value="15", version="1")
    assert customer_at_tablet.sign_up(phone=phone).json == first | {"existing": True}
    saved(manager, value="20")
    assert customer_at_tablet.sign_up(phone=phone).json["worth"] == "20% off"

    page = manager.visit("/office/offers?purpose=welcome")
    assert "also customers who had one of another offer" in page.text
    page = manager.visit(f"/office/offers?version={changed['offer_id']}")
    assert "Whoever had a coupon of this offer gets no second one." in page.text
    assert (page.field("version"), page.field("value")) == (str(changed["offer_id"]), "15")


def test_the_page_says_which_offer_is_given_when_and_the_tablet_shows_it(manager, customer_at_tablet):
    assert "Until you change it: 10% off" in manager.visit("/office/offers").text

    answer = manager.post("/office/offers", json=False, **WEEKEND)

    page = manager.visit(answer.location)
    assert (answer.status_code, "Saved. The tablet shows it" in page.text) == (303, True)
    assert "Until 22\u00a0November: A free coffee" in page.text
    later = manager.post("/office/offers", json=False, **WEEKEND | {"from": "2026-11-22", "version": "2"})
    assert "The tablet shows it" not in manager.visit(later.location).text
    manager.post("/office/offers/3/undo")
    assert "After that: 10% off" in page.text
    assert "Your gift today: A free coffee" in customer_at_tablet.visit("/").text
    assert "Ваш подарок: Кофе в подарок" in customer_at_tablet.visit("/?language=ru").text


def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(manager):
    old = manager.visit("/office/offers").field("version")
    saved(manager, value="15", version=old)

    page = manager.submit("/office/offers", status=409, **TEN | {"value": "25", "version": old})

    assert "It is now: 15% off" in page.text
    assert (page.field("value"), manager.post("/office/offers", **TEN, version=old).json) == (
        "25", {"refusal": "changed_meanwhile"})  # fmt: skip
    assert [one[3] for one in listed(manager)] == ["15% off"]
    again = manager.post("/office/offers", **TEN | {"value": "25", "version": page.field("version")})
    assert again.status_code == 201


def test_what_is_wrong_stands_in_the_form_with_what_was_typed(manager):
    page = manager.submit("/office/offers", **TEN | {"value": "101", "until": "2026-11-20", "terms.nb": "y" * 201})

    assert "Discount: Enter a number from 1 to 100" in page.text
    assert "Last day: Choose a day that is not over yet" in page.text
    assert (page.field("value"), page.field("until"), page.field("terms.nb")) == ("101", "2026-11-20", "y" * 201)
    manager.submit("/office/offers", **TEN | {"purpose": "x"})
    wrong = manager.post("/office/offers", **TEN | {"purpose": "x", "series": "one"})
    assert (wrong.status_code, wrong.json["errors"].keys()) == (422, {"purpose", "series"})


def test_a_preview_is_in_the_words_of_the_tablet_the_coupon_and_the_till_and_keeps_nothing(app, manager):
    typed = TEN | {"value": "15", "minimum": "500", "cap": "100", "terms.en": "Weekdays only"}

    page = manager.submit("/office/offers/preview", status=200, **typed)

    for words in ("Get 15% off today", "Use it by 21\u00a0December", "For purchases from ₱500", "₱100 at most",
                  "Weekdays only", "Take 15% off the total"):  # fmt: skip
        assert words in page.text
    assert page.field("terms.en") == "Weekdays only"
    with app.app_context():
        assert db.session.query(Series).count() == db.session.query(Offer).count() == 0


def test_the_last_change_is_undone_with_one_tap_until_somebody_has_a_coupon(manager, customer_at_tablet):
    offer_id = saved(manager, value="15", version="0")["offer_id"]
    undo = f"/office/offers/{offer_id}/undo"
    assert undo in manager.visit("/office/offers").html

    customer_at_tablet.sign_up()
    assert undo not in manager.visit("/office/offers").html
    page = manager.submit(undo, status=409)
    assert ("cannot be undone" in page.text, page.field("value")) == (True, "15")

    manager.post(f"/office/offers/{offer_id}/stop")
    assert "Stopped at 12:00: 15% off" in manager.visit("/office/offers").text
    assert manager.post(undo).json == {"offer_id": offer_id, "undone": True}
    assert customer_at_tablet.sign_up().json["worth"] == "15% off"


def test_an_offer_to_give_by_hand_is_given_on_a_customers_page(app, manager):
    with app.app_context():
        customer_id = a_coupon().customer_id
    tea = saved(manager, **COFFEE | {"purpose": "by_hand", "gift.en": "Tea, on us"})["offer_id"]

    page = manager.visit(f"/office/customers/{customer_id}")
    given = manager.post(f"/office/customers/{customer_id}/coupons", offer_id=tea)

    assert ("Tea, on us (Given by hand)" in page.text, given.status_code) == (True, 201)
    assert "Tea, on us" in manager.visit("/office/offers").text


def test_small_print_and_conditions_stand_on_the_coupon_and_the_poster(shop_with):
    app = shop_with(KIOSK_PUBLIC_URL="https://shop.example")
    manager, customer = Staffer(app), Customer(app)
    manager.sign_in()
    saved(manager, version="0", minimum="500", cap="100", **{"terms.en": "One each", "terms.nb": "Én hver"})

    link = customer.sign_up(language="nb").json["url"].rpartition("/")[2]
    pages = [Person(app).visit(f"/c/{link}"), customer.visit("/coupon")]
    poster = manager.visit("/office/shop/poster/a4")

    for page in pages:
        assert "Én hver" in page.text and "Ved kjøp fra 500\u00a0PHP" in page.text
    assert "For purchases from ₱500 · ₱100 at most · One each" in poster.text
    manager.post("/office/offers/2/stop")
    assert manager.browser.get("/office/shop/poster/a4").location == "/office/offers"


def test_odd_words_are_shown_as_they_are_and_run_nothing(app, manager, customer_at_tablet):
    till = manager.elsewhere()
    till.becomes("till")
    till.sign_in()
    for text in [*POLYGLOTS[:-1:2], "=1+1", "@SUM(1)"]:
        version = manager.visit("/office/offers").field("version")
        saved(manager, **COFFEE | {"gift.en": text, "terms.en": text, "version": version})
        customer = Customer(app)
        code = customer.sign_up().json["code"]
        with app.app_context():
            token = db.session.query(Coupon.token).filter_by(code=code).scalar()
        till.post("/till/lookups", json=False, q=code)

        pages = [manager.visit("/office/offers"), manager.visit("/office/audit"), customer.visit("/coupon"),
                 Person(app).visit(f"/c/{token}"), customer_at_tablet.visit("/"), till.visit("/till")]  # fmt: skip

        for page in pages:
            assert text in page.text, page.response.request.path
            assert not [tag for tag, its in page.tags if tag == "img" or {"onload", "onerror"} & its.keys()]
            assert "<script>alert" not in page.html


def test_the_log_tells_what_an_offer_was_and_became(manager):
    first = saved(manager, value="15", version="0")["offer_id"]
    manager.post(f"/office/offers/{first}/stop")
    manager.post(f"/office/offers/{first}/undo")

    log = manager.visit("/office/audit").text

    assert "10% off · good for 30 days → 15% off · good for 30 days" in log
    for said in ("Save an offer", "Stop an offer", "Undo a change of an offer"):
        assert said in log


def test_offer_is_the_third_word_of_the_menu(manager):
    page = manager.visit("/office/offers")

    entries = [its for its in page.all("a") if its.get("class") == "menu__entry"]
    assert [(its["href"], its.get("aria-current")) for its in entries] == [
        ("/office", None), ("/office/customers", None), ("/office/offers", "page"), ("/office/settings", None),
    ]  # fmt: skip
