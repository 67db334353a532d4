"""A shop over two years, day by day through the real code, beside a small model of its own: every coupon given is one
that the model expects, none twice, none missing, none to who has no right, also when runs are killed or at once."""

import math
import random
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from shop import IS_FULL, an_offer, at_till

from kiosk.base.database import add_rows, db
from kiosk.base.writing import writing
from kiosk.coupons import visits
from kiosk.coupons.codes import new_card_number
from kiosk.models import Answer, Coupon, Customer, Reward, Visit
from kiosk.rewards import drafts, giving
from kiosk.shop import shop

PEOPLE, DAYS = (20_000, 730) if IS_FULL else (120, 400)
FIRST = date(2026, 2, 1)
RULES = {"win_back": {"days": 30, "held_out": 10}, "birthday": {"window": 7},
         "holiday": {"day": "12-25", "window": 14, "held_out": 10}, "stamps": {"visits": 6, "amount": 0}}  # fmt: skip


@dataclass
class Person:
    """What the model knows of a customer: the days of her visits, and of each purpose what she has had."""

    born: tuple[int, int] | None
    since: date
    came: list[date] = field(default_factory=list)
    had: dict[str, list] = field(default_factory=lambda: defaultdict(list))
    won: list[date] = field(default_factory=list)

    def expects(self, day: date) -> list[tuple[str, str]]:
        """What is due to her that day, by purpose and occasion; she has it from then on."""
        found = []
        is_gone = self.came and (day - self.came[-1]).days >= 30 and self.came[-1] not in self.had["win_back"]
        if is_gone and len([one for one in self.won if (day - one).days < 365]) < 2:
            self.won.append(day)
            found.append(("win_back", self.came[-1], self.came[-1].isoformat()))
        if self.born:
            for year in (day.year - 1, day.year, day.year + 1):
                leap = year % 4 == 0
                on = date(year, *self.born) if leap or self.born != (2, 29) else date(year, 2, 28)
                if abs((on - day).days) <= 7 and year not in self.had["birthday"]:
                    found.append(("birthday", year, str(year)))
        if date(day.year, 12, 11) <= day <= date(day.year, 12, 25) and day.year not in self.had["holiday"]:
            found.append(("holiday", day.year, str(day.year)))
        distinct = sorted(set(self.came))
        for number in range(6, len(distinct) + 1, 6):
            if distinct[number - 1] not in self.had["stamps"]:
                found.append(("stamps", distinct[number - 1], distinct[number - 1].isoformat()))
        for purpose, key, _ in found:
            self.had[purpose].append(key)
        return [(purpose, occasion) for purpose, _, occasion in found]


def at(day: date, hour: int) -> datetime:
    return shop.current().start_of(day) + timedelta(hours=hour)


def people(dice: random.Random) -> dict[int, Person]:
    """Customers who sign up over the first year; a third says a birthday, some on the 29th of February."""
    made, rows, answers = {}, [], []
    for number in range(1, PEOPLE + 1):
        born = dice.choice([None, None, (dice.randint(1, 12), dice.randint(1, 28))]) if number % 20 else (2, 29)
        made[number] = Person(born, FIRST + timedelta(days=dice.randrange(300)))
        since = {"created_at": at(made[number].since, 9), "visits": 0, "spent": 0}
        rows.append({"id": number, "name": "Ana", "language": "en", "card_number": new_card_number()} | since)
        if born:
            said = {"question": "birthday", "value": f"{born[0]:02}-{born[1]:02}", "customer_id": number}
            answers.append(said | {"answered_at": at(made[number].since, 9)})
    with writing():
        add_rows({Customer: rows, Answer: answers})
    return made


def come(day: date, made: dict[int, Person], dice: random.Random, where: dict) -> None:
    """The visits of a day, stored as the till stores them: regulars come every week or two, and stay away at times."""
    rows, ids = [], []
    for number, person in made.items():
        often = 0.02 + number % 5 * 0.03
        if person.since <= day and dice.random() < (often if (day.toordinal() // 60 + number) % 3 else 0):
            person.came.append(day)
            ids.append(number)
            rows.append(where | {"customer_id": number, "happened_at": at(day, 12), "received_at": at(day, 12)})
    if rows:
        with writing():
            add_rows({Visit: rows})
            visits.add_sums(*ids)


def runs(day: date, dice: random.Random, app, monkeypatch) -> None:
    """The nightly run: as it is, killed after some pieces and begun again, or two at once."""
    kind = dice.random()
    if kind < 0.1:
        left = [dice.randrange(3)]
        give = giving._give

        def dies(ids, at, **kept):
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            return give(ids, at, **kept)

        with monkeypatch.context() as patched:
            patched.setattr(giving, "_give", dies)
            try:
                giving.give_due(at(day, 23))
            except KeyboardInterrupt:
                db.session.rollback()
    elif kind < 0.15:
        threads = [threading.Thread(target=in_a_thread, args=(app, at(day, 23))) for _ in range(2)]
        for step in (threading.Thread.start, threading.Thread.join):
            for thread in threads:
                step(thread)
    giving.give_due(at(day, 23))


def in_a_thread(app, instant) -> None:
    with app.app_context():
        giving.give_due(instant)


@pytest.mark.slow
def test_every_coupon_of_two_years_is_one_that_a_small_model_expects(in_shop, monkeypatch):
    monkeypatch.setattr(giving, "with_rests", iter)
    monkeypatch.setattr(giving, "PIECE", 200 if IS_FULL else 7)
    dice, till, series = random.Random(17), at_till(at=at(FIRST, 8)), {}
    where = {"staff_id": till.staff_id, "device_id": till.device_id, "amount": 100_00}
    for purpose, rule in RULES.items():
        offer = an_offer(purpose=purpose, at=at(FIRST, 0), rule=drafts.USUAL[purpose] | rule, new_series=True)
        series[offer.series_id] = purpose
    made, expected = people(dice), set()
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        come(day, made, dice, where)
        runs(day, dice, in_shop, monkeypatch)
        joined = ((one, person) for one, person in made.items())
        expected |= {(one, *due, day) for one, person in joined for due in person.expects(day)}
        db.session.expunge_all()

    columns = (Reward.customer_id, Reward.series_id, Reward.occasion, Reward.due_on, Reward.coupon_id, Reward.held_out)
    given = db.session.execute(db.select(*columns)).all()
    found = {(row.customer_id, series[row.series_id], row.occasion, row.due_on) for row in given}
    assert (found - expected, expected - found) == (set(), set())
    assert len(given) == len(found) > 3 * PEOPLE
    assert all((row.coupon_id is None) == row.held_out for row in given)
    held = [row for row in given if row.held_out]
    assert {series[row.series_id] for row in held} == {"win_back", "holiday"}
    of_both = [row for row in given if series[row.series_id] in ("win_back", "holiday")]
    spread = math.sqrt(0.1 * 0.9 / len(of_both))  # the shop's secret decides, which is another one each time
    assert abs(len(held) / len(of_both) - 0.1) < 5 * spread
    assert db.session.scalar(db.select(db.func.count(Coupon.id)).where(Coupon.occasion != "")) == len(given) - len(held)
