"""The shop as devices have it with a certificate of the shop's own authority, behind a web server that ends TLS."""

import contextlib
import http.client
import http.server
import shutil
import ssl
import subprocess
import threading

import pytest
from conftest import FLAGS
from shop import PASSPHRASE, add_person, open_shop
from test_server import served

NAME, ELSEWHERE = "suki.test", "192.0.2.7"
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not shutil.which("certutil"), reason="needs certutil")]


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with a private authority, a certificate that it gave to the shop's name, and the trust of a browser."""
    folder = tmp_path_factory.mktemp("authority")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"]
    openssl(folder, "req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=The shop's own",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl(folder, "req", "-x509", *new_key, "-keyout", "leaf.key", "-out", "leaf.pem", "-subj", f"/CN={NAME}",
            "-CA", "root.pem", "-CAkey", "root.key", "-addext", f"subjectAltName=DNS:{NAME}",
            "-addext", "basicConstraints=critical,CA:FALSE")  # fmt: skip
    store = folder / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for options in (["-N", "--empty-password"], ["-A", "-n", "shop", "-t", "C,,", "-i", str(folder / "root.pem")]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *options], check=True)
    return folder


class Proxy(http.server.BaseHTTPRequestHandler):
    """Passes everything on, and says for whom and by which scheme, as Caddy does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("x-forwarded")}
        kept |= {"X-Forwarded-For": ELSEWHERE, "X-Forwarded-Proto": self.server.scheme}
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.behind, timeout=30)) as line:
            line.request(self.command, self.path, body, kept)
            answer = line.getresponse()
            said = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_HEAD = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def in_front_of(port, authority=None):
    """A web server before that port; gives the origin by which browsers call it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.behind, server.scheme, server.daemon_threads = port, "https" if authority else "http", True
    if authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority / "leaf.pem", authority / "leaf.key")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{server.scheme}://{NAME}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def owner(browser_type, browser_type_launch_args, authority, watched):
    """A page of a browser that trusts the authority, and finds the shop by its name."""
    flags = [*FLAGS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    started = browser_type.launch(**browser_type_launch_args | {"args": flags, "env": {"HOME": str(authority)}})
    yield watched(started.new_context()).new_page()
    started.close()


@pytest.fixture
def port(folder):
    """A shop with a manager, served by its real web server."""
    app = open_shop(folder / "instance", KIOSK_TRUSTED_HOSTS=NAME)
    with app.app_context():
        add_person()
    with served(app) as port:
        yield port


def signs_in(page, origin) -> None:
    page.goto(f"{origin}/sign-in")
    page.fill("[name=name]", "Ana")
    page.fill("[name=passphrase]", PASSPHRASE)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{origin}/office")


POWERS = "() => [isSecureContext, Boolean(navigator.mediaDevices?.getUserMedia), Boolean(navigator.serviceWorker)]"
WARNING = "Others on this network can read"


def test_with_a_certificate_cookies_are_secure_and_the_browser_has_its_powers(owner, port, authority):
    with in_front_of(port, authority) as origin:
        signs_in(owner, origin)
        assert WARNING not in owner.content()
        owner.goto(f"{origin}/till")
        assert owner.evaluate(POWERS) == [True, True, True]
        owner.goto(f"{origin}/")
        owner.evaluate("navigator.serviceWorker.ready.then(() => true)")

        cookies = owner.context.cookies()

    assert {cookie["name"] for cookie in cookies} >= {"__Host-suki"}
    assert [one["name"] for one in cookies if not (one["secure"] and one["name"].startswith("__Host-"))] == []


def test_without_one_the_office_says_in_red_that_others_can_read_along(owner, port, errors):
    with in_front_of(port) as origin:
        signs_in(owner, origin)
        warning = owner.locator(".message--bad", has_text=WARNING)

        assert warning.count() == 1
        assert owner.evaluate(POWERS) == [False, False, False]
        assert [cookie["secure"] for cookie in owner.context.cookies()] == [False] * len(owner.context.cookies())
        warning.get_by_role("link", name="What to do").click()
        assert "docs/https.md" in owner.locator("section", has=owner.locator("#connection")).inner_text()
    errors[:] = [
        said for said in errors if not said.startswith("The Cross-Origin-Opener-Policy header")
    ]  # it needs TLS
