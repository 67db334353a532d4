"""The till in a queue: keys that come at once, coupons left open, answers that are late or lost, small screens."""

import re
import time
from datetime import timedelta
from itertools import product

import pytest
from cashier import Cashier, stocked
from playwright.sync_api import expect
from shop import IS_FULL, PIN, add_person
from test_at_the_till import HEARD

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import last_scans
from kiosk.models import Audit, Redemption, StaffSession

SIZES = [(360, 640), (1366, 768)]

EVERY = [*product(("PIN", "names"), (5, 90), ("Enter", "nothing"))]  # the page, ms between keys, what ends a scan
SOME = [("PIN", 5, "nothing"), ("names", 90, "Enter")]
ADDED = [*product(("]Q1{}", "A{}", "{}Z", "]C1{}X"), ("#field-q", "[name=amount]"))]


@pytest.fixture
def cashier(serve, new_context):
    def cashier(width=1366, height=768, *, by_pin=False, language="en"):
        touch = {"has_touch": True, "is_mobile": True} if width < 1000 else {}
        page, shop = new_context(viewport={"width": width, "height": height}, **touch).new_page(), serve()
        page.add_init_script(HEARD)
        her = Cashier(page, shop)
        her.codes = stocked(shop)
        if by_pin:
            with shop.app.app_context():
                add_person("Carla", "cashier")
                add_person("Dora", "cashier")
        her.opens_the_till("Carla" if by_pin else "Ana", language)
        her.page.mouse.click(1, 1)
        return her

    return cashier


def signs_in(her, name):
    her.page.goto(f"{her.shop.url}/till/sign-in?next=/till")
    her.page.get_by_role("link", name=name).click()
    expect(her.page.locator("[data-pad]")).to_be_visible()
    her.scans(PIN, pace=120, ending="nothing")  # by a clock of its own: keys that come late together are a scan
    her.page.wait_for_url(lambda url: url.endswith("/till") and "sign-in" not in url)


def redeemed(her) -> list[str]:
    """The codes redeemed at this very till, as they came."""
    with her.shop.app.app_context():
        rows = db.session.query(Redemption).order_by(Redemption.id)
        return [row.coupon.code for row in rows if row.device.label != "Counter"]


def outcomes(her) -> list[str]:
    with her.shop.app.app_context():
        till = db.session.query(StaffSession).order_by(StaffSession.id.desc()).first()
        return [line.outcome for line in last_scans.newest(till, now())]


def heard(her) -> list[int]:
    return her.page.evaluate("heard.splice(0)")


def shows(her, code) -> None:
    expect(her.page.locator(".good__facts")).to_contain_text(f"…{code[-4:]}")


def presses_enter(her) -> None:
    her.page.wait_for_timeout(150)  # no hand follows a scan sooner; a scanner does, with its second Enter
    her._press("Enter", "Enter", "\r", shift=False, number=13, at=time.time())


@pytest.mark.parametrize("ending", ["Enter", "Tab", "nothing"] if IS_FULL else ["Enter", "nothing"])
def test_enter_counts_as_soon_as_the_coupon_is_drawn(cashier, ending):
    her = cashier()
    for name in ("Marisol", "Maria", "gift"):
        her.scans(her.codes[name], ending=ending)
        shows(her, her.codes[name])
        presses_enter(her)
        her.sees("Redeemed")

    assert redeemed(her) == [her.codes[name] for name in ("Marisol", "Maria", "gift")]


def test_a_scanner_that_ends_twice_or_reads_twice_redeems_nothing_by_itself(cashier):
    her = cashier()
    her.scans(her.codes["Marisol"])
    for _ in range(2):
        her._press("Enter", "Enter", "\r", shift=False, number=13, at=time.time())
    shows(her, her.codes["Marisol"])
    her.page.locator("[name=amount]").fill("250")
    her.scans(her.codes["Marisol"])
    her.scans(her.codes["Marisol"])
    her.page.wait_for_timeout(700)

    shows(her, her.codes["Marisol"])
    expect(her.page.locator("[name=amount]")).to_have_value("250")
    assert redeemed(her) == [] and "leave" not in outcomes(her)


def test_a_coupon_that_is_left_for_the_next_one_is_seen_heard_and_listed(cashier):
    her = cashier()
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    heard(her)

    her.scans(her.codes["Maria"])

    shows(her, her.codes["Maria"])
    expect(her.page.locator("[data-left]")).to_have_text(f"…{her.codes['Marisol'][-4:]} was not redeemed")
    expect(her.page.locator(".scan").first).to_contain_text("Not redeemed")
    assert heard(her) == [440, 440]
    assert outcomes(her)[0] == "leave"


def test_what_is_open_is_there_again_after_a_reload_with_its_amount(cashier):
    her = cashier()
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    her.page.keyboard.type("312.50", delay=120)

    for _ in range(2):
        her.page.reload()
        shows(her, her.codes["Marisol"])
        expect(her.page.locator("[name=amount]")).to_have_value("312.50")
    her.page.keyboard.press("Enter")
    her.sees("Redeemed")
    expect(her.page.locator(".verdict__sum")).to_contain_text("281.25")


def test_what_is_open_is_there_again_for_whoever_signs_in(cashier):
    her = cashier(by_pin=True)
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    her.page.keyboard.type("100", delay=120)

    signs_in(her, "Dora")  # a change of cashier
    shows(her, her.codes["Marisol"])
    with her.shop.app.app_context(), writing():
        db.session.query(StaffSession).update({"ended_at": now()})  # an idle lock, or the server started anew
    signs_in(her, "Carla")

    shows(her, her.codes["Marisol"])
    expect(her.page.locator("[name=amount]")).to_have_value("100")
    her.page.locator("[data-redeem]").click()
    her.sees("Redeemed")


def test_not_now_puts_a_coupon_away_and_says_so(cashier):
    her = cashier()
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])

    her.page.get_by_role("button", name="Not now").click()

    expect(her.page.locator("[data-ready]")).to_be_visible()
    expect(her.page.locator("[data-left]")).to_be_visible()
    her.page.reload()
    expect(her.page.locator("[data-ready]")).to_be_visible()


def test_while_a_scan_is_looked_up_nothing_of_the_one_before_is_seen_or_heard(cashier):
    her, waiting = cashier(), []
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    presses_enter(her)
    her.sees("Redeemed")
    heard(her)
    her.page.route("**/till/lookups", lambda route: waiting.append(route))

    her.scans(her.codes["Maria"])

    her.sees("Looking…")
    assert her.page.locator("[data-verdict]").count() == 0
    waiting.pop().fulfill(status=500, body="<h1>No</h1><p data-next>It has been noted.</p>", content_type="text/html")
    expect(her.page.locator("[data-trouble]")).to_have_text("It has been noted.")
    assert heard(her) == [220, 165]
    assert her.page.locator("[data-verdict]").count() == 0
    her.page.unroute("**/till/lookups")
    her.page.route("**/till/lookups", lambda route: route.abort())
    her.scans(her.codes["Maria"])
    expect(her.page.locator("[data-trouble]")).to_have_text("No connection – nothing has been redeemed")
    assert heard(her) == [220, 165]


def test_a_redemption_that_was_not_answered_is_done_once_after_the_sign_in(cashier):
    her = cashier(by_pin=True)
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    her.page.route("**/till/**", lambda route: route.abort())  # the server is stopped
    her.scans("200", pace=120)
    expect(her.page.locator("[data-trouble]")).to_contain_text("counted only once")
    with her.shop.app.app_context(), writing():
        db.session.query(StaffSession).update({"ended_at": now()})  # starting it ends every session
    her.page.unroute("**/till/**")
    her.page.wait_for_url(re.compile("/till/sign-in"))

    signs_in(her, "Carla")

    her.sees("Redeemed")
    her.page.reload()
    expect(her.page.locator("[data-ready]")).to_be_visible()
    assert redeemed(her) == [her.codes["Marisol"]]


def test_a_redemption_whose_answer_was_lost_before_a_sign_in_is_not_done_twice(cashier):
    her = cashier(by_pin=True)
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])

    def lose(route):
        route.fetch(max_redirects=0)
        with her.shop.app.app_context(), writing():
            db.session.query(StaffSession).update({"ended_at": now()})
        route.abort()

    her.page.route("**/till/redemptions", lose, times=1)
    presses_enter(her)
    her.page.wait_for_url(re.compile("/till/sign-in"))
    signs_in(her, "Carla")

    her.sees("Redeemed")
    assert redeemed(her) == [her.codes["Marisol"]]


@pytest.mark.parametrize(("page", "pace", "ending"), EVERY if IS_FULL else SOME)
def test_a_scan_before_the_sign_in_is_no_pin_and_is_looked_up_after_it(cashier, page, ending, pace):
    her = cashier(by_pin=True)
    her.page.goto(f"{her.shop.url}/till/sign-in?next=/till")
    if page == "PIN":
        her.page.get_by_role("link", name="Dora").click()
        expect(her.page.locator("[data-pad]")).to_be_visible()

    her.page.clock.install()
    her.page.clock.pause_at(now() + timedelta(minutes=1))  # this machine may be late with a key; the page is not
    her.scans(her.codes["Marisol"], pace=pace, ending=ending)
    her.page.clock.resume()

    expect(her.page.locator("[data-said]").first).to_be_visible()
    with her.shop.app.app_context():
        assert db.session.query(Audit).filter_by(action="sign_in_by_pin").count() == 0
    if page == "names":
        her.page.get_by_role("link", name="Dora").click()
        expect(her.page.locator("[data-pad]")).to_be_visible()
    her.page.keyboard.type(PIN, delay=60)
    her.page.wait_for_url(lambda url: url.endswith("/till") and "sign-in" not in url)
    shows(her, her.codes["Marisol"])


@pytest.mark.parametrize(("text", "place"), ADDED if IS_FULL else ADDED[::5])
def test_what_a_scanner_adds_is_left_out_without_enter(cashier, text, place):
    her = cashier()
    her.scans(her.codes["Marisol"])
    shows(her, her.codes["Marisol"])
    her.page.locator(place).focus()

    her.scans(text.format(her.codes["Maria"]), layout="FR", ending="nothing")

    shows(her, her.codes["Maria"])
    expect(her.page.locator("[name=amount]")).to_have_value("")


def out_of_view(her, *places) -> list[str]:
    """Those of these things that are not whole on the screen as it is."""
    inside = """box => {
        const { height, top, bottom, right } = box.getBoundingClientRect();
        return height > 0 && top >= 0 && bottom <= innerHeight && right <= innerWidth;
    }"""
    return [place for place in places if not her.page.locator(place).first.evaluate(inside)]


@pytest.mark.parametrize(
    ("size", "language"), product(SIZES, ("en", "ru")) if IS_FULL else [(SIZES[0], "ru"), (SIZES[1], "en")]
)
def test_all_that_a_sale_needs_is_in_view(cashier, size, language, tmp_path):
    her, found = cashier(*size, by_pin=True, language=language), {}
    is_small, change, pictures = size[0] < 1000, ".bar a[href*='sign-in']", tmp_path.parent

    def looks(state, *places):
        her.page.wait_for_timeout(300)
        her.page.screenshot(path=pictures / f"till-{size[0]}-{language}-{state}.png")
        found[state] = out_of_view(her, change, *places)

    looks("ready", "#field-q", "[data-open], [data-photo]", *["[data-type]"] * is_small)
    if is_small:
        her.page.locator("[data-type]").tap()
        keys = [f"[data-key='{digit}']" for digit in "1590"]
        looks("pad", "#field-q", *keys, "[data-erase]", ".keypad__key.button--main", "[data-letters]")
        for digit in her.codes["gift"]:
            her.page.locator(f"[data-key='{digit}']").tap()
        shows(her, her.codes["gift"])  # twelve digits send themselves
    for name in ("Ingrid", "Ola", "Liza", "Jose", "Marisol"):
        her.scans(her.codes[name])
        expect(her.page.locator("[data-verdict], .good")).to_be_visible()
        her.scans("731904558216")
        expect(her.page.locator("[data-verdict=bad]")).to_be_visible()
    her.scans(her.codes["minimum"])
    shows(her, her.codes["minimum"])
    looks("minimum", "[name=amount]", "[data-redeem]")
    her.looks_for("4567")
    expect(her.page.locator(".choices__one").first).to_be_visible()
    looks("choices", ".choices__one", ".choices__one >> nth=1")
    her.page.locator(".choices__one").first.click()
    expect(her.page.locator(".good")).to_be_visible()
    looks("good", "[name=amount]", "[data-redeem]")
    her.page.locator("[data-redeem]").click()
    expect(her.page.locator("[data-verdict=ok]")).to_be_visible()
    looks("redeemed", ".verdict__action", ".verdict__form button")

    assert {state: places for state, places in found.items() if places} == {}
    sideways = her.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not sideways
