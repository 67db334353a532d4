"""Does a discount pay? Those who got it, beside those of the same days who were held out and got nothing.

Owners look again and again, and whoever tests a growing table at every look finds something in the end. So there are
five looks, each at a size fixed beforehand, and each may be wrong with a chance of its own, all together 5 % at most
(Bonferroni's inequality; fixed sizes are those of Pocock, Biometrika 64, 1977, p. 191). Between two of them the
verdict stays, however often it is read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple

# The size of each look, and the chance that it says `pays` of a discount that does nothing. The size of two groups
# together is n₁n₂ ÷ (n₁ + n₂): of 3,110 people of whom 311 are held out, 280; as large as of 560 in equal halves.
LOOKS = ((70, 0.005), (140, 0.01), (280, 0.02), (560, 0.01), (1120, 0.005))
PLANNED = 280  # at which ten points more are seen with 90 % or more, whatever the share; only then is `no` said
ERROR = 0.05  # of the intervals


class Group(NamedTuple):
    """People, how many of them came within the time their coupon was good, and sums over people, in minor units: of
    what they bought in it before discounts, of its squares, and of what their coupons took off."""

    people: int = 0
    came: int = 0
    sales: int = 0
    squares: int = 0
    cost: int = 0

    def __add__(self, other: "Group") -> "Group":
        return Group(*(one + more for one, more in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        return self.came / self.people

    @property
    def mean(self) -> float:
        return self.sales / self.people

    @property
    def variance_of_mean(self) -> float:
        return (self.squares - self.sales * self.mean) / (self.people - 1) / self.people


class Interval(NamedTuple):
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Proof:
    """The groups, how many visits and sales (minor units) a coupon brings besides what would have come anyway (None
    with fewer than two people in a group), the verdict `pays`, `no` or `early`, and the weeks until there is one."""

    told: Group
    held: Group
    visits: Interval | None
    sales: Interval | None
    verdict: str
    weeks: int | None


def newcombe(one: Group, other: Group, error: float = ERROR) -> Interval:
    """The difference of two shares of people who came (R. G. Newcombe, Statistics in Medicine 17, 1998, method 10)."""
    (low, high), (other_low, other_high) = _wilson(one, error), _wilson(other, error)
    difference = one.share - other.share
    below = sqrt((one.share - low) ** 2 + (other_high - other.share) ** 2)
    above = sqrt((high - one.share) ** 2 + (other.share - other_low) ** 2)
    return Interval(difference - below, difference, difference + above)


def _wilson(group: Group, error: float) -> tuple[float, float]:
    n, p, z = group.people, group.share, NormalDist().inv_cdf(1 - error / 2)
    middle, reach = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def welch(one: Group, other: Group, error: float = ERROR) -> Interval:
    """The difference of the sales per person of two groups of unlike spread (B. L. Welch, Biometrika 34, 1947)."""
    parts = [(group.variance_of_mean, group.people - 1) for group in (one, other)]
    variance, difference = sum(part for part, _ in parts), one.mean - other.mean
    if not variance:
        return Interval(difference, difference, difference)
    reach = _student(variance**2 / sum(part**2 / degrees for part, degrees in parts), error) * sqrt(variance)
    return Interval(difference - reach, difference, difference + reach)


def _student(degrees: float, error: float) -> float:
    """The quantile of Student's t from the normal one (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(1 - error / 2)
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def weigh(days: Iterable[tuple[Group, Group]], weeks: float) -> Proof:
    """Compare who was told with who was held out. `days` are the two groups of each day on which somebody became due,
    in order, those only whose time is over; `weeks` is how long it took them to become due."""
    told, held, verdict, looks = Group(), Group(), "early", list(LOOKS)
    for one, other in days:
        told, held = told + one, held + other
        while looks and _size(told, held) >= looks[0][0]:
            verdict = _look(told, held, *looks.pop(0), verdict)
    is_enough = min(told.people, held.people) > 1
    more = weeks * (PLANNED / _size(told, held) - 1) if verdict == "early" and is_enough else 0
    return Proof(
        told, held, newcombe(told, held) if is_enough else None, welch(told, held) if is_enough else None, verdict,
        ceil(more) or None,
    )  # fmt: skip


def _size(told: Group, held: Group) -> float:
    return told.people * held.people / max(1, told.people + held.people)


def _look(told: Group, held: Group, size: int, chance: float, before: str) -> str:
    """The verdict at one look. It pays when more people came, beyond chance, and what they bought more is more than the
    discounts took off."""
    brings = newcombe(told, held, 2 * chance).low > 0
    if brings and told.mean - held.mean > told.cost / told.people:
        return "pays"
    return "no" if size >= PLANNED else before
