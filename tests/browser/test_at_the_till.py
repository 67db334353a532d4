"""The till as a cashier has it before her: every state, by keyboard, by ear, with bad eyes and a bad connection."""

import io
import itertools
import re
from datetime import timedelta

import pytest
from cashier import Cashier, every_state, stocked
from PIL import Image, ImageChops, ImageStat
from playwright.sync_api import expect
from screens import violations
from shop import IS_FULL

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Redemption, StaffSession
from kiosk.staff import sessions

SIZES = [(1280, 800), (768, 1024), (360, 740)]
VERDICTS = ["redeemed", "just redeemed", "Already used", "unknown", "good", "ready"]
HEARD = """
globalThis.heard = [];
globalThis.AudioContext = class { currentTime = 0; destination = {}; };
globalThis.GainNode = class { connect(next) { return next; } };
globalThis.OscillatorNode = class {
  constructor(_, { frequency }) { heard.push(frequency); }
  connect(next) { return next; }
  start() {}
  stop() {}
};
"""


@pytest.fixture
def cashier(serve, new_context):
    """Somebody at a till of that size, with coupons of every kind coming her way."""

    def cashier(width=1280, height=800, script=None):
        touch = {"has_touch": True, "is_mobile": True} if width < 1000 else {}
        page, shop = new_context(viewport={"width": width, "height": height}, **touch).new_page(), serve()
        page.add_init_script(script or "")
        her = Cashier(page, shop)
        her.codes = stocked(shop)
        her.opens_the_till()
        return her

    return cashier


def redemptions(her) -> int:
    with her.shop.app.app_context():
        return db.session.query(Redemption).count()


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES if IS_FULL else SIZES[::2], ids="{0[0]}".format)
def test_every_state_is_open_to_all(cashier, size):
    her, found = cashier(*size), {}
    for state in every_state(her, her.codes):
        her.page.wait_for_timeout(250)
        sideways = her.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[state] = violations(her.page) + (["scrolls sideways"] if sideways else [])

    assert {state: flaws for state, flaws in found.items() if flaws} == {}
    assert len(found) == 20


@pytest.mark.slow
def test_verdicts_are_told_apart_without_colour(cashier):
    her, seen = cashier(), {}
    for state in every_state(her, her.codes):
        if state in VERDICTS:
            her.page.wait_for_timeout(900)
            shot = Image.open(io.BytesIO(her.page.locator("[data-result]").screenshot()))
            seen[state] = shot.convert("L").resize((64, 48))

    differences = {
        pair: ImageStat.Stat(ImageChops.difference(*(seen[state] for state in pair))).rms[0]
        for pair in itertools.combinations(VERDICTS, 2)
    }
    assert {pair: round(rms, 1) for pair, rms in differences.items() if rms < 12} == {}


def test_all_of_it_goes_by_keyboard(cashier):
    her = cashier()
    keys = her.page.keyboard

    keys.type(her.codes["Marisol"][:6], delay=150)
    keys.type(her.codes["Marisol"][6:], delay=150)
    keys.press("Enter")
    her.sees("10% off")
    her.page.wait_for_timeout(600)
    keys.type("250", delay=120)
    keys.press("Enter")
    her.sees("Redeemed")
    keys.press("Shift+Tab")
    keys.press("Enter")

    her.sees("Undone. The customer can use the coupon again.")
    expect(her.page.locator("#field-q")).to_be_focused()


def test_verdicts_are_told_apart_by_ear(cashier):
    her = cashier(script=HEARD)
    her.page.mouse.click(5, 5)
    heard = {}
    for name, code, words in [("good", "Marisol", "10% off"), ("used", "Ingrid", "Already used")]:
        her.scans(her.codes[code])
        her.sees(words)
        heard[name] = her.page.evaluate("heard.splice(0)")
    her.scans("731904558217")
    her.sees("Code not found")
    heard["unknown"] = her.page.evaluate("heard.splice(0)")
    her.scans(her.codes["Marisol"])
    her.sees("10% off")
    her.page.locator("[data-redeem]").click()
    her.sees("Redeemed")
    heard["redeemed"] = her.page.evaluate("heard.splice(0)")

    assert heard == {"good": [], "used": [440, 440, 220], "unknown": [220, 165], "redeemed": [660, 880]}


def test_a_verdict_stays_twenty_seconds_and_then_the_till_is_ready(cashier):
    her = cashier()
    her.page.clock.install()
    her.scans(her.codes["Ingrid"])
    her.sees("Already used")

    her.page.clock.run_for(19_000)
    her.sees("Already used")
    her.page.clock.run_for(1_500)

    her.sees("Scan the customer’s coupon")


def test_a_till_that_nobody_touches_locks_in_sight(cashier):
    her = cashier()
    expect(her.page.locator("[data-ready]")).to_be_attached()
    her.page.clock.install()
    her.page.locator("body").press("Shift")

    her.page.clock.run_for(29 * 60_000)
    expect(her.page.locator("[data-ready]")).to_be_attached()
    with her.shop.app.app_context(), writing():
        db.session.query(StaffSession).update({"seen_at": now() - sessions.LONGEST_IDLE - timedelta(seconds=1)})
    her.page.clock.run_for(61_000)

    her.page.wait_for_url(re.compile("/till/sign-in"))


def test_what_was_not_answered_is_sent_again_and_counts_once(cashier):
    her, losses = cashier(), iter([True, True])
    before = redemptions(her)

    def lose(route):
        """The first two times it arrives, but the answer is lost."""
        answer = route.fetch(max_redirects=0)
        if next(losses, False):
            route.abort()
        else:
            route.fulfill(response=answer)

    her.scans(her.codes["Marisol"])
    her.sees("10% off")
    her.page.route("**/till/redemptions", lose)
    her.page.locator("[data-redeem]").click()

    expect(her.page.locator("[data-trouble]")).to_have_text(
        "No connection. Trying again automatically. It is counted only once."
    )
    expect(her.page.locator("[data-result] h1")).to_have_text("Redeemed", timeout=15_000)
    expect(her.page.locator("[data-trouble]")).to_be_hidden()
    assert redemptions(her) == before + 1


def test_a_look_up_without_connection_gives_way_to_the_next_scan(cashier):
    her = cashier()
    her.page.route("**/till/lookups", lambda route: route.abort())
    her.scans(her.codes["Ingrid"])
    expect(her.page.locator("[data-trouble]")).to_have_text("No connection – nothing has been redeemed")
    expect(her.page.locator("[data-result]")).to_be_empty()  # nothing of the customer before her

    her.page.unroute("**/till/lookups")
    her.scans(her.codes["Marisol"])

    her.sees("10% off")
    her.page.wait_for_timeout(2500)
    her.sees("10% off")


def test_redeeming_on_scan_takes_one_scan_and_a_second_one_is_calm(cashier):
    her = cashier()
    her.page.locator(".switch").click()
    expect(her.page.locator(".switch")).to_have_attribute("aria-pressed", "true")

    her.scans(her.codes["Marisol"])
    her.sees("Redeemed")
    her.scans(her.codes["Marisol"])

    her.sees("Just redeemed here")
    assert redemptions(her) == 2  # Ingrid's, and this one


def test_a_phone_shows_no_keyboard_but_twelve_keys_when_asked(cashier):
    her = cashier(360, 740)
    field = her.page.locator("#field-q")
    expect(field).to_have_attribute("inputmode", "none")

    her.page.locator("[data-type]").tap()
    for digit in "4567":
        her.page.locator(f"[data-key='{digit}']").tap()
    her.page.get_by_role("button", name="OK", exact=True).tap()
    her.sees("Choose the customer")
    her.page.locator("[data-type]").tap()
    for digit in her.codes["Marisol"][:4] + "5":
        her.page.locator(f"[data-key='{digit}']").tap()
    her.page.locator("[data-erase]").tap()
    expect(field).to_have_attribute("inputmode", "none")
    for digit in her.codes["Marisol"][4:]:
        her.page.locator(f"[data-key='{digit}']").tap()

    her.sees("10% off")  # twelve digits send themselves


def test_letters_are_asked_for_and_go_again(cashier):
    her = cashier(360, 740)
    her.page.locator("[data-type]").tap()

    her.page.locator("[data-letters]").tap()

    expect(her.page.locator("#field-q")).to_have_attribute("inputmode", "text")
    her.looks_for("ingrid")
    her.sees("Ingrid")
    her.page.locator("[name=amount]").focus()
    expect(her.page.locator("#field-q")).to_have_attribute("inputmode", "none")
