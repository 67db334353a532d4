"""How often is too often, and how long that is remembered."""

from datetime import timedelta

from shop import NOON

from kiosk.base.database import db
from kiosk.base.writing import writes
from kiosk.guard import limits
from kiosk.models import Counter

DAY, EVER = 86_400, 10**10


def names() -> set[str]:
    return {name for (name,) in db.session.query(Counter.name)}


def test_counts_that_are_long_over_are_removed_and_no_others(in_shop):
    for name, seconds in (("minute", 60), ("day", DAY), ("hour", 3600), ("ever", EVER), ("second", 1)):
        limits.count(f"old {name}", most=None, seconds=seconds, at=NOON - timedelta(days=40))
        limits.count(f"new {name}", most=None, seconds=seconds, at=NOON)
        limits.count(f"future {name}", most=None, seconds=seconds, at=NOON + timedelta(days=40))
    writes(limits.add_pause)("old", 30, NOON - timedelta(days=40))
    writes(limits.add_pause)("new", 30, NOON)
    before = names()

    limits.forget_old(NOON)

    assert before - names() == {"old minute", "old day", "old second", "pause old"}


def test_they_are_removed_in_small_pieces(in_shop, monkeypatch):
    monkeypatch.setattr(limits, "PIECE", 3)
    for number in range(5):
        limits.count(f"browser {number}", most=None, seconds=60, at=NOON - timedelta(days=2))

    left = []
    for _ in range(2):
        limits.forget_old(NOON)
        left.append(len(names()))

    assert left == [2, 0]


def test_a_managers_sign_in_removes_them(app, manager):
    with app.app_context():
        limits.count("browser", most=None, seconds=60, at=NOON - timedelta(days=900))

    manager.sign_in()

    with app.app_context():
        assert "browser" not in names()
