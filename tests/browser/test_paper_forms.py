"""Forms on paper: at their true size nothing is cut, and a pen finds room."""

import io
import time

import zxingcpp
from pictures import keep
from PIL import Image
from screens import violations
from test_journey import set_up

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Customer, Signup
from kiosk.shop.shop import describe

MM = 96 / 25.4  # CSS pixels
KEYS_A_SECOND = 4
BOX = "() => Math.min(...[...document.querySelectorAll('.paper__box')].map((box) => box.offsetWidth))"
CUT = """() => [...document.querySelectorAll(".paper, .paper *")]
  .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"""


def code_of_a_paper(page) -> str:
    """What a phone reads from the first form, as a scanner sees it: 300 dots an inch, in grey."""
    size = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    dots = dict(zip(("width", "height"), size, strict=True)) | {"deviceScaleFactor": 300 / 96, "mobile": False}
    page.context.new_cdp_session(page).send("Emulation.setDeviceMetricsOverride", dots)
    picture = Image.open(io.BytesIO(page.locator(".paper").first.screenshot())).convert("L")
    return zxingcpp.read_barcodes(picture)[0].text


def test_a_printed_form_is_whole_in_every_language(serve, at_desk):
    shop, office = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.app_context(), writing():
        long = {"name": "Парикмахерская «Жемчужина»", "partner": "Салон красоты «Анна и Мария» на Невском"}
        describe(country="RU", **long)  # where most is to be agreed to
    office.emulate_media(media="print")

    for language in ("en", "fil", "nb", "ru"):
        for size in ("a4", "80mm"):
            last = 2 if size == "a4" else 1
            office.goto(f"{shop.url}/office/paper?size={size}&language={language}&first=1&last={last}")
            printed = office.pdf(prefer_css_page_size=True)

            assert (size, violations(office), office.evaluate(CUT)) == (size, [], [])
            assert office.evaluate(BOX) >= 5 * MM
            assert (language, size, printed.count(b"/Type /Page\n")) == (language, size, 1)
            assert code_of_a_paper(office) == f"{shop.url}/join".upper()
            if (language, size) == ("ru", "a4"):
                keep(office, "paper-form")


def test_twenty_forms_are_typed_with_the_keyboard_alone_in_fifteen_seconds_each(serve, at_desk):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    office.goto(f"{shop.url}/till/signups?method=paper")

    for number in range(1, 21):
        began, keys = time.monotonic(), 1
        for typed in (str(number), " ", "Cebu", "Maria", f"0917 555 00{number:02}", "", " "):
            office.keyboard.type(typed)
            office.keyboard.press("Enter")
            keys += len(typed) + 1
        if number == 2:
            keep(office, "paper-typing")
        with office.expect_navigation():
            office.keyboard.press("Enter")
        assert f"Form {number} is saved." in office.content()
        assert keys / KEYS_A_SECOND + time.monotonic() - began <= 15

    with shop.app.app_context():
        typed = [(one.form_number, one.customer.phone) for one in db.session.query(Signup).order_by(Signup.id)]
    assert typed == [(number, f"+6391755500{number:02}") for number in range(1, 21)]
    with office.expect_navigation():
        office.get_by_role("button", name="Take back the last one").press("Enter")
    with shop.app.app_context():
        assert db.session.query(Customer).count() == 19
