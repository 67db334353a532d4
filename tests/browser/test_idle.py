"""What the tablet does when nobody touches it: asks, waits, and clears."""

import pytest
from pictures import keep
from playwright.sync_api import expect
from shop import a_phone

TYPED = "Marisol of the canary"


@pytest.fixture
def tablet(serve, at_tablet):
    """A tablet whose clock the test turns."""
    page = at_tablet()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.goto(serve().url + "/?language=en")
    page.clock.run_for(1000)
    return page


def warning(page):
    return page.get_by_role("alertdialog", name="Are you still there?")


def touch(page, name):
    page.get_by_role("radio", name=name).tap()
    page.clock.run_for(1000)


def test_an_untouched_question_is_warned_of_after_45_seconds_and_cleared_20_later(tablet):
    tablet.clock.run_for(43_000)
    expect(warning(tablet)).to_be_hidden()
    tablet.clock.run_for(1_500)
    expect(warning(tablet)).to_be_visible()
    keep(tablet, "tablet-idle")
    tablet.clock.run_for(18_500)
    expect(warning(tablet)).to_be_visible()

    tablet.clock.run_for(2_000)

    expect(tablet.get_by_role("link", name="English")).to_be_visible()
    assert tablet.url.endswith("/")


def test_who_types_has_a_minute(tablet):
    touch(tablet, "Friend or family")
    tablet.clock.run_for(57_000)
    expect(warning(tablet)).to_be_hidden()
    tablet.clock.run_for(4_000)
    expect(warning(tablet)).to_be_visible()


def test_more_time_is_given_as_often_as_it_is_asked_for(tablet):
    for _ in range(10):
        tablet.clock.run_for(60_000)
        expect(warning(tablet)).to_be_visible()
        expect(tablet.get_by_role("button", name="I need more time")).to_be_focused()
        tablet.keyboard.press("Enter")
        expect(warning(tablet)).to_be_hidden()

    expect(tablet.get_by_role("heading", name="How did you hear about us?")).to_be_visible()


def test_any_key_is_a_sign_of_life(tablet):
    tablet.clock.run_for(50_000)
    tablet.keyboard.press("Shift")

    expect(warning(tablet)).to_be_hidden()


def test_nobody_reads_her_answers_while_it_asks(tablet):
    touch(tablet, "Friend or family")
    tablet.get_by_label("Town or city").fill(TYPED)
    tablet.clock.run_for(62_000)

    assert TYPED not in tablet.locator("body").aria_snapshot()
    expect(tablet.get_by_label("Town or city")).to_be_hidden()


def test_clear_and_finish_leaves_nothing(tablet):
    touch(tablet, "Friend or family")
    tablet.get_by_label("Town or city").fill(TYPED)
    tablet.clock.run_for(62_000)

    tablet.keyboard.press("Tab")
    tablet.keyboard.press("Enter")

    expect(tablet.get_by_role("link", name="English")).to_be_visible()
    assert TYPED not in tablet.content()


def test_an_untouched_coupon_is_cleared_after_a_minute_and_twenty_seconds(tablet):
    fields = {"operation_id": "0" * 32, "language": "en", "phone": a_phone()}
    tablet.evaluate(
        """async (fields) => {
            const token = document.querySelector("[name=csrf-token]").content;
            const body = new URLSearchParams({ ...fields, csrf_token: token });
            await fetch("/signups", { method: "POST", body });
        }""",
        fields,
    )
    tablet.goto(tablet.url.partition("?")[0] + "coupon")
    tablet.clock.run_for(58_000)
    expect(warning(tablet)).to_be_hidden()
    tablet.clock.run_for(3_000)
    expect(warning(tablet)).to_be_visible()

    tablet.clock.run_for(20_500)

    expect(tablet.get_by_role("link", name="English")).to_be_visible()
    tablet.goto(tablet.url + "coupon")
    expect(tablet.get_by_role("link", name="English")).to_be_visible()


def test_the_welcome_screen_stays_as_it_is(tablet):
    tablet.goto(tablet.url.partition("?")[0])
    tablet.evaluate("window.same = true")
    tablet.clock.run_for(300_000)

    expect(warning(tablet)).to_be_hidden()
    assert tablet.evaluate("window.same")


def test_without_a_server_the_answers_go_all_the_same(tablet):
    touch(tablet, "Friend or family")
    tablet.get_by_label("Town or city").fill(TYPED)
    tablet.context.set_offline(True)
    tablet.clock.run_for(82_000)

    expect(tablet.get_by_text("No connection right now. Please ask our staff.")).to_be_visible()
    assert TYPED not in tablet.content()
    tablet.context.set_offline(False)
    tablet.clock.run_for(6_000)
    expect(tablet.get_by_role("link", name="English")).to_be_visible()
