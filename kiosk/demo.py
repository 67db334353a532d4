"""Clearly made-up people for an empty shop, to see how it looks with some."""

import random
import secrets
from datetime import datetime, timedelta

from sqlalchemy import select

from . import coupons, questionnaire, signup, visits
from .database import db, writes, writing
from .models import Customer, Device, Staff, StaffSession

TOWNS = ("Sampaguita", "Bagong Araw", "Nordvik", "Lillefjord", "Березки", "Springfield")
NAMES = ("Demo Maria", "Demo Jose", "Demo Ingrid", "Demo Ola", "Демо Алёна", "Demo Liza")


class NotEmpty(Exception):
    """There are people here already; the text says so."""


def fill(customers: int, at: datetime) -> None:
    """Let so many people sign up during the thirty days before `at`, and a third of them come back.

    They write from example.com, which nobody reads. Raises NotEmpty.
    """
    if db.session.scalar(select(Customer.id).limit(1)):
        raise NotEmpty("There are customers here already; made-up ones only go into an empty shop.")
    dice = random.Random(customers)
    times = sorted(at - timedelta(minutes=dice.randrange(1, 43_200)) for _ in range(customers))
    till = _demo_till(at)
    for first in range(0, customers, 500):
        _add(times[first : first + 500], first + 1, at, till, dice)


@writes
def _add(times: list[datetime], first_number: int, at: datetime, till: StaffSession, dice: random.Random) -> None:
    for number, when in enumerate(times, first_number):
        coupon = signup.add(_made_up(number, dice), secrets.token_hex(16), when, method="tablet").coupon
        if dice.random() < 0.33:
            later = min(at, when + timedelta(hours=dice.randrange(1, 200)))
            bought = visits.Purchase(dice.randrange(50, 900) * 100)
            coupons.add_redemption(coupon.id, secrets.token_hex(16), later, till, bought)


def _made_up(number: int, dice: random.Random) -> questionnaire.Answers:
    sources = [value for value, _ in questionnaire.QUESTIONS[0].options]
    consents = ("email",) if dice.random() < 0.6 else ()
    return questionnaire.Answers(
        dice.choice(("en", "fil", "nb", "ru")), name=f"{dice.choice(NAMES)} {number}", city=dice.choice(TOWNS),
        email=f"demo{number}@example.com", choices={"source": (dice.choice(sources),)}, consents=consents,
    )  # fmt: skip


def _demo_till(at: datetime) -> StaffSession:
    """Somebody to have redeemed the coupons; nobody can sign in as her."""
    with writing():
        name = f"Demo {secrets.token_hex(2)}"
        person = Staff(name=name, folded_name=name.casefold(), role="cashier", created_at=at, disabled_at=at)
        till = Device(kind="till", label="Demo", key_hash=secrets.token_hex(32), created_at=at, revoked_at=at)
        db.session.add_all([person, till])
        db.session.flush()
        times = {"started_at": at, "seen_at": at, "proved_at": at, "ended_at": at}
        session = StaffSession(key_hash=secrets.token_hex(32), staff_id=person.id, device_id=till.id, **times)
        db.session.add(session)
    return session
