"""A server on PostgreSQL is known to run, whatever becomes of its connections; who needs it stopped is refused."""

import os
import subprocess
import sys
import threading
import time

import psycopg
import pytest
from people import Person, Staffer
from postgres import cluster_or_skip
from shop import IS_FULL, a_phone, close_shop, new_id, open_shop
from test_postgresql import Line, start, wait_for
from test_start import ROOT

from kiosk.base import presence
from kiosk.base.database import db
from kiosk.models import Coupon

pytestmark = pytest.mark.postgresql
BREAK_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
)

HELD = f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {presence.SERVING}"


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL that these tests may restart, set up as a shop would have it."""
    cluster = cluster_or_skip(durable=IS_FULL)
    yield cluster
    cluster.remove()


class Served:
    """A shop with its server, a real process, and what a shop's owner might run beside it."""

    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.url = cluster, folder / "instance", cluster.url.format("postgres")
        self.app, self.processes, self.port = open_shop(self.folder, KIOSK_DATABASE_URL=self.url), [], None
        self.lines = []
        self.port = self.start()

    def start(self) -> int:
        process, port = start(self.folder, self.url)
        self.processes.append(process)
        said = wait_for(process)
        assert "Suki is ready" in said, said
        return port

    def kill(self) -> None:
        """Kill the first server, and wait until PostgreSQL has noticed: its lock lasts as long as its connections."""
        self.processes[0].kill()
        self.processes[0].wait()
        with psycopg.connect(self.url, autocommit=True) as watcher:
            while watcher.execute(HELD).fetchone()[0]:
                time.sleep(0.02)

    def line(self) -> Line:
        maria = Person(self.app)
        maria.visit("/")
        self.lines.append(Line(maria, self.port))
        return self.lines[-1]

    @staticmethod
    def sign_up(line) -> tuple[int, dict]:
        return line.post("/signups", operation_id=new_id(), language="en", phone=a_phone())

    def run(self, *command) -> str:
        """What a command says: "" when all went well."""
        environment = os.environ | {"KIOSK_INSTANCE": str(self.folder), "KIOSK_DATABASE_URL": self.url}
        command = [sys.executable, "-m", "kiosk", *command]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        return done.stderr if done.returncode else ""

    def restart(self):
        self.cluster.stop("fast")
        self.cluster.start()

    def break_off(self):
        with psycopg.connect(self.cluster.url.format("template1"), autocommit=True) as connection:
            connection.execute(BREAK_OFF)

    def stop(self):
        for line in self.lines:
            line.connection.close()
        for process in self.processes:
            process.kill()
            process.wait()
            process.stdout.close()
        close_shop(self.app)
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")


@pytest.fixture
def served(cluster, tmp_path):
    served = Served(cluster, tmp_path)
    yield served
    served.stop()


@pytest.mark.parametrize("lost", ["restart", "break_off"])
def test_a_server_that_lost_its_connections_is_still_known_to_run(served, lost):
    getattr(served, lost)()

    said = served.run("demo", "--customers", "3")

    assert "Another Suki is running on this database" in said
    assert served.sign_up(served.line())[0] == 201
    assert "Another Suki is running on this database" in served.run("restore", "README.md")


def test_a_restart_while_people_sign_up_loses_nothing_and_lets_nobody_in_between(served):
    acknowledged, statuses, is_over = set(), set(), threading.Event()

    def sign_up_until_it_is_over():
        line = served.line()
        while not is_over.is_set():
            status, answer = served.sign_up(line)
            statuses.add(status)
            acknowledged.update({answer["code"]} if status == 201 else ())

    threads = [threading.Thread(target=sign_up_until_it_is_over) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    served.restart()
    said = [served.run("demo", "--customers", "3") for _ in range(2)]
    is_over.set()
    for thread in threads:
        thread.join()

    assert ["Another Suki is running" in one for one in said] == [True, True]
    assert statuses <= {201, 503}
    with served.app.app_context():
        assert acknowledged <= {code for (code,) in db.session.query(Coupon.code)}
        assert db.session.query(Coupon).filter(Coupon.code.in_(acknowledged)).count() == len(acknowledged) > 0


def test_who_wants_the_database_alone_hears_a_server_that_has_just_lost_its_connections(served):
    with served.app.app_context():
        db.session.remove()
        db.engine.dispose()
        served.break_off()
        with presence.alone() as is_alone:
            pass

    assert not is_alone
    assert served.sign_up(served.line())[0] == 201


@pytest.mark.parametrize("lost", ["restart", "break_off"] if IS_FULL else ["break_off"])
def test_a_second_server_signs_nobody_out_after_connections_were_lost(served, lost):
    ana = Staffer(served.app)
    ana.sign_in()
    getattr(served, lost)()

    served.start()

    ana.visit("/till")


def test_the_only_server_signs_everybody_out_when_it_starts(served):
    ana = Staffer(served.app)
    ana.sign_in()
    served.kill()

    served.start()

    assert ana.browser.get("/till").status_code == 303


def test_a_server_that_is_gone_keeps_nobody_waiting(served):
    served.kill()

    assert served.run("demo", "--customers", "3") == ""


def test_while_a_command_has_the_database_alone_a_server_says_so_and_writes_nothing(served):
    line = served.line()
    with psycopg.connect(served.url, autocommit=True) as command:
        command.execute(BREAK_OFF)
        command.execute("SELECT pg_advisory_lock(7320)")  # before the server has called for it

        during = served.sign_up(line)
        with served.app.app_context():
            stored = db.session.query(Coupon).count()

    assert (during, stored) == ((503, {"error": "cannot_write"}), 0)
    assert served.sign_up(line)[0] == 201


def test_a_command_that_has_the_database_alone_keeps_a_server_from_starting(served):
    served.kill()
    with served.app.app_context(), presence.alone() as is_alone:
        process, _ = start(served.folder, served.url)
        said = process.communicate(timeout=60)[0]

    assert (is_alone, process.returncode) == (True, 1)
    assert said.strip() == (f"Suki cannot start: the database does not answer ({presence.TAKEN}).")
