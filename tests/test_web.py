import logging

import pytest
from people import Person
from shop import a_phone, new_id, on_sqlite_only
from sqlalchemy.exc import OperationalError

from kiosk import config
from kiosk.shop import shop
from kiosk.web.access import Door
from kiosk.web.headers import HEADERS

BAD_HOSTS = ["evil.example", "localhost.evil.example", "10.255.255.1", "127.0.0.1.evil.example", "[::2]", "", "a b",
             "shop.example@evil.example", "evil.example:80", "localhost:80@evil.example", "128.1.1.1", "[", "xn--e1a",
             "kiosk.local", "0.0.0.0", "2130706433", "0x7f000001", "evil.example.", "localhos", "::1",
             ".", "localhost..", ".localhost", "localhost:80:81", "localhost:99999", "localhost/x", "user@localhost",
             "x" * 64 + ".example", "255.255.255.255"]  # fmt: skip


@on_sqlite_only
@pytest.mark.parametrize("host", BAD_HOSTS)
def test_a_host_that_is_not_ours_is_refused(app, host):
    for path in ("/sign-in", "/static/css/base.css", "/healthz", "/c/0123456789abcdefghjkmnpqrs"):
        answer = app.test_client().get(path, headers={"Host": host})

        assert answer.status_code == 400
        assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


@on_sqlite_only
@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.2", "[::1]:8080", "LOCALHOST", "localhost."]
)
def test_our_own_names_are_known(app, host):
    assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


def test_the_public_address_and_further_names_are_known(shop_with):
    app = shop_with(KIOSK_PUBLIC_URL="https://shop.example", KIOSK_TRUSTED_HOSTS="till.lan,Kasse.lan")

    for host in ("shop.example", "till.lan", "kasse.lan:8080"):
        assert app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


@on_sqlite_only
@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/nothing", "/static/css/base.css", "/static/nothing", "/healthz", "/till"]
)
def test_every_answer_has_the_headers(app, path):
    with app.test_client().get(path) as answer:
        headers = answer.headers

    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "camera=(self)" not in headers["Permissions-Policy"] or path in ("/", "/till")


def test_only_the_till_and_the_tablet_may_use_the_camera(manager):
    for path, allowed in (("/till", "(self)"), ("/", "(self)"), ("/office", "()"), ("/sign-in", "()")):
        assert (path, f"camera={allowed}" in manager.visit(path).response.headers["Permissions-Policy"]) == (path, True)


def test_a_form_without_a_token_is_refused(app):
    answer = app.test_client().post("/signups", data={"operation_id": new_id(), "phone": a_phone()})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "header", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_form_from_elsewhere_is_refused(customer_at_tablet, header):
    answer = customer_at_tablet.post("/signups", headers=header, operation_id=new_id(), phone=a_phone())

    assert answer.status_code == 403


def test_a_form_of_our_own_origin_is_welcome(customer_at_tablet):
    header = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}

    assert (
        customer_at_tablet.post("/signups", headers=header, operation_id=new_id(), phone=a_phone()).status_code == 201
    )


def test_cookies_are_closed_to_scripts_and_under_tls_bound_to_the_host(app):
    plain = app.test_client().get("/").headers["Set-Cookie"]
    secure = app.test_client().get("/", base_url="https://localhost").headers["Set-Cookie"]

    assert plain.startswith("suki=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert secure.startswith("__Host-suki=")
    assert "Secure" in secure


def test_a_missing_page_is_explained_to_people_and_programs(stranger):
    page = stranger.visit("/nothing", 404)
    answer = stranger.browser.get("/nothing", headers={"Accept": "application/json"})

    assert "Page not found" in page.text
    assert (answer.status_code, answer.is_json) == (404, True)


def test_too_much_at_once_is_refused(customer_at_tablet):
    assert customer_at_tablet.post("/signups", name="x" * 100_000).status_code == 413
    assert "Too much data was sent" in customer_at_tablet.submit("/signups", 413, name="x" * 100_000).text


def test_an_error_shows_a_number_that_the_log_has_and_nothing_of_anybody(app, customer_at_tablet, monkeypatch, caplog):
    typed = "Maria +639171234567"

    def break_down(*_args, **_kwargs):
        raise RuntimeError(typed)

    customer_at_tablet.visit("/")
    monkeypatch.setattr("kiosk.signups.signup.sign_up", break_down)
    with caplog.at_level(logging.ERROR):
        page = customer_at_tablet.submit("/signups", 500, operation_id=new_id(), name="Maria", phone="0917 123 4567")

    number = caplog.text.partition("Incident ")[2][:6]
    assert number in page.text
    assert "Maria" not in caplog.text
    assert "917123" not in caplog.text
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("message", "status", "words"),
    [("database or disk is full", 507, "The disk is full"), ("disk I/O error", 503, "Saving failed")],
)
def test_a_disk_that_cannot_be_written_is_said_plainly(customer_at_tablet, monkeypatch, caplog, message, status, words):
    class Broken(Exception):
        sqlite_errorcode = 13 if status == 507 else 10

    def fail(*_args, **_kwargs):
        raise OperationalError("INSERT", {}, Broken(message))

    customer_at_tablet.visit("/")
    monkeypatch.setattr("kiosk.signups.signup.sign_up", fail)
    page = customer_at_tablet.submit("/signups", status, operation_id=new_id(), phone="0917 123 4567")

    assert words in page.text
    assert [len(record.getMessage()) < 100 for record in caplog.records if record.name == "kiosk"] == [True]


def test_health_is_one_word(app, monkeypatch):
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}

    def fail(*_args, **_kwargs):
        raise OperationalError("INSERT", {}, Exception("disk I/O error"))

    monkeypatch.setattr("kiosk.web.pages.limits.count", fail)
    assert (client.get("/healthz").status_code, client.get("/healthz").json) == (503, {"status": "fail"})


def test_files_are_kept_by_the_browser_until_they_change(app):
    page = Person(app).visit("/")
    styles = [a["href"] for a in page.all("link") if a["rel"] == "stylesheet"]

    assert all("?v=" in href for href in styles)
    for path, kept in ((styles[0], "public, max-age=31536000, immutable"), ("/static/css/base.css", "no-cache")):
        with app.test_client().get(path) as answer:
            assert answer.headers["Cache-Control"] == kept


def test_no_request_leaves_the_shop(app):
    page = Person(app).visit("/")

    addresses = [a.get("href") or a.get("src") for a in page.all("link", "script", "img", "a")]
    assert [address for address in addresses if not address.startswith(("/", "#"))] == []


def test_the_country_is_guessed_until_it_is_said(shop_with):
    with shop_with(KIOSK_COUNTRY="NO").app_context():
        here = shop.current()

    assert (here.currency, here.time_zone, here.language) == ("NOK", "Europe/Oslo", "nb")


@pytest.mark.parametrize(
    ("spoken", "country"), [("nb_NO.UTF-8", "NO"), ("ru_RU", "RU"), ("C.UTF-8", "PH"), ("", "PH"), ("en_XX", "PH")]
)
def test_the_country_is_the_machines(monkeypatch, spoken, country):
    for name in ("LC_ALL", "LC_MONETARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", spoken)

    assert shop._machine_country.__wrapped__() == country


NUL = "a\x00b"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/signups", {"operation_id": new_id(), "phone": "0917 123 4567", "name": NUL}),
        ("/signups", {"operation_id": new_id(), "phone": "0917 123 4567", "language": NUL, "source": NUL, "city": NUL}),
        ("/signups", {"operation_id": NUL, "phone": NUL, "email": NUL}),
        ("/sign-in", {"name": NUL, "passphrase": NUL, "next": NUL}),
        ("/sign-in/again", {"passphrase": NUL, "next": NUL}),
        ("/till/lookups", {"q": NUL, "q_keys": NUL}),
        ("/till/redemptions", {"code": "000000000003", "operation_id": "\x00" * 8, "amount": NUL}),
        ("/till/redemptions", {"code": "000000000003", "operation_id": "\x00" * 8}),
        ("/till/redemptions/1/undo", {"operation_id": "\x00" * 8, "reason": NUL}),
        ("/till/redemptions/99999999999999999999/undo", {"operation_id": new_id()}),
        ("/setup/%00", {"name": NUL, "passphrase": NUL}),
        ("/pair/%00", {}),
        ("/till/sign-in", {"staff_id": NUL, "pin": NUL, "next": NUL}),
        ("/till/sign-in", {"staff_id": "99999999999999999999", "pin": "739104"}),
        ("/office/people", {"role": NUL, "name": NUL, "pin": NUL, "passphrase": NUL}),
        ("/office/people/99999999999999999999/disable", {}),
        ("/office/devices", {"kind": NUL, "label": NUL}),
        ("/office/devices", {"kind": "till", "label": NUL, "elsewhere": "yes"}),
        ("/office/settings", {"relock_minutes": NUL}),
    ],
)
def test_what_no_database_can_keep_is_refused_before_it_gets_there(manager, path, fields):
    answer = manager.post(path, **fields)

    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("path", ["/c/%00", "/C/A%00", "/setup/%00", "/office?from=%00", "/office/exports/%00.csv",
                                  "/?language=%00", "/sign-in?next=%00", "/%00", "/pair/%00",
                                  "/till/sign-in?staff_id=%00", "/office/people?role=%00", "/me?language=%00",
                                  "/office/audit?action=%00&person=%00&before=%00&refused=%00"])  # fmt: skip
def test_no_address_reaches_the_database_as_it_is(manager, path):
    assert manager.browser.get(path).status_code < 500


def test_the_words_of_an_undo_and_of_set_up_are_kept_clean(manager, customer_at_tablet):
    code = customer_at_tablet.sign_up().json["code"]
    redemption_id = manager.redeem(code).json["redemption_id"]

    answer = manager.undo(redemption_id, reason=NUL)

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"reason"})
    assert manager.undo(redemption_id, reason="He changed\r\nhis mind").status_code == 201


@on_sqlite_only
@pytest.mark.parametrize(
    "origin", ["http://[", "https://", "ftp://localhost", "https://localhost", "http://localhost:81", "null", ""]
)
def test_an_origin_that_is_not_ours_whole_is_foreign(customer_at_tablet, origin):
    answer = customer_at_tablet.post("/coupon/done", headers={"Origin": origin})

    assert answer.status_code == 403


@on_sqlite_only
def test_our_own_origin_is_not_foreign(customer_at_tablet):
    assert customer_at_tablet.post("/coupon/done", headers={"Origin": "http://localhost"}).status_code == 200


def test_who_asks_for_json_is_told_where_to_go_on(manager):
    answer = manager.post("/office/settings", relock_minutes="20")

    assert (answer.status_code, answer.json) == (200, {"next": "/office/settings"})
    assert "Location" not in answer.headers


@on_sqlite_only
def test_a_missing_file_is_not_kept_for_a_year(app):
    assert app.test_client().get("/static/nothing.css?v=1").headers["Cache-Control"] == "no-store"


@on_sqlite_only
@pytest.mark.parametrize(
    "address",
    ["https://[shop", "https://u:p@shop.example", "https://shop.example:99999", "https://:80", "shop.example"],
)
def test_a_public_address_that_is_none_is_not_kept(manager, address):
    answer = manager.post("/office/shop", public_url=address)

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"public_url"})
    with pytest.raises(config.BadSetting, match="KIOSK_PUBLIC_URL"):
        config.load({"KIOSK_PUBLIC_URL": address})


@pytest.mark.parametrize(
    ("path", "reads", "back"),
    [
        ("/nothing", "If you have a coupon, our staff can help", "/"),
        ("/c/nobodys", "If you have a coupon, our staff can help", None),
        ("/office/nothing", "no longer exists", "/office"),
        ("/office/people/4711", "no longer exists", "/office"),
        ("/till/nothing", "scan again", "/till"),
        ("/setup/nobodys", "To set up the shop", "/sign-in"),
        ("/pair/nobodys", "create a new code in the office", "/sign-in"),
    ],
)
def test_what_is_not_there_is_said_to_who_is_in_that_room(manager, path, reads, back):
    page = manager.visit(path, 404)

    assert reads in page.text
    assert [link["href"] for link in page.all("a") if link.get("href") == back] == [back] * (back is not None)
    assert "our staff" not in page.text or "our staff" in reads


@pytest.mark.parametrize(
    ("path", "reads"),
    [
        ("/", "tell our staff"),
        ("/c/0123456789ABCDEFGHJKMNPQRS", "tell our staff"),
        ("/office", "the person who maintains Suki"),
        ("/till", "to see whether it was redeemed"),
        ("/me", "the person who maintains Suki"),
    ],
)
@on_sqlite_only
def test_a_breakdown_is_said_to_who_is_in_that_room(app, manager, monkeypatch, path, reads):
    def break_down(*_args, **_kwargs):
        raise RuntimeError

    break_down.door = Door("anybody")
    for name in ("tablet.welcome", "phone.show_coupon", "office.today", "till.ready", "sign_in.me"):
        monkeypatch.setitem(app.view_functions, name, break_down)
    page = manager.visit(path, 500)

    assert reads in page.text
    assert ("our staff" in page.text) == ("our staff" in reads)


def test_a_cashier_in_the_office_is_shown_the_way_back_to_the_till(cashier):
    page = cashier.visit("/office/settings", 403)

    assert "/till" in [link.get("href") for link in page.all("a")]


@pytest.mark.parametrize("path", ["/signups", "/join", "/sign-in", "/till/sign-in", "/coupon/done"])
def test_without_cookies_the_page_says_so_and_what_to_do(shop_with, path):
    app = shop_with(KIOSK_PUBLIC_URL="https://shop.example")
    without = Person(app)
    without.browser = app.test_client(use_cookies=False)
    without.visit("/sign-in")

    page, answer = without.submit(path, 400, phone=a_phone()), without.post(path, phone=a_phone())

    assert "Cookies are off in this browser" in page.text
    assert "Allow cookies for this address" in page.text
    assert (answer.status_code, answer.json) == (400, {"error": "no_cookies"})


def test_with_cookies_an_old_page_is_out_of_date(customer_at_tablet):
    customer_at_tablet.visit("/")
    customer_at_tablet.token = "of yesterday"

    page = customer_at_tablet.submit("/signups", 400, phone=a_phone())

    assert "This page is out of date" in page.text
    assert "Cookies" not in page.text
