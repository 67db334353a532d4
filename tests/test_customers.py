"""The list of customers: who is found, in which order, what they spent, and the same as a file."""

import csv
import io
from datetime import timedelta

import pytest
from shop import IS_FULL, NOON, PASSPHRASE, a_coupon, at_till, new_id, signed_up
from sqlalchemy import text

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.coupons import coupons, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import decisions, filters, merging, search
from kiosk.models import Audit, Customer
from kiosk.shop import shop
from kiosk.upkeep import demo

CUSTOMERS, YEARS, PAGES = (100_000, 3, 20) if IS_FULL else (160, 1, 20)  # so many pages of each list are read


def found(at=NOON, sort="last_visit", **asked) -> search.Found:
    return search.page(filters.read(asked | {"sort": sort}), at)


def names(**asked) -> list[str]:
    return [customer.name for customer in found(**asked).customers]


def all_ids(at, sort="last_visit", **asked) -> list[int]:
    """The customers of the first pages, in their order."""
    ids, after = [], ""
    for _ in range(PAGES):
        page = search.page(filters.read(asked | {"sort": sort}), at, after=after)
        ids += [customer.id for customer in page.customers]
        if not (after := page.next):
            break
    return ids


def any_row(condition: str) -> str:
    """Whose row is so, or one that was merged into it."""
    return f"id IN (SELECT coalesce(merged_into_id, id) FROM customer WHERE {condition})"


def with_words(*beginnings: str) -> str:
    """Who has words that begin so in the name."""
    begins = [f"id IN (SELECT customer_id FROM name_word WHERE word LIKE '{one}%')" for one in beginnings]
    return any_row(" AND ".join(begins))


@pytest.mark.parametrize("few", [1000, 7, 0], ids=["all read", "some read", "by index"])
@pytest.mark.parametrize("zone", ["Asia/Manila", "America/Los_Angeles"])
def test_counts_sums_and_order_are_those_of_plain_sql(in_shop, monkeypatch, zone, few):
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(filters, "FEW_TYPED", few)
    monkeypatch.setattr(filters, "FEW_WITH_ROWS", few)
    shop.decide(NOON, by=at_till(), time_zone=zone)
    at = now()
    demo.fill(CUSTOMERS, at, years=YEARS)
    today, ago = shop.current().day_of(at).isoformat(), str(at - timedelta(days=90))
    good = f"spent_at IS NULL AND voided_at IS NULL AND valid_until >= '{today}' AND valid_from <= '{today}'"
    asked = [
        ({}, "1 = 1"),
        ({"town": "Manila"}, "city = 'Manila'"),
        ({"language": "fil"}, "language = 'fil'"),
        ({"consent": "sms"}, "id IN (SELECT customer_id FROM consent WHERE decision = 'yes' AND id IN "
         "(SELECT max(id) FROM consent WHERE purpose = 'sms' GROUP BY customer_id))"),
        ({"unspent": "yes"}, f"id IN (SELECT customer_id FROM coupon WHERE {good})"),
        ({"unseen_days": "90"}, f"coalesce(last_visit_at, created_at) < '{ago}'"),
        ({"visits_min": "2", "visits_max": "5"}, "visits BETWEEN 2 AND 5"),
        ({"spent_min": "500"}, "spent >= 50000"),
        ({"source": "friend"}, "id IN (SELECT customer_id FROM answer WHERE question = 'source' AND value = 'friend')"),
        ({"source": "friend", "language": "fil", "visits_min": "1"},
         "id IN (SELECT customer_id FROM answer WHERE value = 'friend') AND language = 'fil' AND visits >= 1"),
        ({"q": "m"}, with_words("m")), ({"q": "sa mar"}, with_words("sa", "mar")),
        ({"q": "ma", "town": "Manila", "unspent": "yes"}, f"{with_words('ma')} AND city = 'Manila' AND id IN "
         f"(SELECT customer_id FROM coupon WHERE {good})"),
        ({"q": "@example"}, any_row("email LIKE '%@example.com'")), ({"q": "demo1"}, any_row("email LIKE 'demo1%'")),
        ({"q": "639"}, any_row("phone LIKE '+639%'")), ({"q": "nobody"}, "1 = 0"),
    ]  # fmt: skip
    for given, condition in ((given, f"merged_into_id IS NULL AND ({condition})") for given, condition in asked):
        page = found(at, **given)
        sums = f"SELECT count(*), coalesce(sum(visits), 0), coalesce(sum(spent), 0) FROM customer WHERE {condition}"
        assert (page.count, page.visits, page.spent) == tuple(db.session.execute(text(sums)).one()), given
        for sort, column in (("last_visit", "last_visit_at"), ("visits", "visits"), ("spent", "spent"),
                             ("since", "created_at")):  # fmt: skip
            order = f"SELECT id FROM customer WHERE {condition} ORDER BY {column} IS NULL, {column} DESC, id DESC"
            first = list(db.session.scalars(text(f"{order} LIMIT {PAGES * search.PAGE}")))
            assert all_ids(at, sort, **given) == first, (given, sort)


def test_in_a_large_shop_many_are_counted_only_where_somebody_asks(manager, app, monkeypatch):
    monkeypatch.setattr(search, "FEW", 3)
    monkeypatch.setattr(search, "SMALL", 4)
    monkeypatch.setattr(filters, "FEW_TYPED", 3)
    with app.app_context():
        for number in range(6):
            a_coupon(city="Cebu" if number else "Manila", name="Ana Cruz")
        merging.merge(5, 6, NOON, by=at_till())
    few = manager.visit("/office/customers?town=Manila")
    many = manager.visit("/office/customers?town=Cebu&sort=spent")
    counted = manager.visit("/office/customers?town=Cebu&sort=spent&count-all=yes")
    answer = manager.browser.get("/office/customers?q=ana", headers={"Accept": "application/json"})

    assert "1 customer" in few.text
    assert "More than 3 customers" in many.text and "Export these 3" not in many.text
    assert 'href="/office/customers?town=Cebu&amp;sort=spent&amp;count-all=yes"' in many.html
    assert "4 customers" in counted.text and "count-all" not in counted.html
    assert "5 customers" in manager.visit("/office/customers").text
    assert answer.json["count"] == 5


@pytest.mark.parametrize("after", ["x", "_", "2026-01-01_5", "1_x", "0001-01-01T00:00:00+00:00_1"])
def test_a_place_in_the_list_that_cannot_be_read_is_no_trouble(manager, after):
    for sort in filters.SORTS:
        manager.visit(f"/office/customers?sort={sort}&after={after}")


def test_sums_of_the_list_are_those_of_the_visits(in_shop):
    demo.fill(CUSTOMERS, now(), years=YEARS)
    counted = "SELECT count(*), sum(amount) FROM visit WHERE corrects_id IS NULL AND customer_id IS NOT NULL"

    page = found(now())

    assert (page.visits, page.spent) == tuple(db.session.execute(text(counted)).one())


@pytest.mark.parametrize(
    "typed, finds",
    [
        ("jose", ["José Ñuñez"]), ("alena", []), ("алена", ["Алёна Орлова"]), ("nunez jos", ["José Ñuñez"]),
        ("0917 555 0001", ["José Ñuñez"]), ("+63 917-555-0001", ["José Ñuñez"]), ("0001", ["José Ñuñez"]),
        ("orlova@", ["Алёна Орлова"]), ("@example.org", ["Алёна Орлова"]), ("example.org", ["Алёна Орлова"]),
        ("nobody", []), ("%", []), ("_", []),
    ],
)  # fmt: skip
def test_a_search_finds_by_name_number_and_address(in_shop, typed, finds):
    a_coupon(name="José Ñuñez", phone="09175550001")
    a_coupon(name="Алёна Орлова", email="orlova@example.org")

    assert names(q=typed) == finds


@pytest.mark.parametrize("few", [3000, 0], ids=["by index", "by row"])
def test_a_code_or_card_finds_the_one_person_also_after_a_merge(in_shop, monkeypatch, few):
    monkeypatch.setattr(filters, "FEW_TYPED", few)
    kept, other = a_coupon(name="Ana"), a_coupon(name="Anita")
    typed = [other.code, other.customer.card_number, other.token, "Anita", other.customer.phone]
    merging.merge(kept.customer_id, other.customer_id, NOON, by=at_till())

    assert [names(q=text) for text in typed[:2] + typed[3:]] == [["Ana"]] * 4
    assert found().count == 1


def test_what_waits_is_the_coupon_that_is_good_now(in_shop):
    waiting, spent = a_coupon(), a_coupon()
    coupons.redeem(spent.code, new_id(), NOON, by=at_till(), amount=100_00)

    assert found().waiting == {waiting.customer_id: waiting}


@pytest.mark.parametrize(
    "asked", [{"unseen_days": "x"}, {"visits_min": "-1"}, {"consent": "fax"}, {"birthday_month": "13"}, {"source": "x"},
              {"spent_min": "much"}, {"language": "xx"}],
)  # fmt: skip
def test_what_cannot_be_a_filter_is_said(in_shop, asked):
    with pytest.raises(Invalid) as caught:
        filters.read(asked)

    assert caught.value.errors.keys() == asked.keys()


def test_the_page_shows_what_was_found_masked_and_keeps_what_was_typed(manager, app):
    with app.app_context():
        a_coupon(name="Ana Cruz", phone="09175550001", city="Cebu")

    page = manager.visit("/office/customers?town=Cebu&sort=visits")
    wrong = manager.browser.get("/office/customers?visits_min=many&town=Cebu")

    assert "1 customer" in page.text and "•••• 0001" in page.text and "5550001" not in page.html
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.get_data(as_text=True) and 'value="Cebu"' in wrong.get_data(as_text=True)


def test_who_asks_for_json_gets_the_contract(manager, app):
    with app.app_context():
        customer = a_coupon(name="Ana Cruz", phone="09175550001", city="Cebu").customer
        visits.record(customer, new_id(), NOON, by=at_till(), purchase=Purchase(50_00))
        since = db.session.get(Customer, customer.id).created_at.isoformat()

    answer = manager.browser.get("/office/customers?q=ana", headers={"Accept": "application/json"})

    assert answer.json == {
        "count": 1, "next": "", "customers": [{
            "id": 1, "name": "Ana Cruz", "contact": "•••• 0001", "town": "Cebu", "visits": 1, "spent": 50_00,
            "last_visit": NOON.isoformat(), "since": since,
        }],
    }  # fmt: skip


def test_the_file_has_those_who_are_on_the_page_and_the_log_which_filters(manager, app):
    with app.app_context():
        a_coupon(name="Ana", city="Cebu"), a_coupon(name="Ben", city="Manila")
    manager.post("/sign-in/again", passphrase=PASSPHRASE, json=False)

    file = manager.browser.get("/office/exports/customers.csv?from=1970-01-01&to=2099-12-31&town=Cebu&q=ana")

    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[1] for row in rows[1:]] == ["Ana"]
    with app.app_context():
        noted = db.session.query(Audit).filter_by(action="export").one()
        assert (noted.object_id, noted.details["rows"]) == ("customers 1970-01-01 2099-12-31 search town", 1)


@pytest.mark.parametrize(
    ("asked", "details"),
    [("consent=sms", None), ("reason=moving", {"reason": "moving"}), ("", {"reason": "not_said"}),
     ("reason=because", {"reason": "not_said"}), ("town=Cebu", {"reason": "not_said"})],
)  # fmt: skip
def test_the_log_keeps_why_everybodys_contacts_were_taken(manager, app, asked, details):
    with app.app_context():
        a_coupon(name="Ana", city="Cebu")

    manager.browser.get(f"/office/exports/customers.csv?from=1970-01-01&{asked}").close()

    with app.app_context():
        assert db.session.query(Audit).filter_by(action="export_begin").one().details == details
    if details:
        reason = "To move to another system" if asked == "reason=moving" else "not said"
        assert reason in manager.visit("/office/audit").text


def test_the_page_asks_why_but_for_those_who_agreed_to_messages(manager, app):
    with app.app_context():
        signed_up(name="Ana", email="a@example.com", consent_email="yes")

    page = manager.visit("/office/customers")
    assert "What do you need them for?" in page.text
    assert 'href="/office/exports' not in page.html
    with app.app_context():
        one = db.session.query(Customer).one()
        decisions.decide(one.id, "email", "yes", NOON, by=at_till())
    page = manager.visit("/office/customers?consent=email")
    assert "What do you need them for?" not in page.text
    assert "/office/exports/customers.xlsx?from=1970-01-01" in page.html


def test_a_file_says_which_filters_were_on(in_shop):
    asked = filters.read({"q": "ana", "town": "Cebu", "consent": "sms", "source": "friend"})

    assert filters.spelled(asked) == (
        "“ana”; Town: Cebu; Agreed to messages: Texts; How did you hear about us?: Friend or family"
    )
    assert filters.spelled(filters.read({})) == ""


def test_the_language_of_a_filter_is_not_that_of_the_page(manager):
    assert "Customers" in manager.visit("/office/customers?language=ru").text


def test_only_managers_see_customers(cashier, stranger):
    assert cashier.browser.get("/office/customers").status_code in (303, 403)
    assert stranger.browser.get("/office/customers").status_code == 303
