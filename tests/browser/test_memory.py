"""What a till's browser remembers, told after a restore."""

from datetime import timedelta

from cashier import Cashier
from playwright.sync_api import expect
from shop import signed_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Coupon, Redemption, Setting, Undo, Visit
from kiosk.upkeep import epochs


def as_if_restored(shop):
    """Nothing was redeemed yet, and a backup from before has just been restored."""
    with shop.app.app_context(), writing():
        db.session.query(Undo).delete()
        db.session.query(Redemption).delete()
        db.session.query(Visit).filter(Visit.corrects_id.is_not(None)).delete()
        db.session.query(Visit).delete()
        db.session.query(Coupon).update({"spent_at": None})
        epochs.begin(now() - timedelta(minutes=5), now())


def test_a_till_brings_back_what_it_redeemed_and_did_not_undo(serve, at_desk):
    shop, page = serve(), at_desk()
    with shop.app.app_context():
        codes = [signed_up(now() - timedelta(hours=1)).coupon.code for _ in range(2)]
    her = Cashier(page, shop)
    her.opens_the_till()
    for code in codes:
        her.scans(code)
        page.locator("[data-redeem]").click()
        her.sees("Redeemed")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. The customer can use the coupon again.")).to_be_visible()

    as_if_restored(shop)
    with page.expect_response("**/till/reports"):
        page.goto(f"{shop.url}/till")
    her.scans(codes[0])
    her.sees("Just redeemed here")
    her.scans(codes[1])
    expect(page.locator("[data-redeem]")).to_be_visible()

    with shop.app.app_context():
        assert [one.coupon.code for one in db.session.query(Redemption)] == [codes[0]]
        assert len(db.session.get(Setting, epochs.REPORTED).value) == 1
