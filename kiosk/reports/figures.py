"""The figures of a day, or of some days: who signed up, who came back, what it gave them and the shop."""

from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.reports import sums
from kiosk.reports.sums import Sum, Sums


@dataclass(frozen=True)
class Figures:
    """What happened on some shop days; money in minor units. Undone purchases do not count."""

    signups: int
    new_customers: int
    visits: int
    spent: int  # by customers who are known, with a coupon or without
    spent_with_coupon: int
    redeemed: int  # purchases with a coupon
    priced: int  # purchases of which the amount is known
    priced_with_coupon: int
    discounts: int
    welcome_discounts: int  # those of coupons for new customers
    stars: float | None
    rated: int

    @property
    def average(self) -> int | None:
        """A purchase without a coupon, on average of those whose amount is known."""
        without = self.priced - self.priced_with_coupon
        return round((self.spent - self.spent_with_coupon) / without) if without else None

    @property
    def average_with_coupon(self) -> int | None:
        return round(self.spent_with_coupon / self.priced_with_coupon) if self.priced_with_coupon else None

    @property
    def new_customer_costs(self) -> int | None:
        return round(self.welcome_discounts / self.new_customers) if self.new_customers else None


def before(first: date, last: date) -> tuple[date, date]:
    """As many days, just before those."""
    days = last - first + timedelta(days=1)
    return first - days, first - timedelta(days=1)


def of(first: date, last: date) -> Figures:
    """The figures of shop days `first` to `last`."""
    return total(sums.of(first, last, together=True))


def total(found: Sums) -> Figures:
    """The figures of the days of those sums."""
    redeemed, bought = found["redeemed"], found["redeemed"] + found["other"]
    welcome, rated = [one for one in bought if one.key == "welcome"], _all(found["stars"], "count")
    return Figures(
        _all(found["signup"], "count"), _all(found["new"], "count"), _all(bought, "count"), _all(bought, "amount"),
        _all(redeemed, "amount"), _all(redeemed, "count"), _all(bought, "priced"), _all(redeemed, "priced"),
        _all(bought, "discount"), _all(welcome, "discount"),
        sum(int(one.key) * one.count for one in found["stars"]) / rated if rated else None, rated,
    )  # fmt: skip


def share_of(totals: dict[date, int], found: Sums) -> float | None:
    """Which part of those sales the customers who are known paid, on the days of these totals."""
    paid = sum(one.amount - one.discount for one in found["redeemed"] + found["other"] if one.day in totals)
    return paid / sum(totals.values()) if any(totals.values()) else None


def _all(some: list[Sum], name: str) -> int:
    return sum(int(getattr(one, name)) for one in some)  # PostgreSQL adds whole numbers up to a Decimal
