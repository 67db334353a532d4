"""An empty shop filled with made-up people and their histories, to see how it looks after some time.

Rows are added in bulk; a test compares them with those that signing up and redeeming would have stored.
"""

import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice

from flask_babel import force_locale
from sqlalchemy import func, select

from kiosk import models
from kiosk.base.database import add_rows, db, go_on_numbering
from kiosk.base.writing import writes, writing
from kiosk.coupons import codes, coupons, offers, visits
from kiosk.customers import forgetting, merging, notes
from kiosk.guard import audit
from kiosk.guard.audit import Actor
from kiosk.models import Coupon, Customer, Offer, Signup, Visit
from kiosk.reports import cohorts, sums
from kiosk.shop import shop
from kiosk.signups import consents, questionnaires, rows
from kiosk.upkeep.made_up import Person, people

CHUNK = 2000  # people, or purchases, a transaction
MONTH = 30  # days
AN_HOUR = timedelta(hours=1)
# what a sign-up adds rows to, each after what it refers to
FILLED = (Customer, models.NameWord, Coupon, Signup, models.Answer, models.Consent)


class NotEmpty(Exception):
    """There are people here already; the text says so."""


def fill(customers: int, at: datetime, years: int = 0) -> None:
    """Let so many people sign up during the years (or the thirty days) before `at`, and many of them come back.

    They write from example.com, which nobody reads, and have numbers that nobody has. Raises NotEmpty.
    """
    if db.session.scalar(select(Customer.id).limit(1)):
        raise NotEmpty("There are customers here already; made-up ones only go into an empty shop.")
    till, offer, here = _demo_till(at), writes(offers.add_first)(), shop.current()
    crowd = people(customers, here, questionnaires.current(), end=at, days=365 * years or MONTH)
    bought = []
    for some in _chunks(crowd):
        bought += _sign_up(some, here, offer)
    bought.sort(key=lambda one: one[0].at)
    for some in _chunks(bought):
        _ring_up(some, offer, till)
    with writing():
        visits.add_sums()
        go_on_numbering(db.session.connection())
    _join_and_forget(customers, at, till)
    sums.keep(at)
    cohorts.keep(at)


def _join_and_forget(customers: int, at: datetime, by: Actor) -> None:
    """One in a hundred turned out to be somebody else as well, or asked to be forgotten; at most twenty of each."""
    few = min(customers // 100, 20)
    chosen = random.Random(customers).sample(range(1, customers + 1), 3 * few)
    for kept, other in zip(chosen[:few], chosen[few : 2 * few], strict=True):
        merging.merge(kept, other, at, by=by)
    for number in chosen[:few]:
        notes.add(number, "Prefers Saturdays", at, by=by)
    if few:
        forgetting.forget_all(chosen[2 * few :], at, by=by)


def _chunks(things: Iterable) -> Iterator[list]:
    things = iter(things)
    while some := list(islice(things, CHUNK)):
        yield some


@writes
def _demo_till(at: datetime) -> Actor:
    """Somebody to have rung everything up; nobody can sign in as her."""
    name = f"Demo {secrets.token_hex(2)}"
    person = models.Staff(name=name, folded_name=name.casefold(), role="cashier", created_at=at, disabled_at=at)
    till = models.Device(kind="till", label="Demo", key_hash=secrets.token_hex(32), created_at=at, revoked_at=at)
    db.session.add_all([person, till])
    db.session.flush()
    return Actor(person.id, till.id)


@writes
def _sign_up(some: list[Person], here: shop.Shop, offer: Offer) -> list[tuple]:
    """Add a chunk of people; gives back their purchases, each with whose it is, the coupon it spends, if any,
    and the language it was spoken in."""
    bought, added = [], {model: [] for model in FILLED}
    last = [db.session.scalar(select(func.coalesce(func.max(model.id), 0))) for model in (Customer, Coupon, Signup)]
    for number, person in enumerate(some, 1):
        customer_id, coupon_id, signup_id = (before + number for before in last)
        answers, at = person.answers, person.came_at
        coupon = coupons.row_of(customer_id, offer, at, here.day_of(at)) | {"id": coupon_id, "spent_at": None}
        for purchase in person.purchases:
            is_good = here.day_of(purchase.at) <= coupon["valid_until"] and purchase.amount >= (offer.minimum or 0)
            spends = purchase.redeems and is_good
            bought.append((purchase, customer_id, coupon_id if spends else None, answers.language))
            coupon["spent_at"] = purchase.at if spends else coupon["spent_at"]
        whose = {"id": signup_id, "customer_id": customer_id, "coupon_id": coupon_id, "is_first": True}
        signup = rows.of_signup(answers, secrets.token_hex(16), at, **whose)
        added[Customer].append(rows.of_customer(answers, at) | {"id": customer_id})
        added[models.NameWord] += rows.of_words(customer_id, answers.name)
        added[Coupon].append(coupon)
        added[Signup].append(signup)
        added[models.Answer] += rows.of_answers(answers, signup)
        with force_locale(answers.language):
            added[models.Consent] += consents.decided(answers, signup, "tablet")
    _draw_anew(added[Customer], Customer.card_number, codes.new_card_number)
    _draw_anew(added[Coupon], Coupon.code, codes.new_code)
    add_rows(added)
    return bought


def _draw_anew(some: list[dict], column, draw: Callable[[], str]) -> None:
    """Draw again what somebody has already: among a million there are a few."""
    name, drawn = column.key, column.in_([row[column.key] for row in some])
    taken = set(db.session.scalars(select(column).where(drawn)))
    for row in some:
        while row[name] in taken:
            row[name] = draw()
        taken.add(row[name])


@writes
def _ring_up(some: list[tuple], offer: Offer, by: Actor) -> None:
    """Add a chunk of purchases, with the redemptions among them and what the audit has of each."""
    added, noted = {Visit: [], models.Redemption: [], models.Feedback: []}, []
    where = {"staff_id": by.staff_id, "device_id": by.device_id}
    last = db.session.scalar(select(func.coalesce(func.max(Visit.id), 0)))
    for visit_id, (purchase, customer_id, coupon_id, language) in enumerate(some, last + 1):
        times, operation_id = {"happened_at": purchase.at, "received_at": purchase.at}, secrets.token_hex(16)
        added[Visit].append({
            "id": visit_id, "operation_id": None if coupon_id else operation_id, "customer_id": customer_id,
            "coupon_id": coupon_id, "amount": purchase.amount, "what": purchase.what, "served_by": purchase.served_by,
            "discount": offers.take_off(offer, purchase.amount) if coupon_id else None, **where, **times,
        })  # fmt: skip
        if coupon_id:
            redemption = {"coupon_id": coupon_id, "operation_id": operation_id, "visit_id": visit_id}
            added[models.Redemption].append(redemption | where | times)
        if purchase.stars:
            given = {"visit_id": visit_id, "customer_id": customer_id, "stars": purchase.stars}
            given |= {"comment": purchase.comment, "language": language, "given_at": purchase.at + AN_HOUR}
            added[models.Feedback].append(given)
        action, object_id = ("redeem", coupon_id) if coupon_id else ("visit", visit_id)
        noted.append({"action": action, "object_id": str(object_id), "happened_at": purchase.at})
    add_rows(added)
    audit.add_notes(noted, by=by)
