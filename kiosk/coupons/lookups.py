"""Finding what was scanned or typed at a till, within the till's limits."""

import hmac
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from kiosk.base.clock import MADE
from kiosk.base.contacts import NotUsable, clean, clean_email, masked
from kiosk.base.database import begins, db
from kiosk.base.folding import words_in
from kiosk.base.phones import possible_phones
from kiosk.base.refusals import Refusal, TooMany
from kiosk.base.writing import alone, writes
from kiosk.coupons import last_scans, offers
from kiosk.coupons.scan import GUESSABLE, LAST_DIGITS, Scan, digits_in, read
from kiosk.guard import audit, limits
from kiosk.models import Coupon, Customer, Device, NameWord, Redemption, StaffSession, Visit
from kiosk.shop import shop
from kiosk.staff import devices

Found = Coupon | Customer | list[Customer]
No = Refusal | TooMany  # given back inside a transaction, whose counts are kept, and raised after it
MOST_CHOICES, LEAST_OF_A_PHONE = 8, 7
PAUSE, LONG_PAUSE, DAY = 30, 300, 86400  # s
JUST_NOW = timedelta(minutes=1)
NEWEST = select(Coupon).execution_options(populate_existing=True)  # as it is now, whatever was read before
WITH_CODE = NEWEST.where(Coupon.code == bindparam("code"))


def with_token(*tokens: str) -> Coupon | None:
    """The coupon with that token of a link (or with one of those)."""
    asked = [token.upper() for token in tokens if len(token) == 26 and token.isascii() and token.isalnum()]
    return db.session.scalar(NEWEST.where(Coupon.token.in_(asked))) if asked else None


def find(text: str, keys: str = "") -> Found:
    """The coupon, or by card, phone number, name or last digits the customer, that was scanned or typed; several
    customers where it may be any of them. Counts nothing.

    Raises Refusal `unknown` for a well-formed code or link that is nobody's, `mistyped` for anything else.
    """
    scan = read(text, keys)
    return granted(_with_code(scan) or _people(scan.text) or _no(scan))


def granted(answer):
    """Return the answer of a transaction, or raise it when it is a Refusal or TooMany. To be called after the
    commit, so that what was counted is stored."""
    if isinstance(answer, Refusal | TooMany):
        raise answer
    return answer


def _no(scan: Scan) -> Refusal:
    facts = {"product": True} if is_product(scan) else {}
    return Refusal("unknown" if scan.is_code else "mistyped", **facts)


def is_product(scan: Scan) -> bool:
    """Whether what was not found is a product's bar code: its check digit is right, and it is no phone number."""
    return scan.is_product and not possible_phones(scan.text, shop.current().country)


def _with_code(scan: Scan) -> Coupon | Customer | None:
    match scan.kind:
        case "link":
            return with_token(*scan.values)
        case "coupon":
            return db.session.scalar(WITH_CODE, {"code": scan.values[0]})
        case "card":
            found = db.session.scalar(select(Customer).where(Customer.card_number == scan.values[0]))
            return found and found.canonical
    return None


def _people(text: str) -> Customer | list[Customer] | None:
    with suppress(NotUsable):
        for her in _ways_to_know(clean(text, 300)):
            newest = select(Customer).where(her).order_by(Customer.id.desc()).limit(MOST_CHOICES)
            if found := list(dict.fromkeys(one.canonical for one in db.session.scalars(newest))):
                return found[0] if len(found) == 1 else found
    return None


def _ways_to_know(text: str) -> Iterator[ColumnElement]:
    digits, words = digits_in(text) or "", sorted(words_in(text))
    if phones := possible_phones(text, shop.current().country):
        yield Customer.phone.in_(phones)
    if "@" in text:
        with suppress(NotUsable):
            yield Customer.email == clean_email(text)
    elif len(digits) == LAST_DIGITS:
        yield begins(Customer.phone_backwards, digits[::-1])
    elif len(national := digits.lstrip("0")) >= LEAST_OF_A_PHONE:  # a visitor's, or one that was read otherwise once
        yield begins(Customer.phone_backwards, national[::-1])
    elif words and not digits:
        yield and_(*(Customer.id.in_(select(NameWord.customer_id).where(begins(NameWord.word, w))) for w in words))


def add_look_up(scan: Scan, *, by: StaffSession, at: datetime) -> Found | No:
    """Count a look-up at a till and find what was scanned, inside the caller's transaction. Look-ups run one after the
    other, so that guesses sent at once cannot exceed the limit.

    A code that is nobody's counts against the till and is given back as a Refusal, or as TooMany `paused` while the
    till pauses. After the day's misses codes are not looked at any more (`till_stopped`); customers are still found.
    """
    till = limits.till(by.device_id)
    alone(till)
    limits.add_count(f"look-up {till}", most=limits.setting("LOOKUPS_PER_MINUTE"), seconds=60, at=at)
    stopped = limits.wait(f"miss {till}", most=limits.setting("MISSES_PER_DAY"), seconds=DAY, at=at)
    may_look = not (stopped and scan.kind in GUESSABLE)
    found = (_with_code(scan) if may_look else None) or _people(scan.text)
    if found or not scan.is_code:
        return found or _no(scan)
    return TooMany(stopped, "till_stopped") if stopped else _miss(scan, till, at)


def _miss(scan: Scan, till: str, at: datetime) -> No:
    """Count a code that is nobody's, once a day however often it is scanned; who tries several of them waits: after a
    sixth of the day's misses, and longer after a third."""
    paused, most = limits.pause_left(till, at), limits.setting("MISSES_PER_DAY")
    digest = hmac.digest(current_app.secret_key, scan.values[0].encode(), "sha256").hex()[:16]
    is_first = limits.add_count(f"miss {till} {digest}", most=None, seconds=DAY, at=at) == 1
    if is_first:
        misses = limits.add_count(f"miss {till}", most=None, seconds=DAY, at=at)
        if misses >= max(1, most // 6) and not paused:
            limits.add_pause(till, LONG_PAUSE if misses >= most // 3 else PAUSE, at)
    return TooMany(paused, "paused") if paused else _no(scan)


def paused_tills(at: datetime) -> list[str]:
    """The names of the tills that look at no codes now, since too many were nobody's."""
    query = select(Device.id, Device.label).where(Device.kind == "till", Device.revoked_at.is_(None))
    day = {"most": limits.setting("MISSES_PER_DAY"), "seconds": DAY, "at": at}
    names = {limits.till(number): label for number, label in db.session.execute(query)}
    return [label for till, label in names.items() if limits.pause_left(till, at) or limits.wait(f"miss {till}", **day)]


def ask(text: str, keys: str = "", *, by: StaffSession, at: datetime) -> Found:
    """Find what was scanned, within the till's limits. Raises Refusal as `find` does; TooMany."""
    return granted(_ask(read(text, keys), by=by, at=at))


_ask = writes(add_look_up)


def look_up(text: str, keys: str = "", by_scanner: bool = False, *, by: StaffSession, at: datetime) -> Found:
    """Find what was scanned, as `ask` does, and record refusals and coupons that are not good, so that they appear
    under Last scans. That a scanner was used is kept to the day."""
    return granted(_look_up(read(text, keys), by_scanner, by, at))


@writes
def _look_up(scan: Scan, by_scanner: bool, by: StaffSession, at: datetime) -> Found | No:
    if by_scanner:
        devices.add_scan(by.device, shop.current().day_of(at))
    found = add_look_up(scan, by=by, at=at)
    if isinstance(found, Refusal):
        audit.add_note("look_up", at, by=by, outcome=found.word)
    if isinstance(found, Coupon):
        state = found.state(shop.current().day_of(at), at)
        if state != "issued" and not (state == "used" and is_just_now(live_redemption(found.id), by, at)):
            audit.add_note("look_up", at, by=by, object_id=found.id, outcome=state)
    return found


def again(kind: type[Coupon | Customer | Visit], key: int, known: Collection[int], *, by: StaffSession, at: datetime):
    """Find the coupon, customer or visit that a page of this till named by its number; `known` are the customers whom
    this session has looked up. Any other number is `unknown`, whether or not it exists.

    Raises Refusal `unknown`, which is recorded; TooMany.
    """
    return granted(_again(kind, key, known, by, at))


@writes
def _again(kind, key, known, by, at) -> Coupon | Customer | Visit | Refusal:
    most = limits.setting("LOOKUPS_PER_MINUTE")
    limits.add_count(f"look-up {limits.till(by.device_id)}", most=most, seconds=60, at=at)
    thing = db.session.get(kind, key)
    if thing is None or not may_name(thing, known, by=by, at=at):
        audit.add_note("look_up", at, by=by, outcome="unknown")
        return Refusal("unknown")
    return thing


def may_name(thing: Coupon | Customer | Visit, known: Collection[int], *, by: StaffSession, at: datetime) -> bool:
    """Whether a page may say whose or what it is: the session has looked the customer up, she is in the last scans
    of this till, or a manager asks who is signed in by passphrase."""
    customer_id = thing.id if isinstance(thing, Customer) else thing.customer_id
    return customer_id in known or by.may("office") or customer_id in last_scans.served(by, at)


def live_redemption(coupon_id: int) -> Redemption | None:
    """The use of a coupon that has not been undone."""
    live = select(Redemption).where(Redemption.coupon_id == coupon_id, Redemption.undone_at.is_(None))
    return db.session.scalar(live)


def is_just_now(redemption: Redemption, by: StaffSession, at: datetime) -> bool:
    """Whether this very till did it within the last minute: then it is a second look, not a second use."""
    return redemption.device_id == by.device_id and abs(at - redemption.happened_at) < JUST_NOW


def last_seen(customer: Customer) -> date | None:
    """The shop day of the customer's last visit."""
    return customer.last_visit_at and shop.current().day_of(customer.last_visit_at)


def live_coupon(customer: Customer, at: datetime) -> Coupon | None:
    """The coupon that the customer could use now, the one that ends first; one that a wrong clock issued counts as
    well. Its minimum is not looked at."""
    today = shop.current().day_of(at)
    hers = select(Coupon).where(
        Coupon.customer_id == customer.id, Coupon.spent_at.is_(None), Coupon.voided_at.is_(None),
        or_(Coupon.valid_from <= today, Coupon.issued_at > at),
        or_(Coupon.valid_until >= today, Coupon.issued_at < MADE),
    )  # fmt: skip
    return db.session.scalar(hers.order_by(Coupon.valid_until, Coupon.id).limit(1))


def as_dict(found: Found, at: datetime) -> dict:
    """What a till that asks in JSON is told of what was found."""
    if isinstance(found, list):
        return {"kind": "choices", "customers": [_of_customer(customer) for customer in found]}
    if isinstance(found, Customer):
        return {"kind": "customer", "customer": _of_customer(found)}
    if isinstance(found, Visit):
        return {"kind": "visit", "visit_id": found.id, "customer": _of_customer(found.customer)}
    return {
        "kind": "coupon",
        "code": found.code,
        "worth": offers.worth(found.offer),
        "state": found.state(shop.current().day_of(at), at),
        "valid_until": found.valid_until.isoformat(),
        "customer": found.customer.first_name,
    }


def _of_customer(customer: Customer) -> dict:
    """As little as tells people of one name apart."""
    contact, seen = masked(customer.phone, customer.email), last_seen(customer)
    facts = {"id": customer.id, "first_name": customer.first_name, "initial": customer.initial, "contact": contact}
    return facts | {"town": customer.city, "last_visit": seen and seen.isoformat()}
