"""The whole line, by hand and eye: sign up on the tablet, redeem at the till, find it in Excel."""

import pytest
from openpyxl import load_workbook
from pictures import keep, qr_in
from playwright.sync_api import expect
from shop import PASSPHRASE

from kiosk.coupons import qr


def sign_up(page, url, *, name="Marisol", phone="0917 123 4567"):
    page.goto(url)
    page.wait_for_timeout(500)  # nobody touches sooner, and the screen would not listen
    page.get_by_role("link", name="English").tap()
    page.wait_for_timeout(500)
    page.get_by_role("radio", name="Friend or family").tap()
    expect(page.get_by_role("heading", name="Which town do you live in?")).to_be_visible()
    page.wait_for_timeout(400)
    page.get_by_label("Town or city").fill("Cebu")
    page.get_by_role("button", name="Continue").tap()
    page.wait_for_timeout(400)
    page.get_by_label("What should we call you?").fill(name)
    page.get_by_role("button", name="Continue").tap()
    page.wait_for_timeout(400)
    page.get_by_label("What is your mobile number?").fill(phone)
    page.get_by_role("button", name="Continue").tap()
    expect(page.get_by_text("Almost there. Is this right?")).to_be_visible()
    page.wait_for_timeout(400)
    page.get_by_role("button", name="Get my coupon").tap()
    page.wait_for_url("**/coupon")
    page.wait_for_timeout(1500)


def set_up(page, link):
    page.goto(link)
    page.get_by_label("Your name").fill("Ana")
    page.locator("[name=passphrase]").fill(PASSPHRASE)
    page.get_by_label("Name of the shop").fill("Perla")
    page.get_by_role("button", name="Finish setup").click()
    page.wait_for_url("**/office")


def scan(page, text):
    """As a scanner at the keyboard does: the text, and Enter."""
    page.keyboard.insert_text(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(
    "settings", [{}, {"KIOSK_PUBLIC_URL": "http://localhost:{port}"}], ids=["no public address", "public address"]
)
def test_a_tablet_answer_becomes_a_spent_coupon_and_a_line_in_excel(serve, settings, at_tablet, on_phone, at_desk):
    shop = serve(**settings)
    office = at_desk()
    set_up(office, shop.set_up_link())

    tablet = at_tablet()
    tablet.goto(shop.url)
    tablet.wait_for_timeout(1500)
    keep(tablet, "tablet-welcome") if not settings else None
    sign_up(tablet, shop.url)
    keep(tablet, "tablet-coupon") if not settings else None
    scanned = qr_in(tablet)
    if settings:
        assert scanned.startswith(shop.url.upper().replace("127.0.0.1", "LOCALHOST") + "/C/")
        phone = on_phone()
        phone.goto(scanned)
        phone.wait_for_timeout(500)
        keep(phone, "phone-coupon")
        scanned = qr_in(phone)
    assert len(scanned) == 12
    tablet.get_by_role("button", name="Done").tap()
    expect(tablet.get_by_text("Get 10% off today").first).to_be_visible()

    office.goto(f"{shop.url}/till")
    scan(office, scanned)
    expect(office.get_by_role("button", name="Redeem", exact=True)).to_be_visible()
    keep(office, "till-coupon") if not settings else None
    office.get_by_role("button", name="Redeem", exact=True).click()
    expect(office.get_by_role("heading", name="Redeemed")).to_be_visible()
    keep(office, "till-redeemed") if not settings else None
    office.goto(f"{shop.url}/till")
    scan(office, scanned)
    expect(office.get_by_role("heading", name="Just redeemed here")).to_be_visible()

    office.goto(f"{shop.url}/office")
    expect(office.get_by_text("Marisol")).to_be_visible()
    keep(office, "office-today") if not settings else None
    with office.expect_download() as download:
        office.get_by_role("link", name="Export today").click()
    with download.value.path().open("rb") as file:
        rows = list(load_workbook(file).active.iter_rows(min_row=2, values_only=True))
    assert [row[1:4] for row in rows] == [("Marisol", "Cebu", "+639171234567")]
    assert rows[0][10] is not None


def test_the_code_in_the_terminal_leads_the_tablet_to_the_shop(at_desk):
    address = "http://192.168.1.20:8080/"
    terminal = at_desk()
    terminal.set_content(f"<pre>{qr.terminal(address)}</pre>")
    terminal.add_style_tag(content="body { background: #000; color: #fff } pre { font: 20px/1 monospace }")

    assert qr_in(terminal) == address
