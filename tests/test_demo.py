from datetime import timedelta

import phonenumbers
import pytest
from flask_babel import force_locale
from shop import NOON, new_id, signed_up

from kiosk.base.database import db
from kiosk.coupons import coupons, visits
from kiosk.customers import feedback
from kiosk.models import Coupon, Customer, Merge, Note
from kiosk.oversight import health
from kiosk.reports import sums
from kiosk.shop import shop
from kiosk.signups import questionnaires, rows, signup
from kiosk.upkeep import demo, made_up

RANDOM = {"code", "token", "card_number", "operation_id", "mac", "digest"}  # another one in each shop
TABLES = [table for table in db.metadata.sorted_tables if table.name not in ("staff", "staff_session", "device")]


def stored() -> dict[str, list]:
    """Every row of the shop, but for what is drawn anew each time."""
    return {
        table.name: [
            {name: value for name, value in row._mapping.items() if name not in RANDOM}
            for row in db.session.execute(table.select().order_by(*table.primary_key))
        ]
        for table in TABLES
    }


def go_through_the_verbs(people) -> None:
    """Let the same people sign up and come back one after the other."""
    till, codes, events = demo._demo_till(NOON), {}, []
    for number, person in enumerate(people):
        with force_locale(person.answers.language):
            sender = (str(number), str(number))
            outcome = signup.sign_up(person.answers, new_id(), person.came_at, method="tablet", sender=sender)
        codes[number] = outcome.coupon
        events += [(purchase.at, number, purchase) for purchase in person.purchases]
    for at, number, purchase in sorted(events, key=lambda event: event[0]):
        if purchase.redeems:
            said = {"what": purchase.what, "served_by": purchase.served_by}
            coupons.redeem(codes[number].code, new_id(), at, by=till, amount=purchase.amount, **said)
        else:
            bought = visits.Purchase(purchase.amount, purchase.what, purchase.served_by)
            visits.record(codes[number].customer, new_id(), at, by=till, purchase=bought)
        if purchase.stars:
            given = {"stars": str(purchase.stars), "comment": purchase.comment or ""}
            feedback.rate(codes[number].customer, given, at + timedelta(hours=1))


@pytest.mark.parametrize("country", ["PH", "RU"])
def test_a_demo_shop_has_the_rows_that_its_people_would_have_made(shop_with, monkeypatch, country):
    monkeypatch.setattr(demo, "CHUNK", 7)
    in_bulk, by_hand = shop_with(KIOSK_COUNTRY=country), shop_with(KIOSK_COUNTRY=country)
    with in_bulk.app_context():
        demo.fill(30, NOON, years=1)
        filled = stored()
        assert [sentence for sentence in health.troubles(NOON) if "backup" not in sentence] == []
    with by_hand.app_context():
        go_through_the_verbs(made_up.people(30, shop.current(), questionnaires.current(), end=NOON, days=365))
        sums.keep(NOON)
        lived = stored()

    del filled["counter"], lived["counter"]  # the limits do not count made-up people
    for one in (filled["setting"], lived["setting"]):
        one[:] = [row for row in one if row["name"] != "audit_head"]  # it has a seal
    for offers in (filled["offer"], filled["series"], lived["offer"], lived["series"]):
        offers[0].pop("created_at")
    assert filled == lived


def test_some_of_a_larger_demo_were_joined_and_some_forgotten(in_shop):
    demo.fill(200, NOON)

    assert (db.session.query(Merge).count(), db.session.query(Note).count()) == (2, 2)
    assert db.session.query(Customer).count() == 198
    assert db.session.query(Coupon).filter_by(customer_id=None).count() == 2
    assert health.stored_troubles() == []


def test_after_a_demo_the_next_customer_is_numbered_after_it(in_shop):
    demo.fill(3, NOON)

    assert signed_up().coupon.customer_id == 4


def test_nobody_is_called_or_written_to(in_shop):
    demo.fill(300, NOON)

    phones, emails = zip(*db.session.query(Customer.phone, Customer.email), strict=True)
    assert [p for p in filter(None, phones) if phonenumbers.is_valid_number(phonenumbers.parse(p))] == []
    assert {email.partition("@")[2] for email in filter(None, emails)} == {"example.com"}
    assert sum(phone is not None for phone in phones) > 150


@pytest.mark.parametrize("country", ["US", "DE", "IT", "JP", "AU", "FR", "NO", "RU", "BR"])
def test_made_up_numbers_are_nobodys_in_any_country(country):
    numbers = [made_up._phone(number, country) for number in (0, 1, 4567, 999_999)]

    valid = [number for number in numbers if number and phonenumbers.is_valid_number(phonenumbers.parse(number))]
    assert (valid, all(len(number) <= 16 for number in numbers)) == ([], True)


def test_people_come_when_the_shop_is_open_and_some_come_again(in_shop):
    crowd = list(made_up.people(400, shop.current(), questionnaires.current(), end=NOON, days=3 * 365))
    times = [person.came_at for person in crowd] + [one.at for person in crowd for one in person.purchases]

    hours = {shop.current().time_of(at).hour for at in times}
    often = [person for person in crowd if len(person.purchases) > 3]
    never = [person for person in crowd if not person.purchases]
    assert (hours <= {*range(9, 19)}, max(times) < NOON) == (True, True)
    assert (len(often) > 60, len(never) > 100) == (True, True)
    assert all(one.at > person.came_at for person in crowd for one in person.purchases)


def test_a_card_or_code_that_somebody_has_already_is_drawn_again(in_shop, monkeypatch):
    monkeypatch.setattr(demo, "CHUNK", 7)
    monkeypatch.setattr(rows, "new_card_number", lambda: "900000000000")
    monkeypatch.setattr(coupons, "new_code", lambda: "100000000000")

    demo.fill(20, NOON)

    assert len({card for (card,) in db.session.query(Customer.card_number)}) == 20
    assert len({code for (code,) in db.session.query(Coupon.code)}) == 20
