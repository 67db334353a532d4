"""Sums that are kept of days that are over are those of the rows, whatever became of the rows since; those of new
customers are, every night."""

import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from shop import NOON, a_coupon, at_till, new_id

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import forgetting, merging
from kiosk.models import Answer, Customer, DaySum, Feedback, Signup, Visit
from kiosk.reports import cohorts, sums
from kiosk.shop import shop

DAYS = 12
FIRST = NOON.date() - timedelta(DAYS)
LAST = NOON.date()


def an_instant(dice):
    return NOON - timedelta(days=dice.randrange(DAYS), minutes=dice.randrange(1200))


def do_something(dice, by):
    """One thing that a till, the office or a customer does, some of it to what happened days ago."""
    at, amount = an_instant(dice), dice.choice([None, dice.randrange(1, 900_00)])
    standing = db.session.scalars(db.select(Visit).where(visits.STANDS)).all()
    people = db.session.scalars(db.select(Customer).where(Customer.merged_into_id.is_(None))).all()
    what = dice.choice(["sign_up", "redeem", "visit", "undo", "amount", "whose", "merge", "forget", "stars"])
    if what == "sign_up":
        a_coupon(at, source="friend" if at.minute % 2 else "window")
    elif what == "redeem" and (coupon := next((p for p in people if p.visits == 0), None)):
        code = db.session.scalar(db.text(f"SELECT code FROM coupon WHERE customer_id = {coupon.id}"))
        coupons.redeem(code, new_id(), at, by=by, amount=amount or 100_00)
    elif what == "visit" and people:
        said = Purchase(amount, served_by=dice.choice([None, "Ana", "Bea"]), is_confirmed=True)
        visits.record(dice.choice(people), new_id(), at, by=by, purchase=said)
    elif what in ("undo", "amount", "whose") and standing:
        visit, said = dice.choice(standing), {"by": by, "reason": "Mistake"}
        right = {"amount": amount} if what == "amount" else {"customer_id": dice.choice(people).id} if people else {}
        if what == "undo":
            corrections.undo_visit(visit.id, new_id(), NOON, **said)
        elif right and not (what == "whose" and visit.coupon_id):
            corrections.correct(visit.id, new_id(), NOON, **said, **right)
    elif what == "merge" and len(people) > 2:
        merging.merge(*[one.id for one in dice.sample(people, 2)], NOON, by=by)
    elif what == "forget" and len(people) > 5:
        forgetting.forget(dice.choice(people).id, NOON, by=by)
    elif what == "stars":
        with writing():
            db.session.add(Feedback(stars=dice.randrange(1, 6), language="en", given_at=at))


def as_kept():
    return sorted(tuple(one) for some in sums.of(FIRST, LAST).values() for one in some)


def as_counted():
    return sorted(sums.counted(FIRST, LAST))


def of_new_customers(day) -> Counter:
    """How often each answer, visit and use of a coupon is of a new customer of that day, row by row."""
    day_of, counts = shop.current().day_of, Counter()
    stand = db.session.scalars(db.select(Visit.customer_id).where(visits.STANDS)).all()
    for one in db.session.query(Customer).filter(Customer.merged_into_id.is_(None)):
        if day_of(one.created_at) == day:
            said = db.session.query(Answer.question, Answer.value).filter_by(customer_id=one.id).distinct()
            counts.update(("said", f"{question} {value}") for question, value in said)
            counts.update(("nth", str(nth)) for nth in cohorts.LADDER if nth <= stand.count(one.id))
    for signup in db.session.query(Signup).filter_by(is_first=True):
        if day_of(signup.finished_at) == day and signup.coupon.is_spent:
            counts["used", str(max(0, (signup.coupon.spent_at - signup.coupon.issued_at).days))] += 1
    return counts


def as_last_night(day) -> Counter:
    """The same as it was kept; a coupon that was used before it was given was used at once."""
    counts = Counter()
    for one in (one for some in cohorts.of(day, day, 1).values() for one in some if one.count):
        counts[one.what, str(max(0, int(one.key))) if one.what == "used" else one.key] += one.count
    return counts


@pytest.mark.parametrize("seed", range(3))
def test_the_sums_are_those_of_the_rows_whatever_happened(in_shop, monkeypatch, seed):
    monkeypatch.setattr(sums, "NEWEST", 0)
    dice, by = random.Random(seed), at_till()
    with writing():
        shop.describe(day_ends=dice.choice(["00:00", "02:00"]))
    for _ in range(60):
        with suppress(Invalid, Refusal):
            do_something(dice, by)
        if dice.random() < 0.1:
            sums.keep(an_instant(dice))
        assert as_kept() == as_counted()
    sums.keep(NOON)
    kept = db.session.query(DaySum).count()

    assert kept > 20
    assert as_kept() == as_counted()
    sums.keep(NOON, anew=True)
    assert db.session.query(DaySum).count() == kept


@pytest.mark.parametrize("seed", range(3))
def test_what_became_of_new_customers_is_that_of_the_rows_every_night(in_shop, monkeypatch, seed):
    monkeypatch.setattr(cohorts, "MANY", 1)
    dice, by, days = random.Random(seed), at_till(), sorted(sums.each_day(FIRST, LAST - timedelta(1)))
    for number in range(90):
        with suppress(Invalid, Refusal):
            do_something(dice, by)
        if number % 30 == 29:
            sums.keep(NOON)
            cohorts.keep(NOON)
            with monkeypatch.context() as patch:
                patch.setattr(cohorts, "counted", lambda *_: ())  # all of it is kept
                assert [as_last_night(day) for day in days] == [of_new_customers(day) for day in days]
    assert as_kept() == as_counted()  # which are kept beside them


def test_days_that_end_at_another_hour_are_counted_anew(in_shop, monkeypatch):
    monkeypatch.setattr(sums, "NEWEST", 0)
    a_coupon(NOON + timedelta(hours=13))  # 01:00 in Manila
    sums.keep(NOON + timedelta(days=3))
    with writing():
        shop.describe(day_ends="02:00")

    assert [one.day for one in sums.of(LAST, LAST + timedelta(2))["signup"]] == [LAST]
    sums.keep(NOON + timedelta(days=3))
    assert {one.day for one in db.session.query(DaySum)} == {LAST}


def test_new_customers_of_days_in_another_zone_are_counted_anew(in_shop, monkeypatch):
    monkeypatch.setattr(cohorts, "MANY", 1)
    night = NOON + timedelta(hours=37)  # noon of the day before, in New York
    a_coupon(NOON + timedelta(hours=13), source="friend")  # 01:00 in Manila; a day earlier in New York
    came = lambda: [bool(cohorts.of(day, day, 1)["said"]) for day in (LAST, LAST + timedelta(1))]  # noqa: E731
    sums.keep(night)
    cohorts.keep(night)
    assert came() == [False, True]

    with writing():
        shop.describe(time_zone="America/New_York")

    assert came() == [True, False]
    sums.keep(night)
    cohorts.keep(night)
    assert came() == [True, False]


def test_kept_sums_are_read_and_not_counted(in_shop, monkeypatch):
    monkeypatch.setattr(sums, "NEWEST", 0)
    a_coupon(NOON)
    sums.keep(NOON + timedelta(days=1))
    monkeypatch.setattr(sums, "counted", None)

    assert set(sums.of(LAST, LAST)) == {"signup", "new"}
