"""The coupon on her own phone, in real Chromium."""

from playwright.sync_api import expect
from shop import at_till, new_id, signed_up

from kiosk.base.clock import now
from kiosk.coupons import coupons


def test_her_coupon_turns_when_it_is_spent(serve, on_phone):
    shop, phone = serve(), on_phone()
    with shop.app.app_context():
        coupon = signed_up(now()).coupon
        code, token = coupon.code, coupon.token
    phone.goto(f"{shop.url}/c/{token}")
    expect(phone.get_by_role("heading", name="Show this to the cashier")).to_be_visible()

    with shop.app.app_context():
        coupons.redeem(code, new_id(), now(), by=at_till(at=now()))

    expect(phone.get_by_role("heading", name="Used")).to_be_visible()
    expect(phone.get_by_role("heading", name="Your card")).to_be_visible()


def test_the_notice_can_be_read_on_her_own_phone(serve, on_phone):
    phone = on_phone()
    phone.goto(serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}").url + "/JOIN#NOTICE")

    expect(phone.get_by_text("To give each person one coupon and to recognise it.")).to_be_visible()
