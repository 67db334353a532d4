"""What is wrong with a number is said on its own screen; what will be stored is what is read back."""

from customer import GUARD, Customer
from playwright.sync_api import expect


def at_contact(page, url) -> Customer:
    page.goto(f"{url}/?language=en")
    her = Customer(page, url)
    for key in ("source", "city", "name"):
        her.step(key).wait_for()
        page.wait_for_timeout(GUARD)
        her.tap(page.locator("[data-go=skip]"))
    her.step("contact").wait_for()
    page.wait_for_timeout(GUARD)
    return her


def test_a_number_is_looked_at_before_it_is_read_back(serve, at_tablet):
    page = at_tablet()
    her = at_contact(page, serve(KIOSK_COUNTRY="NO").url)

    her.type("22334455")
    her.goes_on()
    expect(page.locator("[data-error=phone]")).to_have_text(
        "This is not a mobile number. Enter one, or use email instead"
    )

    page.locator("#field-phone").fill("41234567")
    page.wait_for_timeout(GUARD)
    her.goes_on()
    her.step("readback").wait_for()
    expect(page.locator("[data-answer=phone] .answers__given")).to_have_text("+47 41 23 45 67")


def test_without_the_server_the_question_goes_on(serve, at_tablet):
    page = at_tablet()
    her = at_contact(page, serve(KIOSK_COUNTRY="NO").url)
    page.route("**/signups/contact", lambda route: route.abort("connectionreset"))

    page.locator("#field-phone").fill("41234567")
    her.goes_on()

    her.step("readback").wait_for()
    expect(page.locator("[data-answer=phone] .answers__given")).to_have_text("41234567")
