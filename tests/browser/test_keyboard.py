"""Without a mouse, on the narrowest screen: every page with Tab from end to end, every editor by keys and by touch."""

import re
from pathlib import Path

import pytest
from pages import every_page, furnish, open_page
from playwright.sync_api import expect
from shop import PASSPHRASE
from test_journey import set_up

WALK = (Path(__file__).parent / "walk.js").read_text()
NARROW, TABLET = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
NARROWS = ("/office", "/till", "/c/", "/join")  # the other pages are the tablet's
TEXTS = ["Marisol Reyes", "Niña Villanueva", "Bjørn Åse", "Лиза Новак", "Ana Cruz", "Sensitive skin"]
AT_THE_TILL = "Marisol"  # known there by her name
FLAWED = """<style>.bare:focus { outline: none } .up { position: absolute; top: 0; left: 0 }</style>
<p style="height: 90px"></p><button>First</button><button class="bare">Bare</button><a href="#" class="up">Up</a>
<button tabindex="2">Out of turn</button><a href="#" tabindex="-1">Never</a><span tabindex="0">x</span>
<div role="button" tabindex="0" onkeydown="event.preventDefault()">Trap</div><button>After</button>"""


def walk(page) -> list[str]:
    """Go through the page with Tab, all round, and say what is wrong on the way."""
    page.evaluate(WALK)
    page.evaluate("walk.open()")
    if not page.evaluate("walk.wanted()"):
        return []
    wrong, stops, before, first = [], [], None, page.evaluate("walk.first()")
    for _ in range(2 * page.evaluate("walk.wanted()") + 30):
        page.keyboard.press("Tab")
        stop = page.evaluate("walk.now()")
        if stop and before and stop["number"] == before["number"]:  # the parts of a date are one field
            if not stop["is_date"]:
                wrong.append(f"{stop['says']}: no way on")
                break
            continue
        if stop and stop["number"] in stops:
            break
        if stop:
            wrong += [f"{stop['says']}: {flaw}" for flaw in stop["flaws"]]
            if before and is_above(stop, before) and stop["number"] != first:
                wrong.append(f"{stop['says']}: above {before['says']}")
            stops.append(stop["number"])
        before = stop
    else:
        wrong.append("no end")
    return wrong + [f"{missed}: not reached" for missed in page.evaluate("(reached) => walk.missed(reached)", stops)]


def is_above(one, other) -> bool:
    in_the_flow = not (one["stays"] or other["stays"])
    return in_the_flow and one["bottom"] <= other["top"] and one["left"] < other["right"]


def test_the_walk_finds_what_is_wrong(at_desk):
    page = at_desk()
    page.set_content(FLAWED)

    found = walk(page)

    for flaw in ("Bare”: no ring", "Up”: above", "Trap”: no way on", "After”: not reached", "span  “x”: "):
        assert any(flaw in one for one in found), (flaw, found)


@pytest.mark.slow
def test_every_page_is_walked_through_with_tab(serve, at_desk):
    shop, page = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk()
    set_up(page, shop.set_up_link())
    coupon, found = furnish(shop, TEXTS), {}
    for path in every_page(shop.app, coupon):
        page.set_viewport_size(NARROW if path.startswith(NARROWS) else TABLET)
        open_page(page, shop.url + path, coupon)
        found[path] = walk(page)

    page.set_viewport_size(NARROW)
    page.goto(f"{shop.url}/till")
    page.keyboard.type(AT_THE_TILL)
    page.keyboard.press("Enter")
    page.locator(".choices__one").first.wait_for()
    found["choices at the till"] = walk(page)
    page.locator(".choices__one").first.press("Enter")
    expect(page.locator("[data-result] h1")).to_contain_text(AT_THE_TILL)
    found["a customer at the till"] = walk(page)
    page.get_by_label("Purchase amount").fill("250")
    page.get_by_label("Purchase amount").press("Enter")
    expect(page.locator("[data-result] h1")).to_contain_text("Purchase recorded")
    found["a purchase at the till"] = walk(page)
    page.get_by_role("link", name="Show the customer’s card").press("Enter")
    page.get_by_text("It is good at every visit").wait_for()
    found["the card at the till"] = walk(page)
    assert {path: what for path, what in found.items() if what} == {}


class Keys:
    """Somebody with a keyboard alone."""

    def __init__(self, page):
        self.page = page

    def to(self, what) -> None:
        what.wait_for()
        for _ in range(300):
            if what.evaluate("(one) => one === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{what} is out of reach")

    def presses(self, what, key="Enter") -> None:
        self.to(what)
        self.page.keyboard.press(key)

    def ticks(self, what) -> None:
        self.presses(what, "Space")

    def writes(self, what, text) -> None:
        self.to(what)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def chooses(self, what, text) -> None:
        self.to(what)
        self.page.keyboard.type(text)


class Finger:
    """Somebody with a phone."""

    def __init__(self, page):
        self.page = page

    def presses(self, what) -> None:
        what.tap()

    ticks = presses

    def writes(self, what, text) -> None:
        what.tap()
        what.fill(text)

    def chooses(self, what, text) -> None:
        what.tap()
        what.select_option(text)


@pytest.mark.slow
@pytest.mark.parametrize("way", [Keys, Finger])
def test_every_editor_is_used_by_keys_alone_and_by_touch(serve, on_phone, way):
    shop, page = serve(), on_phone()
    hers, said = way(page), page.get_by_text(re.compile(r"^Saved(\.|$)"))

    def button(name):
        return page.get_by_role("button", name=name, exact=True).first

    page.goto(shop.set_up_link())
    expect(page.get_by_label("Your name")).to_be_focused()
    hers.writes(page.get_by_label("Your name"), "Ana")
    hers.writes(page.locator("[name=passphrase]"), PASSPHRASE)
    hers.writes(page.get_by_label("Name of the shop"), "Perla")
    hers.chooses(page.get_by_label("Country"), "Philippines")
    hers.presses(button("Finish setup"))
    page.wait_for_url("**/office")

    discount = page.get_by_label("Discount", exact=True)
    hers.presses(page.get_by_role("link", name="Offer", exact=True))
    hers.writes(discount, "lots")
    hers.presses(button("Save"))
    expect(discount).to_be_focused()  # what is wrong is where one goes on
    hers.writes(discount, "15")
    hers.ticks(page.get_by_role("checkbox", name="Sat"))
    hers.presses(button("Save"))
    expect(said).to_be_visible()
    hers.presses(button("Undo"))
    expect(discount).to_have_value("10")

    hers.presses(page.get_by_role("link", name="Questions"))
    row = page.locator("#at-frequency")
    hers.presses(row.get_by_role("button", name="Ask at sign-up"))
    expect(row.get_by_role("button", name="Switch off")).to_be_visible()
    assert_goes_on_at(page, row)
    hers.presses(row.get_by_role("button", name="Move up"))
    assert_goes_on_at(page, row)
    hers.presses(row.get_by_role("link", name="Edit"))
    hers.writes(page.locator("[name='text.en']"), "How often?")
    hers.writes(page.locator("[name='choices.0.text.en']"), "Daily")
    hers.chooses(page.get_by_label("Asked"), "Later, one at a visit")
    hers.presses(button("Save"))
    expect(page.locator("[aria-labelledby=later] #at-frequency")).to_contain_text("How often?")
    hers.presses(button("Undo last change"))
    expect(page.locator("[aria-labelledby=signup] #at-frequency")).to_contain_text("How often do you visit us?")
    hers.presses(page.locator("[aria-labelledby=add]").get_by_role("link", name="Stars"))
    hers.presses(button("Save"))
    expect(page.locator("[name='text.en']")).to_be_focused()
    hers.writes(page.locator("[name='text.en']"), "Was it warm enough?")
    hers.presses(button("Save"))
    expect(page.locator("[aria-labelledby=signup]")).to_contain_text("Was it warm enough?")
    hers.presses(button("Offer on the tablet: Warranty card"))
    expect(button("Switch off: Warranty card")).to_be_visible()
    assert_goes_on_at(page, page.locator("[aria-labelledby=forms]"))

    town = page.get_by_label("Town or city")
    hers.presses(page.get_by_role("link", name="Settings", exact=True))
    hers.presses(page.get_by_role("link", name="Your shop"))
    hers.writes(town, "Cebu")
    hers.presses(page.locator("summary", has_text="More").last)
    hers.writes(page.get_by_label("Public address"), "shop")
    hers.presses(button("Save"))
    expect(page.get_by_label("Public address")).to_be_focused()
    hers.writes(page.get_by_label("Public address"), "")
    hers.presses(button("Save"))
    expect(said).to_be_visible()
    hers.presses(button("Undo"))
    expect(town).to_have_value("")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def assert_goes_on_at(page, part) -> None:
    """The page that comes after an action goes on where it was done, in sight."""
    page.wait_for_load_state()
    expect(part).to_be_in_viewport()
    page.keyboard.press("Tab")
    assert part.evaluate("(one) => one.contains(document.activeElement)")
