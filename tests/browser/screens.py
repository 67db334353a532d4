"""Every screen and state of the tablet, one after the other, and what may be wrong with one."""

from collections.abc import Iterator
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from customer import GUARD, Customer
from shop import new_id

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Coupon
from kiosk.shop import shop as shops
from kiosk.staff import devices
from kiosk.web.headers import cookie_name

RULES = ["wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag21aaa", "wcag22a", "wcag22aa", "best-practice"]
SIZES = [(1280, 800), (1024, 768), (800, 1280)]
LETTER_KEYS = {1280: (94, 72), 1024: (75, 70), 800: (60, 88)}
SEND = """fields => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const sent = { method: "POST", headers, body: new URLSearchParams(fields) };
  return fetch("/signups", sent).then((answer) => answer.json());
}"""
REFUSE = """detail => document.querySelector("suki-signup")
  .dispatchEvent(new CustomEvent("refused", { detail, bubbles: true }))"""
LOOK = (Path(__file__).parent / "screens.js").read_text()


def every_screen(page, shop, language, wish="") -> Iterator[str]:
    """Name each screen while it is shown."""
    her = Customer(page, shop.url, language)
    page.goto(f"{shop.url}/{wish}")
    page.wait_for_timeout(1300)
    yield "welcome"
    her.tap(page.locator(".how"))
    page.wait_for_selector("[data-step=stars]:visible")
    page.wait_for_timeout(700)
    yield "stars"
    her.tap(page.locator(".star"))
    page.wait_for_selector("[data-step=comment]:visible")
    page.wait_for_timeout(700)
    yield "stars, comment"
    page.goto(f"{shop.url}/{wish or '?'}&language={language}")
    page.wait_for_timeout(700)
    yield "one choice"
    her.choose()
    page.wait_for_timeout(700)
    yield "town"
    if page.locator("[data-panel=list]").is_visible():
        her.tap(page.locator("[data-step=city] label").last)
        page.wait_for_timeout(700)
        yield "another town"
    her.writes("city", her.city)
    page.wait_for_timeout(400)
    her.type("Marie" if language != "ru" else "е")
    yield "name, with accents"
    her.goes_on()
    page.wait_for_timeout(700)
    yield "number"
    her.goes_on()
    page.wait_for_timeout(400)
    yield "number, missing"
    her.tap(page.locator("[data-show=email]"))
    page.wait_for_timeout(700)
    yield "address"
    her.goes_on()
    page.wait_for_timeout(400)
    yield "address, missing"
    page.locator("#field-email").fill("maria.santos.de.la.cruz@gmial.com")
    yield "address, in doubt"
    her.tap(page.locator(".domains__doubt button"))
    her.tap(page.locator("[data-show=phone]"))
    page.wait_for_timeout(400)
    her.type("0917000")
    her.goes_on()
    page.wait_for_selector("#error-phone:visible")
    page.wait_for_timeout(700)
    yield "number, wrong"
    page.locator("#field-phone").fill(her.phone)
    her.goes_on()
    her.step("readback").wait_for()
    page.wait_for_timeout(700)
    yield "read back"
    her.tap(page.locator("[data-opens]"))
    page.wait_for_timeout(400)
    yield "privacy notice"
    page.keyboard.press("Escape")
    page.route("**/signups*", lambda route: route.abort())
    her.tap(page.locator("[data-submit]"))
    page.wait_for_selector("[data-failed]:visible")
    yield "failed"
    page.unroute("**/signups*")
    page.wait_for_selector(".ticket__qr:visible")  # it is sent again by itself
    page.wait_for_timeout(1500)
    yield "coupon"
    yield from after_the_coupon(page, shop, her, wish)


def after_the_coupon(page, shop, her, wish) -> Iterator[str]:
    """The same person comes again: her coupon is still good; then it is not."""
    make_a_tablet(page, shop)
    assert send(page, her)["existing"]
    page.goto(f"{shop.url}/coupon{wish}")
    page.wait_for_timeout(1500)
    yield "coupon, had already"
    with shop.app.app_context(), writing():
        db.session.query(Coupon).order_by(Coupon.id.desc()).first().voided_at = now()
    page.goto(f"{shop.url}/{wish or '?'}&language={her.language}")
    page.wait_for_timeout(GUARD)
    page.evaluate(REFUSE, send(page, her))
    page.wait_for_timeout(GUARD)
    yield "refused"
    yield from when_nothing_is_given(page, shop, her, wish)


def when_nothing_is_given(page, shop, her, wish) -> Iterator[str]:
    page.goto(f"{shop.url}/offline{wish or '?'}&language={her.language}")
    page.wait_for_timeout(GUARD)
    yield "away"
    with shop.app.app_context(), writing():
        shops.describe(last_day="2020-01-01")
    page.goto(f"{shop.url}/{wish or '?'}&language={her.language}")
    page.wait_for_timeout(GUARD)
    yield "ended"
    with shop.app.app_context(), writing():
        shops.describe(last_day="")


def make_a_tablet(page, shop) -> None:
    """In a shop that can be reached from outside, a coupon that somebody has is shown on a paired tablet only."""
    with shop.app.test_request_context(), writing():
        _, key = devices.add_device("tablet", "Door", now())
        name = cookie_name("device")
    page.context.add_cookies([{"name": name, "value": key, "url": shop.url}])


def send(page, her) -> dict:
    """Sign up behind the screen's back, from its own page."""
    return page.evaluate(SEND, {"language": her.language, "phone": her.phone, "operation_id": new_id()})


def violations(page) -> list[str]:
    """What axe finds, with the stricter contrast too."""
    options = {
        "runOnly": {"type": "tag", "values": RULES},
        "rules": {"color-contrast-enhanced": {"enabled": True}, "target-size": {"enabled": True}},
    }
    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['target']}" for one in found for node in one["nodes"]]


def flaws(page) -> list[str]:
    """What scrolls, is cut off, covers something else, or is too small for a finger."""
    letter = LETTER_KEYS[page.viewport_size["width"]]
    return page.evaluate(LOOK, {"letter": letter})
