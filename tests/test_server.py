"""The web server as it listens: whom it believes, for how long it waits, and what its own answers carry."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress

import pytest
from shop import on_sqlite_only
from waitress import wasyncore

from kiosk.base.database import db
from kiosk.models import Counter
from kiosk.web import senders, server
from kiosk.web.access import Door
from kiosk.web.headers import CLOSED

pytestmark = on_sqlite_only


@contextmanager
def served(app, threads=4):
    """The shop behind its real web server; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    running = server.create(app, listening, threads)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        running.trigger.pull_trigger(lambda: wasyncore.close_all(running._map))
        thread.join(10)
        running.task_dispatcher.shutdown()


def ask(port, text, *, from_="127.0.0.1", lasts=10) -> str:
    """Send those bytes from that address, and read until the server closes."""
    with socket.create_connection(("127.0.0.1", port), lasts, source_address=(from_, 0)) as connection:
        connection.sendall(text.encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts).decode()


def get(port, path="/", *, from_="127.0.0.1", **headers) -> str:
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in ({"Host": "localhost"} | headers).items()]
    return ask(port, f"GET {path} HTTP/1.1\r\nConnection: close\r\n{''.join(lines)}\r\n", from_=from_)


PROXY, WIFI = "127.0.0.1", "127.0.0.2"  # the one address that is believed, and one like any other


@pytest.mark.parametrize(
    ("from_", "headers", "goes_to_join"),
    [
        (PROXY, {"X_Forwarded_For": "203.0.113.7", "X_Forwarded_Host": "localhost"}, True),
        (PROXY, {"X_Forwarded_For": "127.0.0.1, 203.0.113.7", "X_Forwarded_Host": "localhost"}, True),
        (PROXY, {"X_Forwarded_Host": "localhost", "Host": "shop.example"}, True),
        (PROXY, {"X_Forwarded_Host": "localhost", "Host": "shop.example:81"}, True),
        (PROXY, {"X_Forwarded_Proto": "https", "Host": "localhost"}, True),
        (WIFI, {"X_Forwarded_For": "203.0.113.7", "X_Forwarded_Host": "shop.example"}, False),
        (WIFI, {"X_Forwarded_For": "127.0.0.1", "X_Forwarded_Host": "localhost", "Host": "shop.example"}, True),
        (PROXY, {}, False),
        (WIFI, {}, False),
    ],
)
def test_only_a_proxy_on_this_machine_says_where_a_request_comes_from(shop_with, from_, headers, goes_to_join):
    with served(shop_with(KIOSK_PUBLIC_URL="https://shop.example")) as port:
        answer = get(port, from_=from_, **headers)

    assert answer.startswith("HTTP/1.1 303" if goes_to_join else "HTTP/1.1 200"), answer[:300]


SAYS_HTTPS = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example", "X_Forwarded_For": "203.0.113.7"}


@pytest.mark.parametrize(
    ("proxy", "from_", "is_believed"), [("", PROXY, True), ("", WIFI, False), (WIFI, WIFI, True), (WIFI, PROXY, False)]
)
def test_only_the_proxy_of_the_settings_makes_a_cookie_secure_and_none_makes_a_link(
    shop_with, proxy, from_, is_believed
):
    with served(shop_with(KIOSK_TRUSTED_PROXY=proxy)) as port:
        page, way_on = get(port, from_=from_, **SAYS_HTTPS), get(port, "/office", from_=from_, **SAYS_HTTPS)

    cookies = [line for line in page.splitlines() if line.startswith("Set-Cookie:")]
    assert [("__Host-suki=" in line, "Secure" in line) for line in cookies] == [(is_believed, is_believed)]
    assert "Location: /sign-in" in way_on
    assert "evil.example" not in page + way_on


def test_a_name_that_is_not_ours_is_refused_whatever_a_proxy_was_called(app):
    with served(app) as port:
        answer = get(port, Host="evil.example", X_Forwarded_Host="localhost")

    assert answer.startswith("HTTP/1.1 400")


@pytest.mark.parametrize(
    ("from_", "said", "counted"),
    [
        (WIFI, "203.0.113.7", "127.0.0.2"),
        (PROXY, "203.0.113.7", "203.0.113.7"),
        (PROXY, "192.168.1.1, 203.0.113.7", "203.0.113.7"),
        (PROXY, "2001:db8:0:1::5", "2001:db8:0:1::/64"),
        (PROXY, "2001:db8:0:1:ffff::9", "2001:db8:0:1::/64"),
    ],
)
def test_the_limits_count_the_clients_own_address(app, monkeypatch, from_, said, counted):
    monkeypatch.setattr(senders, "_hashed", lambda known: known)
    with served(app) as port:
        get(port, "/c/nobodys", from_=from_, X_Forwarded_For=said)

    with app.app_context():
        assert db.session.query(Counter.name).all() == [(f"link from {counted}",)]


START = "POST /signups HTTP/1.1\r\nHost: localhost\r\n"
HALF_SENT = {
    "nothing": "",
    "a byte": "P",
    "half the headers": START,
    "half the body": f"{START}Content-Length: 50000\r\n\r\nname=Ana",
    "half a chunk": f"{START}Transfer-Encoding: chunked\r\n\r\nff\r\nname",
}


@contextmanager
def held(port, count, text, *, from_=PROXY):
    """So many connections on which no more than that is sent."""
    with ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(socket.create_connection(("127.0.0.1", port), 10, (from_, 0))))
            connections[-1].sendall(text.encode())
        yield connections


@pytest.mark.parametrize("text", HALF_SENT.values(), ids=HALF_SENT)
def test_half_sent_requests_keep_nobody_waiting(app, text):
    with served(app) as port, held(port, 520, text):
        answers = [get(port, from_=from_) for from_ in (PROXY, WIFI, PROXY, WIFI)]  # each in ten seconds, or it fails

    assert [answer[:12] for answer in answers] == ["HTTP/1.1 200"] * 4


def is_open(connection) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_one_address_has_so_many_connections_and_takes_none_from_another(app, monkeypatch):
    monkeypatch.setattr(server, "MOST_FROM_ONE_ADDRESS", 20)
    with served(app) as port, held(port, 5, START, from_=WIFI) as others, held(port, 60, START) as many:
        get(port)
        still_open = [sum(map(is_open, connections)) for connections in (others, many)]

    assert still_open[0] == 5
    assert still_open[1] <= 20


def test_a_request_that_does_not_end_is_closed_even_when_it_trickles(app, monkeypatch):
    monkeypatch.setattr(server, "SLOWEST", 1)
    with served(app) as port, held(port, 1, START) as (connection,):
        begun = time.monotonic()
        while is_open(connection) and time.monotonic() - begun < 20:
            with suppress(ConnectionError):
                connection.send(b"X: y\r\n")
            time.sleep(0.2)

    assert 1 < time.monotonic() - begun < 10


def test_what_comes_in_quickly_may_take_longer(app, monkeypatch):
    monkeypatch.setattr(server, "SLOWEST", 1)
    monkeypatch.setattr(server, "SLOW", 1000)
    with served(app) as port, held(port, 1, f"{START}Content-Length: 50000\r\n\r\n") as (connection,):
        for _ in range(50):
            connection.sendall(b"x" * 1000)
            time.sleep(0.1)
        assert connection.recv(20).startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize(("path", "status"), [("/signups", "413"), ("/office/imports", "400")])
def test_only_a_list_may_be_large(app, path, status):
    post = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n"
    with served(app) as port:
        answer = ask(port, post + "x" * 2_000_000 * (status == "400"))

    assert answer.split()[1] == status


def test_what_is_being_answered_is_not_closed_to_make_room(app, monkeypatch):
    monkeypatch.setattr(server, "MOST_FROM_ONE_ADDRESS", 2)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_args, **_kwargs):
        begun.set()
        go_on.wait(20)
        return "done"

    slow.door = Door("anybody")
    monkeypatch.setitem(app.view_functions, "tablet.offline", slow)
    with served(app) as port, ThreadPoolExecutor(1) as threads:
        answer = threads.submit(get, port, "/offline")
        begun.wait(10)
        with held(port, 30, START):
            get(port, from_=WIFI)
            go_on.set()
            assert answer.result().endswith("done")


UNREADABLE = {
    "400": "GET / HTTP/1.1\r\nno header\r\n\r\n",
    "400 by its method": "G\x00T / HTTP/1.1\r\n\r\n",
    "400 by its proxy": "GET / HTTP/1.0\r\nHost: localhost\r\nX-Forwarded-Proto: ftp\r\n\r\n",
    "413": f"{START}Content-Length: 99999999\r\n\r\n",
    "431": f"GET / HTTP/1.1\r\nX: {'x' * 263_000}\r\n\r\n",
    "501": f"{START}Transfer-Encoding: gzip\r\n\r\n",
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_the_server_itself_answers_has_our_headers_too(app, name):
    with served(app) as port:
        answer = ask(port, UNREADABLE[name])

    assert answer.startswith(("HTTP/1.1 " + name[:3], "HTTP/1.0 " + name[:3])), answer
    assert [header for header, value in CLOSED.items() if f"\r\n{header}: {value}\r\n" not in answer] == []


def test_each_header_is_sent_once(app):
    with served(app) as port:
        answer = get(port)

    assert [answer.count(f"\r\n{header}: ") for header in CLOSED] == [1] * len(CLOSED)
