"""Suki as it is started: what the terminal says, and how it says no."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import Mock

import pytest
from shop import close_shop, data_of, open_shop
from sqlalchemy.exc import OperationalError

from kiosk import config, serve
from kiosk.__main__ import main
from kiosk.staff import sessions

ROOT = Path(__file__).resolve().parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def start(tmp_path):
    """Start the server; gives the process and what it printed until it was ready."""
    started = []

    def start(*options, **settings):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
        environment |= {"KIOSK_INSTANCE": str(tmp_path / "instance"), "PYTHONUTF8": "1"} | settings
        command = [sys.executable, "-m", "kiosk", *options]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "/setup/" in line:
                break
        return process, "".join(lines)

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_terminal_says_where_the_shop_is_and_the_tablet_works_at_once(start):
    port = free_port()
    process, said = start("--port", str(port))

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
        page = answer.read().decode()

    assert f"http://localhost:{port}/" in said
    assert re.search(rf"http://localhost:{port}/setup/\S{{20,}}", said)
    assert "My shop" in page
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert "Traceback" not in process.stdout.read()


def test_a_fresh_server_is_ready_within_seconds(start):
    begun = time.monotonic()
    start("--port", str(free_port()))

    assert time.monotonic() - begun < 30  # some 1 s when the machine has nothing else to do


def refusal(start, *options, **settings) -> str:
    process, said = start(*options, **settings)
    said += process.stdout.read()
    assert process.wait(10) != 0
    assert len(said.strip().splitlines()) == 1, said
    return said


@pytest.fixture
def refusal_here(tmp_path, monkeypatch):
    """The same in this process, which loads the program once for all that it is told."""
    monkeypatch.setattr(serve, "_listen", Mock())
    monkeypatch.setattr(sys, "argv", ["suki"])

    def refusal_here(**settings) -> str:
        for name, value in {"KIOSK_INSTANCE": str(tmp_path / "instance"), **settings}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main()
        assert len(left.value.code.splitlines()) == 1
        return left.value.code

    return refusal_here


def test_a_taken_port_is_said_in_one_sentence(start):
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert f"port {port} on 0.0.0.0 cannot be used" in refusal(start, "--port", str(port))


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(start, tmp_path):
    (tmp_path / "file").write_text("")

    assert "Cannot write in" in refusal(start, "--port", str(free_port()), KIOSK_INSTANCE=str(tmp_path / "file"))


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY])
def test_only_a_full_disk_may_leave_sessions_as_they_are(monkeypatch, code):
    trouble = sqlite3.OperationalError("")
    trouble.sqlite_errorcode = code
    failing = Mock(side_effect=OperationalError("", {}, trouble))
    monkeypatch.setattr(sessions, "end_all", failing)

    with nullcontext() if code == sqlite3.SQLITE_FULL else pytest.raises(OperationalError):
        serve._end_sessions()


def test_a_second_server_on_the_same_data_is_refused_at_once(start):
    port = free_port()
    first, said = start("--port", str(port))
    link = re.search(r"/setup/\S+", said)[0]

    assert "another Suki is already running on" in refusal(start, "--port", str(free_port()))

    for path in ("/healthz", link):  # the first goes on, and so does its set-up link
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            assert answer.status == 200
    first.kill()
    first.wait()
    assert "Suki is ready" in start("--port", str(free_port()))[1]  # the claim died with its owner


@pytest.mark.parametrize(
    ("name", "value"),
    [("KIOSK_PUBLIC_URL", "shop.example"), ("KIOSK_COUNTRY", "Philippines"), ("KIOSK_COUNTRY", "ZZ"),
     ("KIOSK_PUBLIC_URL", "https://[bad"), ("KIOSK_MISSES_PER_DAY", "many"),
     ("KIOSK_COLOUR", "red"), ("KIOSK_DATABASE_URL", "mysql://x")],
)  # fmt: skip
def test_a_bad_setting_is_said_in_one_sentence(refusal_here, name, value):
    assert name in refusal_here(**{name: value})


@pytest.mark.parametrize(
    ("break_it", "words"),
    [("UPDATE alembic_version SET version_num = '9999'", "was stored by a newer Suki"),
     ("", "secret is empty or cut short")],
)  # fmt: skip
def test_a_folder_that_this_version_cannot_use_is_said_in_one_sentence(start, tmp_path, break_it, words):
    app = open_shop(tmp_path)
    close_shop(app)
    if break_it:
        with data_of(tmp_path / "kiosk.sqlite") as data:
            data.execute(break_it)
    else:
        (tmp_path / "secret").write_text("")

    key = {"KIOSK_DATABASE_KEY_FILE": app.config["KIOSK_DATABASE_KEY_FILE"]}
    said = refusal(start, "--port", str(free_port()), KIOSK_INSTANCE=str(tmp_path), **key)

    assert said.startswith("Suki cannot start: ")
    assert words in said


def test_without_venv_the_starter_says_what_to_install(tmp_path):
    (tmp_path / "start.py").write_bytes((ROOT / "start.py").read_bytes())
    (tmp_path / "no").mkdir()
    (tmp_path / "no" / "venv.py").write_text("raise ImportError")

    done = subprocess.run(
        [sys.executable, "start.py"], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path / "no")},
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.strip() == (
        "Suki cannot start: Python's venv module is missing. On Debian or Ubuntu: sudo apt install -y python3-venv"
    )


@pytest.mark.parametrize("line", ["KIOSK_COUNTRY", "KIOSK_INSTANCE = /elsewhere", "KIOSK_COLOUR = red"])
def test_a_bad_line_in_the_settings_file_is_said_in_one_sentence(refusal_here, tmp_path, line):
    (tmp_path / "kiosk.cfg").write_text(f"# ours\n\n{line}\n")

    assert line.partition(" ")[0] in refusal_here(KIOSK_INSTANCE=str(tmp_path))


def test_a_settings_file_of_another_editor_is_read(tmp_path):
    (tmp_path / "kiosk.cfg").write_text("KIOSK_COUNTRY = NO\n", encoding="utf-8-sig")

    assert config.load({"KIOSK_INSTANCE": str(tmp_path)})["KIOSK_COUNTRY"] == "NO"


@pytest.mark.parametrize(("host", "here"), [("127.0.0.2", "127.0.0.2"), ("::1", "[::1]"), ("localhost", "localhost")])
def test_the_addresses_that_are_printed_work(start, host, here):
    port = free_port()
    said = start("--host", host, "--port", str(port), KIOSK_PUBLIC_URL="https://shop.example")[1]

    assert "https://shop.example/" in said
    assert "On the tablet" not in said
    with urllib.request.urlopen(f"http://{here}:{port}/setup/" + re.search(r"/setup/(\S+)", said)[1]) as answer:
        assert answer.status == 200
