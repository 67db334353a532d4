"""People who are most likely here twice are listed, to be compared and merged."""

import pytest
from shop import NOON, at_till, signed_up

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.customers import doubles, merging
from kiosk.models import Customer


def pairs() -> list[tuple]:
    return [(why, one.id, other.id) for why, one, other in doubles.likely()]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"email": "ana.cruz@gmail.com"}, {"email": "anacruz@gmail.com"}, "email"),
        ({"email": "ana@gmail.com"}, {"email": "ana+shop@gmail.com"}, "email"),
        ({"name": "José Cruz", "city": "Cebu", "phone": "09175550001"},
         {"name": "jose cruz", "city": "CEBU", "email": "j@example.com"}, "name"),
        ({"name": "Ana", "city": "Cebu"}, {"name": "Ana", "city": "Cebu"}, None),
        ({"name": "Ana Cruz", "city": "Cebu"}, {"name": "Ana Cruz", "city": "Davao"}, None),
        ({"email": "ana@gmail.com"}, {"email": "ana@yahoo.com"}, None),
    ],
)  # fmt: skip
def test_who_is_likely_here_twice(in_shop, one, other, why):
    first, second = (signed_up(**given).coupon.customer_id for given in (one, other))

    assert pairs() == ([(why, first, second)] if why else [])


def test_the_same_digits_otherwise_written(in_shop):
    first, second = (signed_up().coupon.customer for _ in range(2))
    with writing():
        db.session.get(Customer, second.id).phone = "+63" + first.phone

    assert pairs() == [("phone", first.id, second.id)]


def test_who_was_merged_is_not_listed_any_more(in_shop):
    first, second = (signed_up(email=text).coupon.customer_id for text in ("a.b@x.com", "ab@x.com"))

    merging.merge(first, second, NOON, by=at_till())

    assert pairs() == []


def test_who_are_two_people_are_not_listed_any_more_but_beside_others(in_shop):
    first, second = (signed_up(email=text).coupon.customer_id for text in ("a.b@x.com", "ab@x.com"))

    doubles.keep_apart(second, first, NOON, by=at_till())
    assert pairs() == []

    third = signed_up(email="ab+1@x.com").coupon.customer_id
    assert pairs() == [("email", first, third)]
    doubles.keep_apart(first, third, NOON, by=at_till())
    assert pairs() == [("email", second, third)]


def test_the_page_leads_to_comparing_them(app, manager, customer_at_tablet):
    assert "Nobody seems to be here twice." in manager.visit("/office/customers/doubles").text
    for text in ("a.b@x.com", "ab@x.com"):
        customer_at_tablet.sign_up(email=text, name="Ana")

    page = manager.visit("/office/customers/doubles")

    links = [one["href"] for one in page.all("a") if "merge" in one["href"]]
    assert "Same email" in page.text
    assert "Is it the same person?" in manager.visit(links[0]).text
    assert 'formaction="/office/customers/1/apart"' in manager.visit(links[0]).html
    assert manager.post("/office/customers/1/apart", other_id="9").status_code == 404
    manager.submit("/office/customers/1/apart", 303, other_id="2")
    assert "Nobody seems to be here twice." in manager.visit("/office/customers/doubles").text
    assert "Say that two customers are two people" in manager.visit("/office/audit").text
