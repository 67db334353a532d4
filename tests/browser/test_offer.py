"""The owner changes what new customers get, and sees it before it is saved."""

from pictures import keep
from playwright.sync_api import expect
from screens import violations
from test_journey import set_up


def test_what_is_typed_is_seen_before_it_is_saved_and_the_change_is_undone(serve, at_desk, at_tablet):
    shop = serve()
    office, tablet = at_desk(), at_tablet()
    set_up(office, shop.set_up_link())
    office.get_by_role("link", name="Offer").click()
    seen = office.get_by_role("group", name="Preview")
    expect(seen.get_by_text("Get 10% off today")).to_be_visible()

    office.get_by_label("Discount", exact=True).fill("15")
    office.get_by_label("Minimum purchase").fill("500")
    expect(seen.get_by_text("Get 15% off today")).to_be_visible()
    expect(seen.get_by_text("For purchases from ₱500")).to_be_visible()
    tablet.goto(shop.url)
    expect(tablet.get_by_text("Get 10% off today").first).to_be_visible()

    office.get_by_role("button", name="Save", exact=True).click()
    expect(office.get_by_text("Saved. The tablet shows it to the next customer.")).to_be_visible()
    keep(office, "office-offer")
    tablet.goto(shop.url)
    expect(tablet.get_by_text("Get 15% off today").first).to_be_visible()

    office.get_by_role("radio", name="a gift").check()
    expect(office.get_by_label("Discount", exact=True)).to_be_hidden()
    office.get_by_label("English").first.fill("A free coffee")
    expect(seen.get_by_text("Give: A free coffee")).to_be_visible()

    office.get_by_role("button", name="Undo").click()
    expect(office.get_by_label("Discount", exact=True)).to_have_value("10")
    tablet.goto(shop.url)
    expect(tablet.get_by_text("Get 10% off today").first).to_be_visible()


def test_a_reward_is_switched_on_and_says_so(serve, at_desk):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    office.goto(f"{shop.url}/office/offers")
    win_back = office.get_by_role("switch", name="After 30 days without a visit")
    expect(win_back).not_to_be_checked()

    win_back.click()

    expect(win_back).to_be_checked()
    expect(office.get_by_text("After 30 days without a visit: 10% off")).to_be_visible()
    expect(office.get_by_label("Days without a visit", exact=True)).to_have_value("30")
    expect(office.get_by_text("Next 30 days: 0 people")).to_have_count(5)  # counted once the page is there
    office.get_by_role("heading", name="To bring them back").scroll_into_view_if_needed()
    office.mouse.wheel(0, 400)
    keep(office, "office-rewards")
    assert violations(office) == []
    win_back.click()
    expect(win_back).not_to_be_checked()
