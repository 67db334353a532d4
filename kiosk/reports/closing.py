"""The closing report: what a day's purchases came to, by whom and by the hour, and what is worth a look."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from flask_babel import gettext
from sqlalchemy import func, select

from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.coupons.visits import STANDS
from kiosk.models import Coupon, Offer, Staff, Visit
from kiosk.reports import cells, figures, sums
from kiosk.reports.spreadsheets import Sheet
from kiosk.reports.sums import Sum, within


def of(day: date) -> dict[str, list[Sum]]:
    """The purchases of a shop day by `hour`, by `cashier`, by `server` as far as it was said who served, and by
    `discount`: what the coupon was worth, or the reason that a manager gave. Those that were undone do not count."""
    found = sums.of(day, day)
    names = {str(number): name for number, name in db.session.execute(select(Staff.id, Staff.name))}
    hours = sorted(sums.by_key(found["hour"]).values(), key=lambda one: int(one.key))
    cashiers = [one._replace(key=names[one.key]) for one in sums.by_key(found["cashier"]).values()]
    return {
        "hour": [one._replace(key=f"{int(one.key) % 24}–{int(one.key) % 24 + 1}") for one in hours],
        "cashier": _largest(cashiers),
        "server": _largest(sums.by_key(found["server"]).values()),
        "discount": _discounts(day),
    }


def _discounts(day: date) -> list[Sum]:
    """What was taken off, by what the coupon was worth or by the reason that was given."""
    query = select(Coupon.offer_id, Visit.reason, Visit.amount, Visit.discount).outerjoin_from(Visit, Coupon)
    query = query.where(STANDS, within(Visit.happened_at, day, day), func.coalesce(Visit.discount, 0) != 0)
    worth, groups = {offer.id: offers.worth(offer) for offer in db.session.scalars(select(Offer))}, defaultdict(list)
    for offer_id, reason, amount, discount in db.session.execute(query):
        groups[worth.get(offer_id) or reason or "–"].append((amount or 0, discount))
    return _largest(
        [Sum(day, "discount", name, len(some), *map(sum, zip(*some, strict=True))) for name, some in groups.items()]
    )


def _largest(lines: Iterable[Sum]) -> list[Sum]:
    return sorted(lines, key=lambda line: (-line.amount, line.key))


def sheet(day: date) -> Sheet:
    """The report as a table to take away, a line a row."""
    found, whole = of(day), figures.of(day, day)
    parts = (
        (gettext("Whole day"), [Sum(day, "", str(day), whole.visits, whole.spent, whole.discounts)]),
        (gettext("Hour"), found["hour"]), (gettext("Cashier"), found["cashier"]),
        (gettext("Served by"), found["server"]), (gettext("Discount"), found["discount"]),
    )  # fmt: skip
    rows = [(part, line.key, line.count, line.amount, line.discount) for part, lines in parts for line in lines]
    shown = (
        cells.text(gettext("Part"), gettext("By what the purchases of the day are told apart")),
        cells.text(gettext("What"), gettext("The hour, the person or the discount")),
        cells.count(gettext("Purchases"), gettext("How many purchases, undone ones left out")),
        cells.money(gettext("Amount"), is_summed=False), cells.money(gettext("Discounts"), is_summed=False),
    )  # fmt: skip
    return Sheet("closing", shown, [rows], (day, day))
