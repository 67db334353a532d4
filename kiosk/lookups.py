"""What the till makes of anything scanned or typed: a coupon, a card, a phone number, a name."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select

from . import audit, limits, shop
from .codes import digits_in, is_well_formed, token_in
from .contacts import NotUsable, clean, clean_phone
from .database import alone, db, writes
from .folding import words_in
from .models import Audit, Coupon, Customer, NameWord, Redemption, StaffSession, Visit
from .refusals import Refusal

Found = Coupon | Customer | list[Customer]
MOST_CHOICES, MOST_SCANS, LAST_DIGITS = 8, 10, 4
PAUSE, LONG_PAUSE = 30, 300  # s
JUST_NOW = timedelta(minutes=1)
SCANS = {"look_up": Coupon, "redeem": Coupon, "undo": Redemption, "visit": Visit, "honour": Visit}  # noted of what


def with_token(token: str) -> Coupon | None:
    is_one = re.fullmatch("[0-9A-Za-z]{26}", token)  # anything else may be what a database cannot even be asked
    return db.session.scalar(select(Coupon).where(Coupon.token == token.upper())) if is_one else None


def find(text: str, keys: str = "") -> Found:
    """The coupon, or by her card, phone number, name or last digits the customer, that was scanned or typed; several
    customers where it may be any of them. `keys` is the same scan as an American keyboard would have it.

    Raises Refusal `unknown` for a well-formed code or link that is nobody's, `mistyped` for anything else.
    """
    return _found(_find(text, keys), text, keys)


def _find(text: str, keys: str) -> Found | None:
    return _with_code(text) or _with_code(keys) or _people(text)


def _found(found: Found | None, text: str, keys: str) -> Found:
    if not found:
        raise Refusal("unknown" if _is_code(text) or _is_code(keys) else "mistyped")
    return found


def _is_code(text: str) -> bool:
    return bool(token_in(text)) or is_well_formed(digits_in(text) or "")


def _with_code(text: str) -> Coupon | Customer | None:
    token, digits = token_in(text), digits_in(text) or ""
    if token:
        return with_token(token)
    if not is_well_formed(digits):
        return None
    if digits.startswith("9"):
        return db.session.scalar(select(Customer).where(Customer.card_number == digits))
    return db.session.scalar(select(Coupon).where(Coupon.code == digits))


def _people(text: str) -> Customer | list[Customer] | None:
    with suppress(NotUsable):
        for her in _ways_to_know(clean(text, 300)):
            newest = select(Customer).where(her).order_by(Customer.id.desc()).limit(MOST_CHOICES)
            if found := db.session.scalars(newest).all():
                return found[0] if len(found) == 1 else list(found)
    return None


def _ways_to_know(text: str) -> Iterator[ColumnElement]:
    digits, words = digits_in(text) or "", sorted(words_in(text))
    with suppress(NotUsable):
        yield Customer.phone == clean_phone(text, shop.current().country)
    if "@" in text:
        yield Customer.email == text.lower()
    elif len(digits) == LAST_DIGITS:
        yield _begins(Customer.phone_backwards, digits[::-1])
    elif words and not digits:
        yield and_(*(Customer.id.in_(select(NameWord.customer_id).where(_begins(NameWord.word, w))) for w in words))


def _begins(column, text: str) -> ColumnElement:
    """As an index is asked: from the text up to, but without, what comes after everything that begins with it."""
    return and_(column >= text, column < text[:-1] + chr(ord(text[-1]) + 1))


def ask(text: str, keys: str = "", *, by: StaffSession, at: datetime) -> Found:
    """The same at a till, within its limits: an unknown code counts against it. Raises Refusal, TooMany."""
    return _found(_ask(text, keys, by, at), text, keys)


@writes
def _ask(text: str, keys: str, by: StaffSession, at: datetime) -> Found | None:
    """Looked for and counted in one: of many guesses at once no more are looked at than may be."""
    till = _till(by.device_id)
    alone(till)
    limits.add(f"look-up {till}", most=limits.setting("LOOKUPS_PER_MINUTE"), seconds=60, at=at)
    most = limits.setting("MISSES_PER_DAY")
    limits.check(f"miss {till}", most=most, seconds=86400, at=at, word="till_stopped")
    limits.check_pause(till, at)
    found = _find(text, keys)
    if not found and (_is_code(text) or _is_code(keys)):
        misses = limits.add(f"miss {till}", most=None, seconds=86400, at=at)
        if misses >= max(1, most // 6):  # who guesses waits: after a sixth of the day's misses, longer after a third
            limits.pause(till, LONG_PAUSE if misses >= most // 3 else PAUSE, at)
    return found


def _till(device_id: int) -> str:
    return f"till {device_id}"


@writes
def whose(customer_id: int, *, by: StaffSession, at: datetime) -> Customer:
    """The customer that an earlier look-up named; within the same limit. Raises Refusal `unknown`, TooMany."""
    most = limits.setting("LOOKUPS_PER_MINUTE")
    limits.add(f"look-up {_till(by.device_id)}", most=most, seconds=60, at=at)
    her = db.session.get(Customer, customer_id)
    if her is None:
        raise Refusal("unknown")
    return her


@writes
def let_go_on(device_id: int) -> None:
    """A manager stands at the till: what was guessed there is forgiven."""
    limits.forget(f"miss {_till(device_id)}", f"pause {_till(device_id)}")


def look_up(text: str, keys: str = "", *, by: StaffSession, at: datetime) -> Found:
    """The same, and what the till will be told no about is noted, so that it stays in view."""
    with audit.refusals("look_up", at, by=by):
        found = ask(text, keys, by=by, at=at)
    state = found.state(shop.current().day_of(at)) if isinstance(found, Coupon) else "issued"
    if state != "issued" and not (state == "used" and is_just_now(live_redemption(found.id), by, at)):
        audit.note("look_up", at, by=by, object_id=found.id, outcome=state)
    return found


def live_redemption(coupon_id: int) -> Redemption | None:
    """The use of a coupon that has not been undone."""
    live = select(Redemption).where(Redemption.coupon_id == coupon_id, Redemption.undone_at.is_(None))
    return db.session.scalar(live)


def is_just_now(redemption: Redemption, by: StaffSession, at: datetime) -> bool:
    """Whether this very till did it within the last minute: then it is a second look, not a second use."""
    return redemption.device_id == by.device_id and at - redemption.happened_at < JUST_NOW


@dataclass(frozen=True)
class Scan:
    """One line of what a till did today; `coupon` is None where there was none."""

    at: datetime
    outcome: str  # `redeem`, `undo`, `visit`, `honour`, or the refusal's word
    coupon: Coupon | None


def last_scans(till: StaffSession, at: datetime) -> list[Scan]:
    """The newest of today at this till, refusals among them."""
    today = shop.current().day_of(at)
    here = select(Audit).where(Audit.device_id == till.device_id, Audit.action.in_(SCANS))
    here = here.where(Audit.happened_at >= shop.current().span(today, today)[0])
    rows = db.session.scalars(here.order_by(Audit.id.desc()).limit(MOST_SCANS))
    return [Scan(r.happened_at, r.action if r.outcome == "done" else r.outcome, _coupon_of(r)) for r in rows]


def _coupon_of(row: Audit) -> Coupon | None:
    kind = SCANS[row.action]
    thing = db.session.get(kind, int(row.object_id)) if row.object_id else None
    return thing if kind is Coupon else thing and thing.coupon


def live_coupon(customer: Customer, at: datetime) -> Coupon | None:
    """The coupon she could use today, the one that ends first."""
    today = shop.current().day_of(at)
    hers = select(Coupon).where(
        Coupon.customer_id == customer.id, Coupon.spent_at.is_(None), Coupon.voided_at.is_(None),
        Coupon.valid_from <= today, Coupon.valid_until >= today,
    )  # fmt: skip
    return db.session.scalar(hers.order_by(Coupon.valid_until, Coupon.id).limit(1))
