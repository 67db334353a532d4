"""A PostgreSQL of the tests' own: Debian's, as a person who is not root, in a folder and on a port of its own."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

FOLDERS = tempfile.gettempdir()  # as it is now: a shop that opens takes temporary files into its own folder
QUICK = ("fsync=off", "full_page_writes=off")  # for tests that cut no power
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SHAPE = """
    SELECT string_agg(indexdef, ';' ORDER BY indexname),
        (SELECT string_agg(concat(table_name, column_name, data_type), ';' ORDER BY table_name, column_name)
            FROM information_schema.columns WHERE table_schema = 'public'),
        (SELECT count(*) FROM pg_namespace), -- a restore keeps the tables of before in a schema of their own
        (SELECT string_agg(version_num, ';') FROM alembic_version)
    FROM pg_indexes WHERE schemaname = 'public'"""


class Missing(Exception):
    """There is no PostgreSQL to start; the text says how to get one."""


def programs() -> Path:
    """Where the newest PostgreSQL of this machine has its programs. Raises Missing."""
    found = [Path(shutil.which("initdb") or "").parent, *Path("/usr/lib/postgresql").glob("*/bin")]
    found = [folder for folder in found if (folder / "initdb").exists() and (folder / "pg_ctl").exists()]
    if not found:
        raise Missing("no PostgreSQL to start; as root, tests/get_tools.py gets Debian's")
    return max(found, key=lambda folder: [int(part) for part in folder.parts if part.isdigit()])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """One PostgreSQL server. `durable` is how a shop runs it; else it is quick and may forget on a power cut."""

    def __init__(self, *, durable: bool = False):
        self.programs, self.durable = programs(), durable
        self.folder = Path(tempfile.mkdtemp(prefix="suki-postgresql-", dir=FOLDERS))
        self.port = _free_port()
        self.url = f"postgresql://suki@127.0.0.1:{self.port}/{{}}"
        if os.geteuid() == 0:
            os.chown(self.folder, *pwd.getpwnam("postgres")[2:4])
        self._run("initdb", "-U", "suki", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()

    def _run(self, program: str, *options: str) -> None:
        as_nobody_special = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command = [*as_nobody_special, str(self.programs / program), "-D", str(self.folder / "data"), *options]
        log = self.folder / "said"
        with log.open("a") as said:
            done = subprocess.run(command, cwd=self.folder, stdout=said, stderr=said)
        assert done.returncode == 0, log.read_text()[-2000:]

    def start(self) -> None:
        settings = ("listen_addresses=127.0.0.1", "max_connections=200", *(() if self.durable else QUICK))
        options = f"-k {self.folder} -p {self.port} " + " ".join(f"-c {setting}" for setting in settings)
        self._run("pg_ctl", "start", "-w", "-o", options)

    def stop(self, how: str = "fast") -> None:
        """`immediate` is what a crash does: nothing is tidied up, the log is read at the next start."""
        self._run("pg_ctl", "stop", "-w", "-m", how)

    def remove(self) -> None:
        with contextlib.suppress(AssertionError):  # stopped already
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


class Databases:
    """Databases for shops, each new and empty or a copy of one that has been opened before."""

    def __init__(self, url: str):
        import psycopg
        from sqlalchemy import make_url

        self._url, self._made, self._empty = make_url(url), [], []
        self._name = f"suki_test_{os.getpid()}_{{}}"
        admin = self._url.set(drivername="postgresql")
        self.connection = psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True)

    def new(self, *, like: str | None = None) -> str:
        """The address of a further database."""
        name = self._name.format(len(self._made))
        copied = f' TEMPLATE "{self.name_of(like)}" STRATEGY file_copy' if like else ""
        self.connection.execute(f'CREATE DATABASE "{name}"{copied}')
        self._made.append(name)
        return self._url.set(database=name).render_as_string(hide_password=False)

    def for_a_shop(self, like: str) -> str:
        """One with the shop's empty tables: used before, which is quicker, or new."""
        return self._empty.pop() if self._empty else self.new(like=like)

    def give_back(self, url: str, like: str) -> None:
        """Empty it for the next shop; one whose tables a test has changed is dropped."""
        with self._connected(url) as connection:
            connection.execute("SET session_replication_role = replica")  # no foreign key asks for an order
            for (table,) in connection.execute(TABLES).fetchall():
                connection.execute(f'DELETE FROM "{table}"')
            connection.execute("SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence")
            shape = connection.execute(SHAPE).fetchone()
        with self._connected(like) as connection:
            is_as_new = shape == connection.execute(SHAPE).fetchone()
        self._empty.append(url) if is_as_new else self.drop(url)

    @staticmethod
    def _connected(url: str):
        import psycopg

        return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    @staticmethod
    def name_of(url: str) -> str:
        from sqlalchemy import make_url

        return make_url(url).database

    def drop(self, url: str) -> None:
        self.connection.execute(f'DROP DATABASE IF EXISTS "{self.name_of(url)}" WITH (FORCE)')

    def close(self) -> None:
        for name in self._made:
            self.connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.connection.close()


def cluster_or_skip(**kwargs) -> Cluster:
    """Without PostgreSQL its tests are skipped, by name, except in CI, where that is a failure."""
    try:
        return Cluster(**kwargs)
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
