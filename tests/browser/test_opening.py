"""A new owner opens her shop without a manual: set-up, a tablet, a till, a cashier; and every page of hers."""

import os
from datetime import timedelta

import pytest
from pictures import keep
from playwright.sync_api import expect
from screens import violations
from shop import PIN, a_coupon, add_person, at_till, new_id
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import notes
from kiosk.guard import audit
from kiosk.models import StaffSession
from kiosk.staff import devices, people
from kiosk.upkeep import demo

PAGES = ("/office", "/office/insights", "/office/closing",
         "/office/offers", "/office/offers?purpose=welcome",
         "/office/settings", "/office/shop", "/office/people",
         "/office/people?role=cashier",
         "/office/people?role=manager", "/office/people/2", "/office/devices", "/office/audit",
         "/office/customers/cards?reason=law", "/office/customers/1", "/office/customers/1?give=1", "/office/visits/1",
         "/me",
         "/office/customers", "/office/customers?consent=sms&visits_min=2", "/office/customers/1/merge?q=Marisol",
         "/office/customers/1/copy", "/office/customers/1/forget", "/office/customers/due",
         "/office/imports", "/office/customers/doubles",
         "/office/forms/welcome", "/office/forms/welcome/questions/source",
         "/office/forms/welcome/questions/new?kind=ranking",
         "/office/forms/preorder", "/office/submissions",
         "/till/sign-in", "/till/sign-in?staff_id=2", "/till", "/sign-in",
         "/till/signups", "/till/signups?method=paper")  # fmt: skip
CUT_OFF = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SMALL = """() => [...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
  .filter((one) => one.getClientRects().length)
  .filter((one) => {
    const has_words = ["checkbox", "radio"].includes(one.type); // a tap on them counts, too
    const whole = (has_words && one.closest("label")) || one;
    return Math.min(whole.offsetHeight, whole.offsetWidth) < 44;
  })
  .map((one) => one.outerHTML.slice(0, 90))"""


def way_to_pair(page) -> str:
    """What the other device's camera reads off the screen, without the address of this machine."""
    return "/pair/" + page.locator(".pairing__link").inner_text().rpartition("/")[2]


def test_the_tablets_code_and_what_to_do_next_are_in_sight_after_set_up_on_a_phone(serve, on_phone):
    shop, owner = serve(), on_phone()
    owner.set_viewport_size({"width": 390, "height": 844})
    set_up(owner, shop.set_up_link())

    expect(owner.locator(".pairing__code")).to_be_in_viewport(ratio=1)
    expect(owner.get_by_role("link", name="Sign up yourself, as a customer would")).to_be_in_viewport(ratio=1)


def test_from_set_up_to_a_paired_tablet_and_till_without_a_manual(serve, at_desk, at_tablet):
    shop = serve()
    office, tablet, till = at_desk(), at_tablet(), at_tablet(1024, 768)
    set_up(office, shop.set_up_link())

    office.get_by_role("link", name="Make a tablet your kiosk").click()
    office.locator("label", has_text="Customer tablet").click()
    office.get_by_label("Name").fill("Door")
    office.get_by_role("button", name="Pair another device").click()
    expect(office.get_by_role("heading", name="Open this on the other device")).to_be_visible()
    tablet.goto(shop.url + way_to_pair(office))
    expect(tablet.get_by_role("heading", name="Use this device as a customer tablet?")).to_be_visible()
    tablet.get_by_role("button", name="Yes, set it up as “Door”").tap()
    expect(tablet.get_by_text("Get 10% off today").first).to_be_visible()

    office.get_by_label("Name").fill("Counter")
    office.get_by_role("button", name="Pair another device").click()
    till.goto(shop.url + way_to_pair(office))
    till.get_by_role("button", name="Yes, set it up as “Counter”").tap()
    expect(till.get_by_role("heading", name="Sign in")).to_be_visible()

    office.get_by_role("link", name="Settings").click()
    office.get_by_role("link", name="Devices").click()
    keep(office, "office-devices")
    office.get_by_role("link", name="Settings").click()
    office.get_by_role("link", name="People").click()
    office.get_by_role("link", name="Add a cashier").click()
    office.get_by_label("Name").fill("Ben")
    office.get_by_label("PIN").fill(PIN)
    office.get_by_role("button", name="Add").click()
    expect(office.get_by_role("link", name="Ben")).to_be_visible()

    till.goto(f"{shop.url}/till")
    till.get_by_role("link", name="Ben").tap()
    for digit in PIN[:-1]:
        till.get_by_role("button", name=digit, exact=True).tap()
    keep(till, "till-pin")
    till.get_by_role("button", name=PIN[-1], exact=True).tap()
    expect(till.get_by_label("Scan the customer’s coupon")).to_be_visible()
    till.get_by_role("link", name="Change cashier").tap()
    expect(till.get_by_role("heading", name="Who is at the till?")).to_be_visible()


def test_insights_say_in_sentences_what_a_year_was_like(serve, at_desk):
    shop = serve()
    with shop.app.app_context():
        demo.fill(600, now(), years=1)
    office = at_desk()
    set_up(office, shop.set_up_link())

    office.set_viewport_size({"width": 1280, "height": 1280})
    office.goto(f"{shop.url}/office/insights?from={now() - timedelta(days=364):%Y-%m-%d}")

    expect(office.get_by_text("Most:").first).to_be_visible()
    keep(office, "office-insights")


def test_a_wrong_pin_can_be_erased_and_is_told(serve, at_desk, at_tablet):
    shop = serve()
    office = at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.app_context():
        add_person("Ben", "cashier", at=now())

    office.goto(f"{shop.url}/till/sign-in?staff_id=2")
    for digit in "12":
        office.get_by_role("button", name=digit, exact=True).click()
    office.get_by_role("button", name="Delete").click()
    expect(office.get_by_label("Your PIN")).to_have_value("1")
    office.keyboard.press("End")
    office.get_by_label("Your PIN").press_sequentially("00000")

    expect(office.get_by_text("Wrong PIN")).to_be_visible()
    office.get_by_label("Your PIN").press_sequentially(PIN)
    expect(office.get_by_label("Scan the customer’s coupon")).to_be_visible()


def test_a_pin_typed_before_its_page_could_listen_is_sent(serve, at_desk):
    shop = serve()
    office = at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.app_context():
        add_person("Ben", "cashier", at=now())
    waiting = []
    office.route("**/sign_in.js*", lambda route: waiting.append(route))

    office.goto(f"{shop.url}/till/sign-in?staff_id=2", wait_until="commit")
    office.get_by_label("Your PIN").press_sequentially(PIN)
    waiting.pop().continue_()

    expect(office.get_by_label("Scan the customer’s coupon")).to_be_visible()


WIDTHS = (360, 768, 1280)
EVERY = [(language, WIDTHS, PAGES) for language in ("en", "fil", "nb", "ru")]
# Else each page once: the languages and widths take turns.
TURNS = (("en", 1280), ("fil", 360), ("nb", 768), ("ru", 360))
SOME = [(language, (width,), PAGES[n :: len(TURNS)]) for n, (language, width) in enumerate(TURNS)]


@pytest.mark.parametrize(("language", "widths", "pages"), EVERY if os.environ.get("KIOSK_TEST_FULL") else SOME)
def test_every_page_of_staff_is_good_for_everybody_on_every_size(serve, at_desk, language, widths, pages):
    shop = serve()
    office = at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.app_context():
        add_person("Benjamín de la Cruz-Villanueva", "cashier", at=now())
        people.choose_language(1, language)
        hers = db.session.query(StaffSession).one()
        devices.invite("tablet", "By the door", now(), by=hers)
        audit.note("redeem", now(), by=hers, object_id=1, outcome="used")
        with writing():
            devices.add_device("till", "Counter", now())
        customer, till = a_coupon(now(), name="Marisol", consent_sms="yes").customer, at_till("Tess", at=now())
        for days in (40, 25, 19, 12, 3):
            bought = Purchase(100_00 * days, "Balayage", "Lorna", is_confirmed=True)
            visits.record(customer, new_id(), now() - timedelta(days=days), by=till, purchase=bought)
        notes.add(customer.id, "Allergic to ammonia.\nAsk before colour.", now(), by=till)

    for width in widths:
        office.set_viewport_size({"width": width, "height": 800})
        for path in pages:
            office.goto(shop.url + path)
            assert (path, width, violations(office)) == (path, width, [])
            assert (path, width, office.evaluate(CUT_OFF), office.evaluate(SMALL)) == (path, width, 0, [])
