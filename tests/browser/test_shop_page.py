"""The page of the shop in Chromium: a logo of any kind is drawn anew, and a closed tab loses nothing."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from test_journey import set_up

SVG = b"""<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" onload="parent.__ran=1"><script>parent.__ran=1</script>
<a href="javascript:parent.__ran=1"><image href="http://192.0.2.1/x.png" width="9" height="9"/></a>
<rect width="40" height="20" fill="teal"/></svg>"""
LAUGHS = b'<!DOCTYPE svg [<!ENTITY a "' + b"ha" * 50 + b'">' + b"".join(
    b'<!ENTITY %c "' % (98 + n) + b"&%c;" % (97 + n) * 50 + b'">' for n in range(9)
) + b']><svg xmlns="http://www.w3.org/2000/svg"><text>&j;</text></svg>'  # fmt: skip


def picture(kind, size=(900, 300)) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(file, kind)
    return file.getvalue()


def chosen(page, name, data) -> None:
    page.locator("[name=logo]").set_input_files({"name": name, "mimeType": "", "buffer": data})


@pytest.mark.slow
def test_a_logo_of_any_kind_is_drawn_anew_and_what_is_none_is_said(serve, at_desk):
    shop, page = serve(), at_desk()
    set_up(page, shop.set_up_link())
    page.goto(f"{shop.url}/office/shop")
    for name, data in (("a.svg", LAUGHS), ("a.png", b"PK\3\4<script>"), ("a.svg", b"<svg"), ("a.png", b"0" * 10**7)):
        chosen(page, name, data)
        expect(page.get_by_text("This picture cannot be read.")).to_be_visible()
        assert page.locator("[name=logo]").evaluate("(field) => field.files.length") == 0
    for name, data, ratio in (("a.svg", SVG, 2), ("a.jpg", picture("JPEG"), 3), ("a.webp", picture("WEBP"), 3),
                              ("a.png", picture("PNG", (2500, 2500)), 1)):  # fmt: skip
        chosen(page, name, data)
        expect(page.get_by_text("This picture cannot be read.")).to_be_hidden()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_url("**/shop?kept=1")
        drawn = Image.open(io.BytesIO(page.request.get(f"{shop.url}/logo.png").body()))
        wide, high = drawn.size
        assert (drawn.format, round(wide / high), wide <= 512) == ("PNG", ratio, True), name
        assert page.evaluate("window.__ran") is None
        page.goto(f"{shop.url}/office/shop")


def test_a_colour_is_seen_beside_its_field_while_it_is_chosen(serve, on_phone):
    shop, page = serve(), on_phone()
    set_up(page, shop.set_up_link())
    page.goto(f"{shop.url}/office/shop")
    seen = page.locator(".preview .button")
    expect(seen).to_have_css("color", "rgb(255, 255, 255)")

    page.get_by_label("Colour").fill("#ffee00")

    expect(seen).to_have_css("color", "rgb(43, 19, 32)")  # ink, since white could not be read
    expect(seen).to_have_css("background-color", "rgb(255, 238, 0)")
    expect(seen).to_be_in_viewport()


@pytest.mark.slow
def test_what_a_closed_tab_left_is_offered_again_until_it_is_saved(serve, at_desk):
    shop, page = serve(), at_desk()
    set_up(page, shop.set_up_link())
    again = "Bring it back"
    for path, name, typed in (("/office/shop", "towns", "Bohol"), ("/office/offers", "terms.en", "One each"),
                              ("/office/forms/welcome/questions/source", "why.en", "So that we know")):  # fmt: skip
        page.goto(shop.url + path)
        page.locator(f"[name='{name}']").evaluate("(field) => field.closest('details')?.setAttribute('open', '')")
        page.locator(f"[name='{name}']").fill(typed)
        for chosen in page.locator("[name=kind][value=amount]").all():
            chosen.check()
        other = page.context.new_page()
        page.close()
        page = other
        page.goto(shop.url + path)
        page.get_by_role("button", name=again).click()
        assert page.locator(f"[name='{name}']").input_value() == typed
        for chosen in page.locator("[name=kind][value=amount]").all():
            expect(chosen).to_be_checked()
        page.get_by_role("button", name="Save", exact=True).first.click()
        page.wait_for_url("**=*")
        page.goto(shop.url + path)
        expect(page.locator(f"[name='{name}']")).to_have_value(typed)
        expect(page.get_by_role("button", name=again)).to_be_hidden()
