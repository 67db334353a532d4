"""Questions and offers changed over and over with sign-ups between, against a small model of what must be told."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shop import IS_FULL, NOON, a_coupon, a_phone, at_till, new_id, rows_of

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.coupons import coupons, lookups, offers
from kiosk.customers import profile
from kiosk.models import Coupon, Signup
from kiosk.reports import cohorts, exports, figures, insights
from kiosk.rewards import changes, drafts
from kiosk.shop import shop
from kiosk.signups import editing, questionnaires

KEYS, BOUGHT, CHANGES = "abcd", 500_00, 10
STEPS = st.lists(
    st.tuples(st.sampled_from(("ask", "offer", "both")), st.integers(0, 99)), min_size=CHANGES, max_size=CHANGES
)


@dataclass
class Paper:
    """What somebody with pen and paper would know."""

    asked: str = ""  # the words of the question, and of each answer that is offered now
    words: dict[str, str] = field(default_factory=dict)
    ever: dict[str, str] = field(default_factory=dict)  # the newest words of each answer
    worth: str = "10% off"
    takes_off: int | None = 50_00  # of BOUGHT; None when that is too little
    series: int | None = None
    signups: list[tuple] = field(default_factory=list)  # the coupon, and what its customer read and was promised

    def ask(self, n: int, number: int) -> dict:
        """Ask it in new words, with some answers; one that was away comes back in its own words."""
        offered = [key for place, key in enumerate(KEYS) if number >> place & 1] or ["a"]
        offered = offered if len(offered) > 1 else [*offered, "d" if offered != ["d"] else "a"]
        away = self.ever.keys() - self.words.keys()
        self.asked = f"Question {n}?"
        self.words = {key: self.ever[key] if key in away else f"{key} {n}" for key in offered}
        self.ever |= self.words
        choices = [{"key": key, "text": {"en": text}} for key, text in self.words.items()]
        return {"key": "own", "kind": "one", "when": "signup", "text": {"en": self.asked}, "choices": choices}

    def offer(self, number: int) -> dict:
        """Percent, amount or gift, sometimes from more than BOUGHT on; a new series now and then."""
        value, kind, least = number + 1, ("percent", "amount", "gift")[number % 3], 900 if number % 7 == 0 else 0
        worth = {"percent": f"{value}% off", "amount": f"₱{value} off", "gift": f"Tea {number}"}[kind]
        off = {"percent": value * 500, "amount": value * 100, "gift": 0}[kind]
        self.worth, self.takes_off = worth, None if least else off
        return {"kind": kind, "value": str(value), "gift.en": f"Tea {number}", "minimum": str(least)}


@pytest.fixture
def paper(in_shop):
    with time_machine.travel(NOON, tick=False):
        yield Paper()


@pytest.mark.slow
@settings(
    max_examples=20 if IS_FULL else 2, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(steps=STEPS)
def test_after_ten_changes_of_both_every_report_coupon_and_verdict_agrees_with_paper(paper, steps):
    ana = at_till()
    for what, number in steps:
        n = len(paper.signups)
        if what != "offer" or not paper.asked:
            said = questionnaires.current().as_dict()
            others = [one for one in said["questions"] if one["key"] != "own"]
            editing.save("welcome", said | {"questions": [paper.ask(n, number), *others]}, NOON, by=ana)
        if what != "ask":
            series = None if number % 5 == 0 else paper.series
            offer = changes.save(drafts.read(paper.offer(number)), NOON, by=ana, purpose="welcome", series=series)
            paper.series = offer.series_id
        key = [*paper.words][number % len(paper.words)]
        coupon = a_coupon(own=key, phone=a_phone())
        paper.signups.append((coupon.id, key, paper.asked, paper.words[key], paper.worth, paper.takes_off))
    check(paper, ana)


def check(paper: Paper, ana) -> None:
    today, redeemed, off = shop.current().today(), 0, 0
    sheet = exports.SHEETS["signups"](today, today)
    column = [*sheet.headings].index(paper.asked)
    assert [row[column] for row in rows_of(sheet)] == [words for _, _, _, words, _, _ in paper.signups]
    bars = insights.answered(questionnaires.ever()["own"], cohorts.of(today, today, len(paper.signups)))
    counted = Counter(key for _, key, *_ in paper.signups)
    assert {bar.key: bar.count for bar in bars if bar.key} == {
        key: count for key, count in counted.items() if count >= insights.SMALL
    }
    for coupon_id, key, asked, words, worth, takes_off in paper.signups:
        coupon = db.session.get(Coupon, coupon_id)
        [[told, version, values, _]] = profile.of(coupon.customer, NOON).said()
        question = questionnaires.question(told, version)
        assert (values, str(question.text), question.label(key)) == ([key], asked, words)
        assert (offers.worth(coupon.offer), lookups.find(coupon.code)) == (worth, coupon)
        redeemed, off = redeemed + (takes_off is not None), off + (takes_off or 0)
        assert taken_off(coupon, ana) == takes_off
    told = figures.of(today, today)
    assert (told.signups, told.redeemed, told.discounts) == (db.session.query(Signup).count(), redeemed, off)
    assert len(paper.signups) == told.signups


def taken_off(coupon: Coupon, ana) -> int | None:
    """What the till takes off; None when the purchase is too small. Scanned once more it says the same again."""
    if coupon.spent_at:
        return db.session.query(coupons.Redemption).filter_by(coupon_id=coupon.id).one().visit.discount
    bought = {"amount": BOUGHT, "is_confirmed": True}
    try:
        return coupons.redeem(coupon.code, new_id(), NOON, by=ana, **bought).redemption.visit.discount
    except Refusal as refusal:
        assert refusal.word == "minimum_not_met"
        return None
