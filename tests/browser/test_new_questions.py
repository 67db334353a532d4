"""Questions that are changed while the tablet is in use: the next customer is asked the new ones."""

from playwright.sync_api import expect
from screens import violations
from shop import at_till
from test_journey import set_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Tally
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


def test_what_is_typed_in_a_question_is_seen_on_the_tablets_own_screen_before_it_is_saved(serve, at_desk):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    office.set_viewport_size({"width": 360, "height": 740})
    office.goto(f"{shop.url}/office/forms/welcome/questions/source")
    tablet = office.frame_locator("[title='On the tablet']")
    expect(tablet.get_by_text("How did you hear about us?").last).to_be_visible()

    typed = office.locator("[name='choices.0.text.ru']")
    typed.fill("Листовка")

    expect(tablet.get_by_text("Листовка")).to_be_visible()
    expect(tablet.get_by_text("Как вы о нас узнали?").last).to_be_visible()
    expect(typed).to_be_focused()  # also while the screen is drawn again
    typed.press("End")
    typed.press_sequentially("!")
    expect(tablet.get_by_text("Листовка!")).to_be_visible()
    expect(typed).to_be_focused()
    assert violations(office) == []
    with shop.app.app_context():
        assert questionnaires.newest_row("welcome") is None
        assert db.session.query(Tally).count() == 0
