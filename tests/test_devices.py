"""Tills and tablets: how a browser becomes one, what it may then, and how it stops being one."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from people import Customer, Person, Staffer
from shop import NOON, at_till, new_id, on_sqlite_only

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Device
from kiosk.staff import devices


@pytest.fixture
def link(manager):
    """Makes the link that pairs another browser, as a path."""

    def link(kind, label=""):
        manager.visit("/office/devices")
        answer = manager.post("/office/devices", kind=kind, label=label, elsewhere="yes")
        assert answer.status_code == 201
        return "/pair/" + answer.json["url"].rpartition("/")[2]

    return link


@pytest.fixture
def tablet(app, link):
    """The shop's tablet, paired."""
    tablet, address = Customer(app), link("tablet", "Door")
    tablet.visit(address)
    assert tablet.post(address, json=False).location == "/"
    tablet.token = None
    return tablet


def test_one_tap_makes_this_browser_a_till(manager):
    manager.visit("/office/devices")

    answer = manager.post("/office/devices", json=False, kind="till", label="Counter")
    manager.token = None

    page = manager.visit("/office/devices")
    assert (answer.status_code, answer.location) == (303, "/office/devices")
    assert "Counter This browser" in " ".join(page.text.split())
    assert page.text.count("Remove") == 1  # the till she was before is none any more
    assert "Counter · Ana" in " ".join(manager.visit("/till").text.split())


def test_one_tap_makes_this_browser_a_tablet_where_nobody_is_signed_in(manager):
    manager.visit("/office/devices")

    answer = manager.post("/office/devices", json=False, kind="tablet", label="Door")
    manager.token = None

    assert (answer.status_code, answer.location) == (303, "/")
    manager.visit("/")
    assert manager.browser.get("/office").status_code == 303


def test_a_tablet_never_has_staff_rights(app, manager, tablet):
    cookie = manager.browser.get_cookie("suki").value

    page = tablet.visit("/sign-in", 403)
    signed = tablet.post("/sign-in", name="Ana", passphrase="correct horse battery staple")
    tablet.browser.set_cookie("suki", cookie)

    assert "You cannot sign in on it" in page.text
    assert signed.status_code == 403
    assert {path: tablet.browser.get(path).status_code for path in ("/office", "/till", "/me")} == dict.fromkeys(
        ("/office", "/till", "/me"), 303
    )


def test_a_link_makes_another_browser_the_till_it_says(app, manager, link):
    address, till = link("till", "Counter"), Person(app)

    asked = till.visit(address)
    paired = till.post(address, json=False)

    assert "Use this device as a till?" in asked.text
    assert (paired.status_code, paired.location) == (303, "/till")
    assert "HttpOnly" in paired.headers["Set-Cookie"]
    assert till.browser.get("/till").location == "/sign-in?next=/till"
    assert "Counter" in manager.visit("/office/devices").text


def test_who_follows_a_link_while_signed_in_no_longer_is(app, manager, link):
    Staffer(app, "Ben", "cashier")
    address, ida = link("tablet"), Staffer(app, "Ida")
    ida.sign_in()
    cookie = ida.browser.get_cookie("suki").value
    ida.visit(address)
    ida.post(address, json=False)

    thief = app.test_client()
    thief.set_cookie("suki", cookie)

    assert [client.get("/office").status_code for client in (ida.browser, thief)] == [303, 303]


def test_looking_at_a_link_does_not_use_it_up(app, link):
    address = link("till")

    for _ in range(3):
        Person(app).visit(address)

    till = Person(app)
    till.visit(address)
    assert till.post(address, json=False).status_code == 303


def test_a_link_works_once_and_for_ten_minutes(app, manager, link, stranger):
    used, late = link("till"), link("till")
    till = Person(app)
    till.visit(used)
    till.post(used)

    stranger.visit("/")
    assert [stranger.post(used).status_code, stranger.browser.get(used).status_code] == [404, 404]
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert [stranger.post(late).status_code, stranger.browser.get(late).status_code] == [404, 404]
    assert stranger.browser.get_cookie("device") is None


def test_of_many_who_follow_a_link_at_once_one_is_paired(app, link):
    secret, start = link("till").rpartition("/")[2], Barrier(8)

    def pair(_):
        with app.app_context():
            start.wait(30)
            return devices.pair(secret, now(), instead_of=None) is not None

    with ThreadPoolExecutor(8) as threads:
        came = Counter(threads.map(pair, range(8)))

    assert came == {True: 1, False: 7}


def test_the_code_leads_to_the_shop_and_is_shown_once(manager):
    manager.visit("/office/devices")
    manager.post("/office/devices", json=False, kind="tablet", label="", elsewhere="yes")

    first, second = manager.visit("/office/devices"), manager.visit("/office/devices")

    assert "/pair/" in first.text
    assert 'class="qr"' in first.html
    assert "/pair/" not in second.text
    assert "Waiting to be paired" in second.text


def test_no_secret_of_a_device_is_stored(app, manager, link, tablet):
    secret = link("till").rpartition("/")[2]

    with app.app_context():
        rows = [tuple(row) for table in db.metadata.sorted_tables for row in db.session.execute(table.select())]
    assert secret not in repr(rows)
    assert tablet.browser.get_cookie("device").value not in repr(rows)


def test_what_is_taken_back_is_a_browser_like_any_other_at_once(app, manager):
    ben = Staffer(app, "Ben", "cashier")
    device_id = ben.becomes("till", "Cellar")
    ben.sign_in()
    manager.visit("/office/devices")

    manager.post(f"/office/devices/{device_id}/revoke", json=False)

    assert ben.browser.get("/till").location == "/sign-in?next=/till"
    assert ben.sign_in().status_code == 403
    assert "Cellar" not in manager.visit("/office/devices").text


def test_a_pairing_outlives_every_customers_reset(app, manager, tablet):
    for _ in range(3):
        tablet.sign_up()
        tablet.visit("/coupon")
        tablet.post("/coupon/done", json=False)

    with app.app_context():
        assert db.session.query(Device).filter_by(kind="tablet").one().seen_at is not None
        assert devices.with_key(tablet.browser.get_cookie("device").value, now()).label == "Door"


def test_until_a_tablet_is_paired_any_browser_shows_a_coupon_again(customer_at_tablet, customer_on_phone):
    customer_at_tablet.sign_up(phone="0917 123 4567")

    assert customer_at_tablet.sign_up(phone="0917 123 4567").json["existing"] is True


def test_once_a_tablet_is_paired_only_it_shows_a_coupon_again(tablet, customer_at_tablet):
    tablet.sign_up(phone="0917 123 4567")

    again, stranger = tablet.sign_up(phone="0917 123 4567"), customer_at_tablet.sign_up(phone="0917 123 4567")

    assert (again.status_code, again.json["existing"]) == (200, True)
    assert (stranger.status_code, stranger.json["refusal"]) == (409, "already_had")
    assert customer_at_tablet.sign_up().status_code == 201


PUBLIC = {"KIOSK_PUBLIC_URL": "https://shop.example", "KIOSK_TRUSTED_HOSTS": "till.lan"}
INTERNET, WIFI = {"REMOTE_ADDR": "203.0.113.7"}, {"REMOTE_ADDR": "192.168.1.20"}
FROM_OUTSIDE = [  # what a request looks like that may come from the internet, whatever it says of itself
    {"base_url": "https://shop.example"},
    {"headers": {"Host": "shop.example"}},
    {"headers": {"Host": "shop.example:81"}},
    {"headers": {"Host": "SHOP.EXAMPLE.:8080"}},
    {"headers": {"Host": "localhost"}, "environ_base": INTERNET},
    {"headers": {"Host": "till.lan"}, "environ_base": INTERNET},
    {"headers": {"X-Forwarded-Host": "localhost"}, "environ_base": INTERNET},
    {"headers": {"X-Forwarded-Host": "localhost", "X-Forwarded-For": "192.168.1.20"}},
    {"headers": {"X-Forwarded-For": "127.0.0.1"}, "environ_base": WIFI},
    {"headers": {"X-Forwarded-Proto": "http"}},
    {"environ_base": {"REMOTE_ADDR": "2001:db8::1"}},
    {"environ_base": {"REMOTE_ADDR": "::ffff:203.0.113.7"}},
    {"environ_base": {"REMOTE_ADDR": "unknown"}},
    {"environ_base": {"REMOTE_ADDR": ""}},
]
FROM_INSIDE = [
    {},
    {"environ_base": WIFI},
    {"environ_base": {"REMOTE_ADDR": "fe80::1%eth0"}},
    {"environ_base": {"REMOTE_ADDR": "::1"}, "headers": {"Host": "till.lan"}},
    {"environ_base": {"REMOTE_ADDR": "::ffff:10.0.0.9"}},
]


@pytest.mark.parametrize("request_", FROM_OUTSIDE)
@on_sqlite_only
def test_from_outside_strangers_get_the_questionnaire_for_their_own_phone(shop_with, request_):
    answer = shop_with(**PUBLIC).test_client().get("/", **request_)

    assert (answer.status_code, answer.location) == (303, "/join")


@pytest.mark.parametrize("request_", FROM_INSIDE)
@on_sqlite_only
def test_from_inside_anybody_gets_the_tablets_questionnaire(shop_with, request_):
    assert shop_with(**PUBLIC).test_client().get("/", **request_).status_code == 200


def test_a_paired_tablet_is_the_tablet_by_the_public_address_too(shop_with):
    app = shop_with(**PUBLIC)
    with app.app_context():
        _, key = devices.invite("tablet", "", now(), by=at_till(at=NOON))
        _, key = devices.pair(key, now(), instead_of=None)
    tablet = app.test_client()
    tablet.set_cookie("__Host-device", key, domain="shop.example", secure=True)

    assert tablet.get("/", base_url="https://shop.example").status_code == 200


@pytest.mark.parametrize("request_", FROM_OUTSIDE + FROM_INSIDE)
@on_sqlite_only
def test_with_a_public_address_only_a_paired_tablet_shows_a_coupon_again(shop_with, request_):
    customer = Customer(shop_with(**PUBLIC))
    code = customer.sign_up(phone="0917 123 4567").json["code"]
    stranger = Person(customer.app)
    stranger.visit("/sign-in", **request_)

    answers = [
        stranger.post("/signups", json=json, request_=request_, operation_id=new_id(), phone="+63 917 123 4567")
        for json in (True, False)
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not [answer for answer in answers if code in answer.get_data(as_text=True)]
    assert stranger.browser.get("/coupon", **request_).status_code == 303


@pytest.mark.parametrize(
    "fields", [{"kind": "toaster"}, {"kind": "till", "label": "x" * 61}, {"kind": "till", "label": "a\x00b"}]
)
def test_what_is_no_device_is_asked_for_again(app, manager, fields):
    manager.visit("/office/devices")

    assert manager.post("/office/devices", **fields).status_code == 422


@pytest.fixture
def at_one_address(shop_with):
    """Strangers, and the shop's tablet and till, all at one address; limits are small."""
    app = shop_with(KIOSK_SIGNUPS_PER_MINUTE="2", KIOSK_SIGN_INS_PER_MINUTE="2")
    owner, tablet, till = Staffer(app), Customer(app), Staffer(app, "Ida")
    owner.elsewhere(browser=tablet.browser).becomes("tablet")
    till.becomes("till")
    for person in (tablet, till):
        person.token = person.visit("/sign-in", 403 if person is tablet else 200).csrf_token
    with time_machine.travel(now(), tick=False):
        yield app, tablet, till


def use_up(app, try_it, most) -> Person:
    """New browsers at that address try it until they have had their share of it; gives the last."""
    statuses = []
    while 429 not in statuses:
        stranger = Customer(app)
        stranger.visit("/sign-in")
        statuses += [try_it(stranger).status_code for _ in range(2)]
        assert len(statuses) <= most + 2
    return stranger


def test_strangers_who_use_up_their_sign_ups_take_none_from_the_tablet(at_one_address):
    app, tablet, _ = at_one_address
    use_up(app, lambda stranger: stranger.sign_up(), 20)

    assert [tablet.sign_up().status_code for _ in range(3)] == [201, 201, 429]


def test_strangers_who_ask_for_known_numbers_take_nothing_from_the_tablet(at_one_address):
    app, tablet, _ = at_one_address
    tablet.sign_up(phone="0917 123 4567")
    use_up(app, lambda stranger: stranger.sign_up(phone="0917 123 4567"), 20)

    assert tablet.sign_up(phone="0917 123 4567").status_code == 200


def test_what_a_tablet_uses_up_is_its_own(at_one_address):
    app, tablet, _ = at_one_address
    while tablet.sign_up().status_code != 429:
        pass

    assert Customer(app).sign_up().status_code == 201


@pytest.mark.parametrize("names", [["Ida"], ["Nobody", "Ida"], [f"Nobody {n}" for n in range(20)]])
def test_strangers_who_try_to_sign_in_keep_nobody_from_signing_in_at_a_till(at_one_address, names):
    app, _, till = at_one_address
    for name in names:
        use_up(app, lambda stranger, name=name: stranger.post("/sign-in", name=name, passphrase="x"), 20)

    assert till.sign_in().status_code == 303


def test_strangers_who_try_links_keep_nobody_from_a_coupon(at_one_address):
    app, tablet, _ = at_one_address
    tablet.sign_up()
    use_up(app, lambda stranger: stranger.browser.get("/c/nobodys"), 60)

    assert tablet.browser.get("/coupon").status_code == 200
    assert tablet.browser.get("/c/nobodys").status_code == 404


def test_at_a_till_too_tries_are_limited(at_one_address):
    _, _, till = at_one_address

    wrong = [till.post("/sign-in", name="Ida", passphrase="x").status_code for _ in range(3)]

    assert wrong == [422, 422, 429]
