"""Forms on paper: at their true size nothing is cut, and a pen finds room."""

import pytest
from screens import violations
from test_journey import set_up

MM = 96 / 25.4  # CSS pixels
BOX = "() => Math.min(...[...document.querySelectorAll('.paper__box')].map((box) => box.offsetWidth))"
CUT = """() => [...document.querySelectorAll(".paper, .paper *")]
  .filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1).map((one) => one.className)"""


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
def test_a_printed_form_is_whole_in_every_language(serve, at_desk, language):
    shop, office = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk()
    set_up(office, shop.set_up_link())
    office.emulate_media(media="print")

    for size in ("a4", "80mm"):
        office.goto(f"{shop.url}/office/paper?size={size}&language={language}&first=1&last={2 if size == 'a4' else 1}")
        printed = office.pdf(prefer_css_page_size=True)

        assert (size, violations(office), office.evaluate(CUT)) == (size, [], [])
        assert office.evaluate(BOX) >= 5 * MM
        assert printed.count(b"/Type /Page\n") == 1


def test_twenty_forms_are_typed_with_the_keyboard_alone(serve, at_desk):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    office.goto(f"{shop.url}/till/signups?method=paper")

    for number in range(1, 21):
        for typed in (str(number), " ", "Cebu", "Maria", f"0917 555 00{number:02}", "", " "):
            office.keyboard.type(typed)
            office.keyboard.press("Enter")
        with office.expect_navigation():
            office.keyboard.press("Enter")
        assert f"Form {number} is saved." in office.content()
