"""The tablet in real Chromium, touched: every screen, in four languages and three sizes."""

import base64
import io
import itertools
import math
from dataclasses import replace

import pytest
from babel import support
from customer import GUARD, Customer
from PIL import Image
from playwright.sync_api import expect
from screens import SIZES, every_screen, flaws, violations
from shop import IS_FULL

from kiosk.base.writing import writing
from kiosk.shop import shop as shops
from kiosk.signups import questionnaires

LANGUAGES = ["en", "fil", "nb", "ru"]
ALL = [(language, size) for language in LANGUAGES for size in SIZES]
WISHES = ["large-text", "high-contrast"]
FEW = [("ru", SIZES[0]), ("fil", SIZES[1]), ("nb", SIZES[2])]
SOME = [*FEW, ("en", SIZES[0])]  # each at least once


def everywhere(test):
    """In every language at every size; in the short run each of them, and the longest language at all."""
    places = ALL if IS_FULL else SOME
    return pytest.mark.slow(pytest.mark.parametrize(("language", "size"), places)(test))


@pytest.fixture
def tablet(at_tablet):
    def tablet(size=(1280, 800)):
        page = at_tablet(*size)
        page.emulate_media(reduced_motion="reduce")
        return page

    return tablet


@everywhere
def test_nothing_bars_anybody_nor_scrolls_nor_is_too_small_on_any_screen(serve, tablet, language, size):
    page = tablet(size)
    shop = serve(KIOSK_PUBLIC_URL="https://shop.example")
    found = {name: flaws(page) + violations(page) for name in every_screen(page, shop, language)}

    assert {name: what for name, what in found.items() if what} == {}
    assert len(found) == 20


WIDE = ("one choice", "welcome", "away", "ended", "coupon")  # screens with room to spare, in English
BUTTONS = """() => [...document.querySelectorAll(".kiosk__foot .button")].filter(
  (one) => one.offsetParent && getComputedStyle(one).transform === "none"
).map((one) => {
  const [is_main, { left, top, bottom }] = [one.matches(".button--main"), one.getBoundingClientRect()];
  return [is_main ? "goes on" : one.textContent.trim(), is_main ? 0 : left, top, bottom]; // it ends where the pane does
})"""


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_what_she_presses_to_go_on_stands_in_one_place(serve, tablet, size):
    page, places = tablet(size), {}
    shop = serve(KIOSK_PUBLIC_URL="https://shop.example")
    for name in every_screen(page, shop, "en"):
        for button, *place in page.evaluate(BUTTONS) if name not in ("privacy notice", "welcome") else ():
            places.setdefault(button, set()).add(tuple(place))
        fit = page.evaluate("document.querySelector('.kiosk').dataset.fit")
        assert name not in WIDE or fit == "0", (name, fit)

    heights = {place[1:] for found in places.values() for place in found}
    assert len(heights) == 1, places
    assert {button: len(found) for button, found in places.items() if len(found) > 1} == {}


@pytest.mark.parametrize("logo", [(640, 200), (512, 512)] if IS_FULL else [(640, 200)])
def test_a_logo_is_as_high_as_the_sign_it_stands_for(serve, tablet, logo):
    shop, file = serve(), io.BytesIO()
    Image.new("L", logo).save(file, "PNG")
    with shop.app.app_context(), writing():
        shops.describe(logo_png=base64.b64encode(file.getvalue()).decode(), logo="1")
    page = tablet((1024, 768))
    page.goto(shop.url, wait_until="networkidle")

    assert flaws(page) == []
    assert page.locator(".brand__logo").bounding_box()["height"] == 44


@pytest.fixture
def all_on(monkeypatch):
    every = tuple(replace(question, when="signup") for question in questionnaires.BUILT_IN.questions)
    monkeypatch.setattr(questionnaires, "BUILT_IN", replace(questionnaires.BUILT_IN, questions=every))


def every_kind(page, url, language):
    """Name each question in turn, with something chosen."""
    page.goto(f"{url}/?language={language}")
    for question in questionnaires.BUILT_IN.asked()[:-3]:
        page.wait_for_timeout(GUARD)
        step = page.locator(f"[data-step={question.key}]")
        if question.kind in ("many", "ranking", "date"):
            step.locator("label").nth(1).tap()
        yield question.key
        page.locator("[data-go=skip]").tap()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "size"), ALL if IS_FULL else FEW)
def test_every_kind_of_question_is_as_good(serve, tablet, all_on, language, size):
    page, found = tablet(size), {}
    for key in every_kind(page, serve().url, language):
        found[key] = flaws(page) + violations(page)

    assert {name: what for name, what in found.items() if what} == {}


class Longer(support.NullTranslations):
    """Every string grown to 160 % of its English length."""

    def longer(self, text):
        filler = "hensyntagen zeer lange woorden voor een scherm dat niet groter wordt en nergens schuift "
        more = (filler * 9)[: math.ceil(len(text) * 0.6)].rstrip()
        return f"{text} {more}" if " " in text else text + more

    def ugettext(self, message):
        return self.longer(message)

    def ungettext(self, one, many, count):
        return self.longer(one if count == 1 else many)

    gettext, ngettext = ugettext, ungettext


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_every_string_may_grow_by_sixty_percent(serve, tablet, monkeypatch, size):
    monkeypatch.setattr("flask_babel.Domain.get_translations", lambda self: Longer())
    page = tablet(size)
    found = {name: flaws(page) for name in every_screen(page, serve(), "en")}

    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "wish"),
    [*itertools.product(LANGUAGES, WISHES)] if IS_FULL else [("ru", "large-text"), ("fil", "high-contrast")],
)
def test_her_wishes_bar_nobody_either(serve, tablet, language, wish):
    page = tablet((1024, 768))
    found = {name: flaws(page) + violations(page) for name in every_screen(page, serve(), language, f"?wish={wish}")}

    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.slow
def test_in_forced_colours_every_screen_is_whole(serve, tablet):
    page = tablet()
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    shop = serve()
    found = {name: flaws(page) for name in every_screen(page, shop, "en")}

    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.clocked
@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_she_is_done_within_a_minute(serve, at_tablet, language):
    her = Customer(at_tablet(), serve().url, language, is_paced=True)
    her.signs_up()

    assert her.seconds <= 60
    assert her.taps <= 9


@pytest.fixture
def held(at_tablet):
    """A tablet whose clock stands still but for what a test lets pass: a busy machine's taps come no later."""

    def held():
        page = at_tablet()
        page.clock.install()
        return page

    return held


def hold(page):
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)


@pytest.mark.parametrize("pause", [0, 60, 150, 250, 600] if IS_FULL else [0, 250, 600])
def test_a_double_tap_answers_one_question_only(serve, held, pause):
    page = held()
    her = Customer(page, serve().url)
    her.begin()
    hold(page)
    card = middle(page.locator("[data-step=source] label").nth(3))
    page.touchscreen.tap(*card)
    page.clock.run_for(pause)
    page.touchscreen.tap(*card)
    page.clock.run_for(700)

    assert page.locator("[data-step=city]").is_visible()
    assert page.locator("#field-city").input_value() == ""


def test_a_second_touch_just_after_a_change_is_nobodys(serve, held):
    page = held()
    her = Customer(page, serve().url)
    her.begin()
    her.choose()
    her.step("city").locator(".field__box").fill("Cebu")
    hold(page)
    proceed = middle(page.locator("button[data-go=next]"))
    page.touchscreen.tap(*proceed)
    page.clock.run_for(300)
    page.touchscreen.tap(*proceed)
    assert page.locator("[data-step=name]").is_visible()
    page.clock.run_for(100)
    page.locator("#field-name").fill("Ana")
    page.touchscreen.tap(*proceed)

    assert page.locator("[data-step=contact]").is_visible()


def middle(what):
    box = what.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_back_keeps_every_answer_and_change_returns_to_the_readback(serve, at_tablet):
    page = at_tablet()
    her = Customer(page, serve().url)
    her.begin()
    her.choose(nth=2)
    her.writes("city", "Cebu")
    page.wait_for_timeout(GUARD)
    for _ in range(2):
        her.tap(page.locator("[data-go=back]"))
        page.wait_for_timeout(GUARD)
    assert page.locator("[data-step=source] input").nth(2).is_checked()
    her.goes_on()
    page.wait_for_timeout(GUARD)
    assert page.locator("#field-city").input_value() == "Cebu"
    her.goes_on()
    her.writes("name", "Marisol")
    her.writes("contact", her.phone)
    page.wait_for_timeout(GUARD)

    her.tap(page.locator("[data-change=name]"))
    her.writes("name", "a")

    assert page.locator("[data-answer=name] dd").first.inner_text() == "Marisola"


def test_the_keys_write_names_as_people_spell_them(serve, at_tablet):
    page = at_tablet()
    shop = serve()
    for language, keys, name in [
        ("en", ["m", "a", "r", "y", "-", "a", "space", "shift", "l", "a"], "Mary-A la"),
        ("fil", ["n", "i", "ñ", "a", "space", "p", "e"], "Niña Pe"),
        ("nb", ["å", "s", "e"], "Åse"),
        ("ru", ["а", "л", "ё", "н", "а"], "Алёна"),
        ("en", ["swap", "о", "л", "я"], "Оля"),
        ("ru", ["swap", "shift", "o", "l", "erase", "l", "a"], "ola"),
    ]:
        page.goto(f"{shop.url}/?language={language}")
        to_name(page)
        for key in keys:
            page.locator(f'.keyboard .key[data-key="{key}"]').tap()

        assert page.locator("#field-name").input_value() == name, (language, keys)


def to_name(page):
    for _ in range(2):
        page.wait_for_timeout(GUARD)
        page.locator("[data-go=skip]").tap()
    page.wait_for_timeout(GUARD)


def test_an_accent_is_offered_for_three_seconds(serve, at_tablet):
    page = at_tablet()
    page.goto(f"{serve().url}/?language=en")
    to_name(page)
    for key in "jose":
        page.locator(f'.keyboard .key[data-key="{key}"]').tap()
    page.locator(".accents .key", has_text="é").tap()
    assert page.locator("#field-name").input_value() == "José"
    page.locator('.keyboard .key[data-key="e"]').tap()
    page.wait_for_timeout(3200)

    assert page.locator(".accents").count() == 0


def test_a_plugged_in_keyboard_works_beside_the_keys(serve, at_tablet):
    page = at_tablet()
    page.goto(f"{serve().url}/?language=en")
    to_name(page)
    page.keyboard.type("Mari")
    page.locator('.keyboard .key[data-key="a"]').tap()
    page.keyboard.type("n")

    assert page.locator("#field-name").input_value() == "Marian"
    assert page.locator("#field-name").get_attribute("inputmode") == "none"


def test_the_tablets_own_keyboard_is_used_where_the_device_says_so(serve, at_tablet):
    page = at_tablet()
    page.add_init_script(
        "new MutationObserver(() => { document.documentElement.dataset.keyboard = 'native'; })"
        ".observe(document, { childList: true })"
    )
    page.goto(f"{serve().url}/?language=en")
    to_name(page)

    assert page.locator("#field-name").get_attribute("inputmode") == "text"
    assert page.locator(".keyboard .key").count() == 0


SLIPS = {
    "maria@gmial.com": "maria@gmail.com",
    "maria@gmail.con": "maria@gmail.com",
    "maria@yaho.com": "maria@yahoo.com",
    "maria@yandx.ru": "maria@yandex.ru",
    "maria@gmail.co": "maria@gmail.com",
}


def test_a_slip_in_an_address_is_asked_about_and_put_right(serve, at_tablet):
    page = to_address(at_tablet(), serve().url)
    for typed, meant in SLIPS.items():
        page.locator("#field-email").fill(typed)
        page.get_by_role("button", name="Yes, use that").tap()

        assert page.locator("#field-email").input_value() == meant


def test_nothing_is_asked_about_an_address_that_may_well_be_right(serve, at_tablet):
    page = to_address(at_tablet(), serve().url)
    for typed in ("maria@gmail.com", "maria@mail.com", "maria@perla.ph", "maria@gma", "maria"):
        page.locator("#field-email").fill(typed)
        page.wait_for_timeout(1400)

        assert page.locator(".domains__doubt").is_hidden(), typed


def test_a_doubt_never_holds_her_up(serve, at_tablet):
    page = to_address(at_tablet(), serve().url)
    page.locator("#field-email").fill("maria@gmial.com")
    page.locator("button[data-go=next]").tap()

    expect(page.locator("[data-answer=email] dd").first).to_have_text("maria@gmial.com")


def to_address(page, url):
    page.goto(f"{url}/?language=en")
    to_name(page)
    page.locator("[data-go=skip]").tap()
    page.wait_for_timeout(GUARD)
    page.locator("[data-show=email]").tap()
    page.wait_for_timeout(GUARD)
    return page


def test_a_domain_is_one_tap(serve, at_tablet):
    page = to_address(at_tablet(), serve().url)
    for key in ["a", "n", "a", "digits", "7"]:
        page.locator(f'.keyboard .key[data-key="{key}"]').tap()
    page.locator("[data-domain='yahoo.com']").tap()

    assert page.locator("#field-email").input_value() == "ana7@yahoo.com"


def test_a_ranking_is_kept_in_the_order_of_the_taps(serve, at_tablet, all_on):
    shop, page = serve(), at_tablet()
    for key in every_kind(page, shop.url, "en"):
        if key == "reasons":
            break
    step = page.locator("[data-step=reasons]")
    for nth in (3, 0, 1, 0):  # the second was tapped by the fixture's walk; the last takes the first option back
        step.locator("label").nth(nth).tap()
    ranks = page.evaluate("[...new FormData(document.querySelector('form')).getAll('reasons')]")

    assert ranks == ["staff"]


def test_it_works_with_the_keyboard_only(serve, new_context):
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(serve().url)
    page.wait_for_timeout(GUARD)
    press(page, "Tab", "Enter")
    page.wait_for_timeout(GUARD)
    focus(page, "[name=source]")
    press(page, "Space", "ArrowDown")
    assert page.locator("[name=source]").nth(1).is_checked()
    for text in ("Cebu", "Marisol", "0917 123 4567"):
        focus(page, "button[data-go=next]")
        press(page, "Enter")
        page.wait_for_timeout(GUARD)
        page.keyboard.type(text)
    press(page, "Enter")
    page.wait_for_timeout(GUARD)
    focus(page, "[name=consent_sms]")
    press(page, "Space")
    focus(page, "[data-submit]")
    press(page, "Enter")
    page.wait_for_selector(".ticket__qr")
    focus(page, "[data-done]")
    press(page, "Enter")

    page.wait_for_selector(".languages:visible")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focus(page, wanted, most=25):
    """With Tab alone; the ring must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    raise AssertionError(f"{wanted} is out of a keyboard's reach")


def test_too_short_a_number_is_said_at_once_and_no_longer_when_it_is_mended(serve, tablet):
    page = tablet()
    page.goto(f"{serve().url}/?language=en")
    for _ in range(3):
        page.wait_for_timeout(GUARD)
        page.locator("[data-go=skip]").tap()
    page.locator("#field-phone").fill("0917")
    page.wait_for_timeout(GUARD)
    page.locator("button[data-go=next]").tap()

    page.locator("#error-phone:visible").wait_for()
    page.locator("#field-phone").fill("0917 1")
    page.locator("#error-phone").wait_for(state="hidden")


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_where_the_law_asks_for_a_second_box_there_is_room_for_it(serve, tablet, size):
    page = tablet(size)
    her = Customer(page, serve(KIOSK_COUNTRY="RU").url, "ru")
    her.begin()
    her.choose()
    her.writes("city", her.city)
    her.writes("name", her.name)
    her.writes("contact", her.phone)
    page.wait_for_timeout(GUARD)
    assert flaws(page) + violations(page) == []

    page.locator("[data-submit]").tap()  # without the box that is needed
    page.locator("#error-consent_processing:visible").wait_for()
    page.wait_for_timeout(GUARD)
    assert flaws(page) + violations(page) == []


def test_it_works_without_scripts(serve, new_context):
    page = new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False, has_touch=True).new_page()
    page.goto(serve().url)
    page.locator("label", has_text="Friend or family").tap()
    page.locator("#field-city").fill("Cebu")
    page.locator("#field-name").fill("Marisol")
    page.locator("#field-phone").fill("0917")
    page.get_by_role("button", name="Get my coupon").tap()
    page.get_by_text("Some digits are missing. Enter the whole number, like 0917 123 4567").wait_for()
    page.locator("#field-phone").fill("0917 123 4567")
    page.get_by_role("link", name="How we use your details").tap()
    page.get_by_role("link", name="Close").tap()
    page.get_by_role("button", name="Get my coupon").tap()

    page.locator(".ticket__qr").wait_for()


def slow_down(page, milliseconds):
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1}
    wire.send("Network.emulateNetworkConditions", slow)


def test_a_slow_network_is_felt_only_at_the_ends(serve, at_tablet):
    page = at_tablet()
    slow_down(page, 200)
    her = Customer(page, serve().url)
    her.begin()
    her.step("source").locator("label").first.wait_for()
    page.wait_for_timeout(GUARD)
    page.locator("[data-step=source] label").nth(1).tap()
    assert page.locator("[data-step=source] input").nth(1).is_checked()  # at once
    page.wait_for_timeout(GUARD)
    assert her.step("city").is_visible()
    her.writes("city", her.city)
    her.writes("name", her.name)
    her.writes("contact", her.phone)
    page.wait_for_timeout(GUARD)

    assert len(her.gets_coupon()) == 12


def test_who_wants_no_motion_sees_none(serve, tablet):
    page = tablet()
    page.goto(f"{serve().url}/?language=en")

    assert page.evaluate("document.getAnimations().filter((one) => one.effect.getTiming().duration > 1).length") == 0


def test_the_notice_opens_over_the_readback_and_gives_it_back(serve, at_tablet):
    page = at_tablet()
    her = Customer(page, serve().url)
    her.begin()
    her.choose()
    her.writes("city", her.city)
    her.writes("name", her.name)
    her.writes("contact", her.phone)
    page.wait_for_timeout(GUARD)
    her.tap(page.get_by_role("link", name="How we use your details"))
    page.get_by_role("heading", name="How we use your details").wait_for()
    her.tap(page.get_by_role("link", name="Close"))

    assert her.step("readback").is_visible()
    assert page.evaluate("document.activeElement.dataset.opens") == "privacy"
    assert page.evaluate("history.length") == 2  # the blank page the browser began with, and ours
