"""One customer's page in the office: all that is known of her, and what may be done with it."""

from datetime import date, timedelta

import pytest
from shop import NOON, a_coupon, at_till, new_id

from kiosk.coupons import corrections, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import profile
from kiosk.customers.profile import Rhythm

DAY = timedelta(days=1)


def visited(till, customer, *days, **said):
    """Visits so many days after noon; the purchases are confirmed."""
    bought = Purchase(**{"amount": 100_00, "is_confirmed": True} | said)
    return [visits.record(customer, new_id(), NOON + day * DAY, by=till, purchase=bought)[0] for day in days]


@pytest.mark.parametrize(
    ("days", "at", "said"),
    [
        ((), 3, Rhythm(0, None, None)),
        ((0,), 3, Rhythm(1, None, 3)),
        ((0, 10), 12, Rhythm(2, None, 2)),
        ((0, 10, 10, 10), 12, Rhythm(4, None, 2)),
        ((0, 10, 31, 40), 52, Rhythm(4, 13, 12, date(2027, 1, 13))),
        ((0, 1, 1, 3), 3, Rhythm(4, 2, 0, date(2026, 11, 26))),
        ((0, 4, 8), 5, Rhythm(3, 4, 0, date(2026, 12, 3))),  # the clock has gone back
    ],
)
def test_a_rhythm_is_days_between_the_days_she_came(in_shop, days, at, said):
    till, customer, other = at_till(), a_coupon().customer, a_coupon().customer
    visited(till, customer, *days)
    visited(till, other, 0, 2, 7, 9)

    assert profile.rhythm(customer, NOON + at * DAY) == said


def test_what_was_undone_or_moved_is_no_part_of_a_rhythm(in_shop):
    till, customer, other = at_till(), a_coupon().customer, a_coupon().customer
    made = visited(till, customer, 0, 5, 10, 11, 12)
    corrections.undo_visit(made[3].id, new_id(), NOON + 12 * DAY, by=till, reason="Twice")
    corrections.correct(made[4].id, new_id(), NOON + 12 * DAY, by=till, reason="Not her", customer_id=other.id)

    assert profile.rhythm(customer, NOON + 12 * DAY) == Rhythm(3, 5, 2, date(2026, 12, 6))
    assert profile.rhythm(other, NOON + 12 * DAY) == Rhythm(1, None, 0)
