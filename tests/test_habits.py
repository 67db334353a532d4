"""What is worth a look is seen, with what may be behind it; honest trade is left in peace."""

import json
import random
from datetime import timedelta

import pytest
from flask import current_app
from people import Staffer
from shop import NOON, a_coupon, a_phone, at_till, new_id, on_sqlite_only, signed_up

from kiosk.base.clock import now
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.guard import audit
from kiosk.oversight import habits
from kiosk.shop import shop
from kiosk.upkeep import demo

LATER, DAY = NOON + timedelta(hours=1), timedelta(days=1)


def said(looks, macro="what"):
    return [str(getattr(current_app.jinja_env.get_template("office/habits.html").module, macro)(one)) for one in looks]


def seen(at=LATER):
    return said(habits.worth_a_look(at))


def note(count, action, by, outcome="done", at=NOON):
    with writing():
        audit.add_notes([{"action": action, "object_id": "1", "outcome": outcome, "happened_at": at}] * count, by=by)


def test_many_codes_that_nobody_has(in_shop):
    till = at_till()
    note(14, "look_up", till, "unknown")
    assert seen() == []

    note(1, "look_up", till, "unknown")

    assert seen() == ["15 codes at till 1 that nobody has, on 2026-11-21."]
    assert seen(LATER + 8 * DAY) == []


def test_coupons_redeemed_as_soon_as_they_are_given(in_shop):
    till = at_till()
    for after in (29, 29, 31, 29):
        assert seen() == []
        coupons.redeem(a_coupon().code, new_id(), NOON + timedelta(seconds=after), by=till)

    assert seen() == ["3 coupons redeemed within half a minute of sign-up: Ana."]


def test_sign_ups_while_the_shop_is_closed(in_shop):
    for n in range(10):
        signed_up(NOON - timedelta(hours=10, minutes=n))  # 02:00 in Manila
        signed_up(NOON)

    assert seen() == []  # from 01:51 on: two hours

    for _ in range(2):
        signed_up(NOON - timedelta(hours=10, minutes=5))
    assert seen() == ["11 sign-ups in one hour while the shop was closed: 2026-11-21 01:00."]


@pytest.mark.parametrize(
    ("hours", "is_closed"),
    [({}, False), ({"6": []}, True), ({"6": ["13:00", "20:00"]}, True), ({"5": ["20:00", "13:00"], "6": []}, False)],
    ids=["as every day", "closed on Saturdays", "open later on Saturdays", "still open from Friday"],
)
def test_each_day_of_the_week_has_its_own_hours(in_shop, hours, is_closed):
    with writing():
        shop.describe(opens="09:00", closes="18:00", other_hours=json.dumps(hours))
    for _ in range(10):
        signed_up(NOON)  # on a Saturday

    assert bool(seen()) == is_closed


def test_one_number_under_several_names(in_shop):
    phone = a_phone()
    for name in ("Maria", "Marie", "Mary", "Mia"):
        signed_up(name=name, phone=phone)
        assert seen() == []

    signed_up(name="May", phone=phone)

    assert seen() == ["One number or address was signed up 4 times more, maybe under other names."]


def test_a_cashier_who_undoes_far_more_often_than_the_others(in_shop):
    ana, ben = at_till(), at_till("Ben", "cashier")
    for person, undone in ((ana, 3), (ben, 7)):
        note(100, "redeem", person)
        note(undone, "undo", person)
    assert seen() == []

    note(8, "honour", ben)

    looks = habits.worth_a_look(LATER)
    assert said(looks) == ["Ben undid or honoured 15 purchases in four weeks, far more often than others."]
    assert (said(looks, "innocent")[0], looks[0].log) == (
        "Whoever trains others or handles complaints does so for everybody.", {"person": ben.staff_id},
    )  # fmt: skip


def test_today_shows_three_to_a_manager_and_the_way_to_the_log(app):
    with app.app_context():
        note(200, "look_up", at_till(), "unknown", at=now())
    manager = Staffer(app, "Eva")
    manager.sign_in()

    page = manager.visit("/office")

    assert "200 codes at till 1 that nobody has" in page.text
    assert "A scanner that reads badly, or codes of another shop, look the same." in page.text


@pytest.mark.slow
@on_sqlite_only
def test_a_year_of_honest_trade_gives_no_more_than_one_look_a_week(in_shop):
    chance = random.Random(7)
    demo.fill(2000, NOON, 1)
    people = [at_till(), at_till("Ben", "cashier"), at_till("Ida", "cashier")]
    for day in range(365):
        for person in people:
            at = NOON - day * DAY
            note(8, "redeem", person, at=at)
            note(chance.choice((0, 0, 0, 1, 1, 2)), chance.choice(("undo", "honour")), person, at=at)
            note(chance.randrange(4), "look_up", person, "unknown", at=at)

    looks = [what for week in range(52) for what in seen(NOON - 7 * week * DAY)]

    assert len(looks) <= 52 / 10, looks
