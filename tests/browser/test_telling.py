"""An owner with her phone: she asks back who has not come for forty days, and one of them wants no more messages."""

from datetime import timedelta

import pytest
from pictures import keep
from playwright.sync_api import expect
from screens import violations
from shop import a_coupon, at_till, new_id
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.base.writing import writing
from kiosk.coupons import coupons, lookups
from kiosk.models import Customer
from kiosk.rewards import changes, drafts
from kiosk.shop import shop as here
from kiosk.upkeep import nightly

FIVE = {"Niña Villanueva": "fil", "Kari Nordmann": "nb", "Лиза Новак": "ru", "Ben Cruz": "en", "Ana Reyes": "en"}


def five_who_were_missed(shop) -> None:
    with shop.app.app_context():
        ana, before = at_till(at=now()), now() - timedelta(days=40)
        with writing():
            here.describe(quiet_from="00:00", quiet_until="00:00")
        for name, language in FIVE.items():
            coupon = a_coupon(before, name=name, language=language, consent_sms="yes")
            coupons.redeem(coupon.code, new_id(), before, by=ana, amount=45_000)
        said = {"kind": "percent", "value": "15", "days_valid": "14", "days": "30", "held_out": "0"}
        changes.save(drafts.read(said, "win_back"), now(), by=ana, purpose="win_back")
        nightly.run(now())


@pytest.mark.slow
def test_the_list_is_worked_through_for_five_and_one_says_never(serve, at_desk, on_phone):
    shop, desk = serve(), at_desk()
    set_up(desk, shop.set_up_link())
    five_who_were_missed(shop)
    phone = on_phone()
    phone.context.add_cookies(desk.context.cookies())
    phone.set_viewport_size({"width": 390, "height": 844})

    phone.goto(f"{shop.url}/office/outreach")
    assert violations(phone) == []
    keep(phone, "office-outreach", 844)
    for page in (phone, desk):
        for path in ("outreach", "outreach/texts", "outreach/news", "insights", "customers"):
            page.goto(f"{shop.url}/office/{path}")
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    phone.goto(f"{shop.url}/office/outreach")
    href = phone.get_by_role("link", name="Open in Messages").first.get_attribute("href")
    answer = phone.request.get(f"{shop.url}{href}", max_redirects=0)
    assert (answer.status, answer.headers["location"][:7]) == (303, "sms:+63")
    for left in range(4, 0, -1):
        phone.get_by_role("button", name="Sent").first.tap()
        expect(phone.get_by_role("button", name="Sent")).to_have_count(left)
    phone.get_by_role("button", name="Never again").first.tap()
    expect(phone.get_by_text("5 done today").first).to_be_visible()
    expect(phone.get_by_role("button", name="Sent")).to_have_count(0)

    with shop.app.app_context():
        people = Customer.query.order_by(Customer.id).all()
        assert [one.may_sms for one in people] == [True] * 4 + [False]
        assert all(lookups.live_coupon(one, now()) for one in people[:4])
