"""The log as people read it: who did what, to which person, device, coupon or setting, and what changed."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import joinedload

from kiosk.base.database import db
from kiosk.models import Audit, Coupon, Device, Redemption, Staff, Visit
from kiosk.reports.sums import within
from kiosk.shop.languages import clock, date_of, day, number
from kiosk.shop.words import FIELDS

COUPON, UNDO = ("redeem", "look_up", "leave", "give", "void"), ("undo",)
VISIT = ("visit", "honour", "undo_visit", "correct")
ODD = (*UNDO, "honour", "undo_visit", "correct", "void")
CUSTOMER = ("signup", "customer_change", "note", "consent", "merge", "merge_undo", "two_people", "forget", "open_again",
            "contact")  # fmt: skip
KINDS = {
    "coupon": COUPON, "redemption": UNDO, "visit": VISIT, "customer": CUSTOMER, "settings": ("settings",),
    "page": ("refused",), "offer": ("offer", "offer_stop", "offer_undo"),
    "person": ("staff_add", "staff_change", "staff_reset", "staff_disable", "staff_enable"),
    "device": ("device_link", "device_pair", "device_revoke"), "file": ("backup",),
    "export": ("export_begin", "export"),
}  # fmt: skip
KIND_OF = {action: kind for kind, actions in KINDS.items() for action in actions}
PAGE = 50
ROWS = {"person": Staff, "device": Device, "redemption": Redemption, "visit": Visit}

REASONS = {  # why everybody's contacts are exported, and not only of those who agreed to messages
    "purchases": _l("To reach them about what they bought"), "moving": _l("To move to another system"),
    "law": _l("For taxes, accounts or an authority"), "counting": _l("To count or to print, not to write to them"),
}  # fmt: skip
WORDS = {
    **REASONS, "not_said": _l("not said"),
    True: _l("yes"), False: _l("no"), "manager": _l("Manager"), "cashier": _l("Cashier"), "new": _l("New"),
    "comma": _l("Comma"), "semicolon": _l("Semicolon"),
    "none": "–", "self": _l("the customer"), "picture": _l("Image"), "another picture": _l("New image"),
    "off": _l("Off"), "tablet": _l("Tablet"), "poster": _l("Only by QR code"), "staff": _l("Staff"),
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A row of the audit, what it is about, and what changed: pairs of a field and its value, or from → to."""

    row: Audit
    kind: str  # person, device, coupon, customer, settings, export, page, file; "" for nothing in particular
    key: object  # a number; of an export, page or file its name
    thing: Staff | Device | None
    changes: list[tuple[str, str]]


def entries(*, about: str = "", staff_id: int, action: str, refused: bool, before: int) -> list[Entry]:
    """A page of the log, the newest first: of a person, of an action, only what was refused, before the row of that
    number. `about` is like `coupon 12` or `customer 7`. What is 0, "" or False asks for all."""
    wanted = (
        (staff_id, Audit.staff_id == staff_id), (action, Audit.action == action), (refused, Audit.outcome != "done"),
        (before, Audit.id < before),
    )  # fmt: skip
    query = select(Audit).options(joinedload(Audit.staff), joinedload(Audit.device)).order_by(Audit.id.desc())
    query = query.where(*(is_so for given, is_so in wanted if given), *_about(about))
    return _read(list(db.session.scalars(query.limit(PAGE))))


def worth_a_look(day: date) -> list[Entry]:
    """What was refused, undone, corrected or given all the same at the tills on a shop day, the first one first."""
    is_odd = Audit.action.in_(ODD) | (Audit.action.in_((*COUPON, *VISIT)) & (Audit.outcome != "done"))
    query = select(Audit).where(within(Audit.happened_at, day, day), is_odd).order_by(Audit.id)
    return _read(list(db.session.scalars(query)))


def _read(rows: list[Audit]) -> list[Entry]:
    ids = {kind: {_id(row) for row in rows if KIND_OF.get(row.action) == kind} for kind in ROWS}
    found = {kind: _by_id(model, ids[kind]) for kind, model in ROWS.items()}
    return [_entry(row, found) for row in rows]


def _id(row: Audit) -> int:
    return int(row.object_id) if row.object_id.isdigit() else 0


def _by_id(model, ids: set[int]) -> dict:
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(ids - {0})))}


def _about(text: str) -> list[ColumnElement[bool]]:
    """The condition of all that was done with a coupon, or with a customer and her coupons; none for another text."""
    kind, _, digits = text.partition(" ")
    if kind not in ("coupon", "customer") or not re.fullmatch("[0-9]{1,9}", digits):
        return []
    coupons = [int(digits)] if kind == "coupon" else _ids(Coupon, Coupon.customer_id == int(digits))
    visits = Visit.coupon_id.in_(coupons) if kind == "coupon" else Visit.customer_id == int(digits)
    undone = _ids(Redemption, Redemption.coupon_id.in_(coupons))
    hers = [(CUSTOMER, [int(digits)])] if kind == "customer" else []
    done = [(COUPON, coupons), (UNDO, undone), (VISIT, _ids(Visit, visits)), *hers]
    return [or_(*(Audit.action.in_(actions) & Audit.object_id.in_(map(str, ids)) for actions, ids in done))]


def _ids(model, condition) -> list[int]:
    return list(db.session.scalars(select(model.id).where(condition)))


def _entry(row: Audit, found: dict[str, dict]) -> Entry:
    kind, key = KIND_OF.get(row.action, "") if row.object_id else "", row.object_id
    thing = found.get(kind, {}).get(_id(row))
    if kind in ("redemption", "visit"):
        kind, key = (
            ("coupon", thing.coupon_id) if thing and thing.coupon_id else ("customer", thing and thing.customer_id)
        )
    return Entry(row, kind, key, thing, [] if kind == "device" else _changes(row))


def _changes(row: Audit) -> list[tuple[str, str]]:
    details = row.details or {}
    if row.action == "settings" and not details:  # recorded before values were
        details = dict.fromkeys(row.object_id.split(), "")
    return [(str(FIELDS.get(field, field)), _change(field, value)) for field, value in details.items()]


def _change(field: str, value) -> str:
    if not isinstance(value, list):
        return "" if value == "" else spell(field, value)
    old, new = value
    return spell(field, new) if old is None else f"{spell(field, old)} → {spell(field, new)}"


def spell(field: str, value) -> str:
    """A recorded value as people read it: a day, a number, a country, yes or no."""
    if value in (None, ""):
        return "–"
    if field == "country":
        return get_locale().territories.get(value, value)
    if field == "own_notice":
        return " / ".join(json.loads(value).values())
    if field == "last_day":
        return day(date.fromisoformat(value))
    if field == "made_at":
        return f"{date_of(datetime.fromisoformat(value))}, {clock(datetime.fromisoformat(value))}"
    if field == "sha256":
        return f"{value[:12]}…"
    if field in ("head", "head_before"):
        return value.replace(" ", "\N{NO-BREAK SPACE}")
    if isinstance(value, int) and not isinstance(value, bool):
        return number(value)
    return str(value if field in ("name", "city") else WORDS.get(value, value))
