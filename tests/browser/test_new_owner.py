"""A new owner on her phone: set up, change the offer and the questions, see it on the tablet, take the list away."""

import io
from datetime import timedelta

import pytest
from customer import Customer
from openpyxl import load_workbook
from pictures import keep
from playwright.sync_api import expect
from shop import a_phone
from test_journey import set_up

from kiosk.base.database import db
from kiosk.models import Answer, Coupon, Signup
from kiosk.shop import shop as shops

PHONE = {"width": 390, "height": 844}
MOST_TAPS = 5  # for each thing she does, beyond the typing


class Owner:
    """She counts her taps."""

    def __init__(self, page):
        self.page, self.taps = page, 0
        page.set_viewport_size(PHONE)

    def tap(self, role, name, **more):
        self.page.get_by_role(role, name=name, **more).first.click()
        self.taps += 1

    def done(self):
        assert self.taps <= MOST_TAPS
        self.taps = 0


def signs_up(tablet, shop, phone):
    """A customer answers what the owner asks now."""
    customer = Customer(tablet, shop.url)
    customer.begin()
    customer.choose("source")
    customer.choose("frequency")
    customer.writes("name", customer.name)
    customer.writes("contact", phone)
    customer.agrees()
    customer.gets_coupon()
    tablet.get_by_role("button", name="Done").tap()
    tablet.wait_for_selector(".language:visible")


@pytest.mark.slow
def test_a_new_owner_needs_no_manual(serve, at_desk, at_tablet):
    shop, owner, tablet = serve(), Owner(at_desk()), at_tablet()
    page = owner.page
    set_up(page, shop.set_up_link())
    page.set_viewport_size(PHONE)
    keep(page, "owner-set-up", longest=560)
    tablet.goto(shop.url)
    expect(tablet.get_by_text("Get 10% off today").first).to_be_visible()

    owner.tap("link", "Offer")  # 15 % instead of 10
    page.get_by_label("Discount", exact=True).fill("15")
    owner.tap("button", "Save", exact=True)
    owner.done()
    keep(page, "owner-offer", longest=560)

    with shop.app.app_context():
        today = shops.current().today()
    owner.tap("link", "Add an offer for new customers")  # a gift, on these two days of every week
    owner.tap("radio", "a gift")
    page.get_by_label("English").first.fill("A free coffee")
    for days in (1, 2):
        owner.tap("checkbox", f"{today + timedelta(days=days):%a}")
    owner.tap("button", "Save", exact=True)
    owner.done()
    expect(page.get_by_text("A free coffee").first).to_be_visible()
    page.get_by_role("heading", name="What new customers get, and when").evaluate("(one) => one.scrollIntoView()")
    keep(page, "owner-gift", longest=560)
    page.evaluate("scrollTo(0, 0)")

    owner.tap("link", "Questions")  # one question more, one less
    owner.tap("button", "Ask at sign-up: How often do you visit us?")
    owner.tap("button", "Switch off: Which town do you live in?")
    owner.done()
    page.wait_for_timeout(900)
    page.evaluate("scrollTo(0, 0)")
    keep(page, "owner-questions", longest=560)

    expect(tablet.get_by_text("Get 15% off today").first).to_be_visible()  # by itself
    for _ in range(5):
        signs_up(tablet, shop, a_phone().replace(" ", ""))

    with shop.app.app_context():
        assert db.session.query(Signup).count() == 5
        assert db.session.query(Answer).filter_by(question="frequency").count() == 5
        assert {coupon.offer.value for coupon in db.session.query(Coupon)} == {15}
    owner.tap("link", "Today")
    with page.expect_download() as download:
        owner.tap("link", "Export today")
    owner.done()
    rows = list(load_workbook(io.BytesIO(download.value.path().read_bytes())).active.values)
    assert len(rows) == 6 and "How often do you visit us?" in rows[0]
