"""The people and the shop that tests begin with."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from people import Customer, Person, Staffer
from postgres import Databases, cluster_or_skip
from shop import PASSPHRASE_HASH, QUICK, UNLIMITED, close_shop, open_shop

from kiosk.__main__ import cli
from kiosk.base import database as database_options
from kiosk.staff import passphrases
from kiosk.upkeep import instance

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def postgresql():
    """Databases of the server that KIOSK_TEST_PG_URL names, else of one that is started for these tests."""
    given = os.environ.get("KIOSK_TEST_PG_URL")
    cluster = None if given else cluster_or_skip()
    databases = Databases(given or cluster.url.format("postgres"))
    yield databases
    databases.close()
    if cluster:
        cluster.remove()


@pytest.fixture(scope="session")
def new_database(postgresql, tmp_path_factory):
    """A database in which a shop has its tables: copied, it saves each test making them."""
    url = postgresql.new()
    close_shop(open_shop(tmp_path_factory.mktemp("first") / "instance", KIOSK_DATABASE_URL=url))
    return url


@pytest.fixture(scope="session")
def new_file(tmp_path_factory):
    """The same, as a file."""
    folder = tmp_path_factory.mktemp("first") / "instance"
    close_shop(open_shop(folder))
    return folder / "kiosk.sqlite"


@pytest.fixture(scope="session")
def usual_app(tmp_path_factory, new_file):
    """The app of most tests: opening one, and compiling its queries, took half the time of a test."""
    with in_memory(tmp_path_factory.mktemp("usual")) as folder:
        (folder / "instance").mkdir()
        shutil.copy(new_file, folder / "instance")
        app = open_shop(folder / "instance")
        close_shop(app)
        yield app


@pytest.fixture
def usual_shop(usual_app, new_file):
    """Open a shop in which nothing has happened, with the app of most tests."""
    kept = usual_app.config.copy(), usual_app.extensions.copy()

    def usual_shop():
        folder = Path(usual_app.config["KIOSK_INSTANCE"])
        shutil.rmtree(folder)
        usual_app.secret_key = instance.prepare(folder)
        shutil.copy(new_file, folder)
        return usual_app

    yield usual_shop
    for now, before in zip((usual_app.config, usual_app.extensions), kept, strict=True):
        now.clear()
        now.update(before)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request):
    """What a shop keeps its data in: every test that opens a shop runs on both. Gives a maker of settings."""
    if request.param == "sqlite":

        def file(folder) -> dict[str, str]:
            folder.mkdir()
            shutil.copy(request.getfixturevalue("new_file"), folder)
            return {}

        yield file
        return
    databases, made = request.getfixturevalue("postgresql"), []
    template = request.getfixturevalue("new_database")

    def settings(_folder) -> dict[str, str]:
        made.append(databases.for_a_shop(template))
        return {"KIOSK_DATABASE_URL": made[-1]}

    yield settings
    for url in made:
        databases.give_back(url, template)


@pytest.fixture(autouse=True)
def quick_hashes(request, monkeypatch):
    """Passphrases and PINs are made dear on purpose; only the tests of that pay for it."""
    if "real_hashes" not in request.keywords:
        monkeypatch.setattr(passphrases, "HASH", QUICK)
        monkeypatch.setattr(passphrases, "NOBODY", PASSPHRASE_HASH)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """Twenty threads that connect at once on a busy machine take longer than a shop would wait for its database."""
    options = database_options.engine_options

    def patient(url):
        given = options(url)
        if "connect_timeout" in given["connect_args"]:
            given["connect_args"]["connect_timeout"] = 60
        return given

    monkeypatch.setattr(database_options, "engine_options", patient)


@pytest.fixture(autouse=True)
def own_temporary_files():
    """A shop takes the process' temporary files into its folder; the next test, and its browser, get theirs back."""
    before, folder = {name: os.environ.get(name) for name in ("TMPDIR", "SQLITE_TMPDIR")}, tempfile.tempdir
    yield
    tempfile.tempdir = folder
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


@pytest.fixture
def folder(tmp_path):
    with in_memory(tmp_path) as folder:
        yield folder


@contextmanager
def in_memory(other: Path):
    """A folder in memory, else the other: these tests cut no power, and waiting for a disk is most of their time.
    The harness keeps its shops on the disk."""
    if not os.access(MEMORY, os.W_OK):
        yield other
        return
    folder = Path(tempfile.mkdtemp(prefix="suki-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def shop_with(request, database, folder):
    """Open a shop with these settings."""
    opened = []

    def shop_with(**settings):
        if not (settings or opened) and database.__name__ == "file":
            opened.append(request.getfixturevalue("usual_shop")())
        else:
            place = folder / f"instance{len(opened) or ''}"
            opened.append(open_shop(place, **database(place), **settings))
        return opened[-1]

    yield shop_with
    for app in opened:
        close_shop(app)


@pytest.fixture
def app(shop_with):
    return shop_with()


@pytest.fixture
def in_shop(app):
    """Inside the shop, without a request: where nouns are tested."""
    with app.app_context():
        yield app


@pytest.fixture
def run(app, tmp_path, monkeypatch):
    """Run a command on the test's shop, with what is typed into it."""
    for name, value in UNLIMITED.items():
        monkeypatch.setenv(name, value)
    for name in ("KIOSK_INSTANCE", "KIOSK_COUNTRY", "KIOSK_DATABASE_URL"):
        monkeypatch.setenv(name, app.config[name])

    def run(*command, typed=""):
        return CliRunner().invoke(cli, [str(part) for part in command], input=typed)

    return run


@pytest.fixture
def customer_at_tablet(app):
    return Customer(app)


@pytest.fixture
def customer_on_phone(app):
    return Person(app)


@pytest.fixture
def stranger(app):
    """One who must not get in."""
    return Person(app)


@pytest.fixture
def manager(app):
    manager = Staffer(app)
    manager.sign_in()
    return manager


@pytest.fixture
def cashier(app, manager):
    cashier = Staffer(app, "Ben", "cashier")
    cashier.sign_in()
    return cashier


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """What takes no browser, no second database and no patience is quick: `-m quick`, while one works."""
    for item in items:
        if not {"browser", "slow", "clocked", "postgresql"} & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.quick)


def pytest_terminal_summary(terminalreporter):
    """What the harness measured."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for report in reports:
        for name, line in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(line)
