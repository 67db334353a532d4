"""Two customers who turn out to be one person: everything moves to the one that is kept, and can go back for a day."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update

from kiosk.base.clock import is_within
from kiosk.base.database import db, execute, known
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import visits
from kiosk.guard import audit
from kiosk.models import OF_A_CUSTOMER, Coupon, Customer, Merge, Reward, StaffSession, Submission, Visit
from kiosk.signups import consents

MOVES = (*OF_A_CUSTOMER, Submission)
OCCASIONS = {"occasions": Coupon, "reward_occasions": Reward}
FILLED = ("name", "city", "phone", "email")
UNDO_WITHIN = timedelta(days=1)


@writes
def merge(kept_id: int, other_id: int, at: datetime, *, by: StaffSession) -> Merge:
    """Move everything of the other customer to the one that is kept. The other row stays as a further way to find her:
    both phone numbers, addresses, cards and all codes do.

    Raises Refusal `unknown` for one there is not, or that was merged already; `same_customer`.
    """
    alone("merge")
    kept, other = known(Customer, kept_id), known(Customer, other_id)
    if kept.merged_into_id or other.merged_into_id:
        raise Refusal("unknown")
    if kept is other:
        raise Refusal("same_customer")
    moved = {model.__tablename__: _ids(model, model.customer_id == other_id) for model in MOVES}
    moved["last_visit"] = db.session.scalar(select(func.max(Visit.id))) or 0
    moved["customer"] = _ids(Customer, Customer.merged_into_id == other_id)
    moved |= {name: _rename_occasions(model, kept_id, other_id) for name, model in OCCASIONS.items()}
    _move(moved, kept_id)
    moved["filled"] = _fill(kept, other)
    other.merged_into_id = kept_id
    done = Merge(kept_id=kept_id, other_id=other_id, moved=moved, staff_id=by.staff_id, merged_at=at)
    db.session.add(done)
    db.session.flush()
    _recount(kept_id, other_id)
    audit.add_note("merge", at, by=by, object_id=kept_id, details={"customer": other_id})
    return done


def _ids(model, condition) -> list[int]:
    return list(db.session.scalars(select(model.id).where(condition)))


def _rename_occasions(model, kept_id: int, other_id: int) -> dict[str, str]:
    """A person has one coupon (and one reward) of a series and occasion: where both have one, the other's is of an
    occasion of its own. Gives back what those occasions were, by the number of the row."""
    query = select(model.series_id, model.occasion).where(model.customer_id == kept_id)
    taken = {tuple(row) for row in db.session.execute(query)}
    renamed = {}
    for row in db.session.scalars(select(model).where(model.customer_id == other_id)):
        if (row.series_id, row.occasion) in taken:
            renamed[str(row.id)] = row.occasion
            row.occasion = f"{row.occasion}+{other_id}"
    db.session.flush()
    return renamed


def _move(moved: dict, customer_id: int, *, only_of: int | None = None) -> None:
    """Give rows to a customer; `only_of`: those that are still that customer's."""
    for model in MOVES:
        condition = model.id.in_(moved.get(model.__tablename__, ()))
        if only_of:
            condition &= model.customer_id == only_of
        execute(update(model).where(condition).values(customer_id=customer_id))
    execute(update(Customer).where(Customer.id.in_(moved["customer"])).values(merged_into_id=customer_id))


def _fill(kept: Customer, other: Customer) -> dict[str, str]:
    """Fill what is empty in the kept customer; a phone number or address, which one row only can have, moves there."""
    filled = {name: getattr(other, name) for name in FILLED if getattr(other, name) and not getattr(kept, name)}
    for name in filled.keys() & {"phone", "email"}:
        setattr(other, name, None)
    db.session.flush()
    for name, value in filled.items():
        setattr(kept, name, value)
    return filled


def _recount(*customer_ids: int) -> None:
    visits.add_sums(*customer_ids)
    consents.keep_newest(*customer_ids)
    for customer_id in customer_ids:
        db.session.expire(db.session.get(Customer, customer_id))


def last_merge(kept_id: int, at: datetime) -> Merge | None:
    """The newest merge into this customer that can still be undone."""
    merges = select(Merge).where(Merge.kept_id == kept_id, Merge.undone_at.is_(None)).order_by(Merge.id.desc()).limit(1)
    found = db.session.scalar(merges)
    return found if found and is_within(UNDO_WITHIN, found.merged_at, at) else None


@writes
def undo(kept_id: int, at: datetime, *, by: StaffSession) -> Customer:
    """Take the newest merge into this customer back, and with what moved also what was done to it since: a visit with
    a coupon of the other, a correction of a visit. Gives back the other customer. Raises Refusal `too_late`.
    """
    alone("merge")
    done = last_merge(kept_id, at)
    if done is None:
        raise Refusal("too_late")
    moved, kept, other = done.moved, db.session.get(Customer, kept_id), db.session.get(Customer, done.other_id)
    _move(moved | {"visit": _with_what_followed(moved, kept_id)}, done.other_id, only_of=kept_id)
    for name, model in OCCASIONS.items():
        for number, occasion in moved.get(name, {}).items():
            execute(update(model).where(model.id == int(number)).values(occasion=occasion))
    _give_back(kept, other, moved["filled"])
    other.merged_into_id, done.undone_at, done.moved = None, at, {}
    db.session.flush()
    _recount(kept_id, other.id)
    audit.add_note("merge_undo", at, by=by, object_id=kept_id, details={"customer": other.id})
    return other


def _with_what_followed(moved: dict, kept_id: int) -> list[int]:
    """The visits that moved, and of the kept customer's since the merge those that spent a coupon that moved, and
    corrections of any of them."""
    numbers, since = set(moved["visit"]), (Visit.customer_id == kept_id) & (Visit.id > moved["last_visit"])
    while True:
        follows = or_(
            Visit.corrects_id.in_(numbers), Visit.replaces_id.in_(numbers), Visit.coupon_id.in_(moved["coupon"])
        )
        further = set(_ids(Visit, follows & since)) - numbers
        if not further:
            return sorted(numbers)
        numbers |= further


def _give_back(kept: Customer, other: Customer, filled: dict[str, str]) -> None:
    """Empty again what was filled, unless it was corrected since."""
    given = {name: value for name, value in filled.items() if getattr(kept, name) == value}
    for name in given:
        setattr(kept, name, None)
    db.session.flush()
    for name in given.keys() & {"phone", "email"}:
        setattr(other, name, given[name])


@writes
def empty_old(at: datetime) -> None:
    """Remove what was kept to undo merges, of those that can't be undone any more."""
    execute(update(Merge).where(Merge.merged_at < at - UNDO_WITHIN, Merge.undone_at.is_(None)).values(moved={}))
