"""A hairdresser and her customers: visits, a note, a complaint, a new number, and one who is forgotten."""

from datetime import timedelta

from pictures import keep
from playwright.sync_api import expect
from screens import violations
from shop import IS_FULL, PASSPHRASE, a_coupon, at_till, new_id
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import coupons, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Customer

LIST = "/office/customers"
CUTS = ((45, "Cut", "Lorna", 450), (26, "Cut, colour", "Tess", 980), (3, "Balayage", "Lorna", 1350))


def three_visits(shop) -> str:
    """Marisol signs up, comes three times, and has a card; gives back the address of its page."""
    with shop.app.app_context():
        till = at_till("Tess", at=now())
        fields = {"name": "Marisol Reyes", "phone": "09171234567", "city": "Cebu", "consent_sms": "yes"}
        coupon = a_coupon(now() - timedelta(days=45), **fields)
        a_coupon(now() - timedelta(days=2), name="Niña Villanueva", city="Mandaue", email="nina@example.org")
        for days, what, who, amount in CUTS:
            at, said = now() - timedelta(days=days), {"what": what, "served_by": who}
            if days == 45:
                coupons.redeem(coupon.code, new_id(), at, by=till, amount=amount * 100, **said)
            else:
                visits.record(coupon, new_id(), at, by=till, purchase=Purchase(amount * 100, what, who))
        return f"{shop.url}/c/{coupon.token}"


def in_every_language(office, shop):
    """Everything about customers, on a phone in each language: nothing to find for axe, nothing to scroll sideways."""
    office.set_viewport_size({"width": 360, "height": 740})
    her = office.url.partition("?")[0]
    pages = ("", "/merge?q=Nina", "/copy", "/forget")
    for language in ("fil", "nb", "ru", "en") if IS_FULL else ("ru", "en"):
        office.goto(f"{shop.url}/me")
        office.locator("select[name=speaks]").select_option(language)
        office.locator("form:has(select[name=speaks]) button").click()
        for path in (*(her + page for page in pages), LIST, f"{LIST}?consent=sms&visits_min=1", f"{LIST}/doubles"):
            office.goto(path if path.startswith("http") else f"{shop.url}{path}")
            prove(office)
            assert office.evaluate("document.documentElement.lang") == language
            for unfolded in office.locator("details").all():
                unfolded.evaluate("one => { one.open = true }")
            assert violations(office) == [], (language, path)
            assert office.evaluate("document.documentElement.scrollWidth") <= 360, (language, path)
    office.set_viewport_size({"width": 1280, "height": 1100})
    office.goto(her)


def prove(office):
    """Give the passphrase again where it is asked for."""
    if office.locator("input[name=passphrase]").count():
        office.locator("input[name=passphrase]").fill(PASSPHRASE)
        with office.expect_navigation():
            office.keyboard.press("Enter")


def test_a_regular_from_three_visits_to_being_forgotten(serve, at_desk, on_phone):
    shop, office, hers = serve(), at_desk(), on_phone()
    set_up(office, shop.set_up_link())
    card = three_visits(shop)

    hers.goto(card)
    assert violations(hers) == []
    hers.locator(".rate__star").nth(1).tap()
    hers.get_by_label("A comment, if you like").fill("My ear got burnt")
    keep(hers, "phone-card")
    hers.get_by_role("button", name="Send").tap()
    expect(hers.get_by_text("Thank you. The shop reads every answer.")).to_be_visible()

    office.goto(f"{shop.url}/office")
    expect(office.get_by_text("My ear got burnt")).to_be_visible()
    office.get_by_role("link", name="Marisol").first.click()
    expect(office.get_by_text("3 visits, every 21 days on average. The last one was 3 days ago.")).to_be_visible()
    office.set_viewport_size({"width": 360, "height": 740})
    office.get_by_label("Add a note").fill("Sensitive skin behind the ears")
    office.keyboard.press("Tab")
    office.keyboard.press("Enter")
    expect(office.get_by_text("Sensitive skin behind the ears")).to_be_visible()
    office.set_viewport_size({"width": 1280, "height": 1100})
    office.reload()
    office.evaluate("scrollTo(0, 0)")
    keep(office, "office-customer")

    office.goto(f"{shop.url}/office/customers")
    keep(office, "office-customers")
    office.get_by_label("Name, number, email, card or coupon").fill("4567")
    office.keyboard.press("Enter")
    office.get_by_role("link", name="Marisol Reyes").click()
    office.locator("#glance summary").click()
    office.get_by_label("Mobile").fill("0917 765 4321")
    office.get_by_role("button", name="Save", exact=True).click()
    expect(office.get_by_text("+63 917 765 4321")).to_be_visible()

    in_every_language(office, shop)
    office.get_by_role("link", name="Forget this customer").click()
    prove(office)
    office.get_by_role("button", name="Forget Marisol Reyes").click()
    expect(office.get_by_text("The customer has been forgotten.")).to_be_visible()
    with shop.app.app_context():
        assert [customer.name for customer in db.session.query(Customer)] == ["Niña Villanueva"]
    assert hers.goto(card).status == 404
