"""PostgreSQL as a shop meets it: several servers at once, and a database that goes away."""

import http.client
import json
import os
import re
import subprocess
import sys
import urllib.parse
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import pytest
from people import Person, Staffer
from postgres import Cluster, cluster_or_skip
from shop import IS_FULL, OPERATIONS, UNLIMITED, a_coupon, a_phone, close_shop, new_id, on_postgresql_only, open_shop
from test_start import ROOT, free_port

from kiosk import config
from kiosk.base.database import MOST_THREADS, db, engine_options
from kiosk.guard import audit
from kiosk.models import Audit, Coupon, Customer, Redemption, Setting, Signup

pytestmark = pytest.mark.postgresql


def start(folder, url, **settings) -> tuple[subprocess.Popen, int]:
    """A real server on that database; not waited for."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")} | UNLIMITED
    environment |= {"KIOSK_INSTANCE": str(folder), "KIOSK_DATABASE_URL": url, "PYTHONUTF8": "1", **settings}
    port = free_port()
    command = [sys.executable, "-m", "kiosk", "--host", "127.0.0.1", "--port", str(port), "--threads", "8"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **pipes), port


def wait_for(process) -> str:
    said = []
    for line in process.stdout:
        said.append(line)
        if "On this machine" in line:
            break
    return "".join(said)


@pytest.fixture
def two_servers(postgresql, tmp_path):
    """Two processes, started at the same moment on one empty database; gives a shop on it, and their ports."""
    url = postgresql.new()
    started = [start(tmp_path / "instance", url) for _ in range(2)]
    said = [wait_for(process) for process, _ in started]
    assert all("Suki is ready" in one for one in said), said
    app = open_shop(tmp_path / "instance", KIOSK_DATABASE_URL=url)
    yield app, [port for _, port in started]
    close_shop(app)
    for process, _ in started:
        process.kill()
        process.wait()
        process.stdout.close()
    postgresql.drop(url)


class Line:
    """One browser's open line to one of the servers, with what it was given to keep."""

    def __init__(self, person: Person, port: int):
        cookies = (person.browser.get_cookie(name) for name in ("suki", "device"))
        self.headers = {
            "Cookie": "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies if cookie),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "X-CSRFToken": person.token,
        }
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, path, **fields) -> tuple[int, dict]:
        self.connection.request("POST", path, urllib.parse.urlencode(fields), self.headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


def from_sixteen(ports, person, shots) -> Counter:
    """Send the shots (path, fields) from sixteen lines, eight to each server; counts the statuses and refusals."""

    def send(number):
        line, came = Line(person, ports[number % 2]), Counter()
        for path, fields in shots(number):
            status, answer = line.post(path, **fields)
            came[status, answer.get("refusal")] += 1
        line.connection.close()
        return came

    with ThreadPoolExecutor(16) as threads:
        return sum(threads.map(send, range(16)), Counter())


def test_two_servers_started_at_once_make_the_tables_once_and_share_the_secret(two_servers):
    app, ports = two_servers
    with app.app_context():
        assert db.session.execute(db.text("SELECT count(*) FROM alembic_version")).scalar() == 1
        assert db.session.query(Setting).filter_by(name="setup_token").count() == 1
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")

    assert from_sixteen(ports, ana, lambda _: [("/till/lookups", {"q": "hello"})]) == {(409, "mistyped"): 16}


@pytest.mark.parametrize("coupons", [15, pytest.param(200 if IS_FULL else 50, marks=pytest.mark.slow)])
def test_over_two_servers_a_coupon_is_redeemed_once(two_servers, coupons):
    app, ports = two_servers
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/till")
    with app.app_context():
        codes = [a_coupon().code for _ in range(coupons)]

    came = from_sixteen(
        ports, ana, lambda _: [("/till/redemptions", {"code": code, "operation_id": new_id()}) for code in codes]
    )

    assert came == {(201, None): coupons, (409, "used"): 15 * coupons}
    with app.app_context():
        assert db.session.query(Redemption).count() == coupons
        assert db.session.query(Coupon).filter(Coupon.spent_at.is_(None)).count() == 0
        assert (db.session.query(Audit).count(), list(audit.troubles())) == (1 + 16 * coupons, [])


@pytest.mark.parametrize(("operations", "times"), [(10, 16), pytest.param(*OPERATIONS, marks=pytest.mark.slow)])
def test_over_two_servers_an_operation_is_one_coupon(two_servers, operations, times):
    app, ports = two_servers
    maria = Person(app)
    maria.visit("/")
    sent = [("/signups", {"operation_id": new_id(), "language": "en", "phone": a_phone()}) for _ in range(operations)]

    came = from_sixteen(ports, maria, lambda n: sent * (times // 16 + (n < times % 16)))

    assert came == {(201, None): operations, (200, None): operations * (times - 1)}
    with app.app_context():
        assert [db.session.query(kind).count() for kind in (Signup, Customer, Coupon)] == [operations] * 3


@pytest.fixture
def own_cluster():
    """A PostgreSQL that a test may stop, set up as a shop would have it."""
    cluster: Cluster = cluster_or_skip(durable=True)
    yield cluster
    cluster.remove()


def test_a_database_that_goes_away_is_said_plainly_and_found_again(own_cluster, tmp_path):
    app = open_shop(tmp_path, KIOSK_DATABASE_URL=own_cluster.url.format("postgres"))
    ana, maria = Staffer(app), Person(app)
    ana.sign_in()
    ana.visit("/till")
    kept = maria.post("/signups", operation_id=new_id(), phone=a_phone()).json["code"]

    own_cluster.stop("immediate")
    pages = [person.visit(path, 503) for person, path in ((maria, "/"), (ana, "/till"), (ana, "/office"))]
    refused = ana.post("/till/lookups", q=kept)
    health = maria.browser.get("/healthz")
    own_cluster.start()

    assert ["Saving failed" in page.text for page in pages] == [True] * 3
    assert (refused.status_code, health.status_code, health.json) == (503, 503, {"status": "fail"})
    assert ana.look_up(kept).json["state"] == "issued"
    assert maria.browser.get("/healthz").status_code == 200
    close_shop(app)


def test_what_was_acknowledged_outlives_a_crash_of_the_database(own_cluster, tmp_path):
    app = open_shop(tmp_path, KIOSK_DATABASE_URL=own_cluster.url.format("postgres"))

    is_first = Lock()

    def sign_up_until_it_is_gone(_):
        maria, codes = Person(app), []
        maria.visit("/")
        while (answer := maria.post("/signups", operation_id=new_id(), phone=a_phone())).status_code == 201:
            codes.append(answer.json["code"])
            if len(codes) == 25 and is_first.acquire(blocking=False):
                own_cluster.stop("immediate")
        return codes

    with ThreadPoolExecutor(4) as threads:
        acknowledged = {code for codes in threads.map(sign_up_until_it_is_gone, range(4)) for code in codes}
    own_cluster.start()

    with app.app_context():
        assert acknowledged - {code for (code,) in db.session.query(Coupon.code)} == set()
        assert db.session.query(Coupon).count() == db.session.query(Signup).count()
    close_shop(app)


def refusal(folder, url, **settings) -> str:
    process, _ = start(folder, url, **settings)
    said = process.communicate(timeout=60)[0].strip()
    assert process.returncode == 1
    assert len(said.splitlines()) == 1, said
    return said


def test_a_start_without_the_database_says_so_in_one_sentence(tmp_path):
    said = refusal(tmp_path, f"postgresql://suki:secret@127.0.0.1:{free_port()}/shop")

    assert said.startswith("Suki cannot start: the database does not answer (")
    assert "secret" not in said


def test_a_start_without_the_driver_says_how_to_get_it(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\nu.find_spec = lambda name: name != 'psycopg' and find(name)\n"
    )

    said = refusal(tmp_path, "postgresql://127.0.0.1/shop", PYTHONPATH=str(tmp_path))

    assert said.endswith(f'-m pip install "{config.POSTGRESQL}"')


def test_the_driver_is_pinned_the_same_everywhere():
    named = [re.findall(r"psycopg\[binary\]==[\d.]+", (Path(ROOT) / name).read_text())
             for name in ("pyproject.toml", "tests/requirements.txt", "README.md")]  # fmt: skip

    assert named == [[config.POSTGRESQL]] * 3


@on_postgresql_only
def test_every_thread_may_have_a_connection_and_no_isolation_but_the_one_we_mean(in_shop):
    assert engine_options("postgresql+psycopg://x/y")["pool_size"] == MOST_THREADS
    assert db.session.execute(db.text("SHOW transaction_isolation")).scalar() == "read committed"
    assert db.session.execute(db.text("SHOW synchronous_commit")).scalar() == "on"


@pytest.mark.parametrize("command", [("demo", "--customers", "3"), ("restore", "README.md")])
def test_what_needs_the_server_stopped_says_so_while_one_runs(two_servers, command):
    app, _ = two_servers
    names = ("KIOSK_INSTANCE", "KIOSK_DATABASE_URL")
    environment = os.environ | {name: app.config[name] for name in names}

    done = subprocess.run(
        [sys.executable, "-m", "kiosk", *command], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert (done.returncode, "Another Suki is running" in done.stderr) == (1, True), done.stderr


def test_a_further_server_signs_nobody_out(two_servers):
    app, _ = two_servers
    ana = Staffer(app)
    ana.sign_in()
    process, _ = start(app.config["KIOSK_INSTANCE"], app.config["KIOSK_DATABASE_URL"])
    wait_for(process)
    process.kill()
    process.wait()
    process.stdout.close()

    ana.visit("/till")
