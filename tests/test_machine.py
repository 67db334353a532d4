"""The machine and what is around it: each fault provoked, and said with what to do; and what the doctor tells."""

import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version

import pytest
from people import Staffer
from shop import NOON, at_till, on_sqlite_only

from kiosk import config
from kiosk.base import disk
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Device
from kiosk.oversight import health, machine
from kiosk.shop import shop
from kiosk.upkeep import rotation

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")


@pytest.fixture
def serve(tmp_path):
    """A server with a certificate of its own for localhost; gives its address and the certificate's file."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"https://localhost:{listening.getsockname()[1]}"

    def serve(days: int):
        key, file = tmp_path / "key.pem", tmp_path / "certificate.pem"
        asked = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key]
        asked += ["-out", file, "-days", str(days), "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run(asked, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file, key)

        def answer():
            with suppress(OSError):
                while True:
                    plain, _ = listening.accept()
                    with plain, suppress(OSError), context.wrap_socket(plain, server_side=True) as secured:
                        secured.recv(1)

        threading.Thread(target=answer, daemon=True).start()
        return address, file

    yield serve
    listening.close()


def said_of(address: str) -> list[str]:
    with writing():
        shop.describe(public_url=address)
    return list(machine.public_troubles(now()))


def test_a_shop_without_a_public_address_asks_nobody(in_shop):
    assert list(machine.public_troubles(NOON)) == []


def test_a_public_address_without_https(in_shop):
    assert said_of("http://shop.example") == [
        "http://shop.example has no HTTPS: what customers send can be read on the way. Put a web server with a "
        "certificate in front of Suki, and enter the address with https."
    ]


def test_a_public_address_that_does_not_answer(in_shop):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"https://localhost:{closed.getsockname()[1]}"

    assert said_of(address) == [
        f"{address} does not answer from here: Connection refused. "
        "Check whether the web server in front of Suki is running."
    ]


@needs_openssl
def test_a_certificate_that_nobody_vouches_for(in_shop, serve):
    address, _ = serve(90)

    (said,) = said_of(address)
    assert said.startswith(f"The certificate of {address} is not accepted: self")
    assert said.endswith("signed certificate. Renew it, or install its authority here as well.")


@needs_openssl
@pytest.mark.parametrize(("days", "ends"), [(13, True), (15, False)])
def test_a_certificate_that_ends_soon(in_shop, serve, monkeypatch, days, ends):
    address, file = serve(days)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))

    day = f"{now() + timedelta(days=days):%Y-%m-%d}"

    said = f"The certificate of {address} ends on {day}. The web server in front of Suki should renew it."
    assert said_of(address) == ([said] if ends else [])


def test_settings_that_others_can_read(in_shop):
    settings = rotation.first_place().with_name("kiosk.cfg")
    settings.write_text("KIOSK_SMTP_URL = smtps://me%40shop.example:password@mail.example\n")
    settings.chmod(0o644)

    assert list(machine.troubles()) == [f"Others on this machine can read {settings}. Type: chmod go= “{settings}”"]


@pytest.mark.parametrize(("kind", "is_said"), [("ext4", True), ("vfat", False)])
def test_a_key_file_that_others_can_read_is_said_where_that_can_be_changed(
    in_shop, tmp_path, monkeypatch, kind, is_said
):
    key, mounts = tmp_path / "suki.key", tmp_path / "mounts"
    mounts.write_text(f"disk / ext4 rw 0 0\nstick {tmp_path} {kind} rw 0 0\n")
    key.touch(0o644)
    key.chmod(0o644)
    monkeypatch.setattr(disk, "MOUNTS", mounts)
    monkeypatch.setitem(in_shop.config, "KIOSK_DATABASE_KEY_FILE", str(key))

    said = f"Others on this machine can read {key}. Type: chmod go= “{key}”"
    assert list(machine.troubles()) == ([said] if is_said else [])


def test_what_pip_has_left_behind_counts_for_nothing(in_shop, tmp_path, monkeypatch):
    (tmp_path / "nameless-1.0.dist-info").mkdir()
    (tmp_path / "half_gone-1.0.dist-info").mkdir()
    (tmp_path / "~lask-3.0.0.dist-info").mkdir()
    (tmp_path / "~lask-3.0.0.dist-info" / "METADATA").write_text("Name: Flask\nVersion: 3.0.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(machine, "PINS", tmp_path / "requirements.txt")
    machine.PINS.write_text(f"flask=={version('flask')}\nhalf-gone==1.0\n")

    assert list(machine.troubles()) == ["half-gone is – here, and Suki was tried with 1.0. Start it by start.py."]


@pytest.mark.parametrize(("off", "kept"), [(0, None), (9, None), (25, 25), (-25, -25)])
def test_a_tablet_whose_clock_is_wrong(app, off, kept):
    ana = Staffer(app)
    ana.becomes("tablet")

    its_clock = int((now() + timedelta(minutes=off)).timestamp() * 1000)
    ana.browser.get(f"/shown?clock={its_clock}")

    with app.app_context():
        said = "The clock of 1 is 25 minutes off this machine’s. Set the one that is wrong."
        assert db.session.scalar(db.select(Device.clock_off)) == kept
        assert health.quick_troubles(now()) == ([said] if kept else [])
        assert health.quick_troubles(now() + timedelta(days=2)) == []  # whether it still is, nobody knows
    ana.browser.get(f"/shown?clock={int(now().timestamp() * 1000)}")
    with app.app_context():
        assert health.quick_troubles(now()) == []


def test_a_stranger_says_nothing_of_a_clock(app, stranger):
    assert stranger.browser.get("/shown?clock=0").status_code == 200
    for clock in ("", "x", "-1", "9" * 30):
        assert stranger.browser.get(f"/shown?clock={clock}").status_code == 200


def test_the_day_is_kept_on_which_a_scanner_was_used_at_a_till(app, manager, customer_at_tablet):
    code = customer_at_tablet.sign_up().json["code"]
    manager.look_up(code)
    with app.app_context():
        assert db.session.scalar(db.select(Device.scanned_on)) is None

    manager.post("/till/lookups", q=code, q_keys=code, by_scanner="yes")

    with app.app_context():
        assert db.session.scalar(db.select(Device.scanned_on)) == shop.stored().today()
    assert "Scanner: " in manager.visit("/office/devices").text


def test_the_doctor_says_what_check_says_and_what_is_around(app, run):
    with app.app_context():
        at_till()
        with writing():
            shop.describe(public_url="http://shop.example")

    done = run("doctor")

    assert done.exit_code == 1
    assert "0 signups, 0 customers, 0 coupons, 0 redemptions\n" in done.output
    assert re.search("^Settings that are set: .*KIOSK_COUNTRY", done.output, re.MULTILINE)
    for said in ("Suki runs on ", "the shop's time zone, ", "Public address: http://shop.example.", "The till 1: "):
        assert said in done.output
    assert "http://shop.example has no HTTPS" in done.output and "1 thing(s) to see to.\n" in done.output
    assert "no HTTPS" not in run("check").output


@on_sqlite_only
def test_the_doctor_names_the_settings_that_were_given(run, tmp_path, monkeypatch):
    for name in config.SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(config, "ROOT", tmp_path)
    said = [run("doctor").output]
    (tmp_path / "instance" / "kiosk.cfg").write_text("KIOSK_COUNTRY = NO\n")
    said.append(run("doctor").output)

    assert [re.search("Settings that are set: (.*)", one)[1] for one in said] == ["none.", "KIOSK_COUNTRY."]


@on_sqlite_only
def test_the_office_asks_for_the_certificate_only_when_everything_is_checked(app):
    ana = Staffer(app)
    ana.sign_in()
    with app.app_context(), writing():
        shop.describe(public_url="http://shop.example")

    quick, whole = (ana.visit(f"/office/health{asked}").text for asked in ("", "?thorough=1"))

    assert "has no HTTPS" not in quick
    assert "has no HTTPS" in whole
