"""B9: a million coupons against the unique index, and codes that were typed wrongly."""

import time

import pytest
from running import size
from shop import NOON
from sqlalchemy import func, select

from kiosk.base.database import add_rows, db
from kiosk.base.writing import writes
from kiosk.coupons import codes, coupons, offers
from kiosk.models import Coupon, Customer
from kiosk.shop import shop
from kiosk.signups.consents import MESSAGES

pytestmark = pytest.mark.slow
AT_ONCE = 500


@writes
def issue_some(first: int) -> None:
    """Customers with a coupon each, in one transaction; who loses a race for a code has it tried again."""
    offer = offers.add_first()
    same = {"language": "en", "created_at": NOON, "visits": 0, "spent": 0}
    same |= {f"may_{purpose}": False for purpose in MESSAGES}
    people = [
        {"id": n, "phone": f"+63{n:010d}", "card_number": f"9{n:011d}"} | same
        for n in range(first + 1, first + AT_ONCE + 1)
    ]
    today = shop.current().day_of(NOON)
    add_rows({Customer: people, Coupon: [coupons.row_of(person["id"], offer, NOON, today) for person in people]})


@pytest.fixture
def in_bulk(in_shop):
    """Inside one long request, where the shop is asked for once."""
    with in_shop.test_request_context():
        yield


def test_no_code_is_issued_twice(in_bulk, figures, monkeypatch):
    count, drawn, begun = size(100_000, 1_000_000), 0, time.monotonic()

    def new_code(draw=codes.new_code):
        nonlocal drawn
        drawn += 1
        return draw()

    monkeypatch.setattr(coupons, "new_code", new_code)
    for first in range(0, count, AT_ONCE):
        issue_some(first)
        db.session.remove()

    stored = db.session.scalar(select(func.count(Coupon.id)))
    different = db.session.scalar(select(func.count(func.distinct(Coupon.code))))
    figures("B9 coupons", stored=stored, different=different, codes_drawn=drawn, errors=0,
            seconds=round(time.monotonic() - begun))  # fmt: skip
    assert (stored, different) == (count, count)


def test_a_code_that_is_taken_already_is_drawn_again(in_bulk, monkeypatch):
    issue_some(0)
    taken = db.session.scalar(select(Coupon.code).limit(1))
    draws = iter([taken])
    monkeypatch.setattr(coupons, "new_code", lambda: next(draws, None) or codes.new_code())
    db.session.remove()

    issue_some(AT_ONCE)

    assert db.session.scalar(select(func.count(Coupon.id))) == 2 * AT_ONCE


def mutations(code: str):
    """Every other digit in every place, and every two different neighbours swapped."""
    for place, digit in enumerate(code):
        for other in "0123456789".replace(digit, ""):
            yield code[:place] + other + code[place + 1 :]
        if place and code[place - 1] != digit:
            yield code[: place - 1] + digit + code[place - 1] + code[place + 1 :]


def test_every_wrong_digit_and_every_swap_is_noticed(figures):
    tried = accepted = 0
    for _ in range(10_000):
        code = codes.new_code()
        assert codes.is_well_formed(code)
        for wrong in mutations(code):
            tried += 1
            accepted += codes.is_well_formed(wrong)

    figures("B9 mutations of 10,000 codes", tried=tried, accepted=accepted)
    assert accepted == 0
