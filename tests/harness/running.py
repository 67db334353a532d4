"""A real server process and the people at it, as the harness drives them."""

import contextlib
import functools
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

import pytest
from shop import IS_FULL, IS_SQLCIPHER, KEY, PASSPHRASE, PIN, UNLIMITED, a_phone, data_of, new_id

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IDLE = 60  # s after which a browser, too, opens a new connection; the server closes idle ones after 120
BREAKDOWNS = (OSError, http.client.HTTPException)


def size(short: int, full: int) -> int:
    """How much of a thing: CI's figure, or the whole one when full.py asks."""
    return full if IS_FULL else short


def is_in_time(took: float, bar: float) -> bool:
    """Whether it took no longer than the bar (seconds); in a short run, among other tests on a machine that others use,
    whether it took no longer than five times that: nothing hung."""
    return took <= bar * size(5, 1)


def needs(*programs: str, root: bool = False):
    """Skip, by name, where a machine cannot do it."""
    missing = [program for program in programs if not shutil.which(program)]
    if root and (not hasattr(os, "geteuid") or os.geteuid() != 0):
        missing.append("root")
    return pytest.mark.skipif(bool(missing), reason=f"needs {', '.join(missing)}")


def compiled(name: str, folder: Path) -> str:
    """A preload library made from its source beside this file."""
    library = folder / f"{name}.so"
    command = [
        "cc",
        "-O2",
        "-Wall",
        "-Werror",
        "-shared",
        "-fPIC",
        "-o",
        library,
        HERE / f"{name}.c",
        "-ldl",
        "-lpthread",
    ]
    subprocess.run(command, check=True)
    return str(library)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self):
        return json.loads(self.text)


class Visitor:
    """Somebody with a browser. When the server breaks off, what she asked raises one of BREAKDOWNS."""

    def __init__(self, server: "Server"):
        self.server, self.cookies, self.token, self.line = server, {}, None, None
        self.asked_at = 0.0
        server.visitors.append(self)

    def ask(self, method: str, path: str, fields: dict | None = None, accept="application/json") -> Answer:
        headers = {"Accept": accept, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if time.monotonic() - self.asked_at > IDLE:
            self.leave()
        self.asked_at = time.monotonic()
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            self.line.request(method, path, body, headers)
            response = self.line.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode())
        except BREAKDOWNS:
            self.leave()
            raise
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def leave(self) -> None:
        if self.line:
            self.line.close()
        self.line = None

    def visit(self, path: str) -> Answer:
        answer = self.ask("GET", path, accept="text/html")
        token = re.search('name="csrf-token" content="([^"]+)"', answer.text)
        self.token = token and token[1]
        return answer

    def post(self, path: str, accept="application/json", **fields) -> Answer:
        if self.token is None:
            self.visit("/")
        return self.ask("POST", path, {"csrf_token": self.token, **fields}, accept)

    def sign_up(self, operation_id: str, accept="application/json", **fields) -> Answer:
        fields = {"language": "en", "name": "Maria", "city": "Pasig", "source": "friend", "consent_sms": "yes"} | fields
        return self.post("/signups", accept, operation_id=operation_id, **fields)

    def set_up(self) -> None:
        """Become the shop's first manager; her browser is a till."""
        link = self.server.set_up_link
        self.visit(link)
        answer = self.post(link, "text/html", name="Ana", passphrase=PASSPHRASE, country="PH")
        assert answer.status == 303, answer.text
        self.visit("/till")

    def sign_in(self, cashier_id: int | None = None) -> None:
        """As the manager, on this browser, which becomes a till of its own; or as that cashier, on her till."""
        if cashier_id:
            address, fields = "/till/sign-in", {"staff_id": cashier_id, "pin": PIN}
        else:
            address, fields = "/sign-in", {"name": "Ana", "passphrase": PASSPHRASE}
        self.visit(address)
        assert self.post(address, "text/html", **fields).status == 303
        self.visit("/till")

    def take_on(self, cashier: "Visitor", name="Ben") -> int:
        """As the manager: a cashier, who signs in by PIN on a till of her own; gives back her id."""
        self.visit("/office/people")
        staff_id = self.post("/office/people", role="cashier", name=name, pin=PIN).json["staff_id"]
        link = self.post("/office/devices", kind="till", label=name, elsewhere="yes").json["url"]
        path = urllib.parse.urlsplit(link).path
        cashier.visit(path)
        cashier.post(path, "text/html")
        cashier.sign_in(staff_id)
        self.visit("/till")
        return staff_id

    def redeem(self, code: str, operation_id: str, **fields) -> Answer:
        return self.post("/till/redemptions", code=code, operation_id=operation_id, **fields)

    def undo(self, redemption_id: int, operation_id: str, **fields) -> Answer:
        return self.post(f"/till/redemptions/{redemption_id}/undo", operation_id=operation_id, **fields)


def under_a_key() -> dict[str, str]:
    """The setting by which a server's data file is an encrypted one, where those of all these tests are."""
    if not IS_SQLCIPHER:
        return {}
    file = Path(tempfile.gettempdir(), "suki-tests.key")  # outside of any disk that a test plays
    file.write_text(KEY)
    return {"KIOSK_DATABASE_KEY_FILE": str(file)}


class Server:
    """`python -m kiosk` on a free port, with its data in a folder of its own.

    `variant` is for broken.py; `inside` a command that the server is run by; `environment` adds to its own.
    """

    def __init__(self, folder: Path, *, threads=4, variant=(), inside=(), environment=None):
        self.folder, self.threads, self.variant, self.inside = Path(folder), threads, tuple(variant), tuple(inside)
        self.log = self.folder.parent / f"{self.folder.name}.log"
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
        self.environment |= UNLIMITED | {"KIOSK_INSTANCE": str(folder), "KIOSK_COUNTRY": "PH", "PYTHONUTF8": "1"}
        self.environment |= {"KIOSK_SIGN_INS_PER_MINUTE": "1000"} | under_a_key() | (environment or {})
        self.process, self.port, self.visitors = None, free_port(), []

    @property
    def file(self) -> Path:
        return self.folder / "kiosk.sqlite"

    @property
    def set_up_link(self) -> str:
        return re.findall(r"/setup/\S+", self.log.read_text())[-1]

    @property
    def processor_seconds(self) -> float:
        """What the server has used of a processor; a busy machine makes it wait, not work more."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @functools.cached_property
    def entry(self) -> tuple[dict, str]:
        """A browser's cookies and token, which any number of people may share, and which a restart leaves good."""
        visitor = Visitor(self)
        visitor.visit("/")
        visitor.leave()
        return visitor.cookies, visitor.token

    @property
    def command(self) -> list[str]:
        program = [str(HERE / "broken.py"), *self.variant, "--"] if self.variant else ["-m", "kiosk"]
        options = ["--host", "127.0.0.1", "--port", str(self.port), "--threads", str(self.threads)]
        return [*self.inside, sys.executable, *program, *options]

    def start(self) -> float:
        """Start; gives back the seconds until it is healthy."""
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        while not self.is_healthy():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() - begun < 30, self.log.read_text()[-3000:]
            time.sleep(0.02)
        return time.monotonic() - begun

    def health(self) -> Answer | None:
        visitor = Visitor(self)
        try:
            return visitor.ask("GET", "/healthz")
        except BREAKDOWNS:
            return None
        finally:
            visitor.leave()
            self.visitors.remove(visitor)

    def is_healthy(self) -> bool:
        answer = self.health()
        return answer is not None and answer.status == 200 and answer.json == {"status": "ok"}

    def kill(self) -> None:
        """As with kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        for visitor in self.visitors:
            visitor.leave()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def running(folder: Path, **kwargs):
    """A server that is up, and is stopped at the end."""
    server = Server(folder, **kwargs)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Acknowledged:
    """A signup that was answered with a success."""

    operation_id: str
    phone: str
    code: str


class Writers:
    """People signing up, each as fast as she can, until told to stop or the server breaks off."""

    def __init__(self, server: Server, count: int = 8, accept=("application/json",)):
        self.server, self.acknowledged, self.refused, self.unforeseen = server, [], [], []
        self.stopping = threading.Event()
        kinds = [accept[number % len(accept)] for number in range(count)]
        self.threads = [threading.Thread(target=self._sign_up_and_up, args=(kind,)) for kind in kinds]

    def __enter__(self):
        assert self.server.entry
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, count: int, most=300) -> None:
        """Until so many were acknowledged."""
        begun = time.monotonic()
        while len(self.acknowledged) < count and any(thread.is_alive() for thread in self.threads):
            assert time.monotonic() - begun < most, self.refused[-1:]
            time.sleep(0.01)

    def _sign_up_and_up(self, accept: str) -> None:
        visitor = Visitor(self.server)
        visitor.cookies, visitor.token = dict(self.server.entry[0]), self.server.entry[1]
        with contextlib.suppress(*BREAKDOWNS):
            while not self.stopping.is_set():
                self._sign_up(visitor, new_id(), a_phone(), accept)
        visitor.leave()

    def _sign_up(self, visitor: Visitor, operation_id: str, phone: str, accept: str) -> None:
        answer = visitor.sign_up(operation_id, accept, phone=phone)
        if answer.status == 201:
            self.acknowledged.append(Acknowledged(operation_id, phone, answer.json["code"]))
        elif answer.status == 303:  # to the coupon, for who asked for a page
            page = visitor.visit("/coupon").text
            code = re.sub(r"\s", "", re.search(r"\b\d{4}\s\d{4}\s\d{4}\b", page)[0])
            self.acknowledged.append(Acknowledged(operation_id, phone, code))
        else:
            self.refused.append((time.monotonic(), answer))


@dataclass
class Books:
    """What the data file holds, read without the server."""

    signups: dict[str, tuple[str, int]]  # operation: the coupon's code, how many consents
    integrity: str
    repeats: int  # operations or codes found twice

    def lost(self, acknowledged) -> list[Acknowledged]:
        return [one for one in acknowledged if self.signups.get(one.operation_id, ("", 0))[0] != one.code]

    @property
    def incomplete(self) -> int:
        return sum(consents != 1 for _, consents in self.signups.values())


SIGNUPS = """
SELECT signup.operation_id, coupon.code, (SELECT count(*) FROM consent WHERE consent.signup_id = signup.id)
FROM signup LEFT JOIN coupon ON coupon.id = signup.coupon_id
"""


def books(file: Path, module=None) -> Books:
    with data_of(file, module) as connection:
        rows = connection.execute(SIGNUPS).fetchall()
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    signups = {operation_id: (code, consents) for operation_id, code, consents in rows}
    codes = {code for _, code, _ in rows}
    return Books(signups, "orphans" if orphans else integrity, len(rows) * 2 - len(signups) - len(codes))


def value_of(file: Path, sql: str, *parameters):
    with data_of(file) as connection:
        return connection.execute(sql, parameters).fetchone()[0]


def change(file: Path, sql: str, *parameters) -> None:
    with data_of(file) as connection:
        connection.execute(sql, parameters)


def at_once(jobs) -> list:
    """Run all jobs, each in a thread of its own, starting together; their results in order."""
    jobs = list(jobs)
    barrier, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(number, job):
        barrier.wait()
        results[number] = job()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def percentile(values, share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@functools.cache
def machine() -> str:
    import platform

    return f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
