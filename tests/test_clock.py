"""A clock that is wrong, or is put right: nobody is turned away for it, and it is noticed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from people import Customer, Staffer
from shop import NOON, PIN, UNLIMITED, a_coupon, add_person, at_till, new_id, signed_up

from kiosk.__main__ import cli
from kiosk.base import clock
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writes, writing
from kiosk.coupons import corrections, coupons, lookups
from kiosk.guard import limits
from kiosk.models import Staff, StaffSession
from kiosk.oversight import health, machine
from kiosk.staff import devices, sessions

MONTH, YEAR = timedelta(days=30), timedelta(days=365)
BEFORE_COMPUTERS = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("back", [timedelta(seconds=3), timedelta(minutes=5)])
def test_a_clock_put_back_a_little_refuses_no_open_page_and_signs_nobody_out(app, back):
    maria, ana, ben = Customer(app), Staffer(app), Staffer(app, "Ben", "cashier")
    with time_machine.travel(NOON, tick=False):
        ana.sign_in(), ben.sign_in()
        maria.visit("/")
        ana.visit("/office")
    with time_machine.travel(NOON - back, tick=False):
        answers = [maria.post("/signups", operation_id=new_id(), language="en", phone="0917 123 4567"),
                   ana.browser.get("/office"), ben.browser.get("/till")]  # fmt: skip

    assert [answer.status_code for answer in answers] == [201, 200, 200]


@pytest.mark.parametrize("error", [MONTH, -MONTH, YEAR])
def test_a_page_that_was_opened_by_a_wrong_clock_still_works(app, error):
    maria = Customer(app)
    with time_machine.travel(NOON + error, tick=False):
        maria.visit("/")
    with time_machine.travel(NOON, tick=False):
        answer = maria.post("/signups", operation_id=new_id(), language="en", phone="0917 123 4567")

    assert answer.status_code == 201


def test_who_signed_in_by_a_clock_that_was_ahead_signs_in_once_more_and_not_for_ever(app):
    ana = Staffer(app)
    with time_machine.travel(NOON + MONTH, tick=False):
        ana.sign_in()
    with time_machine.travel(NOON, tick=False):
        before = ana.browser.get("/office").status_code
        ana.sign_in()
        after = ana.browser.get("/office").status_code

    assert (before, after) == (303, 200)


def test_a_passphrase_that_was_given_in_the_future_proves_nothing(in_shop):
    session = StaffSession(proved_at=NOON + MONTH)

    assert not sessions.has_proved(session, NOON)
    assert sessions.has_proved(StaffSession(proved_at=NOON + timedelta(minutes=3)), NOON)


def test_when_a_browser_was_last_seen_is_put_right_with_the_clock(in_shop):
    session = at_till(at=NOON + timedelta(minutes=5))
    devices.note_seen(StaffSession, session, NOON, every=timedelta(seconds=15))

    assert db.session.get(StaffSession, session.id, populate_existing=True).seen_at == NOON


def test_a_link_of_a_clock_that_was_ahead_pairs_nothing_for_a_month(in_shop):
    with writing():
        _, secret = devices.add_device("till", "", NOON + MONTH, is_paired=False)

    assert devices.waiting(secret, NOON) is None
    assert devices.waiting(secret, NOON + MONTH) is not None


def test_wrong_pins_in_the_future_lock_nobody_out(in_shop):
    ben_id, till = add_person("Ben", "cashier"), at_till()
    ahead = NOON + MONTH
    for minutes in range(6):
        with pytest.raises(Invalid):
            sessions.sign_in_with_pin(ben_id, "999999", ahead + timedelta(minutes=2 * minutes), device=till.device)
    assert db.session.query(Staff.pin_tries).filter_by(id=ben_id).scalar() == 6

    assert sessions.sign_in_with_pin(ben_id, PIN, NOON, device=till.device)


def test_a_pause_that_began_in_the_future_is_none(in_shop):
    writes(limits.add_pause)("till 1", 300, NOON + MONTH)
    writes(limits.add_pause)("till 2", 300, NOON)

    assert (limits.pause_left("till 1", NOON), limits.pause_left("till 2", NOON)) == (0, 300)


@pytest.mark.parametrize("issued_at", [NOON + timedelta(hours=13), NOON + MONTH, NOON + YEAR, BEFORE_COMPUTERS])
def test_a_coupon_that_a_wrong_clock_gave_is_good_when_the_clock_is_right(in_shop, issued_at):
    coupon, till = a_coupon(issued_at), at_till()

    found = lookups.look_up(coupon.code, by=till, at=NOON)

    assert found.state(NOON.date(), NOON) == "issued"
    assert lookups.live_coupon(coupon.customer, NOON) == coupon
    assert coupons.redeem(coupon.code, new_id(), NOON, by=till).redemption.coupon_id == coupon.id


def test_a_coupon_that_is_meant_for_later_is_not_good_yet(in_shop):
    coupon, till = a_coupon(NOON), at_till()
    with writing():
        coupon.valid_from += timedelta(days=7)

    with pytest.raises(Refusal, match="not_yet"):
        coupons.redeem(coupon.code, new_id(), NOON, by=till)
    assert lookups.live_coupon(coupon.customer, NOON) is None


def test_a_redemption_of_the_future_is_not_undone_by_everybody_until_then(in_shop):
    till = at_till()
    redemption = coupons.redeem(a_coupon(NOON).code, new_id(), NOON + MONTH, by=till).redemption

    assert not corrections.is_easily_undone(redemption, till, NOON + timedelta(days=1))


AHEAD, QUIET, WRONG = "or was: it says", "If that is not so", "cannot be right"


@pytest.mark.parametrize(
    ("at", "words"),
    [(NOON, None), (NOON - timedelta(minutes=5), None), (NOON - timedelta(minutes=15), AHEAD),
     (NOON - MONTH, AHEAD), (NOON - YEAR, WRONG), (BEFORE_COMPUTERS, WRONG),
     (NOON + timedelta(days=29), None), (NOON + MONTH + timedelta(hours=1), QUIET), (NOON + YEAR, QUIET)],
)  # fmt: skip
def test_a_jump_of_the_clock_is_noticed(in_shop, at, words):
    signed_up(NOON)

    said = machine.clock_trouble(at) or machine.clock_doubt(at)

    assert said is None if words is None else words in said
    assert (words in (AHEAD, WRONG)) == (said in health.troubles(at))


def test_a_new_shop_is_told_of_a_clock_that_begins_in_1970(in_shop):
    assert (machine.clock_trouble(NOON), machine.clock_doubt(NOON)) == (None, None)
    assert "it says 1970-01-01 08:05" in machine.clock_trouble(BEFORE_COMPUTERS)


def test_the_office_says_so_once(app):
    ana = Staffer(app)
    with app.app_context():
        signed_up(NOON + MONTH)
    with time_machine.travel(NOON, tick=False):
        ana.sign_in()
        page = ana.visit("/office").text

    assert page.count("The clock of this machine") == 1


def test_check_says_so(app, monkeypatch):
    for name, value in {
        **UNLIMITED,
        **{name: app.config[name] for name in ("KIOSK_INSTANCE", "KIOSK_DATABASE_URL")},
    }.items():
        monkeypatch.setenv(name, value)
    with app.app_context():
        signed_up(NOON)

    with time_machine.travel(NOON - MONTH):
        ahead = CliRunner().invoke(cli, ["check"])
    with time_machine.travel(NOON + YEAR):
        quiet = CliRunner().invoke(cli, ["check"])

    assert (ahead.exit_code, AHEAD in ahead.output) == (1, True)
    assert (quiet.exit_code, QUIET in quiet.output) == (0, True)


def test_the_tests_clock_stands_in_for_the_wall_clock(monkeypatch):
    monkeypatch.setenv("KIOSK_TEST_CLOCK", "2027-02-03T04:05:06")
    assert clock.now() == datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)

    monkeypatch.setenv("KIOSK_TEST_CLOCK", "2027-02-03")
    assert clock.now() == datetime(2027, 2, 3, tzinfo=UTC)
