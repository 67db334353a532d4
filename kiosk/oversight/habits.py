"""What was unusual in the last days and is worth a look."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from kiosk.base.database import db
from kiosk.models import Audit, Coupon, Device, Redemption, Signup, Staff
from kiosk.shop import shop

WEEK = timedelta(days=7)
MOST = 3  # shown at once
AT_ONCE = 30  # s from a coupon's issue to its use
OFTEN = {"again": 4, "night": 10, "misses": 15, "at_once": 3, "undone": 8}  # from so many on
USUAL = "06:00", "23:00"  # the hours of a shop that does not say when it is open
UNDOING, GIVING = ("undo", "undo_visit", "honour"), ("redeem", "visit")
TIMES_USUAL = 3  # as often as the others' share


@dataclass(frozen=True)
class Look:
    """What was seen, with the facts that its sentence names, and where to read more of it: the parameters of the log's
    page. The sentences are in templates/office/habits.html."""

    kind: str
    log: dict
    facts: dict


def worth_a_look(at: datetime) -> list[Look]:
    """What of the last seven days is unlike the usual ones, three things at most."""
    looks = (look for rule in (_cashiers, _at_once, _misses, _night, _again) for look in rule(at - WEEK, at))
    return [look for look, _ in zip(looks, range(MOST), strict=False)]


def _again(since: datetime, at: datetime) -> Iterator[Look]:
    """Sign-ups with the same number or address, for one coupon."""
    query = select(func.count(Signup.id)).where(Signup.finished_at.between(since, at), Signup.is_first.is_(False))
    query = query.where(Signup.customer_id.is_not(None))
    for count in db.session.scalars(query.group_by(Signup.customer_id).having(func.count(Signup.id) >= OFTEN["again"])):
        yield Look("again", {"action": "signup"}, {"count": count})


def _night(since: datetime, at: datetime) -> Iterator[Look]:
    """Many sign-ups in one hour while the shop is closed."""
    here, hours = shop.current(), Counter()
    for finished_at in db.session.scalars(select(Signup.finished_at).where(Signup.finished_at.between(since, at))):
        local = here.time_of(finished_at)
        if not _is_open(local):
            hours[f"{local:%Y-%m-%d %H}:00"] += 1
    for hour, count in hours.items():
        if count >= OFTEN["night"]:
            yield Look("night", {"action": "signup"}, {"count": count, "hour": hour})


def _is_open(local: datetime) -> bool:
    """Whether the shop is open then; the time after midnight may belong to the hours of the day before."""
    for days_ago in (0, 1):
        hours = shop.current().hours_on(local.date() - timedelta(days=days_ago))
        opens, closes = (hours if all(hours) else USUAL) if hours else ("", "")
        if closes < opens:
            closes = f"{int(closes[:2]) + 24}{closes[2:]}"
        if opens <= f"{local.hour + 24 * days_ago:02}:{local.minute:02}" < closes:
            return True
    return False


def _misses(since: datetime, at: datetime) -> Iterator[Look]:
    """Many codes at one till on one day that are nobody's."""
    query = select(Audit.happened_at, Device.label).join(Device, Device.id == Audit.device_id)
    query = query.where(Audit.happened_at.between(since, at), Audit.action.in_(("look_up", "redeem")))
    rows = db.session.execute(query.where(Audit.outcome == "unknown"))
    counted = Counter((shop.current().day_of(row.happened_at), row.label) for row in rows)
    for (day, till), count in counted.items():
        if count >= OFTEN["misses"]:
            facts = {"num": count, "till": till, "day": day}
            yield Look("misses", {"action": "look_up", "refused": "yes"}, facts)


def _at_once(since: datetime, at: datetime) -> Iterator[Look]:
    """Coupons that one cashier redeemed as soon as they were given."""
    query = select(Redemption.happened_at, Coupon.issued_at, Staff.id, Staff.name).join(Redemption.coupon)
    query = query.join(Redemption.staff).where(
        Redemption.happened_at.between(since, at), Redemption.undone_at.is_(None)
    )
    quick = [row for row in db.session.execute(query) if (row.happened_at - row.issued_at).total_seconds() < AT_ONCE]
    for (staff_id, name), count in Counter((row.id, row.name) for row in quick).items():
        if count >= OFTEN["at_once"]:
            yield Look("at_once", {"person": staff_id, "action": "redeem"}, {"num": count, "name": name})


def _cashiers(since: datetime, at: datetime) -> Iterator[Look]:
    """Who undoes and honours much more often, for what she rings up, than the others do."""
    query = select(Audit.staff_id, Audit.action, func.count(Audit.id).label("times")).where(
        Audit.happened_at.between(at - 4 * WEEK, at), Audit.action.in_((*UNDOING, *GIVING)), Audit.outcome == "done",
        Audit.staff_id.is_not(None),
    ).group_by(Audit.staff_id, Audit.action)  # fmt: skip
    undone, given = Counter(), Counter()
    for row in db.session.execute(query):
        (undone if row.action in UNDOING else given)[row.staff_id] += row.times
    for staff_id, count in undone.items():
        others = (undone.total() - count + 1) / (given.total() - given[staff_id] + 20)
        if count >= OFTEN["undone"] and count / max(given[staff_id], 1) > TIMES_USUAL * others:
            yield Look("undone", {"person": staff_id}, {"num": count, "name": db.session.get(Staff, staff_id).name})
