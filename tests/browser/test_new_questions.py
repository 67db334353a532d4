"""Questions that are changed while the tablet is in use: the next customer is asked the new ones."""

from playwright.sync_api import expect
from shop import at_till

from kiosk.base.clock import now
from kiosk.rewards import changes
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


def test_a_tablet_that_says_the_offer_has_ended_begins_again_within_ten_seconds_of_the_next_one(serve, at_tablet):
    shop, tablet = serve(), at_tablet()
    with shop.app.test_request_context("/"):
        stopped = changes.stop(0, now(), by=at_till())
    tablet.goto(shop.url)
    expect(tablet.get_by_role("heading", name="This offer has ended")).to_be_visible()

    with shop.app.test_request_context("/"):
        changes.undo(stopped.id, now(), by=at_till())

    expect(tablet.get_by_role("heading", name="Get 10% off today")).to_be_visible(timeout=10_000)
