"""The closing report: what a day's purchases came to, by whom and by the hour, and what is worth a look."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import Row, select

from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.coupons.visits import that_count
from kiosk.models import Coupon, Offer, Staff, Visit
from kiosk.reports import cells, figures, log
from kiosk.reports.buckets import within
from kiosk.reports.spreadsheets import Sheet
from kiosk.shop import shop


@dataclass(frozen=True)
class Line:
    """The purchases that have something in common; money in minor units."""

    name: str
    count: int
    amount: int
    discount: int


@dataclass(frozen=True)
class Closing:
    """A shop day; purchases that were undone do not count."""

    hours: list[Line]
    cashiers: list[Line]
    servers: list[Line]  # as far as it was said who served
    discounts: list[Line]  # by what a coupon was worth, or by the reason that a manager gave
    look: list[log.Entry]  # refusals, undos and corrections, the first one first


def of(day: date) -> Closing:
    query = select(
        Visit.happened_at, Visit.amount, Visit.discount, Visit.served_by, Visit.reason, Coupon.offer_id,
        Staff.name.label("cashier"),
    ).join_from(Visit, Staff, Staff.id == Visit.staff_id).outerjoin(Coupon, Coupon.id == Visit.coupon_id)  # fmt: skip
    query = that_count(query).where(within(Visit.happened_at, day, day)).order_by(Visit.happened_at, Visit.id)
    rows, here = db.session.execute(query).all(), shop.current()
    worth = {offer.id: offers.worth(offer) for offer in db.session.scalars(select(Offer))}
    hours = _lines(rows, lambda row: f"{(hour := here.time_of(row.happened_at).hour)}–{hour + 1}")
    cashiers, servers = (_lines(rows, lambda row, who=who: getattr(row, who)) for who in ("cashier", "served_by"))
    reduced = [row for row in rows if row.discount]
    discounts = _lines(reduced, lambda row: worth.get(row.offer_id) or row.reason or "–")
    return Closing(hours, _largest(cashiers), _largest(servers), _largest(discounts), log.worth_a_look(day))


def _lines(rows: list[Row], name_of: Callable[[Row], str | None]) -> list[Line]:
    """The purchases by their names; those that have none are left out."""
    groups = {}
    for row in rows:
        groups.setdefault(name_of(row), []).append(row)
    return [
        Line(name, len(found), sum(row.amount or 0 for row in found), sum(row.discount or 0 for row in found))
        for name, found in groups.items() if name
    ]  # fmt: skip


def _largest(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.amount, line.name))


def sheet(day: date) -> Sheet:
    """The report as a table to take away, a line a row."""
    found, whole = of(day), figures.of(day, day)
    parts = (
        (gettext("Whole day"), [Line(str(day), whole.visits, whole.spent, whole.discounts)]),
        (gettext("Hour"), found.hours), (gettext("Cashier"), found.cashiers),
        (gettext("Served by"), found.servers), (gettext("Discount"), found.discounts),
    )  # fmt: skip
    rows = [(part, line.name, line.count, line.amount, line.discount) for part, lines in parts for line in lines]
    shown = (
        cells.text(gettext("Part"), gettext("By what the purchases of the day are told apart")),
        cells.text(gettext("What"), gettext("The hour, the person or the discount")),
        cells.count(gettext("Purchases"), gettext("How many purchases, undone ones left out")),
        cells.money(gettext("Amount"), is_summed=False), cells.money(gettext("Discounts"), is_summed=False),
    )  # fmt: skip
    return Sheet("closing", shown, iter([rows]), (day, day))
