"""Every door tried by everybody: what the routes say is what happens, on every route, by every method."""

import re

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import IS_FULL, new_id, on_sqlite_only
from werkzeug.exceptions import HTTPException

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons.codes import new_code
from kiosk.guard import audit
from kiosk.models import Staff
from kiosk.staff import devices, people
from kiosk.web.access import routes
from kiosk.web.headers import HEADERS

USUAL, OTHERS = ("GET", "POST"), ("PUT", "PATCH", "DELETE")
WITH_OTHERS = ("stranger", "manager at a till")  # who may least and most; in the full run, everybody
MAY = {  # who: through which doors
    "stranger": {"anybody"},
    "tablet": {"anybody"},
    "cashier": {"anybody", "staff", "till"},
    "exporter": {"anybody", "staff", "export"},
    "manager": {"anybody", "staff", "export", "office"},
    "manager at a till": {"anybody", "staff", "till", "export", "office"},
}


@pytest.fixture
def everybody(app):
    return everybody_in(app)


def everybody_in(app):
    """One of each, with a browser of her own."""
    people = {"stranger": Person(app), "tablet": Person(app), "manager at a till": Staffer(app)}
    with app.app_context(), writing():
        people["tablet"].browser.set_cookie("device", devices.add_device("tablet", "Door", now())[1])
    people["manager at a till"].sign_in()
    people["cashier"] = Staffer(app, "Ben", "cashier")
    people["manager"], people["exporter"] = Staffer(app, "Ida"), Staffer(app, "Eva")
    with app.app_context(), writing():
        db.session.get(Staff, people["exporter"].id).role = "cashier"
        db.session.get(Staff, people["exporter"].id).may_export = True
    for name in ("cashier", "manager", "exporter"):
        people[name].sign_in()
    for person in people.values():
        page = person.browser.get("/healthz" if person.token else "/")
        person.token = re.search('csrf-token" content="([^"]+)"', page.get_data(as_text=True))[1]
    return people


def path_of(rule):
    """An address that fits, of something that is not there."""
    known = {"what": "signups", "form": "csv", "filename": "css/base.css", "size": "a4"}
    rule = re.sub(r"<id:\w+>", "4711", rule)
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", lambda found: known.get(found[1], "nobodys"), rule)


def door_at(app, doors, method, path):
    """The door of the route that such a request comes to: an address may fit another route's rule as well."""
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method=method, return_rule=True)
    except HTTPException:
        return None
    return doors[f"{method} {rule.rule}"].to


def is_closed(answer) -> bool:
    return answer.status_code in (401, 403) or "/sign-in" in (answer.location or "")


def test_every_door_opens_to_whom_its_route_says_and_to_nobody_else(app, everybody):
    wrong, doors = [], routes(app)
    rules = sorted({route.partition(" ")[2] for route in doors})
    for name, person in everybody.items():
        for rule in rules:
            for method in (*USUAL, *OTHERS) if IS_FULL or name in WITH_OTHERS else USUAL:
                data = {"csrf_token": person.token, "operation_id": new_id()}
                if (method, rule) in (("POST", "/sign-out"), ("POST", "/me/sign-out"), ("POST", "/coupon/done")):
                    continue
                with person.browser.open(
                    path_of(rule), method=method, data=data if method != "GET" else None
                ) as answer:
                    door = door_at(app, doors, method, path_of(rule))
                    expected = door not in MAY[name] and door is not None
                    if door == "anybody":
                        expected = is_closed(answer)  # its own affair: the way in sends people on
                    headers = all(answer.headers.get(key) for key in HEADERS)
                    if is_closed(answer) != expected or not headers or (door is None and answer.status_code < 400):
                        wrong.append((name, method, rule, answer.status_code))
    assert wrong == []


def test_a_route_that_says_nothing_is_closed_to_all(shop_with):
    shop_with()
    app = shop_with()  # one of its own: a route stays
    app.add_url_rule("/new", "new", lambda: "secret")

    statuses = {name: person.browser.get("/new").status_code for name, person in everybody_in(app).items()}

    assert statuses == dict.fromkeys(MAY, 403) | {"stranger": 303, "tablet": 303}


@on_sqlite_only
def test_what_changes_something_wants_the_token_and_our_own_origin(app, manager):
    foreign = {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}
    manager.visit("/till")

    wrong = []
    for route in routes(app):
        method, _, rule = route.partition(" ")
        if method != "GET":
            bare = manager.browser.open(path_of(rule), method=method).status_code
            others = [manager.post(path_of(rule), headers=header).status_code for header in foreign]
            # a coupon's own page sends no origin, and there is no coupon with that link
            without = 404 if rule.startswith("/c/") else 403
            wrong += [(route, bare, others)] if (bare, others) != (400, [403, without, 403]) else []
    assert wrong == []


def stored(app) -> dict:
    """Everything, but for what may change as pages are read: the audit, which has two settings, and counters, and when
    somebody was last seen."""
    with app.app_context():
        return {
            table.name: [
                tuple(value for key, value in row._mapping.items() if key != "seen_at")
                for row in db.session.execute(table.select().order_by(*table.primary_key))
                if table.name != "setting" or row.name not in (audit.HEAD, audit.EXPORTS)
            ]
            for table in db.metadata.sorted_tables
            if table.name not in ("audit", "counter")
        }


def test_reading_every_page_changes_nothing(app, everybody, customer_at_tablet):
    code = customer_at_tablet.sign_up(name="Maria").json["code"]
    everybody["manager at a till"].post("/till/lookups", q=code)
    with app.app_context():
        known = {"<id:person_id>": str(people.everybody()[0].id)}
    before = stored(app)

    for person in everybody.values():
        for route in routes(app):
            method, _, rule = route.partition(" ")
            if method == "GET":
                for key, value in known.items():
                    rule = rule.replace(key, value)
                with person.browser.get(path_of(rule)):
                    pass

    assert stored(app) == before


UPS = ("../", "..\\", "%2e%2e/", "..%2f", "....//", "%252e%252e%252f", "/", "./../", "\\", "..;/")
NAMES = ("secret", "kiosk.sqlite", "etc/passwd", "kiosk/config.py", "audit.head")
TRAVERSALS = [up * depth + name for up in UPS for depth in (1, 3) for name in NAMES]


@pytest.mark.parametrize("door", ["/office/exports/{}", "/office/exports/{}.csv", "/static/{}", "/static/css/{}"])
def test_no_download_leads_outside(app, manager, door):
    with app.app_context():
        secret = app.secret_key.decode()
    assert len(TRAVERSALS) == 100

    for name in TRAVERSALS:
        with manager.browser.get(door.format(name)) as answer:
            assert answer.status_code in (308, 400, 404), name
            assert secret not in answer.get_data(as_text=True)


@pytest.mark.parametrize("codes", [300, pytest.param(10_000 if IS_FULL else 1000, marks=pytest.mark.slow)])
def test_who_guesses_codes_is_stopped_after_thirty(shop_with, monkeypatch, codes):
    app = shop_with(KIOSK_MISSES_PER_DAY="30")
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")

    answers = [ana.look_up(new_code()) for _ in range(codes)]
    statuses = [answer.status_code for answer in answers]

    assert statuses.count(409) <= 30
    assert statuses.count(409) + statuses.count(429) == codes
    assert int(answers[-1].headers["Retry-After"]) > 0
    page = ana.submit("/till/lookups", 429, q=new_code())
    assert "Codes are blocked at this till" in page.text


WRONG_FORMS = [
    ("/till/redemptions", {"operation_id": "0" * 32, "amount": "x"}),
    ("/till/redemptions", {}),
    ("/till/visits", {"operation_id": "x"}),
]


@pytest.mark.parametrize(("path", "fields"), WRONG_FORMS)
def test_who_guesses_by_forms_that_are_wrong_is_stopped_too(shop_with, path, fields):
    app = shop_with(KIOSK_MISSES_PER_DAY="4")
    code = Customer(app).sign_up(name="Maria").json["code"]
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")
    with time_machine.travel(now(), tick=False) as clock:
        assert "Maria" in ana.submit(path, code=code, **fields).text
        for _ in range(4):
            ana.submit(path, code=new_code(), **fields)
            clock.shift(301)

        assert "Maria" not in ana.submit(path, code=code, **fields).text


def test_whose_visit_it_is_can_be_asked_no_oftener_than_anything_else(shop_with):
    app = shop_with(KIOSK_LOOKUPS_PER_MINUTE="3")
    Customer(app).sign_up(name="Maria")
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")
    with time_machine.travel(now(), tick=False):
        pages = [ana.submit("/till/visits", customer_id="1", operation_id="x") for _ in range(4)]

    assert ["Maria" in page.text for page in pages] == [True, True, True, False]


def test_a_manager_lets_a_till_go_on_that_has_stopped(shop_with):
    app = shop_with(KIOSK_MISSES_PER_DAY="1")
    code = Customer(app).sign_up().json["code"]
    ana, ben = Staffer(app), Staffer(app, "Ben", "cashier")
    ben.sign_in()
    ben.visit("/till")
    assert [ben.look_up(new_code()).status_code, ben.look_up(code).status_code] == [409, 429]
    assert "a manager signs in here" in ben.submit("/till/lookups", 429, q=code).text
    at_bens = ana.elsewhere(browser=ben.browser)

    at_bens.sign_in()

    at_bens.visit("/till")
    assert at_bens.look_up(code).status_code == 200
