"""The papers that the law asks for, filled in from what the tables say of themselves. They are no legal advice."""

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from kiosk.base.database import db
from kiosk.base.personal import WHILE_A_CUSTOMER, WHILE_STAFF, WHILE_THE_SHOP_IS, about
from kiosk.models import Answer, Customer, Feedback, Note, Visit
from kiosk.shop import shop
from kiosk.shop.words import FIELDS

PAPERS = {"record": _l("Record of processing"), "notice": _l("Privacy notice"), "breach": _l("After a data breach")}
LAWS = ("gdpr", "ph", "ru")  # what each calls for is in templates/office/health/laws.html
KEPT = {
    WHILE_A_CUSTOMER: _l("until the customer is forgotten"),
    WHILE_STAFF: _l("while what the person did at work counts"),
    WHILE_THE_SHOP_IS: _l("as long as the shop"),
    "for as many months as customers are kept": _l("as many months as customers are kept"),
    "a day, or until they are brought in": _l("a day, or until they are brought in"),
}  # fmt: skip
COLUMNS = FIELDS | {
    "card_number": _l("Card number"), "code": _l("Code"), "token": _l("Link"), "text": _l("Text"),
    "value": _l("Answer"), "answers": _l("Answers"), "comment": _l("Comment"), "what": _l("What was bought"),
    "word": _l("Name"), "moved": _l("What moved"), "said": _l("What was said"), "rows": _l("Rows"),
    "passphrase_hash": _l("Passphrase, hashed"), "pin_hash": _l("PIN, hashed"), "started_at": _l("Times"),
}  # fmt: skip
FOR_THE_MACHINE = (
    "phone_backwards", "email_domain", "folded_name", "digest", "number", "seen_at", "proved_at", "ended_at",
)  # fmt: skip


def law(asked: str) -> str:
    """The law that is asked for, else that of the shop's country, where it is one of them; most others are like the
    GDPR."""
    return asked if asked in LAWS else {"RU": "ru", "PH": "ph"}.get(shop.current().country, "gdpr")


def personal_data() -> list[tuple[list[str], str, str]]:
    """What is personal: the names of the tables, the columns in words, how long they are kept. What only leads from
    row to row, or is another spelling of a column, is left out."""
    found = {}
    for table in db.metadata.sorted_tables:
        said = {column.name: known for column in table.columns if (known := about(column)) and known[0]}
        told = [name for name in said if not name.endswith("_id") and name not in FOR_THE_MACHINE]
        labels = ", ".join(str(COLUMNS.get(name, name)) for name in told) or gettext("whose it is")
        for _, kept in list(said.values())[:1]:
            found.setdefault((labels, KEPT[kept]), []).append(table.name)
    return [(tables, labels, str(kept)) for (labels, kept), tables in found.items()]


def concerned(first: date, last: date) -> dict[str, int]:
    """Of how many customers something lay here on these shop days, and of how many of them what."""
    began, ended = shop.current().span(first, last)
    here = select(func.count(Customer.id)).where(Customer.created_at < ended, Customer.merged_into_id.is_(None))

    def with_any(model, at) -> int:
        some = select(func.count(func.distinct(model.customer_id))).where(model.customer_id.is_not(None), at < ended)
        return db.session.scalar(some)

    return {
        "customers": db.session.scalar(here),
        "new": db.session.scalar(here.where(Customer.created_at >= began)),
        "phone": db.session.scalar(here.where(Customer.phone.is_not(None))),
        "email": db.session.scalar(here.where(Customer.email.is_not(None))),
        "answers": with_any(Answer, Answer.answered_at), "visits": with_any(Visit, Visit.happened_at),
        "notes": with_any(Note, Note.written_at), "stars": with_any(Feedback, Feedback.given_at),
    }  # fmt: skip
