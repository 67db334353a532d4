"""Whatever tills do with coupons, in any order, against a small model of what must come of it."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from shop import NOON, a_coupon, at_till, new_id
from sqlalchemy import func

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import by_hand, corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Coupon, Redemption, Visit

HISTORIES = 100 if os.environ.get("KIOSK_TEST_FULL") else 15
NUMBERS = st.integers(0, 1)
DONE = Counter()
AMOUNTS = st.none() | st.integers(0, 10_000)


@dataclass
class Use:
    operation_id: str
    till: int
    at: object
    amount: int | None
    id: int
    undo_id: str | None = None
    undone_by: int | None = None


@dataclass
class Paper:
    """One coupon, as somebody with pen and paper would keep it: ten per cent, good for thirty days."""

    code: str
    until: object
    is_void: bool = False
    uses: list[Use] = field(default_factory=list)
    honours: int = 0
    sums: list[tuple] = field(default_factory=list)  # amount and discount of each visit

    @property
    def live(self) -> Use | None:
        return next((use for use in self.uses if use.undo_id is None), None)

    def no(self, at) -> str | None:
        if self.is_void:
            return "void"
        return "expired" if at > self.until else "used" if self.live else None

    def state(self, at) -> str:
        return "void" if self.is_void else "used" if self.live else "expired" if at > self.until else "issued"


def outcome(verb):
    """What came of it: the thing, or the word it was refused with."""
    try:
        return verb()
    except (Refusal, Invalid, NotAllowed) as no:
        return getattr(no, "word", type(no).__name__)


def tenth(amount):
    return None if amount is None else (amount + 5) // 10


class History(RuleBasedStateMachine):
    """Two coupons, a manager at one till and a cashier at another."""

    def __init__(self):
        super().__init__()
        self.at = NOON
        self.staff = [at_till("Ana"), at_till("Ben", "cashier", label="2")]
        self.papers = [Paper(a_coupon(NOON).code, NOON + timedelta(days=30, hours=11)) for _ in range(2)]

    @rule(coupon=NUMBERS, till=NUMBERS)
    def look_up(self, coupon, till):
        DONE["look_up"] += 1
        found = lookups.look_up(self.papers[coupon].code, by=self.staff[till], at=self.at)
        db.session.refresh(found)
        assert found.state((self.at + timedelta(hours=8)).date(), self.at) == self.papers[coupon].state(self.at)

    @rule(coupon=NUMBERS, till=NUMBERS, amount=AMOUNTS)
    def redeem(self, coupon, till, amount):
        DONE["redeem"] += 1
        paper, operation_id = self.papers[coupon], new_id()
        came = outcome(lambda: coupons.redeem(paper.code, operation_id, self.at, by=self.staff[till], amount=amount))
        if no := paper.no(self.at):
            assert came == no
            return
        assert (came.is_repeat, came.redemption.visit.discount) == (False, tenth(amount))
        paper.uses.append(Use(operation_id, till, self.at, amount, came.redemption.id))
        paper.sums.append((amount, tenth(amount)))

    @precondition(lambda self: any(paper.uses for paper in self.papers))
    @rule(till=NUMBERS, data=st.data())
    def redeem_with_an_operation_that_was(self, till, data):
        DONE["retry"] += 1
        mine, other = sorted(self.papers, key=lambda paper: not paper.uses)
        use = data.draw(st.sampled_from(mine.uses))
        if till != use.till:
            elsewhere = outcome(lambda: coupons.redeem(mine.code, use.operation_id, self.at, by=self.staff[till]))
            assert elsewhere == "operation_id_reused"
            return
        again = coupons.redeem(mine.code, use.operation_id, self.at, by=self.staff[till], amount=7)
        assert (again.redemption.id, again.is_repeat) == (use.id, True)
        assert (again.redemption.undone_at is None) == (use.undo_id is None)
        reused = outcome(lambda: coupons.redeem(other.code, use.operation_id, self.at, by=self.staff[till]))
        assert reused == "operation_id_reused"

    @precondition(lambda self: any(paper.uses for paper in self.papers))
    @rule(till=NUMBERS, reason=st.sampled_from(["", "wrong customer"]), data=st.data())
    def undo(self, till, reason, data):
        DONE["undo"] += 1
        paper = next(paper for paper in self.papers if paper.uses)
        use, operation_id = data.draw(st.sampled_from(paper.uses)), new_id()
        came = outcome(lambda: corrections.undo(use.id, operation_id, self.at, by=self.staff[till], reason=reason))
        is_easy = till == use.till and self.at - use.at <= timedelta(minutes=10)
        if use.undo_id:
            assert came == "already_undone"
        elif not is_easy and till == 1:
            assert came == "too_late"
        elif not is_easy and not reason:
            assert came == "Invalid"
        else:
            assert came[1] is False
            use.undo_id, use.undone_by = operation_id, till
            minus = [None if part is None else -part for part in (use.amount, tenth(use.amount))]
            paper.sums.append(tuple(minus))

    @precondition(lambda self: any(use.undo_id for paper in self.papers for use in paper.uses))
    @rule(till=NUMBERS)
    def undo_again(self, till):
        use = next(use for paper in self.papers for use in paper.uses if use.undo_id)
        again = outcome(lambda: corrections.undo(use.id, use.undo_id, self.at, by=self.staff[till]))
        assert again == "operation_id_reused" if till != use.undone_by else again[1] is True

    @rule(coupon=NUMBERS, till=NUMBERS, amount=AMOUNTS)
    def record(self, coupon, till, amount):
        DONE["record"] += 1
        paper, operation_id = self.papers[coupon], new_id()
        purchase = Purchase(amount, "Tea", is_confirmed=True)

        def record():
            return visits.record(
                lookups.find(paper.code), operation_id, self.at, by=self.staff[till], purchase=purchase
            )

        first, again = record(), record()
        assert (first[0].discount, first[1]) == (None, False)
        assert again == (first[0], True)
        paper.sums.append((amount, None))

    @rule(coupon=NUMBERS, till=NUMBERS, amount=AMOUNTS)
    def honour(self, coupon, till, amount):
        DONE["honour"] += 1
        paper, operation_id = self.papers[coupon], new_id()
        said = {"by": self.staff[till], "purchase": Purchase(amount), "reason": "our mistake"}

        def honour():
            return by_hand.honour(lookups.find(paper.code), operation_id, self.at, **said)

        came = outcome(honour)
        if till == 1:
            assert came == "not_allowed"
        elif paper.no(self.at) is None:
            assert came == "not_refused"
        elif came == "not_refused":
            assert paper.honours  # and it was not refused since
        else:
            assert (came[0].discount, came[1]) == (tenth(amount), False)
            assert honour() == (came[0], True)
            paper.honours += 1
            paper.sums.append((amount, tenth(amount)))
            if not paper.live and not paper.is_void:
                redemption = db.session.query(Redemption).filter_by(visit_id=came[0].id).one()
                paper.uses.append(Use(operation_id, till, self.at, amount, redemption.id))

    @precondition(lambda self: not all(paper.is_void for paper in self.papers))
    @rule(coupon=NUMBERS, sure=st.sampled_from([False, False, True]))
    def void(self, coupon, sure):
        if sure:
            DONE["void"] += 1
            self.papers[coupon].is_void = True
            with writing():
                db.session.query(Coupon).filter_by(code=self.papers[coupon].code).update({"voided_at": self.at})

    @rule(passes=st.sampled_from([30, 61, 9 * 60, 11 * 60, 86_400, 31 * 86_400]))
    def time(self, passes):
        DONE["time"] += 1
        self.at += timedelta(seconds=passes)

    @invariant()
    def the_books_are_what_the_paper_says(self):
        for paper in self.papers:
            coupon = db.session.query(Coupon).populate_existing().filter_by(code=paper.code).one()
            live = db.session.query(Redemption).filter_by(coupon_id=coupon.id, undone_at=None).count()
            kept = db.session.query(Visit.amount, Visit.discount).filter_by(customer_id=coupon.customer_id)
            assert (coupon.is_spent, live) == (paper.live is not None, int(paper.live is not None))
            assert Counter(map(tuple, kept)) == Counter(paper.sums)


@pytest.mark.slow
def test_no_history_differs_from_pen_and_paper(in_shop, record_property):
    DONE.clear()
    with in_shop.test_request_context():
        run_state_machine_as_test(
            History,
            settings=settings(
                max_examples=HISTORIES, stateful_step_count=20, deadline=None, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip

    record_property("figures", f"{HISTORIES} till histories: {dict(DONE)}")
    live = db.session.query(func.count(Redemption.id)).filter(Redemption.undone_at.is_(None)).scalar()
    assert live == db.session.query(Coupon).filter(Coupon.spent_at.is_not(None)).count() > 0
