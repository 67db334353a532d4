"""What is due to whom, and that it is given once: each rule about money, and a shop over two years."""

from datetime import date, timedelta

import pytest
from shop import IS_FULL, NOON, a_coupon, an_offer, at_till, new_id, on_sqlite_only
from statements import listening

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Answer, Coupon, Customer, Referral, Reward
from kiosk.rewards import changes, drafts, giving, referral
from kiosk.rewards.due import due, in_force, of
from kiosk.shop import shop
from kiosk.upkeep import demo

DAY = date(2026, 11, 21)


def a_reward(purpose: str, at=NOON, **numbers):
    """A reward that is given, nobody held out of it unless a test says so."""
    rule = drafts.USUAL[purpose] | {"held_out": 0} | numbers
    return an_offer(purpose=purpose, at=at, rule=rule, new_series=True, days_valid=14)


def buys(customer: Customer, at=NOON, amount=100_00):
    said = Purchase(amount, is_confirmed=True)
    return visits.record(customer, new_id(), at, by=at_till(at=at), purchase=said)[0]


def seen_days_ago(days: int) -> Customer:
    customer = a_coupon(at=NOON - timedelta(days=days)).customer
    buys(customer, NOON - timedelta(days=days))
    return customer


def born(value: str) -> Customer:
    customer = a_coupon().customer
    with writing():
        db.session.add(Answer(customer_id=customer.id, question="birthday", value=value, answered_at=NOON))
    return customer


def due_on(day: date) -> list[tuple]:
    return [(one.customer_id, one.occasion) for one in due(day)]


def test_who_has_not_been_seen_for_so_many_days_is_asked_back_once_an_absence(in_shop):
    a_reward("win_back", days=30)
    a_coupon()  # who never bought anything
    gone, _just = seen_days_ago(30), seen_days_ago(29)

    assert due_on(DAY) == [(gone.id, "2026-10-22")]
    assert (giving.give_due(NOON), giving.give_due(NOON), giving.give_due(NOON + timedelta(hours=2))) == (1, 0, 0)
    assert due_on(DAY) == []


def test_nobody_is_asked_back_more_than_twice_a_year(in_shop):
    a_reward("win_back", days=30)
    customer, at = seen_days_ago(31), NOON
    given = []
    while at < NOON + timedelta(days=380):
        given.append(giving.give_due(at))
        buys(customer, at)
        at += timedelta(days=31)

    assert given == [1, 1, *[0] * 10, 1]  # again a year after the first of them


@pytest.mark.parametrize(("value", "first", "last"), [("11-28", "2026-11-21", "2026-12-05"),
                                                      ("02-29", "2026-02-21", "2026-03-07"),
                                                      ("01-02", "2026-12-26", "2027-01-09")])  # fmt: skip
def test_a_birthday_comes_in_the_days_around_it_and_once(in_shop, value, first, last):
    a_reward("birthday", at=NOON - timedelta(days=365), window=7)
    customer = born(value)
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    year = "2027" if value == "01-02" else "2026"

    days = [first + timedelta(days=n) for n in range(-3, 20)]
    assert [day for day in days if due_on(day) == [(customer.id, year)]] == [d for d in days if first <= d <= last]
    at = shop.current().start_of(first) + timedelta(hours=4)
    assert [giving.give_due(at + timedelta(days=n)) for n in range(17)] == [1] + [0] * 16


def test_a_newer_birthday_gives_no_second_reward_in_a_year(in_shop):
    a_reward("birthday", window=7)
    customer = born("11-22")
    giving.give_due(NOON)
    with writing():
        db.session.add(Answer(customer_id=customer.id, question="birthday", value="11-25", answered_at=NOON))

    assert due_on(DAY) == []


def test_a_holiday_is_for_everybody_before_it_and_one_a_day_of_the_year(in_shop):
    offer = a_reward("holiday", day="12-25", window=14)
    customer = a_coupon().customer

    assert [due_on(date(2026, 12, day)) for day in (10, 11, 25, 26)] == [
        [], [(customer.id, "2026")], [(customer.id, "2026")], []
    ]  # fmt: skip
    said = {"kind": "percent", "value": 20, "days_valid": 5, "rule": {"day": "12-25", "window": 3}}
    assert changes.save(said, NOON, by=at_till(), purpose="holiday").series_id == offer.series_id


def test_held_out_gets_nothing_at_night_nor_at_the_till(in_shop):
    a_reward("win_back", days=30, held_out=50)
    people = [seen_days_ago(40) for _ in range(30)]

    giving.give_due(NOON)
    for one in people:
        giving.give_seen(one.id, NOON)

    rows = db.session.query(Reward).all()
    out = [row for row in rows if row.held_out]
    assert len(rows) == 30 and 5 <= len(out) <= 25
    assert [row.coupon_id for row in out] == [None] * len(out)
    assert db.session.query(Coupon).filter(Coupon.occasion != "").count() == 30 - len(out)


def test_stamps_are_one_a_day_and_a_full_card_is_a_reward(in_shop):
    a_reward("stamps", visits=3, amount=50_00)
    customer = a_coupon().customer
    for days, amount in ((0, 50_00), (0, 50_00), (1, 49_00), (2, 50_00)):
        buys(customer, NOON + timedelta(days=days, minutes=amount // 100), amount)
    assert due_on(DAY) == []

    buys(customer, NOON + timedelta(days=3))
    at = NOON + timedelta(days=3, hours=1)
    giving.give_seen(customer.id, at)

    assert (giving.give_due(at), db.session.query(Reward).one().occasion) == (0, "2026-11-24")


def test_an_undone_purchase_takes_back_its_stamp_and_an_unspent_reward(in_shop):
    a_reward("stamps", visits=2)
    customer = a_coupon().customer
    buys(customer)
    wrong = buys(customer, at := NOON + timedelta(days=1))
    giving.give_seen(customer.id, at)
    given = db.session.query(Coupon).filter(Coupon.occasion == "2026-11-22").one()

    corrections.undo_visit(wrong.id, new_id(), at, by=at_till())
    giving.give_seen(customer.id, at)
    db.session.refresh(given)
    assert given.voided_at == at

    buys(customer, at, 7_00)
    giving.give_seen(customer.id, at)
    assert db.session.query(Coupon).filter_by(occasion="2026-11-22", voided_at=None).count() == 1


def test_what_was_earned_stays_earned_when_the_rule_changes(in_shop):
    offer, customer = a_reward("stamps", visits=2), a_coupon().customer
    for days in (0, 1):
        buys(customer, NOON + timedelta(days=days))
    at = NOON + timedelta(days=1, hours=1)

    said = {"kind": "percent", "value": 10, "days_valid": 5, "rule": {"visits": 5, "amount": 0}}
    changes.save(said, at, by=at_till(), purpose="stamps", series=offer.series_id)

    assert [(row.offer_id, row.occasion) for row in db.session.query(Reward)] == [(offer.id, "2026-11-22")]
    assert due_on(DAY + timedelta(days=1)) == []


def test_every_reward_is_off_until_it_is_switched_on_and_says_whom_it_reaches(manager, app):
    page = manager.visit("/office/offers")
    assert page.html.count('aria-checked="false"') == 5

    saved = manager.post("/office/offers", purpose="win_back", kind="percent", value="15", days_valid="14", days="40")
    assert saved.status_code == 201
    again = manager.post("/office/offers", purpose="win_back", kind="amount", value="50", days="45", days_valid="14")
    assert again.json["series"] == saved.json["series"]
    assert manager.visit("/office/offers").html.count('aria-checked="true"') == 1
    with app.app_context():
        gone_id = seen_days_ago(80).id
    day = shop_day(app)
    (one,) = manager.browser.get(f"/office/due?day={day}").json
    assert one.pop("held_out") in (True, False)
    assert one == {
        "customer_id": gone_id, "purpose": "win_back", "series": saved.json["series"],
        "occasion": (DAY - timedelta(days=80)).isoformat(),
    }  # fmt: skip

    manager.post(f"/office/offers/{again.json['offer_id']}/stop")
    assert manager.browser.get(f"/office/due?day={day}").json == []
    for name, wrong in (("days", "3"), ("value", "0")):
        fields = {"purpose": "win_back", "kind": "percent", "value": "15", "days_valid": "14", name: wrong}
        assert manager.post("/office/offers", **fields).status_code == 422
    assert (
        manager.post("/office/offers", purpose="holiday", kind="percent", value="5", own_day="13-45").status_code == 422
    )


def test_whom_a_reward_reaches_is_counted_when_it_is_asked_for(manager, app):
    with app.app_context():
        day = shop.current().today()
        a_reward("win_back", days=30)
        a_reward("holiday", day=f"{day + timedelta(days=10):%m-%d}", window=5)
        for days in (10, 40, 50):
            buys(seen_days_ago(days), NOON)
            seen_days_ago(days)
        seen_days_ago(60)
        found = [one for offer in in_force(day) for one in of(offer, day, last=day + timedelta(days=30))]
        due_to = [{one.customer_id for one in found if one.offer.series.purpose == purpose}
                  for purpose in ("win_back", "holiday")]  # fmt: skip

    shown = manager.visit("/office/offers")
    counted = manager.visit("/office/offers?counted=1")

    assert ("people" in shown.text, "Next 30 days: count" in counted.text) == (False, False)
    assert shown.text.count("Next 30 days: count") == counted.text.count("Next 30 days: ") == 5
    assert min(map(len, due_to)) > 1
    assert [f"Next 30 days: {len(people)} people" in counted.text for people in due_to] == [True, True]


def shop_day(app) -> str:
    with app.app_context():
        return shop.current().today().isoformat()


def named(said: str, at=NOON, **fields) -> Customer:
    """A new customer whom a friend sent."""
    return a_coupon(at=at, source="friend", friend=said, **fields).customer


def test_a_friend_is_thanked_at_the_new_customers_first_purchase(in_shop):
    a_reward("referral", most=2)
    friend = a_coupon(at=NOON - timedelta(days=1), name="Ana Cruz", phone="09175554567").customer
    by_name, by_card = named("ana 4567"), named(friend.card_number, NOON + timedelta(hours=3), phone="09181112233")
    wrong = named("Bea 4567", NOON + timedelta(hours=5), phone="09183334455")
    assert giving.give_due(NOON + timedelta(hours=6)) == 0

    for one in (by_name, by_card, wrong):
        buys(one, at := NOON + timedelta(hours=7))
        giving.give_seen(one.id, at)

    given = db.session.query(Reward).all()
    assert [(row.customer_id, row.coupon_id is None) for row in given] == [(friend.id, False)] * 2
    assert {row.said for row in db.session.query(Referral)} == {None}
    assert giving.give_due(at) == 0


def held(at) -> list[str]:
    giving.give_due(at)
    return [row.held_back for row in referral.to_look_at()]


def test_what_looks_like_a_trick_is_held_back_with_its_reason_until_somebody_looks(in_shop):
    a_reward("referral", most=50)
    friend = a_coupon(at=NOON - timedelta(days=1), name="Ana", phone="09175554567").customer
    later = NOON + timedelta(hours=9)
    for n, (minutes, phone) in enumerate(
        ((0, "09180000100"), (180, "09175554569"), (300, "09183000300"), (300, "09184000400"))
    ):
        buys(named("Ana 4567", NOON + timedelta(minutes=minutes, seconds=n), phone=phone), later)

    assert sorted(held(later)) == ["in_a_row", "same_minute", "same_minute"]
    assert db.session.query(Reward).count() == 1

    first, *_ = referral.to_look_at()
    referral.decide(first.id, "allowed", later, by=at_till())
    assert (giving.give_due(later), len(referral.to_look_at())) == (1, 2)
    assert {row.customer_id for row in db.session.query(Reward)} == {friend.id}


def test_a_hundred_from_one_tablet_bring_nothing_unseen(in_shop):
    a_reward("referral", most=50)
    a_coupon(at=NOON - timedelta(days=1), name="Ana", phone="09175554567")
    later = NOON + timedelta(hours=2)
    for n in range(100 if IS_FULL else 12):
        phone = f"0918{n * 7919 % 10**7:07}"
        buys(named("Ana 4567", NOON + timedelta(seconds=n * (36 if IS_FULL else 299)), phone=phone), later)

    assert set(held(later)) <= {"same_device", "same_minute"}
    assert db.session.query(Reward).count() == 0


def test_nobody_is_thanked_for_herself_nor_for_who_was_there_before(in_shop):
    a_reward("referral")
    herself = named("Ana 4567", name="Ana", phone="09175554567")
    sooner = a_coupon(at=NOON + timedelta(hours=1), name="Bea", phone="09185559999").customer
    a_ring = named("Cora 1111", NOON + timedelta(hours=2), name="Dina", phone="09186662222")
    named("Dina 2222", NOON + timedelta(hours=3), name="Cora", phone="09187771111")
    known = a_coupon(at=NOON + timedelta(hours=4), source="friend", friend="Ana 4567", phone="09185559999").customer
    for one in (herself, sooner, a_ring, known):
        buys(one, NOON + timedelta(hours=5), 11_00 + one.id)

    assert giving.give_due(NOON + timedelta(hours=6)) == 0
    assert referral.to_look_at() == []


def test_a_second_number_of_her_own_waits_for_a_look(in_shop):
    a_reward("referral")
    a_coupon(at=NOON - timedelta(days=1), name="Ana Cruz", phone="09175554567")
    buys(named("Ana 4567", name="ana cruz", phone="09181112233"), NOON + timedelta(hours=2))

    assert held(NOON + timedelta(hours=3)) == ["same_name"]


def test_over_the_month_a_person_decides(in_shop):
    a_reward("referral", most=1)
    a_coupon(at=NOON - timedelta(days=1), name="Ana", phone="09175554567")
    for n in range(2):
        buys(named("Ana 4567", NOON + timedelta(hours=2 * n), phone=f"0918{n + 1}000000"), NOON + timedelta(hours=5))

    assert held(NOON + timedelta(hours=6)) == ["too_many"]
    assert db.session.query(Reward).count() == 1


@on_sqlite_only
def test_what_is_due_to_who_is_seen_is_found_without_reading_everybody(in_shop):
    demo.fill(300, NOON, years=2)
    for purpose in drafts.USUAL:
        a_reward(purpose, at=NOON - timedelta(days=300))
    customer = seen_days_ago(40)
    with listening(db.engine) as said:
        giving.give_seen(customer.id, NOON)

    assert db.session.query(Reward).filter_by(customer_id=customer.id).count() == 1
    assert said.scans() == [], str(said)


@on_sqlite_only
def test_the_tablet_does_the_same_whoever_is_named(in_shop):
    a_reward("referral")
    a_coupon(at=NOON - timedelta(days=1), name="Ana", phone="09175554567")
    named("Ana 4567")
    asked = []
    for said in ("Ana 4567", "Zoe 9999"):
        with listening(db.engine) as heard:
            named(said)
        asked.append(str(heard))

    assert asked[0] == asked[1]


def test_a_clock_that_jumps_gives_nothing_twice(in_shop):
    a_reward("birthday", at=NOON - timedelta(days=200))
    a_reward("win_back", at=NOON - timedelta(days=200))
    born("11-22"), seen_days_ago(40)
    jumps = [0, 400, 0, -300, 365, -9000, 0, 400]

    given = [giving.give_due(NOON + timedelta(days=days)) for days in jumps]

    rows = db.session.query(Reward.customer_id, Reward.series_id, Reward.occasion).all()
    assert (given, len(rows)) == ([2, 0, 0, 0, 1, 0, 0, 0], len(set(rows)))
