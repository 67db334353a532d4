"""Whether a discount pays: simulated shops whose truth is known, and figures that others have published."""

import random
from collections import Counter
from math import exp, isclose

from shop import IS_FULL

from kiosk.rewards.proof import Group, newcombe, weigh, welch

PRICE, SPREAD, OFF = 200, 0.7, 0.1  # of a purchase; of the logarithm; of the price
MEAN = PRICE * exp(SPREAD**2 / 2)


def drawn(dice, people, share):
    return sum(dice.random() < share for _ in range(people))


def a_month(dice, base, more):
    """Four weeks with 240 people who were due, a tenth of them held out."""
    held = drawn(dice, 240, 0.1)
    groups = []
    for people, share, off in ((240 - held, base + more, OFF), (held, base, 0)):
        sales = [round(dice.lognormvariate(0, SPREAD) * PRICE) for _ in range(drawn(dice, people, share))]
        squares = sum(one * one for one in sales)
        groups.append(Group(people, len(sales), sum(sales), squares, round(sum(sales) * off)))
    return tuple(groups)


def shops(count, more, seed):
    """In each of them, what the owner reads every four weeks of two years, and the last of it."""
    dice = random.Random(seed)
    for number in range(count):
        months = [a_month(dice, (0.1, 0.2, 0.3, 0.45)[number % 4], more) for _ in range(26)]
        read = [weigh(months[:n], weeks=4 * n) for n in range(1, 27)]
        yield [proof.verdict for proof in read], read[-1]


def covered(proofs, more):
    visits = sum(proof.visits.low <= more <= proof.visits.high for proof in proofs)
    return visits / len(proofs), sum(p.sales.low <= more * MEAN <= p.sales.high for p in proofs) / len(proofs)


def test_a_discount_that_does_nothing_is_hardly_ever_said_to_pay_however_often_one_looks(record_property):
    read, proofs = zip(*shops(1000 if IS_FULL else 100, 0, seed=1), strict=True)

    said = sum("pays" in each for each in read) / len(read)
    visits, sales = covered(proofs, 0)

    record_property("figures", f"pays, of nothing: {said:.1%} of {len(read)}; covered {visits:.1%}, {sales:.1%}")
    assert said <= 0.05
    if IS_FULL:
        assert 0.93 <= visits <= 0.97 and 0.93 <= sales <= 0.97


def test_ten_points_more_are_said_to_pay(record_property):
    read, proofs = zip(*shops(1000 if IS_FULL else 60, 0.1, seed=2), strict=True)

    firsts = Counter(next((one for one in each if one != "early"), "early") for each in read[:200])
    visits, sales = covered(proofs, 0.1)

    record_property("figures", f"pays, of ten points: {dict(firsts)}; covered {visits:.1%}, {sales:.1%}")
    assert firsts["early"] == 0 and firsts["pays"] / firsts.total() >= 0.8
    if IS_FULL:
        assert 0.93 <= visits <= 0.97 and 0.93 <= sales <= 0.97


def test_the_intervals_are_those_of_the_literature():
    of_shares = newcombe(Group(70, 56), Group(80, 48))  # Newcombe 1998, table II, example (a)
    two = Group(4, sales=40, squares=480), Group(6, sales=30, squares=180)

    assert [round(one, 4) for one in of_shares] == [0.0524, 0.2000, 0.3339]
    # variances of the means 26.67 / 4 and 1, so 3.95 degrees of freedom, where Student's t is 2.790
    assert isclose(welch(*two).high - welch(*two).middle, 2.790 * (80 / 12 + 1) ** 0.5, rel_tol=0.02)


def test_more_visits_that_cost_more_than_they_bring_do_not_pay():
    brings = Group(4000, 1200, 120_000, 12_000_000, 40_000), Group(500, 100, 10_000, 1_000_000)
    too_dear = Group(4000, 1200, 120_000, 12_000_000, 41_000), brings[1]

    assert [weigh([both], 30).verdict for both in (brings, too_dear)] == ["no", "no"]
    assert weigh([(Group(4000, 1200, 120_000, 12_000_000, 39_000), brings[1])], 30).verdict == "pays"


def test_too_early_says_for_how_many_weeks_more():
    proof = weigh([(Group(90, 30, 3000, 300_000), Group(10, 3, 300, 30_000))], weeks=4)

    assert (proof.verdict, proof.weeks) == ("early", 121)  # a size of 9 in four weeks, 271 to go
    assert weigh([], weeks=0).visits is None
