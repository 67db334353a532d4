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


def test_a_regular_is_sent_to_the_till_and_the_screen_tells_nobody_whether_she_is_known(serve, at_tablet):
    shop, page, sent = serve(), at_tablet(), []
    Customer(page, shop.url).signs_up()
    page.on("request", lambda request: sent.append((request.url.removeprefix(shop.url), request.post_data or "")))

    told = [comes_again(page, shop, phone) for phone in ("09171234567", "09180000000")]

    assert told[0] == told[1]
    assert "Tell the cashier your name or number" in told[0]
    assert {path for path, body in sent if body} == {"/signups/contact", "/tallies"}
    assert [body for path, body in sent if path == "/tallies" and "917" in body] == []


def comes_again(page, shop, phone) -> str:
    her = Customer(page, shop.url)
    page.goto(shop.url)
    page.wait_for_timeout(GUARD)
    her.tap(page.locator("[data-go=regular]"))
    page.wait_for_timeout(GUARD)
    her.type(phone)
    her.goes_on()
    her.step("regular").wait_for()
    assert phone not in page.content() and phone[1:4] + "\u00a0" + phone[4:7] not in page.content()
    assert {field.input_value() for field in page.locator(".field__box").all()} == {""}
    page.wait_for_timeout(GUARD)
    text = page.locator("main").inner_text()
    her.tap(page.locator("[data-finish]"))
    page.wait_for_selector("[data-step=welcome]:visible")
    return text
