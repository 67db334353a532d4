"""Whom a new customer named as the friend to thank, and whether anything about it should be looked at first."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from kiosk.base.database import begins, db, known
from kiosk.base.folding import words_in
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writes
from kiosk.coupons.scan import LAST_DIGITS, digits_in, read
from kiosk.customers import search
from kiosk.guard import audit
from kiosk.models import Customer, NameWord, Offer, Referral, Reward, Signup, StaffSession

AT_ONCE, TOGETHER, MOST_TOGETHER = timedelta(minutes=1), timedelta(hours=1), 2
IN_A_ROW = 10  # numbers that differ by less
WAITING = or_(Referral.held_back.is_(None), Referral.held_back == "allowed") & Referral.rewarded_at.is_(None)
DONE = ("allowed", "refused", "nobody")  # what nobody has to look at


def waiting(
    offer: Offer, day: date, ids: Collection[int] | None = None
) -> Iterator[tuple[Referral, Customer | None, str | None]]:
    """Referrals of these new customers, or of all, who have bought something since: with the friend, and why it is held
    back (`nobody` when there is no such friend, else a reason for a person to look)."""
    query = select(Referral).join(Referral.signup).join(Referral.customer).options(joinedload(Referral.signup))
    query = query.where(WAITING, Customer.last_visit_at >= Signup.finished_at).order_by(Referral.id)
    given = Counter()
    for row in db.session.scalars(query if ids is None else query.where(Referral.customer_id.in_(ids))).all():
        friend = named(row)
        why = "nobody" if friend is None else None if row.held_back == "allowed" else _reason_to_look(row, friend)
        if friend and why is None:
            given[friend.id] += 1
            before = _given_this_month(offer, friend.id, day)
            why = "too_many" if before + given[friend.id] > offer.rule["most"] and not row.held_back else None
        yield row, friend, why


def named(row: Referral) -> Customer | None:
    """The customer who was named: by a card or coupon, or by a first name and the last four digits of a number that
    fit one customer only. Somebody who became a customer later cannot be meant."""
    if row.friend_id:
        return db.session.get(Customer, row.friend_id).canonical
    found = _find(row.said or "")
    return found if found and found.created_at < row.signup.finished_at else None


def _find(said: str) -> Customer | None:
    found = search.people(said) if read(said).is_code else _with_name_and_digits(said)
    people = {one.canonical for one in found}
    return people.pop() if len(people) == 1 else None


def _with_name_and_digits(said: str) -> Iterable[Customer]:
    digits = digits_in("".join(one for one in said if one.isdigit())) or ""
    words = [word for word in words_in(said) if not word.isdigit()]
    if len(digits) != LAST_DIGITS or not words:
        return []
    fits = [Customer.id.in_(select(NameWord.customer_id).where(NameWord.word == word)) for word in words]
    return db.session.scalars(select(Customer).where(begins(Customer.phone_backwards, digits[::-1]), *fits).limit(9))


def _reason_to_look(row: Referral, friend: Customer) -> str | None:
    """Why a person should look first; None when nothing is unusual."""
    if friend.id == row.customer_id:
        return "self"
    if row.customer_id in _above(friend.id):
        return "circle"
    if row.customer.name and words_in(row.customer.name) == words_in(friend.name):
        return "same_name"
    near = [one for one in _near(row) if one is not row and named(one) is friend]
    at = row.signup.finished_at
    instants = [friend.created_at, *(one.signup.finished_at for one in near)]
    if any(abs(at - one) < AT_ONCE for one in instants):
        return "same_minute"
    if sum(one.signup.device_id == row.signup.device_id for one in near) >= MOST_TOGETHER:
        return "same_device"
    hers = select(Customer.phone).join(Referral, Referral.customer_id == Customer.id)
    others = db.session.scalars(hers.where(Referral.friend_id == friend.id, Referral.id != row.id))
    phones = [friend.phone, *others, *(one.customer.phone for one in near)]
    own = row.customer.phone
    return "in_a_row" if own and any(one and abs(int(one) - int(own)) < IN_A_ROW for one in phones) else None


def _above(customer_id: int) -> set[int]:
    """Who brought this customer, who brought that one, and so on."""
    found, below = set(), {customer_id}
    while below:
        friends = select(Referral.friend_id).where(Referral.customer_id.in_(below), Referral.friend_id.is_not(None))
        below = {db.session.get(Customer, one).canonical.id for one in db.session.scalars(friends).all()} - found
        found |= below
    return found


def _near(row: Referral) -> list[Referral]:
    """The referrals of the hour before and after."""
    at = row.signup.finished_at
    query = select(Referral).join(Referral.signup).where(Signup.finished_at.between(at - TOGETHER, at + TOGETHER))
    return list(db.session.scalars(query))


def _given_this_month(offer: Offer, friend_id: int, day: date) -> int:
    hers = select(func.count(Reward.id)).where(Reward.customer_id == friend_id, Reward.series_id == offer.series_id)
    return db.session.scalar(hers.where(Reward.due_on.between(day.replace(day=1), day)))


def to_look_at() -> list[Referral]:
    """Those that are held back until somebody decides."""
    held = Referral.held_back.is_not(None) & Referral.held_back.not_in(DONE) & Referral.rewarded_at.is_(None)
    return list(db.session.scalars(select(Referral).where(held).order_by(Referral.id)))


@writes
def decide(referral_id: int, decision: str, at: datetime, *, by: StaffSession) -> None:
    """Let a referral that is held back through (`allowed`), or refuse it. Raises Refusal `unknown`."""
    row = known(Referral, referral_id)
    if row.held_back in (None, *DONE) or row.rewarded_at:
        raise Refusal("unknown")
    row.held_back = decision
    audit.add_note(f"referral_{decision}", at, by=by, object_id=referral_id)
