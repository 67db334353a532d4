"""Who works here: what each may, how she signs in, and how a shop takes it all back."""

import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from people import Page, Staffer
from shop import NOON, PASSPHRASE, PIN, add_person, close_shop, on_sqlite_only, open_shop, signed_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, NotAllowed, Refusal, TooMany
from kiosk.base.writing import writing
from kiosk.models import Audit, Device, Staff, StaffSession
from kiosk.staff import devices, passphrases, people, sessions

MINUTE = timedelta(minutes=1)
NEW = "another horse battery staple"
GOOD = ["correct horse battery staple", "Four words I remember", "øl og blåbær i skogen", "кошка села на крышу",
        "mahilig ako sa mangga", "x7#kQ!pz0&Lw9@t", "this is my own phrase", "tinapay at kape tuwing umaga",
        "the quick brown fox!", "blue door, 3 cats, rain", "  leading spaces stay  ", "ñandú vuela de noche",
        "猫は毎日屋根の上で静かに眠ります", "one two buckle my shoe", "Perla opens at nine!", "aaa mountain by the sea",
        "no composition rules here", "never1234write it down", "🦊🐻🐼🐨🐯🦁🐮🐷🐸🐵🐔🐧🐦🐤🦆",
        "w" * 180 + " the river"]  # fmt: skip
BAD = ["", "short", "fourteen chars", "aaaaaaaaaaaaaaaaaaaa", "passwordpassword", "Password12345678", "123456789012345",
       "qwertyuiopasdfgh", "1234567890qwertyuiop", "abcabcabcabcabcabc", "iloveyou iloveyou", "letmeinletmeinletmein",
       "Ana Ana Ana Ana Ana", "ananananananana1", "987654321098765432", "1q2w3e4r5t6y7u8i", "sukisukisukisuki!",
       "welcome welcome 1", "x" * 201, "                    "]  # fmt: skip


@pytest.fixture
def ben(app, manager):
    """A cashier, signed in at a till of his own."""
    ben = Staffer(app, "Ben", "cashier")
    ben.sign_in()
    return ben


def pin(app, staff_id, tried, at=NOON):
    with app.app_context():
        till = db.session.query(Device).filter_by(kind="till").first()
        return sessions.sign_in_with_pin(staff_id, tried, at, device=till)


@on_sqlite_only
@pytest.mark.parametrize("passphrase", GOOD)
def test_a_passphrase_may_be_made_in_any_way(in_shop, passphrase):
    hash_ = passphrases.of_passphrase(passphrase, "Ana")

    assert passphrases.is_right(passphrase, hash_)
    assert passphrase not in hash_


@on_sqlite_only
@pytest.mark.real_hashes
def test_a_passphrase_is_dear_to_guess(in_shop):
    assert re.match(r"scrypt:32768:8:3\$", passphrases.of_passphrase(GOOD[0], "Ana"))


@on_sqlite_only
@pytest.mark.parametrize("passphrase", BAD)
def test_a_passphrase_that_others_would_guess_is_refused(in_shop, passphrase):
    with pytest.raises(Invalid):
        passphrases.of_passphrase(passphrase, "Ana")


@on_sqlite_only
@pytest.mark.parametrize("pin", ["", "12345", "1234567", "abcdef", "111111", "123456", "654321", "121212", "739739",
                                 "٧٣٩١٠٤", "13579a", "111122"])  # fmt: skip
def test_a_pin_that_others_would_guess_is_refused(in_shop, pin):
    with pytest.raises(Invalid):
        passphrases.of_pin(pin)


@pytest.mark.real_hashes
def test_a_pin_is_worth_nothing_to_who_steals_the_database(shop_with):
    with shop_with().app_context():
        kept = passphrases.of_pin(PIN)
        assert passphrases.is_right_pin(PIN, kept)

    with shop_with().app_context():
        assert not passphrases.is_right_pin(PIN, kept)
    assert re.match(r"scrypt:32768:8:3\$", kept)


def test_a_shop_of_one_sees_nothing_of_pins(manager):
    pages = [manager.visit(path) for path in ("/till", "/office", "/office/settings", "/me")]

    assert [page.response.status_code for page in pages] == [200] * 4
    assert all("Change cashier" not in page.text for page in pages)
    assert "of inactivity" not in pages[2].text
    assert manager.browser.get("/till/sign-in").location == "/sign-in"


def test_a_shop_of_one_opens_the_till_wherever_she_signs_in(manager):
    at_home = manager.elsewhere()

    at_home.sign_in()

    at_home.visit("/till")
    assert at_home.look_up("hello").status_code == 409


def test_with_a_second_person_only_a_till_is_a_till(app, ben):
    ida = Staffer(app, "Ida")
    ida.sign_in()

    page = ida.visit("/till", 403)

    assert "This browser is not a till" in page.text
    assert ida.look_up("hello").status_code == 403
    ida.visit("/office")


def test_a_cashier_is_added_with_a_pin_of_her_own_and_signs_in_by_it(app, manager):
    manager.visit("/office/people?role=cashier")
    added = manager.post("/office/people", json=False, role="cashier", name="Ben", pin=PIN)
    names = manager.visit("/till/sign-in")
    with app.app_context():
        ben = db.session.query(Staff).filter_by(name="Ben").one()
    pad = manager.visit(f"/till/sign-in?staff_id={ben.id}&next=/till")
    answer = manager.post("/till/sign-in", json=False, staff_id=ben.id, pin=PIN, next=pad.field("next"))
    manager.token = None

    assert (added.status_code, added.location) == (303, "/office/people")
    assert "Ben" in names.text
    assert (answer.status_code, answer.location) == (303, "/till")
    assert "Ben" in manager.visit("/till").text
    assert manager.browser.get("/office").status_code == 403


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [({"role": "cashier", "name": "", "pin": PIN}, "Enter a name"),
     ({"role": "cashier", "name": "Ben", "pin": "1"}, "six digits"),
     ({"role": "manager", "name": "Ida", "passphrase": "short"}, "least 15"),
     ({"role": "cashier", "name": "ana", "pin": PIN}, "already")],
)  # fmt: skip
def test_who_cannot_be_added_is_explained_and_nothing_typed_is_lost(app, manager, fields, wrong):
    manager.visit("/office/people")

    page = manager.submit("/office/people", **fields)

    assert wrong in page.text
    assert (page.field("name") or "") == fields["name"]
    with app.app_context():
        assert db.session.query(Staff).count() == 1


def test_who_is_disabled_is_out_within_a_second_everywhere(manager, ben):
    manager.visit(f"/office/people/{ben.id}")

    manager.post(f"/office/people/{ben.id}/disable", json=False)

    assert ben.browser.get("/till").status_code == 303  # the very next request
    assert ben.sign_in().status_code == 422
    assert "Ben" not in ben.browser.get("/till/sign-in").text
    assert "Inactive" in manager.visit("/office/people").text


def test_who_comes_back_signs_in_as_before(manager, ben):
    for what in ("disable", "enable"):
        manager.visit(f"/office/people/{ben.id}")
        manager.post(f"/office/people/{ben.id}/{what}", json=False)

    assert ben.sign_in().status_code == 303


def test_the_last_manager_stays(app, manager, ben):
    page = manager.submit(f"/office/people/{manager.id}/disable", 409)
    demoted = manager.submit(f"/office/people/{manager.id}", 409, role="cashier", pin=PIN)

    assert "The shop needs at least one manager" in page.text
    assert "The shop needs at least one manager" in demoted.text
    with app.app_context():
        person = db.session.get(Staff, manager.id)
        assert (person.disabled_at, person.role) == (None, "manager")


def test_two_managers_who_disable_each_other_at_once_leave_one(app):
    with app.app_context():
        both = [add_person(name) for name in ("Ana", "Ida")]
        by = [StaffSession(id=number, staff_id=person) for number, person in enumerate(both, 1)]
    start = Barrier(2)

    def disable(number):
        with app.app_context():
            start.wait(10)
            try:
                people.disable(both[number], now(), by=by[1 - number])
                return "disabled"
            except Refusal as refusal:
                return refusal.word

    with ThreadPoolExecutor(2) as threads:
        came = list(threads.map(disable, (0, 1)))

    assert Counter(came) == {"disabled": 1, "last_manager": 1}


def test_a_new_pin_ends_what_the_old_one_opened(manager, ben):
    manager.visit(f"/office/people/{ben.id}")
    answer = manager.post(f"/office/people/{ben.id}", json=False, role="cashier", pin="820461")

    assert answer.status_code == 303
    assert ben.browser.get("/till").status_code == 303
    assert [ben.sign_in().status_code, ben.sign_in(pin="820461").status_code] == [422, 303]


def test_the_export_right_shows_today_and_its_list_and_nothing_else(manager, ben, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria")
    manager.visit(f"/office/people/{ben.id}")
    missing = manager.submit(f"/office/people/{ben.id}", role="cashier", may_export="yes")
    manager.post(f"/office/people/{ben.id}", json=False, role="cashier", may_export="yes", passphrase=NEW)
    at_home = ben.elsewhere(role="manager")

    assert "Enter at least 15 characters" in missing.text
    assert at_home.sign_in(NEW).location == "/office"
    assert "Maria" in at_home.visit("/office").text
    assert at_home.browser.get("/office/exports/signups.csv").status_code == 200
    closed = ("/office?from=2020-01-01", "/office/exports/customers.csv", "/office/exports/signups.csv?from=2020-01-01",
              "/office/settings", "/office/people", "/office/devices", "/office/audit", "/till")  # fmt: skip
    assert {path: at_home.browser.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)
    ben.sign_in()
    assert ben.browser.get("/office").status_code == 403  # a PIN opens a till only


def test_a_cashier_without_the_right_has_no_passphrase_that_opens(app, manager, ben, stranger):
    manager.visit(f"/office/people/{ben.id}")
    for right in ({"may_export": "yes", "passphrase": NEW}, {}):
        manager.post(f"/office/people/{ben.id}", json=False, role="cashier", **right)

    assert stranger.post("/sign-in", name="Ben", passphrase=NEW).status_code == 422


def test_a_pin_is_not_even_looked_at_off_a_till(app, manager, ben, stranger):
    with app.app_context():
        at_tablet, _ = make_device("tablet")
        for device in (None, at_tablet):
            with pytest.raises(NotAllowed):
                sessions.sign_in_with_pin(ben.id, PIN, now(), device=device)
        assert db.session.get(Staff, ben.id).pin_tries == 0

    assert stranger.post("/till/sign-in", staff_id=ben.id, pin=PIN).status_code == 403


def make_device(kind):
    with writing():
        return devices.add_device(kind, "", now())


def test_a_pin_waits_after_five_wrong_tries_and_is_a_managers_after_ten(app, manager, ben):
    came = []
    for minute in range(20):
        for _ in range(7 if minute == 0 else 2):
            try:
                pin(app, ben.id, "000000", NOON + minute * MINUTE)
            except (Invalid, TooMany, Refusal) as no:
                came.append(type(no).__name__)

    assert Counter(came[:7]) == {"Invalid": 5, "TooMany": 2}
    assert Counter(came) == {"Invalid": 10, "TooMany": 6, "Refusal": 29}
    with pytest.raises(Refusal, match="locked"):
        pin(app, ben.id, PIN, NOON + timedelta(days=1))
    manager.post(f"/office/people/{ben.id}", json=False, role="cashier", pin="820461")
    assert pin(app, ben.id, "820461", NOON + timedelta(days=1))


def test_a_right_pin_forgives_the_wrong_ones(app, ben):
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Invalid):
                pin(app, ben.id, "000000")
        pin(app, ben.id, PIN)


def test_of_two_hundred_wrong_pins_at_once_five_are_looked_at(app, ben, monkeypatch):
    looked_at, start, is_right = [], Barrier(20), passphrases.is_right_pin
    monkeypatch.setattr(passphrases, "is_right_pin", lambda *given: looked_at.append(1) or is_right(*given))

    def try_ten(_):
        words = []
        start.wait(30)
        for _ in range(10):
            try:
                pin(app, ben.id, "000000")
            except (Invalid, TooMany, Refusal) as no:
                words.append(type(no).__name__)
        return words

    with ThreadPoolExecutor(20) as threads:
        came = Counter(word for words in threads.map(try_ten, range(20)) for word in words)

    assert came == {"Invalid": 5, "TooMany": 195}
    assert len(looked_at) == 5


def test_the_page_says_how_long_to_wait_and_when_a_manager_is_needed(app, ben):
    ben.visit(f"/till/sign-in?staff_id={ben.id}")
    with time_machine.travel(now(), tick=False):
        pages = [ben.submit("/till/sign-in", status, staff_id=ben.id, pin="000000") for status in [422] * 5 + [429]]
    with app.app_context(), writing():
        db.session.get(Staff, ben.id).pin_tries = 10

    assert "Wrong PIN" in pages[0].text
    assert "Try again in 61 s." in pages[5].text
    assert pages[5].response.headers["Retry-After"] == "61"
    assert "This PIN is locked" in ben.submit("/till/sign-in", 409, staff_id=ben.id, pin=PIN).text


def test_the_till_asks_for_the_pin_again_after_the_minutes_that_were_set(manager, ben):
    start = now()
    with time_machine.travel(start + 16 * MINUTE):
        assert ben.browser.get("/till").location == "/till/sign-in?next=/till"
    manager.visit("/office/settings")
    for minutes in ("1", "61", "ten", ""):
        assert "2 to 60" in manager.submit("/office/settings", relock_minutes=minutes).text
    assert manager.post("/office/settings", json=False, relock_minutes="60").status_code == 303
    ben.sign_in()
    with time_machine.travel(start + 59 * MINUTE):
        assert ben.browser.get("/till").status_code == 200


def test_every_change_of_rights_is_a_new_session_and_the_old_one_is_dead(app, manager, ben):
    keys = []

    def is_dead(client, old):
        other = app.test_client()
        for name, cookie in (("suki", old), ("device", client.get_cookie("device").value)):
            other.set_cookie(name, cookie)
        return other.get("/till").status_code == 303

    def noted(who):
        keys.append(who.browser.get_cookie("suki").value)
        return keys[-1]

    before = noted(manager)
    manager.sign_in()
    assert is_dead(manager.browser, before)
    before = noted(manager)
    manager.visit("/office")
    manager.post("/sign-in/again", json=False, passphrase=PASSPHRASE)
    assert is_dead(manager.browser, before)
    before = noted(manager)
    manager.post("/office/devices", json=False, kind="till", label="Counter")
    manager.token = None
    assert is_dead(manager.browser, before)
    manager.visit("/office")
    before = noted(manager)
    manager.post("/till/sign-in", json=False, staff_id=ben.id, pin=PIN)
    assert is_dead(manager.browser, before)
    with app.app_context():
        assert db.session.query(StaffSession).filter_by(ended_at=None).count() == 2


def test_a_change_of_role_ends_what_the_old_role_opened(app, manager, ben):
    ida = Staffer(app, "Ida")
    ida.sign_in()
    manager.visit("/office/people")
    manager.post(f"/office/people/{ida.id}", json=False, role="cashier", pin=PIN)

    assert ida.browser.get("/office").status_code == 303


def test_a_cookie_from_before_signing_out_is_worth_nothing_even_after_a_restart(app, manager):
    cookies = {name: manager.browser.get_cookie(name).value for name in ("suki", "device")}
    manager.visit("/office")
    manager.post("/sign-out")

    again = open_shop(app.config["KIOSK_INSTANCE"], KIOSK_DATABASE_URL=app.config["KIOSK_DATABASE_URL"])
    thief = again.test_client()
    for name, value in cookies.items():
        thief.set_cookie(name, value)

    assert [client.get("/office").status_code for client in (thief, manager.browser)] == [303, 303]
    close_shop(again)


def test_a_tills_session_is_good_on_that_till_only(app, ben):
    thief = app.test_client()
    thief.set_cookie("suki", ben.browser.get_cookie("suki").value)

    assert thief.get("/till").status_code == 303


def test_signing_out_everywhere_ends_every_session_of_hers_and_nobody_elses(manager, ben):
    manager.visit("/office/devices")
    elsewhere = manager.elsewhere()
    elsewhere.sign_in()

    elsewhere.visit("/me")
    elsewhere.post("/me/sign-out", json=False)

    assert [who.browser.get("/me").status_code for who in (manager, elsewhere, ben)] == [303, 303, 200]


def test_people_are_changed_only_after_the_passphrase_was_given_again(manager, ben):
    with time_machine.travel(now() + 16 * MINUTE):
        page = manager.visit("/office/people", 403)
        refused = manager.post("/office/people", role="cashier", name="Eve", pin=PIN)
        manager.visit("/office")
        manager.post("/sign-in/again", json=False, passphrase=PASSPHRASE, next=page.field("next"))
        manager.visit("/office/people")

    assert "Enter your passphrase again, so that nobody else" in page.text
    assert (refused.status_code, refused.json) == (403, {"refusal": "prove"})


def test_who_proves_herself_comes_back_to_the_page_of_what_she_sent(app, manager):
    with app.app_context():
        customer = f"/office/customers/{signed_up().coupon.customer_id}"
    with time_machine.travel(now() + 16 * MINUTE):
        sent_from = {"Referer": f"http://localhost{customer}?from=search"}
        asked = Page(manager.post(f"{customer}/forget", json=False, headers=sent_from))
        wrong = manager.submit("/sign-in/again", passphrase="not it", next=asked.field("next"), is_sent="yes")
        proved = manager.post("/sign-in/again", json=False, passphrase=PASSPHRASE, next=asked.field("next"))

    assert asked.response.status_code == 403
    assert all("Nothing has been done yet." in page.text for page in (asked, wrong))
    assert proved.location == f"{customer}?from=search"


def test_her_pages_are_in_the_language_she_chose(manager, ben):
    ben.visit("/me")
    ben.post("/me", json=False, speaks="nb")

    assert ben.visit("/till").all("html")[0]["lang"] == "nb"
    assert manager.visit("/office").all("html")[0]["lang"] == "en"
    ben.post("/me", json=False, speaks="")
    assert ben.visit("/till").all("html")[0]["lang"] == "en"


def test_refused_attempts_are_noted(app, manager, ben, stranger):
    stranger.post("/sign-in", name="Ana", passphrase="wrong wrong wrong")
    stranger.post("/sign-in", name="Nobody", passphrase="wrong wrong wrong")
    ben.post("/till/sign-in", staff_id=ben.id, pin="000000")
    ben.browser.get("/office/people")

    with app.app_context():
        rows = db.session.query(Audit.action, Audit.staff_id, Audit.object_id, Audit.outcome).order_by(Audit.id)
        refused = [tuple(row) for row in rows if row.outcome != "done"]
    assert refused == [
        ("sign_in", manager.id, "", "wrong"), ("sign_in", None, "", "wrong"), ("sign_in_by_pin", ben.id, "", "wrong"),
        ("refused", ben.id, "office.people", "not_allowed"),
    ]  # fmt: skip


@pytest.mark.real_hashes
@on_sqlite_only
@pytest.mark.clocked
def test_an_unknown_name_takes_as_long_as_a_wrong_passphrase(shop_with):
    app = shop_with(KIOSK_SIGN_INS_PER_MINUTE="100000")
    with app.app_context():
        add_person("Ana")
        with writing():
            people.named("Ana").passphrase_hash = passphrases.of_passphrase(PASSPHRASE)

    def seconds(name):
        begun = time.process_time()
        with app.app_context(), pytest.raises(Invalid):
            sessions.sign_in(name, "wrong wrong wrong", now())
        return time.process_time() - begun

    pairs = [(seconds("Ana"), seconds("Eve")) for _ in range(15)]
    known, unknown = (statistics.median(one) for one in zip(*pairs, strict=True))

    assert abs(known - unknown) <= 0.05 * known, (known, unknown)
