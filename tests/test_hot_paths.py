"""What customers and cashiers wait for: how much is asked of the database, and never how long it takes."""

import math
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from people import Customer, Staffer
from shop import a_phone, on_sqlite_only
from statements import listening

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import visits
from kiosk.customers import filters, search
from kiosk.models import Coupon
from kiosk.reports import sums
from kiosk.shop import shop
from kiosk.upkeep import demo

pytestmark = on_sqlite_only
MOST = {"welcome": 4, "sign up": 10, "sign up on a phone": 10, "coupon": 3, "look up": 9, "redeem": 16, "till": 7,
        "today": 24, "thirty days": 21, "phone": 4}  # fmt: skip


class Shop:
    """A shop, and what is done in it all day."""

    def __init__(self, app):
        self.app, self.customer = app, Customer(app)
        self.manager, self.cashier = Staffer(app), Staffer(app, "Ben", "cashier")
        self.tablet = self.manager.elsewhere()
        for person, page in ((self.manager, "/office"), (self.cashier, "/till")):
            person.sign_in()
            person.visit(page)
        self.tablet.becomes("tablet")
        self.tablet.visit("/")
        self.customer.visit("/")
        self.codes = [self.signs_up().json["code"] for _ in range(8)]
        with app.app_context():
            self.token = db.session.query(Coupon.token).order_by(Coupon.id.desc()).first()[0]

    def signs_up(self):
        return self.tablet.post("/signups", **self.form())

    def form(self):
        fields = {"language": "en", "name": "Maria Clara", "city": "Pasig", "source": "friend", "phone": a_phone()}
        return fields | {
            "email": f"{fields['phone']}@example.com",
            "consent_sms": "yes",
            "operation_id": "0" * 23 + fields["phone"][-9:],
        }

    def does(self):
        day = timedelta(days=1)
        month = f"/office?from={(now() - 29 * day).date()}&to={(now() + day).date()}"
        return {
            "welcome": lambda: self.tablet.browser.get("/"),
            "sign up": self.signs_up,
            "sign up on a phone": lambda: self.customer.post("/signups", json=False, **self.form()),
            "coupon": lambda: self.tablet.browser.get("/coupon"),
            "till": lambda: self.cashier.browser.get("/till"),
            "look up": lambda: self.cashier.look_up(self.codes[-1]),
            "redeem": lambda: self.cashier.redeem(self.codes.pop(), amount="250"),
            "today": lambda: self.manager.browser.get("/office"),
            "thirty days": lambda: self.manager.browser.get(month),
            "phone": lambda: self.customer.browser.get(f"/c/{self.token}"),
        }  # fmt: skip

    def listens_to(self, do):
        """What one of these says to the database, once everything that is kept has been read."""
        assert do().status_code < 400
        with self.app.app_context():
            engine = db.engine
        with listening(engine) as said:
            answer = do()
        assert answer.status_code < 400, answer.text
        return said


@pytest.fixture(autouse=True)
def settings_are_kept(monkeypatch):
    """They are read once a second at most; here never in between."""
    monkeypatch.setattr(shop, "KEPT_FOR", math.inf)


@pytest.fixture
def small_shop(app):
    with app.app_context():
        sums.keep(now())
    return Shop(app)


@pytest.fixture
def large_shop(shop_with):
    app = shop_with()
    with app.app_context():
        demo.fill(500, now(), years=3)
    return Shop(app)


@pytest.mark.parametrize("what", MOST)
def test_no_more_is_asked_than_has_to_be_and_nothing_that_grows_with_the_shop(small_shop, large_shop, what):
    few, many = (one.listens_to(one.does()[what]) for one in (small_shop, large_shop))

    assert many.scans() == [], str(many)
    assert len(few) == len(many) <= MOST[what], f"\n{few}\n\n{many}"


def test_somebody_who_is_known_is_found_without_reading_everybody(large_shop):
    form = large_shop.form()
    large_shop.tablet.post("/signups", **form)
    with large_shop.app.app_context():
        engine = db.engine

    with listening(engine) as said:
        again = large_shop.tablet.post("/signups", **form | {"operation_id": "f" * 32})

    assert (again.json["existing"], said.scans()) == (True, [])


def test_the_sums_of_a_customer_are_counted_over_that_customers_visits_only(large_shop):
    with large_shop.app.app_context():
        sql = str(visits.COUNT_ONE_ANEW.compile(dialect=db.engine.dialect))
        asked = f"EXPLAIN QUERY PLAN {sql}", (0,) * sql.count("?")
        plan = [row[-1] for row in db.session.connection().exec_driver_sql(*asked)]

    of_visits = [line for line in plan if line.split()[1] == "visit"]
    assert len(of_visits) == 3
    assert [line for line in of_visits if "ix_visit_customer_id (customer_id=?)" not in line] == []


LISTS = ("", "town=Manila&consent=sms", "language=fil&visits_min=3&spent_min=900", "unspent=yes", "unseen_days=90",
         "source=friend&visits_max=5", "birthday_month=3", "sort=visits", "sort=spent&consent=email", "sort=since",
         "q=m", "q=m&sort=visits", "q=maria&town=Manila&sort=spent", "q=@example&sort=since")  # fmt: skip


def is_quick(step: str, sql: str, said) -> bool:
    """Whether a step that goes through all customers reads an index alone, or follows one in the order of the list
    until a page is full."""
    is_in_order = "LIMIT" in sql and "ORDER BY" in sql and sql not in said.sorts()
    return "COVERING INDEX ix_customer_" in step or ("INDEX ix_customer_" in step and is_in_order)


@pytest.mark.parametrize("few", [1000, 20], ids=["few", "many"])
def test_customers_are_listed_found_and_shown_without_reading_all_their_rows(large_shop, monkeypatch, few):
    monkeypatch.setattr(search, "FEW", few)
    monkeypatch.setattr(search, "SMALL", 0)
    monkeypatch.setattr(filters, "FEW_TYPED", few)
    monkeypatch.setattr(filters, "FEW_WITH_ROWS", few)
    with large_shop.app.app_context():
        known = db.session.query(Coupon).filter(Coupon.customer_id.is_not(None)).first()
        typed = ["maria cruz", "4567", "0917 123 4567", "a@example.com", "@example.org", known.code]
        typed += [known.customer.card_number, f"/c/{known.token}"]
        pages = [f"/office/customers/{known.customer_id}", *(f"/office/customers?{urlencode({'q': q})}" for q in typed)]

    for path in [*pages, *(f"/office/customers?{given}" for given in LISTS)]:
        said = large_shop.listens_to(lambda path=path: large_shop.manager.browser.get(path))
        rows_read = [step for step, sql in said.scans() if path in pages or not is_quick(step, sql, said)]
        assert (rows_read, len(said) <= 20) == ([], True), f"{path}\n{said}"
