"""B6: anything tills may do, in any order, with retries and crashes; a small model says what must come of it."""

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from running import BREAKDOWNS, Server, Visitor, change, new_id, size, value_of
from shop import a_phone, data_of

pytestmark = pytest.mark.slow
LIVE = "SELECT count(*) FROM redemption JOIN coupon ON coupon.id = coupon_id WHERE undone_at IS NULL AND code = ?"
ACTIONS = "SELECT action, outcome, object_id, count(*) FROM audit WHERE action IN ('redeem', 'undo') GROUP BY 1, 2, 3"
LATER = "UPDATE redemption SET happened_at = datetime(happened_at, '-11 minutes') WHERE id = ?"
TILLS = st.integers(0, 2)
NUMBERS = st.integers(0, 1)
BEN = 2  # the cashier's till


@dataclass
class Use:
    """One redemption, as the model remembers it."""

    operation_id: str
    till: int
    id: int
    is_late: bool = False
    undo_id: str | None = None
    undo_till: int | None = None


@dataclass
class Coupon:
    """What must be true of one coupon: its uses, of which at most one is live."""

    code: str
    uses: list[Use] = field(default_factory=list)

    @property
    def live(self) -> Use | None:
        return next((use for use in self.uses if use.undo_id is None), None)


class Shop:
    """The server all histories run on, two tills with the manager at both, and one with a cashier."""

    def __init__(self, folder):
        self.server, self.crashes, self.steps, self.coupons = Server(folder), 0, 0, []
        self.actions, self.perhaps = Counter(), Counter()  # what the audit must tell, and may tell twice after a crash
        self.server.start()
        self.tills = [Visitor(self.server) for _ in range(3)]
        self.tills[0].set_up()
        self.tills[1].sign_in()
        self.ben = self.tills[0].take_on(self.tills[BEN])

    def notes(self, action, outcome, thing, crashes=False):
        self.actions[action, outcome, thing] += 1
        self.perhaps[action, outcome, thing] += crashes and outcome != "done"

    def crash_during(self, ask):
        """Kill the server while something is being asked; what came of it, nobody knows."""

        def try_it():
            with contextlib.suppress(*BREAKDOWNS):
                ask()

        thread = threading.Thread(target=try_it)
        thread.start()
        time.sleep(self.crashes % 7 * 0.004)
        self.server.kill()
        thread.join()
        for till in self.tills:
            till.leave()
        self.server.start()
        for till in self.tills:
            till.sign_in(self.ben if till is self.tills[BEN] else None)
        self.crashes += 1


def history_on(shop: Shop):
    class History(RuleBasedStateMachine):
        """A coupon or two, three tills."""

        def __init__(self):
            super().__init__()
            self.coupons, self.crashes = [], 0
            self.issue()

        @precondition(lambda self: len(self.coupons) < 2)
        @rule()
        def issue(self):
            code = shop.tills[0].sign_up(new_id(), phone=a_phone()).json["code"]
            self.coupons.append(Coupon(code))
            shop.coupons.append(self.coupons[-1])

        def pick(self, number) -> Coupon:
            shop.steps += 1
            return self.coupons[number % len(self.coupons)]

        def may_crash(self, wanted) -> bool:
            crashes = wanted and self.crashes < 2
            self.crashes += crashes
            return crashes

        @rule(number=NUMBERS, till=TILLS, crashes=st.sampled_from([False] * 9 + [True]))
        def redeem(self, number, till, crashes):
            coupon, operation_id = self.pick(number), new_id()
            crashed = self.may_crash(crashes)
            if crashed:
                shop.crash_during(lambda: shop.tills[till].redeem(coupon.code, operation_id))
            answer = shop.tills[till].redeem(coupon.code, operation_id)
            if coupon.live:
                assert (answer.status, answer.json["refusal"]) == (409, "used")
                shop.notes("redeem", "used", coupon.code, crashed)
            else:
                assert answer.status in ((200, 201) if crashed else (201,))
                shop.notes("redeem", "done", coupon.code)
                coupon.uses.append(Use(operation_id, till, answer.json["redemption_id"]))

        @precondition(lambda self: any(coupon.uses for coupon in self.coupons))
        @rule(number=NUMBERS, till=TILLS, data=st.data())
        def redeem_again_with_an_operation_that_was(self, number, till, data):
            coupon = next(c for c in (self.pick(number), *self.coupons) if c.uses)
            use = data.draw(st.sampled_from(coupon.uses))
            other = next((c for c in self.coupons if c is not coupon), None)
            answer = shop.tills[till].redeem(coupon.code, use.operation_id)
            if till == use.till:
                assert (answer.status, answer.json["redemption_id"]) == (200, use.id)
                assert answer.json.get("undone", False) == (use.undo_id is not None)
            else:
                assert (answer.status, answer.json["refusal"]) == (409, "operation_id_reused")
                shop.notes("redeem", "operation_id_reused", "")
            if other:
                answer = shop.tills[till].redeem(other.code, use.operation_id)
                assert (answer.status, answer.json["refusal"]) == (409, "operation_id_reused")
                shop.notes("redeem", "operation_id_reused", "")  # it was not even looked at which code that is

        @precondition(lambda self: any(coupon.uses for coupon in self.coupons))
        @rule(number=NUMBERS, till=TILLS, reason=st.sampled_from(["", "wrong coupon"]), data=st.data(),
              crashes=st.sampled_from([False] * 9 + [True]))  # fmt: skip
        def undo(self, number, till, reason, data, crashes):
            coupon = next(c for c in (self.pick(number), *self.coupons) if c.uses)
            use, operation_id = data.draw(st.sampled_from(coupon.uses)), new_id()
            crashed = self.may_crash(crashes)
            if crashed:
                shop.crash_during(lambda: shop.tills[till].undo(use.id, operation_id, reason=reason))
            answer = shop.tills[till].undo(use.id, operation_id, reason=reason)
            if use.undo_id:
                assert (answer.status, answer.json["refusal"]) == (409, "already_undone")
                shop.notes("undo", "already_undone", use.id, crashed)
            elif (use.is_late or use.till != till) and till == BEN:
                assert (answer.status, answer.json["refusal"]) == (409, "too_late")
                shop.notes("undo", "too_late", use.id, crashed)
            elif (use.is_late or use.till != till) and not reason:
                assert (answer.status, [*answer.json["errors"]]) == (422, ["reason"])
                shop.notes("undo", "wrong", use.id, crashed)
            else:
                assert answer.status in ((200, 201) if crashed else (201,))
                shop.notes("undo", "done", use.id)
                use.undo_id, use.undo_till = operation_id, till

        @precondition(lambda self: any(use.undo_id for coupon in self.coupons for use in coupon.uses))
        @rule(till=TILLS)
        def undo_again(self, till):
            shop.steps += 1
            use = next(use for coupon in self.coupons for use in coupon.uses if use.undo_id)
            answer = shop.tills[till].undo(use.id, use.undo_id, reason="again")
            if till == use.undo_till:
                assert (answer.status, answer.json["redemption_id"]) == (200, use.id)
            else:
                assert (answer.status, answer.json["refusal"]) == (409, "operation_id_reused")
                shop.notes("undo", "operation_id_reused", use.id)

        @precondition(lambda self: any(coupon.live for coupon in self.coupons))
        @rule()
        def let_eleven_minutes_pass(self):
            """The data is put back in time, since the shop's clock is the machine's."""
            use = next(coupon.live for coupon in self.coupons if coupon.live)
            change(shop.server.file, LATER, use.id)
            use.is_late = True

        @invariant()
        def every_coupon_has_one_live_use_or_none(self):
            for coupon in self.coupons:
                assert value_of(shop.server.file, LIVE, coupon.code) == (coupon.live is not None)

    return History


def told(file) -> Counter:
    """What the audit tells: how often each thing was done or refused, to which code or redemption."""
    with data_of(file) as connection:
        codes = dict(connection.execute("SELECT CAST(id AS TEXT), code FROM coupon"))
        rows = connection.execute(ACTIONS).fetchall()
    return Counter(
        {(a, o, codes.get(thing, thing) if a == "redeem" else int(thing)): count for a, o, thing, count in rows}
    )


def test_no_history_spends_a_coupon_twice(in_memory, figures):
    shop, histories = Shop(in_memory / "shop"), size(10, 100)
    try:
        run_state_machine_as_test(
            history_on(shop),
            settings=settings(
                max_examples=histories, stateful_step_count=20, deadline=None, database=None,
                phases=[Phase.generate], suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        shop.server.stop()

    uses = [use for coupon in shop.coupons for use in coupon.uses]
    undone = [use for use in uses if use.undo_id]
    rows = [value_of(shop.server.file, f"SELECT count(*) FROM {table}") for table in ("redemption", "undo", "coupon")]
    figures("B6 histories", histories=histories, steps=shop.steps, crashes=shop.crashes, coupons=len(shop.coupons),
            redemptions=len(uses), undone=len(undone), rows=rows,
            audited=told(shop.server.file).total())  # fmt: skip
    assert rows == [len(uses), len(undone), len(shop.coupons)]
    assert told(shop.server.file) - shop.actions <= shop.perhaps
    assert shop.actions <= told(shop.server.file)
    assert shop.crashes > 0
