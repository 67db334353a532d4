"""The closing report: what a day's purchases came to, by whom and by the hour, and what is worth a look."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import func, select

from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.coupons.visits import that_count
from kiosk.models import Coupon, Offer, Staff, Visit
from kiosk.reports import cells, figures, sums
from kiosk.reports.buckets import within
from kiosk.reports.spreadsheets import Sheet
from kiosk.reports.sums import Sum


@dataclass(frozen=True)
class Closing:
    """A shop day; purchases that were undone do not count."""

    hours: list[Sum]
    cashiers: list[Sum]
    servers: list[Sum]  # as far as it was said who served
    discounts: list[Sum]  # by what a coupon was worth, or by the reason that a manager gave


def of(day: date) -> Closing:
    found = sums.of(day, day)
    names = {str(number): name for number, name in db.session.execute(select(Staff.id, Staff.name))}
    hours, cashiers, servers = (sums.by_key(found[what]) for what in ("hour", "cashier", "server"))
    return Closing(
        _lines(hours, lambda key: f"{int(key) % 24}–{int(key) % 24 + 1}"),
        _largest(_lines(cashiers, names.get)), _largest(_lines(servers)), _discounts(day),
    )  # fmt: skip


def _lines(found: dict[str, Sum], name: Callable = str) -> list[Sum]:
    keys = sorted(found, key=lambda key: (len(key), key))  # hours are numbers
    return [found[key]._replace(key=name(key)) for key in keys]


def _discounts(day: date) -> list[Sum]:
    """What was taken off, by what the coupon was worth or by the reason that was given."""
    query = select(Coupon.offer_id, Visit.reason, Visit.amount, Visit.discount).outerjoin_from(Visit, Coupon)
    query = that_count(query).where(within(Visit.happened_at, day, day), func.coalesce(Visit.discount, 0) != 0)
    worth, groups = {offer.id: offers.worth(offer) for offer in db.session.scalars(select(Offer))}, defaultdict(list)
    for offer_id, reason, amount, discount in db.session.execute(query):
        groups[worth.get(offer_id) or reason or "–"].append((amount or 0, discount))
    return _largest(
        [Sum(day, "discount", name, len(some), *map(sum, zip(*some, strict=True))) for name, some in groups.items()]
    )


def _largest(lines: list[Sum]) -> list[Sum]:
    return sorted(lines, key=lambda line: (-line.amount, line.key))


def sheet(day: date) -> Sheet:
    """The report as a table to take away, a line a row."""
    found, whole = of(day), figures.of(day, day)
    parts = (
        (gettext("Whole day"), [Sum(day, "", str(day), whole.visits, whole.spent, whole.discounts)]),
        (gettext("Hour"), found.hours), (gettext("Cashier"), found.cashiers),
        (gettext("Served by"), found.servers), (gettext("Discount"), found.discounts),
    )  # fmt: skip
    rows = [(part, line.key, line.count, line.amount, line.discount) for part, lines in parts for line in lines]
    shown = (
        cells.text(gettext("Part"), gettext("By what the purchases of the day are told apart")),
        cells.text(gettext("What"), gettext("The hour, the person or the discount")),
        cells.count(gettext("Purchases"), gettext("How many purchases, undone ones left out")),
        cells.money(gettext("Amount"), is_summed=False), cells.money(gettext("Discounts"), is_summed=False),
    )  # fmt: skip
    return Sheet("closing", shown, iter([rows]), (day, day))
