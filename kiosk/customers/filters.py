"""Which customers are meant: what was typed into the search box, and the filters that were set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from kiosk.base.database import begins, db
from kiosk.base.folding import small, words_in
from kiosk.base.forms import Form
from kiosk.base.phones import possible_phones
from kiosk.coupons.lookups import LEAST_OF_A_PHONE
from kiosk.coupons.scan import Scan, digits_in
from kiosk.coupons.scan import read as read_scan
from kiosk.models import Answer, Coupon, Customer, NameWord
from kiosk.shop import amounts, languages, shop
from kiosk.signups import consents, questionnaires

# whole numbers, each from the first to the last
NUMBERS = {"unseen_days": (1, 3650), "visits_min": (0, 9999), "visits_max": (0, 9999), "birthday_month": (1, 12)}
FEWEST_DIGITS = 3
FEW_WITH_ROWS, FEW_TYPED = 30_000, 3000  # see Condition
Any = aliased(Customer)  # a row by which a customer is found, perhaps one that was merged
Word = aliased(NameWord)

SORTS = {
    "last_visit": Customer.last_visit_at, "visits": Customer.visits, "spent": Customer.spent,
    "since": Customer.created_at,
}  # fmt: skip

NAMES = {
    "town": _l("Town"), "language": _l("Language"), "consent": _l("Agreed to messages"),
    "unspent": _l("Coupon not used yet"), "unseen_days": _l("Not seen for days"),
    "visits_min": _l("Visits at least"), "visits_max": _l("Visits at most"), "spent_min": _l("Spent at least"),
    "birthday_month": _l("Birthday month"),
}  # fmt: skip
MESSAGES = {"sms": _l("Texts"), "email": _l("Email"), "call": _l("Calls")}


@dataclass(frozen=True)
class Filters:
    """What was asked for, as it was typed and checked; only what was set is in `on`."""

    q: str
    on: dict[str, str]  # by name, in the order they were set
    spent_min: int | None = None  # minor units
    sort: str = "last_visit"


def questions() -> dict:
    """The questions by whose choices customers can be found."""
    return {question.key: question for question in questionnaires.ever_asked("signup", "later") if question.choices}


def read(sent: Mapping[str, str]) -> Filters:
    """Read a search and its filters. Raises Invalid, with a message for each that cannot be used."""
    on, known = {}, {"language": languages.codes(), "consent": consents.MESSAGES, "unspent": ("yes",)}
    known |= {key: [choice.key for choice in question.choices] for key, question in questions().items()}
    with Form(sent) as form:
        q = form.text("q", 254, gettext("Enter a shorter search"))
        on["town"] = form.text("town", 80)
        for name, choices in known.items():
            on[name] = form.choice(name, choices)
        for name, (first, last) in NUMBERS.items():
            on[name] = str(form.whole(name, first, last)) if sent.get(name, "").strip() else ""
        on["spent_min"] = sent.get("spent_min", "").strip()
        spent_min = amounts.read(on["spent_min"], "spent_min")
        sort = form.choice("sort", SORTS) or "last_visit"
        return Filters(q, {name: value for name, value in on.items() if value}, spent_min, sort)


def spelled(asked: Filters) -> str:
    """What was asked for, as people read it; nothing where everybody is meant."""
    known, said = questions(), [f"“{asked.q}”"] if asked.q else []
    for name, value in asked.on.items():
        label, text = NAMES.get(name) or known[name].text, MESSAGES[value] if name == "consent" else value
        said.append(f"{label}: {known[name].label(value) if name in known else text}")
    return "; ".join(said)


class Condition(NamedTuple):
    """What is true of the customers who are meant, asked in two ways: of each row, which is quick where it is true of
    many, and by the numbers that an index finds, which is quick where it is true of few."""

    each: ColumnElement[bool]
    ids: Select | None = None  # where no index helps, a row is asked
    few: int = 0  # numbers that are found and read more quickly than rows are asked

    def quickly(self) -> tuple[ColumnElement[bool], bool]:
        """Return the quicker of the two ways, and whether that is to ask each row, because it is true of many."""
        if self.ids is None:
            return self.each, False
        found = db.session.scalars(self.ids.limit(FEW_TYPED + 1)).all()
        if len(found) <= FEW_TYPED:
            return Customer.id.in_(found), False
        counted = select(func.count()).select_from(self.ids.limit(self.few + 1).subquery())
        is_many = db.session.scalar(counted) > self.few
        return self.each if is_many else self.by_index(), is_many

    def by_index(self) -> ColumnElement[bool]:
        return self.each if self.ids is None else Customer.id.in_(self.ids)


def conditions(asked: Filters, at: datetime) -> list[ColumnElement[bool]]:
    """What is true of the customers who are meant, besides that each stands for itself."""
    return [one.by_index() for one in each_of(asked, at)]


def each_of(asked: Filters, at: datetime) -> Iterator[Condition]:
    """The same, each condition in both ways."""
    if asked.q:
        yield _typed(asked.q)
    seen_at = func.coalesce(Customer.last_visit_at, Customer.created_at)
    # With expressions, since SQLite would take a column's index and read the row of each that it finds there.
    visits, spent = func.coalesce(Customer.visits, 0), func.coalesce(Customer.spent, 0)
    meant = {
        "town": lambda town: Condition(Customer.city == town),
        "language": lambda code: Condition(Customer.language == code),
        "consent": lambda channel: Condition(getattr(Customer, f"may_{channel}")),
        "unspent": lambda _: _who_has(Coupon.customer_id, *good_now(at)),
        "unseen_days": lambda days: Condition(seen_at < at - timedelta(days=int(days))),
        "visits_min": lambda count: Condition(visits >= int(count)),
        "visits_max": lambda count: Condition(visits <= int(count)),
        "spent_min": lambda _: Condition(spent >= asked.spent_min),
        "birthday_month": lambda month: _answered("birthday", begins(Answer.value, f"{int(month):02}-")),
    }
    for name, value in asked.on.items():
        yield meant[name](value) if name in meant else _answered(name, Answer.value == value)


def _answered(question: str, condition: ColumnElement) -> Condition:
    return _who_has(Answer.customer_id, Answer.question == question, condition)


def _who_has(customer_id, *conditions: ColumnElement) -> Condition:
    """Whose rows those are of which the conditions are true."""
    # With an expression, since for DISTINCT SQLite would read the whole index of the column.
    ids = select(func.coalesce(customer_id, 0)).where(*conditions).distinct()
    return Condition(exists().where(customer_id == Customer.id, *conditions), ids, FEW_WITH_ROWS)


def good_now(at: datetime) -> tuple[ColumnElement, ...]:
    """What is true of a coupon that is good by its dates. (The till also takes one that a wrong clock issued.)"""
    today = shop.current().day_of(at)
    is_unspent = (Coupon.spent_at.is_(None), Coupon.voided_at.is_(None))
    return (*is_unspent, Coupon.valid_until >= today, Coupon.valid_from <= today)


def _typed(text: str) -> Condition:
    """Whom what was typed may mean, also by a row that was merged into another."""
    words = sorted(words_in(text), key=len, reverse=True)  # the longest finds the fewest
    number = func.coalesce(Any.merged_into_id, Any.id).label("id")
    found = [select(number).where(way) for way in _ways(text, Any)]
    if words:
        named = select(number).join(NameWord, NameWord.customer_id == Any.id)
        found.append(named.where(begins(NameWord.word, words[0]), *_has_words(NameWord.customer_id, words[1:])))
    each, other = (
        or_(*_ways(text, row), *([and_(*_has_words(row.id, words))] if words else [])) for row in (Customer, Any)
    )
    merged = exists().where(Any.merged_into_id == Customer.id, other)
    return Condition(or_(each, merged), select(union_all(*found).subquery().c.id).distinct(), FEW_TYPED)


def _has_words(customer_id, words: list[str]) -> list[ColumnElement[bool]]:
    return [exists().where(Word.customer_id == customer_id, begins(Word.word, word)) for word in words]


def _ways(typed: str, row) -> Iterator[ColumnElement[bool]]:
    """What is true of a row that what was typed may mean, but for its name; each is asked of an index."""
    scan, digits, text = read_scan(typed), digits_in(typed) or "", small(typed)
    yield _has_code(scan, row)
    if phones := possible_phones(typed, shop.current().country):
        yield row.phone.in_(phones)
    if len(digits) >= FEWEST_DIGITS:
        yield begins(row.phone_backwards, digits[::-1])
        yield begins(row.phone, f"+{digits}")
    if len(national := digits.lstrip("0")) >= LEAST_OF_A_PHONE:
        yield begins(row.phone_backwards, national[::-1])
    domain = text.removeprefix("@")
    if domain and " " not in domain:
        yield begins(row.email_domain, domain)
        if domain == text:
            yield begins(row.email, text)


def _has_code(scan: Scan, row) -> ColumnElement[bool]:
    match scan.kind:
        case "link":
            return row.id.in_(select(Coupon.customer_id).where(Coupon.token.in_([one.upper() for one in scan.values])))
        case "coupon":
            return row.id.in_(select(Coupon.customer_id).where(Coupon.code.in_(scan.values)))
        case "card":
            return row.card_number.in_(scan.values)
    return row.id == 0  # nobody
