"""Which customers are meant: what was typed into the search box, and the filters that were set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, select, union
from sqlalchemy.orm import aliased

from kiosk.base.contacts import NotUsable, clean
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
FEW = 1000
Any = aliased(Customer)  # a row by which a customer is found, perhaps one that was merged


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


def conditions(asked: Filters, at: datetime) -> Iterator[ColumnElement[bool]]:
    """What is true of the customers who are meant, besides that each stands for itself."""
    if asked.q:
        found = func.coalesce(Any.merged_into_id, Any.id)
        found = union(*(select(found).where(way) for way in _ways(asked.q)))
        few = db.session.scalars(found.limit(FEW + 1)).all()  # then it need not be asked for each of several queries
        yield Customer.id.in_(few if len(few) <= FEW else found)
    seen_at, waiting = func.coalesce(Customer.last_visit_at, Customer.created_at), select(Coupon.customer_id)
    meant = {
        "town": lambda town: Customer.city == town,
        "language": lambda code: Customer.language == code,
        "consent": lambda channel: getattr(Customer, f"may_{channel}"),
        "unspent": lambda _: Customer.id.in_(waiting.where(*good_now(at))),
        "unseen_days": lambda days: seen_at < at - timedelta(days=int(days)),
        "visits_min": lambda count: Customer.visits >= int(count),
        "visits_max": lambda count: Customer.visits <= int(count),
        "spent_min": lambda _: Customer.spent >= asked.spent_min,
        "birthday_month": lambda month: _answered("birthday", begins(Answer.value, f"{int(month):02}-")),
    }
    for name, value in asked.on.items():
        yield meant[name](value) if name in meant else _answered(name, Answer.value == value)


def _answered(question: str, condition: ColumnElement) -> ColumnElement[bool]:
    return Customer.id.in_(select(Answer.customer_id).where(Answer.question == question, condition))


def good_now(at: datetime) -> tuple[ColumnElement, ...]:
    """What is true of a coupon that is good by its dates. (The till also takes one that a wrong clock issued.)"""
    today = shop.current().day_of(at)
    is_unspent = (Coupon.spent_at.is_(None), Coupon.voided_at.is_(None))
    return (*is_unspent, Coupon.valid_until >= today, Coupon.valid_from <= today)


def _ways(typed: str) -> Iterator[ColumnElement[bool]]:
    """How the rows are found that what was typed may mean; each is asked of an index."""
    scan, digits = read_scan(typed), digits_in(typed) or ""
    yield Any.id.in_(_with_code(scan))
    if phones := possible_phones(typed, shop.current().country):
        yield Any.phone.in_(phones)
    if len(digits) >= FEWEST_DIGITS:
        yield begins(Any.phone_backwards, digits[::-1])
        yield begins(Any.phone, f"+{digits}")
    if len(national := digits.lstrip("0")) >= LEAST_OF_A_PHONE:
        yield begins(Any.phone_backwards, national[::-1])
    yield from _by_letters(typed)


def _with_code(scan: Scan):
    match scan.kind:
        case "link":
            return select(Coupon.customer_id).where(Coupon.token.in_([token.upper() for token in scan.values]))
        case "coupon":
            return select(Coupon.customer_id).where(Coupon.code.in_(scan.values))
        case "card":
            return select(Customer.id).where(Customer.card_number.in_(scan.values))
    return [0]  # nobody


def _by_letters(typed: str) -> Iterator[ColumnElement[bool]]:
    try:
        text, words = small(clean(typed, 254)), sorted(words_in(typed))
    except NotUsable:
        return
    domain = text.removeprefix("@")
    if domain and " " not in domain:
        yield begins(Any.email_domain, domain)
        if domain == text:
            yield begins(Any.email, text)
    if words:
        yield and_(*(Any.id.in_(select(NameWord.customer_id).where(begins(NameWord.word, word))) for word in words))
