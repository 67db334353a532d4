import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import PASSPHRASE, on_sqlite_only

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import offers
from kiosk.models import Staff, StaffSession
from kiosk.shop import shop
from kiosk.staff import passphrases, setup

OWNER = {"name": "Ana", "passphrase": PASSPHRASE}


@pytest.fixture
def link(app):
    with app.app_context():
        return f"/setup/{setup.new_token()}"


@pytest.fixture
def owner(app):
    return Person(app)


def test_set_up_makes_the_first_manager_and_signs_her_in(app, owner, link):
    page = owner.visit(link)
    answer = owner.post(
        link, json=False, **OWNER, shop_name="Perla", country="NO", currency="NOK", time_zone="Europe/Oslo"
    )
    owner.token = None

    assert "PHP" in page.html
    assert (answer.status_code, answer.location) == (303, "/office")
    assert "Perla" in owner.visit("/office").text
    with app.app_context():
        assert (shop.current().currency, shop.current().language) == ("NOK", "nb")


def test_the_country_fills_in_the_money_and_the_days(app, owner, link):
    owner.visit(link)
    owner.post(link, **OWNER, country="NO", currency="", time_zone="", colour="#0B7A3E", percent="15")

    with app.app_context():
        here, offer = shop.current(), offers.welcome()
        assert (here.currency, here.time_zone, here.colour) == ("NOK", "Europe/Oslo", "#0B7A3E")
        assert (offer.kind, offer.value, offer.days_valid) == ("percent", 15, 30)


@pytest.mark.parametrize("fields", [{"percent": "0"}, {"percent": "x"}, {"percent": ""}, {"colour": "red"}])
def test_a_wrong_offer_or_colour_makes_nobody_a_manager(app, owner, link, fields):
    owner.visit(link)

    assert owner.post(link, **OWNER | fields).json["errors"].keys() == fields.keys()
    with app.app_context():
        assert db.session.query(Staff).count() == 0


def test_set_up_ends_with_the_tablet_s_code_and_what_to_do_next(app, owner, link, stranger):
    owner.visit(link)
    owner.post(link, json=False, **OWNER)
    owner.token = None
    page = owner.visit("/office")
    way = re.search(r"/pair/[\w-]+", page.text)[0]

    assert "To begin with" in page.text
    stranger.visit(way)
    assert stranger.post(way, json=False).location == "/"
    assert "/pair/" not in owner.visit("/office").text


def test_a_set_up_link_works_once_and_only_until_there_is_a_manager(app, owner, stranger, link):
    owner.post(link, **OWNER)

    stranger.visit(link, 404)
    assert stranger.post(link, name="Eve", passphrase=PASSPHRASE).status_code == 404
    with app.app_context():
        assert setup.new_token() is None
        assert db.session.query(Staff.name).all() == [("Ana",)]


def test_a_wrong_or_older_link_is_not_found(app, stranger, link):
    with app.app_context():
        setup.new_token()

    stranger.visit("/setup/wrong", 404)
    stranger.visit(link, 404)


@pytest.mark.parametrize(
    ("field", "value"),
    [("passphrase", "too short"), ("passphrase", "aaaaaaaaaaaaaaaaaaaa"), ("name", ""), ("country", "XX"),
     ("currency", "PESO"), ("time_zone", "Mars/Base")],
)  # fmt: skip
def test_set_up_says_what_to_mend_and_keeps_what_was_typed(app, owner, link, field, value):
    page = owner.submit(link, **OWNER | {"shop_name": "Perla", field: value})

    assert page.field("shop_name") == "Perla"
    assert "aria-invalid" in page.html
    with app.app_context():
        assert db.session.query(Staff).count() == 0


def test_one_sign_in_opens_till_and_office(manager):
    manager.visit("/till")
    manager.visit("/office")


def test_a_wrong_name_and_a_wrong_passphrase_read_the_same(app, stranger):
    Staffer(app)

    wrong = [stranger.submit("/sign-in", name=name, passphrase="not the passphrase") for name in ("Ana", "Nobody")]

    texts = [page.text.replace("Nobody", "Ana") for page in wrong]
    assert texts[0] == texts[1]
    assert "Wrong name or passphrase" in texts[0]


def test_signing_in_goes_on_to_where_she_wanted_but_never_to_another_site(app):
    for wanted, reached in (("/till", "/till"), ("https://evil.example", "/office"), ("//evil.example", "/office")):
        person = Staffer(app, name=f"Ana {wanted[-3:]}{reached[-2:]}{wanted[:2]}")
        person.visit("/sign-in")
        answer = person.post("/sign-in", json=False, name=person.name, passphrase=PASSPHRASE, next=wanted)
        assert answer.location == reached


def test_tries_are_limited_by_name(shop_with):
    app = shop_with(KIOSK_SIGN_INS_PER_MINUTE="3")
    ana = Staffer(app)
    with time_machine.travel(now(), tick=False):
        answers = [ana.sign_in("wrong wrong wrong") for _ in range(3)]
        blocked = ana.sign_in()

    assert [answer.status_code for answer in answers] == [422] * 3
    assert blocked.status_code == 429
    assert 1 <= int(blocked.headers["Retry-After"]) <= 60


def test_a_session_is_new_at_sign_in_and_dead_after_sign_out(manager):
    cookie = manager.browser.get_cookie("suki").value
    manager.visit("/till")
    manager.post("/sign-out")

    manager.browser.set_cookie("suki", cookie)

    assert manager.browser.get("/till").status_code == 303


def test_a_token_from_before_signing_in_is_worth_nothing_after(app):
    ana = Staffer(app)
    ana.visit("/")
    before = ana.token
    ana.sign_in()

    ana.token = before
    assert ana.look_up("1").status_code == 400


def test_an_idle_session_ends_after_thirty_minutes_and_any_after_twelve_hours(manager):
    start = now()
    with time_machine.travel(start + timedelta(minutes=31)):
        assert manager.browser.get("/till").status_code == 303
    for minutes in range(20, 720, 20):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert manager.browser.get("/till").status_code == 200
    with time_machine.travel(start + timedelta(minutes=721)):
        assert manager.browser.get("/till").status_code == 303


@pytest.mark.real_hashes
def test_only_hashes_of_secrets_are_stored(app, owner, link):
    owner.post(link, **OWNER)

    with app.app_context():
        rows = [tuple(row) for table in db.metadata.sorted_tables for row in db.session.execute(table.select())]
        assert PASSPHRASE not in repr(rows)
        assert link.rpartition("/")[2] not in repr(rows)
        assert db.session.query(Staff.passphrase_hash).scalar().startswith("scrypt:32768:8:3$")
        assert len(db.session.query(StaffSession.key_hash).scalar()) == 64


def test_tries_are_limited_by_address_whatever_the_names(shop_with):
    person = Person(shop_with(KIOSK_SIGN_INS_PER_MINUTE="2"))
    person.visit("/sign-in")
    with time_machine.travel(now(), tick=False):
        statuses = [person.post("/sign-in", name=f"n{n}", passphrase="x").status_code for n in range(21)]

    assert statuses == [422] * 20 + [429]


def test_an_unknown_name_is_counted_like_a_known_one(shop_with):
    app = shop_with(KIOSK_SIGN_INS_PER_MINUTE="1")
    Staffer(app)
    with time_machine.travel(now(), tick=False):
        for names in (("Ana", " ANA"), ("Zed", " ZED")):
            person = Person(app)
            person.visit("/sign-in")
            assert [person.post("/sign-in", name=n, passphrase="x").status_code for n in names] == [422, 429]


def test_a_way_on_with_a_line_in_it_is_no_way(app):
    ana = Staffer(app)
    ana.visit("/sign-in")

    answer = ana.post("/sign-in", json=False, name="Ana", passphrase=PASSPHRASE, next="/me\r\nX: y")

    assert (answer.status_code, answer.location) == (303, "/office")


def test_set_up_says_everything_that_is_wrong_at_once(app, owner, link):
    owner.visit(link)

    answer = owner.post(link, name="", passphrase="short", country="ZZ")

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"name", "passphrase", "country"})


@pytest.fixture
def slow(monkeypatch):
    """Comparing a passphrase takes until this is set; `slow.running` is how many are compared at once."""
    event, lock = threading.Event(), threading.Lock()
    event.running = event.most = 0

    def compare(*_):
        with lock:
            event.running += 1
            event.most = max(event.most, event.running)
        event.wait(30)
        with lock:
            event.running -= 1
        return False

    monkeypatch.setattr(passphrases, "check_password_hash", compare)
    yield event
    event.set()


@pytest.mark.parametrize("name", ["Ana", "Nobody {}"])
@on_sqlite_only
def test_of_many_strangers_who_sign_in_at_once_one_is_compared_and_one_waits(app, slow, name):
    Staffer(app)
    strangers = [Person(app) for _ in range(6)]
    for stranger in strangers:
        stranger.visit("/sign-in")

    def try_it(n):
        return strangers[n].post("/sign-in", name=name.format(n), passphrase="not the passphrase")

    with ThreadPoolExecutor(6) as threads:
        answers = [threads.submit(try_it, n) for n in range(6)]
        refused = [answer.result() for answer in itertools.islice(as_completed(answers), 4)]
        signed_up = threads.submit(Customer(app).sign_up).result(10)
        slow.set()

    assert [answer.status_code for answer in refused] == [429] * 4
    assert {answer.headers["Retry-After"] for answer in refused} == {"2"}
    assert sorted(answer.result().status_code for answer in answers) == [422] * 2 + [429] * 4
    assert (slow.most, signed_up.status_code) == (1, 201)


@on_sqlite_only
def test_who_signs_in_at_a_till_waits_for_no_stranger(app, slow):
    ana, strangers = Staffer(app), [Person(app) for _ in range(2)]
    ana.becomes("till")
    for person in (ana, *strangers):
        person.visit("/sign-in")

    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(one.post, "/sign-in", name="Nobody", passphrase="x") for one in strangers]
        while slow.running < 1:
            time.sleep(0.01)
        at_till = threads.submit(ana.post, "/sign-in", name="Ana", passphrase="x")
        while slow.running < 2 and not at_till.done():
            time.sleep(0.01)
        slow.set()

    assert slow.most == 2
    assert [answer.result().status_code for answer in (*waiting, at_till)] == [422] * 3
