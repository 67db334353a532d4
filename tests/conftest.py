"""The people and the shop that tests begin with."""

import os
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from people import Customer, Person, Staffer
from postgres import Databases, cluster_or_skip
from shop import IS_FULL, IS_SQLCIPHER, KEY, PASSPHRASE_HASH, QUICK, UNLIMITED, close_shop, in_memory, open_shop

from kiosk import config
from kiosk.__main__ import cli
from kiosk.base import database as database_options
from kiosk.staff import passphrases
from kiosk.upkeep import instance

# A shell's background jobs ignore Ctrl-C, and so would every server that these tests start and stop by it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def own_temporary_files():
    """A shop takes the process' temporary files into its folder; the next test, and its browser, get theirs back."""
    before, folder = {name: os.environ.get(name) for name in ("TMPDIR", "SQLITE_TMPDIR")}, tempfile.tempdir
    yield
    tempfile.tempdir = folder
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


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
    with own_temporary_files():
        close_shop(open_shop(folder))
    return folder / "kiosk.sqlite"


class UsualApps:
    """The apps of most tests, one a database and settings: opening one, and compiling its queries, took half the time
    of a test."""

    def __init__(self, folder: Path, file: Path):
        self.folder, self.file, self.apps, self.changed = folder, file, {}, []

    def open(self, **settings):
        """A shop in which nothing has happened."""
        key, has_file = frozenset(settings.items()), "KIOSK_DATABASE_URL" not in settings
        if key not in self.apps:
            place = self.folder / str(len(self.apps))
            place.mkdir()
            if has_file:
                shutil.copy(self.file, place)
            self.apps[key] = open_shop(place, **settings)
            close_shop(self.apps[key])
        app = self.apps[key]
        self.changed.append((app, app.config.copy(), app.extensions.copy()))
        place = Path(app.config["KIOSK_INSTANCE"])
        shutil.rmtree(place)
        app.secret_key = instance.prepare(place)
        if has_file:
            shutil.copy(self.file, place)
        return app

    def close(self) -> None:
        """Take back what a test has set in them."""
        for app, *kept in reversed(self.changed):
            for now, before in zip((app.config, app.extensions), kept, strict=True):
                now.clear()
                now.update(before)
        self.changed.clear()


@pytest.fixture(scope="session")
def usual_apps(tmp_path_factory, new_file):
    with in_memory(tmp_path_factory.mktemp("usual")) as folder:
        yield UsualApps(folder, new_file)


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


@pytest.fixture(scope="session", autouse=True)
def under_a_key(tmp_path_factory):
    """With KIOSK_TEST_SQLCIPHER=1 every data file that a test of this process opens is an encrypted one."""
    with pytest.MonkeyPatch.context() as patch:
        if IS_SQLCIPHER:
            file = tmp_path_factory.mktemp("key") / "suki.key"
            file.write_text(KEY)
            patch.setattr(config, "load", with_key(config.load, str(file)))
        yield


def with_key(load, file: str):
    """Settings as they are read, with that key where they say nothing of one."""

    def load_with_key(given=None):
        settings, is_said = load(given), "KIOSK_DATABASE_KEY_FILE" in (os.environ if given is None else given)
        has_file = settings["KIOSK_DATABASE_URL"].startswith("sqlite")
        return settings | ({"KIOSK_DATABASE_KEY_FILE": file} if has_file and not is_said else {})

    return load_with_key


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

    def patient(url, key=""):
        given = options(url, key)
        if "connect_timeout" in given["connect_args"]:
            given["connect_args"]["connect_timeout"] = 60
        return given

    monkeypatch.setattr(database_options, "engine_options", patient)


@pytest.fixture(autouse=True)
def temporary_files_given_back():
    with own_temporary_files():
        yield


@pytest.fixture
def folder(tmp_path):
    with in_memory(tmp_path) as folder:
        yield folder


@pytest.fixture
def shop_with(usual_apps, database, folder):
    """Open a shop with these settings."""
    opened = []

    def shop_with(**settings):
        place = folder / f"instance{len(opened) or ''}"
        where = database(place)
        is_usual = not opened and not settings.keys() & {"KIOSK_INSTANCE", "KIOSK_DATABASE_URL"}
        opened.append(usual_apps.open(**where, **settings) if is_usual else open_shop(place, **where | settings))
        return opened[-1]

    yield shop_with
    for app in opened:
        close_shop(app)
    usual_apps.close()


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
    for name in ("KIOSK_INSTANCE", "KIOSK_COUNTRY", "KIOSK_DATABASE_URL", "KIOSK_DATABASE_KEY_FILE"):
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


# Rooms and words: what these say is the same on either database, and every page is read on both in test_access.
# In the full run they, too, are told twice.
ON_SQLITE_ALONE = {
    f"test_{name}.py"
    for name in (
        "dialects", "downloads", "forms", "languages", "log", "lookups", "office", "office_offers", "office_questions",
        "paper", "phone", "phones", "questionnaire", "shopfront", "sign_in", "tablet", "till_signup", "till_tells",
        "web",
    )
}  # fmt: skip


# They start servers, restore backups, read every page, or go through histories at random.
PATIENT = {
    f"test_{name}.py"
    for name in (
        "access", "at_once", "backup", "closing", "commands", "customer", "demo", "dialects", "encryption", "epochs",
        "forgetting", "hot_paths", "imports", "insights", "machine", "merging", "migrations", "office_offers",
        "office_questions", "outreach", "partners", "practice", "proof", "rewards", "rotation", "server", "start",
        "sums", "till_tells",
    )
} | {path.name for path in (Path(__file__).parent / "harness").glob("test_*.py")}  # fmt: skip


def is_told_twice(item) -> bool:
    return item.path.name in ON_SQLITE_ALONE and item.get_closest_marker("postgresql") and "[sqlite" not in item.name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """One example of each test that takes no browser, no second database and no patience is quick: `-m quick`, while
    one works."""
    if not IS_FULL:
        config.hook.pytest_deselected(items=[item for item in items if is_told_twice(item)])
        items[:] = [item for item in items if not is_told_twice(item)]
    known = set()
    for item in items:
        is_patient = {"browser", "slow", "clocked", "postgresql"} & {mark.name for mark in item.iter_markers()}
        if not (is_patient or item.path.name in PATIENT or item.function in known):
            known.add(item.function)
            item.add_marker(pytest.mark.quick)


def pytest_terminal_summary(terminalreporter):
    """What the harness measured."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    for report in reports:
        for name, line in report.user_properties:
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(line)
