"""A cashier's first day: the ten situations of docs/till.md, as she meets them; the pictures there are from here."""

import re

import pytest
from cashier import Cashier, stocked
from pictures import DOCS, keep
from playwright.sync_api import expect


@pytest.fixture
def her(serve, on_phone):
    """At a till that is a phone, as the pictures have it: the narrowest there is."""
    shop = serve()
    her = Cashier(on_phone(), shop)
    her.codes = stocked(shop)
    her.opens_the_till()
    return her


def picture(her, name):
    her.page.evaluate("scrollTo(0, 0)")
    her.page.wait_for_timeout(900)
    keep(her.page, f"till-{name}", longest=560)


def says(her, text):
    expect(her.page.locator("[data-result]")).to_contain_text(text)


def test_the_first_day_at_the_till(her):
    codes, page = her.codes, her.page

    her.scans(codes["Marisol"])  # 1: a coupon
    her.sees("10% off")
    says(her, "Marisol")
    page.locator("[name=amount]").fill("250")
    picture(her, "1-coupon")
    page.locator("[data-redeem]").tap()
    her.sees("Redeemed")
    says(her, "Take ₱25 off the total")
    says(her, "To pay: ₱225")

    her.scans(codes["Marisol"])  # 2: the same again, by mistake
    her.sees("Just redeemed here")
    picture(her, "2-again")

    page.get_by_role("button", name="Undo", exact=True).tap()  # 3: it was the wrong one
    her.sees("Undone. The customer can use the coupon again.")

    her.scans(codes["Ingrid"])  # 4: somebody used it before
    her.sees("Already used")
    says(her, "Do not give the discount")
    says(her, "Ben")
    picture(her, "4-used")

    her.scans(codes["Jose"])  # 5: too late
    her.sees("Expired")

    her.scans("731904558216")  # 6: a digit is wrong
    her.sees("One digit is wrong")
    picture(her, "6-mistyped")

    her.looks_for("4567")  # 7: her phone is empty
    her.sees("Choose the customer")
    picture(her, "7-who")
    page.locator(".choices__one", has_text="Marisol").tap()
    her.sees("10% off")

    her.scans(codes["minimum"])  # 8: a coupon for larger purchases
    her.sees("20% off")
    page.locator("[name=amount]").fill("300")
    page.locator("[data-redeem]").tap()
    expect(page.locator(".error:visible")).to_have_text("This coupon is for a purchase of ₱500 or more")

    page.route("**/till/redemptions", lambda route: route.abort())  # 9: no connection
    her.scans(codes["gift"])
    her.sees("A free coffee")
    page.locator("[data-redeem]").tap()
    expect(page.locator("[data-trouble]")).to_be_visible()
    picture(her, "9-no-connection")
    page.unroute("**/till/redemptions")
    expect(page.locator("[data-result] h1")).to_have_text("Redeemed", timeout=15_000)

    her.scans(codes["Liza"])  # 10: it was the shop's own mistake
    her.sees("Cancelled")
    page.locator(".more__name").first.tap()
    page.locator("[name=amount]").fill("250")
    page.locator("[name=reason]").fill("Cancelled by mistake")
    picture(her, "10-honour")
    page.get_by_role("button", name="Record the purchase").tap()
    her.sees("Honoured")
    says(her, "To pay: ₱225")


def test_every_situation_is_in_the_book_and_every_picture_is_there():
    book = (DOCS / "till.md").read_text()

    assert [int(n) for n in re.findall(r"^## (\d+)\.", book, re.MULTILINE)] == [*range(1, 11)]
    assert {*re.findall(r"\((till-[^)]+\.png)\)", book)} == {path.name for path in DOCS.glob("till-[0-9]*.png")}
