"""A slow, broken or lost network: her answers stay, it is tried again, and it is one coupon."""

import time
from random import Random

import pytest
from customer import GUARD
from playwright.sync_api import expect
from shop import IS_FULL, a_phone

from kiosk.base.database import db
from kiosk.models import Coupon, Signup

PEOPLE = 200 if IS_FULL else 10
ANSWERS = """phone => {
  const tap = (selector) => [...document.querySelectorAll(selector)].find((one) => one.offsetParent).click();
  tap('[data-go=skip]');
  tap('[data-go=skip]');
  tap('[data-go=skip]');
  document.querySelector('#field-phone').value = phone;
  document.querySelector('#field-phone').dispatchEvent(new Event('input', { bubbles: true }));
  tap('button[data-go=next]');
  const readback = document.querySelector('[data-step=readback]');
  readback.addEventListener('shown', () => setTimeout(() => tap('[data-submit]')), { once: true });
}"""


class Network:
    """Between the tablet and the shop: what happens to each sign-up that is sent, and what happened."""

    def __init__(self, page, fate):
        self.fate, self.happened = fate, []
        page.route("**/signups*", self.carry)

    def carry(self, route):
        fate = self.fate()
        self.happened.append(fate)
        if fate == "lost on the way there":
            return route.abort("connectionreset")
        if fate in ("500", "503"):
            return route.fulfill(status=int(fate), body="Oh dear")
        if fate == "late":
            time.sleep(2)
        answer = route.fetch()
        if fate == "lost on the way back":
            return route.abort("connectionreset")
        return route.fulfill(response=answer)


FATES = ["arrives", "late", "lost on the way there", "lost on the way back", "500", "503"]


def sends(page, url, phone):
    page.goto(f"{url}/?language=en")
    page.wait_for_function("() => !!customElements.get('suki-questionnaire')")
    page.evaluate(ANSWERS, phone)


def code_on(page) -> str:
    page.wait_for_selector(".ticket__qr", timeout=300_000)
    return page.locator(".code").inner_text().replace(" ", "").replace("\u00a0", "")


def rows(shop, model) -> int:
    with shop.app.app_context():
        return db.session.query(model).count()


@pytest.mark.slow
def test_over_a_broken_network_everybody_gets_one_coupon(serve, at_tablet, record_property):
    page, shop, chance = at_tablet(), serve(), Random(7)
    network = Network(page, lambda: chance.choice(FATES))
    codes = []
    for _ in range(PEOPLE):
        sends(page, shop.url, a_phone())
        codes.append(code_on(page))

    counts = {fate: network.happened.count(fate) for fate in FATES}
    record_property("figures", f"Broken network: {PEOPLE} people, {len(set(codes))} coupons seen, {counts}")
    assert len(set(codes)) == PEOPLE
    assert (rows(shop, Signup), rows(shop, Coupon)) == (PEOPLE, PEOPLE)


@pytest.mark.parametrize("fate", FATES[2:] if IS_FULL else FATES[3:5])
def test_what_went_wrong_is_said_kindly_and_mends_itself(serve, at_tablet, fate):
    page, shop, fates = at_tablet(), serve(), iter([fate, fate, "arrives"])
    network = Network(page, lambda: next(fates))

    sends(page, shop.url, "0917 123 4567")

    expect(page.get_by_text("Your answers are still here")).to_be_visible()
    assert page.locator("[data-answer=phone] dd").first.inner_text() == "+63 917 123 4567"
    code_on(page)
    assert (rows(shop, Coupon), network.happened) == (1, [fate, fate, "arrives"])


def test_an_answer_that_takes_ten_seconds_is_waited_for(serve, at_tablet):
    page, shop = at_tablet(), serve()
    page.add_init_script("const send = fetch; window.fetch = async (...what) => {"
                         " if (what[1]?.method === 'POST') await new Promise((later) => setTimeout(later, 10_000));"
                         " return send(...what); }")  # fmt: skip

    sends(page, shop.url, a_phone())
    code_on(page)

    assert rows(shop, Coupon) == 1


def test_what_she_mends_after_a_failure_is_what_is_kept(serve, at_tablet):
    page, shop, fate = at_tablet(), serve(), ["lost on the way there"]
    Network(page, lambda: fate[-1])
    sends(page, shop.url, "0917 123 4567")
    expect(page.get_by_text("Your answers are still here")).to_be_visible()

    page.wait_for_timeout(GUARD)
    page.locator("[data-change=phone]").click()
    page.wait_for_timeout(GUARD)  # what was under way has failed by then
    fate.append("arrives")
    page.locator("#field-phone").fill("0918 765 4321")
    page.wait_for_timeout(1500)
    page.locator("button[data-go=next]").click()
    expect(page.locator("[data-answer=phone] dd").first).to_have_text("+63 918 765 4321")
    expect(page.locator("[data-submit]")).to_be_visible()
    page.wait_for_timeout(GUARD)
    page.locator("[data-submit]").click()
    code_on(page)

    with shop.app.app_context():
        assert [signup.customer.phone for signup in db.session.query(Signup)] == ["+639187654321"]


def test_without_a_server_the_tablet_says_so_and_comes_back(serve, at_tablet):
    page, shop = at_tablet(), serve()
    page.goto(shop.url)
    page.wait_for_function("() => navigator.serviceWorker.ready.then((one) => one.active.state === 'activated')")
    page.wait_for_timeout(1000)
    page.context.set_offline(True)

    page.reload()

    expect(page.get_by_role("heading", name="We will be right back")).to_be_visible()
    assert page.locator(".brand__name").inner_text() == "My shop"
    page.context.set_offline(False)
    expect(page.locator(".languages")).to_be_visible(timeout=20_000)


def test_a_language_tapped_without_a_server_waits_in_words(serve, at_tablet):
    page, shop = at_tablet(), serve()
    page.goto(shop.url)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.locator(".language[lang=nb]").tap()

    expect(page.get_by_text("No connection right now. Please ask our staff.")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Hvordan hørte du om oss?")).to_be_visible(timeout=20_000)


def test_who_was_cleared_away_is_not_signed_up_later(serve, at_tablet):
    """The answers wait for the network, she leaves, the screen is cleared: nothing of hers is sent any more."""
    page, shop = at_tablet(), serve()
    fate = ["lost on the way there"]
    network = Network(page, lambda: fate[0])
    page.route("**/coupon/done", lambda route: route.abort("connectionreset"))
    sends(page, shop.url, a_phone())
    page.wait_for_timeout(1500)
    assert network.happened
    page.evaluate("document.querySelector('[data-clear]').click()")
    expect(page.locator(".idle__offline")).to_be_visible()

    fate[0] = "arrives"
    page.wait_for_timeout(9000)

    assert rows(shop, Signup) == 0
    page.unroute("**/coupon/done")
    expect(page.locator(".languages")).to_be_visible(timeout=20_000)
