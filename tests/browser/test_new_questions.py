"""Questions that are changed while the tablet is in use: the next customer is asked the new ones."""

from playwright.sync_api import expect
from shop import at_till

from kiosk.base.clock import now
from kiosk.signups import editing, questionnaires


def switch_on(shop, key):
    with shop.app.test_request_context("/"):
        said = questionnaires.current().as_dict()
        next(one for one in said["questions"] if one["key"] == key)["when"] = "signup"
        editing.save("welcome", said, now(), by=at_till())


def test_a_resting_tablet_asks_the_new_questions_within_ten_seconds_and_who_answers_goes_on_with_hers(serve, at_tablet):
    shop, resting, answering = serve(), at_tablet(), at_tablet()
    resting.goto(shop.url)
    answering.goto(f"{shop.url}/?language=en")
    step = "[data-step=interests]"
    expect(answering.get_by_text("Question 1 of 4")).to_be_visible()

    switch_on(shop, "interests")

    expect(resting.locator(step)).to_have_count(1, timeout=10_000)
    expect(answering.locator(step)).to_have_count(0)
    answering.get_by_role("radio", name="Friend or family").tap()
    expect(answering.get_by_text("Question 2 of 4")).to_be_visible()
