"""A backup holds all it takes, proves itself before anything is touched, and is put in place whole or not at all."""

import gzip
import json
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from people import Customer, Staffer
from shop import NOON, close_shop, data_of, new_id, on_postgresql_only, on_sqlite_only, open_shop, signed_up

from kiosk import config, create_app, models
from kiosk.base import database, disk
from kiosk.base.database import db, file_of
from kiosk.guard import audit
from kiosk.models import Audit
from kiosk.upkeep import archive, backup, instance, restore

LIVE_INDEX = "DROP INDEX uq_redemption_live"


@dataclass
class Shop:
    """One that is stopped, with the settings a command would read."""

    app: object

    @property
    def settings(self):
        kept = ("KIOSK_INSTANCE", "KIOSK_DATABASE_URL", "KIOSK_DATABASE_KEY_FILE")
        return config.load({name: self.app.config[name] for name in kept})

    @property
    def folder(self):
        return Path(self.app.config["KIOSK_INSTANCE"])

    def restore(self, file):
        close_shop(self.app)
        return restore.restore(file, self.settings, NOON)

    def rows(self):
        """Everything that is stored, but for what a restore adds."""
        with self.app.app_context():
            tables = [table for table in db.metadata.sorted_tables if table.name not in ("audit", "setting")]
            return {table.name: [tuple(row) for row in db.session.execute(table.select())] for table in tables}

    def files(self):
        passing = ("-wal", "-shm")  # of an open data file; what is in them the rows show
        files = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.endswith(passing)]
        return {path.name: path.read_bytes() for path in files}


def with_customers(app):
    with app.app_context():
        for name in ("Maria", "Jose"):
            signed_up(name=name)
        audit.note("redeem", NOON, by=None)
    return Shop(app)


@pytest.fixture
def shop(app):
    return with_customers(app)


@pytest.fixture
def file(shop, folder):
    with shop.app.app_context():
        backup.make(folder / "backup.suki", NOON)
    return folder / "backup.suki"


def altered(file, harm, *, counted_anew=True):
    """The same backup with its data harmed, and a digest that is right for it."""
    with TemporaryDirectory() as place:
        description, data = archive.read(file, Path(place)), Path(place, archive.DATA)
        harm(data)
        if counted_anew:
            description["rows"] = backup._row_counts(data)
        archive.write(file, data, Path(place, archive.SECRET).read_bytes(), description)


def by(*statements):
    def harm(file):
        with closing(sqlite3.connect(file)) as data, data:
            for statement in statements:
                data.execute(statement)

    return harm


def rewritten(change):
    def damage(file):
        file.write_bytes(change(file.read_bytes()))

    return damage


def flip(place):
    def change(data):
        data = bytearray(data)
        data[place] ^= 1
        return bytes(data)

    return rewritten(change)


def changed(*statements):
    return lambda file: altered(file, by(*statements))


def zero_a_page(data):
    data.write_bytes(data.read_bytes()[:8192] + bytes(4096) + data.read_bytes()[12288:])


def another_zip(file):
    with ZipFile(file, "w") as other:
        other.writestr("diary.txt", "Dear diary")


def without_its_secret(file):
    with TemporaryDirectory() as place:
        archive.read(file, Path(place))
        with ZipFile(file, "w") as other:
            other.write(Path(place, archive.DATA), archive.DATA)
            other.comment = b"0" * archive.DIGEST
    digest = archive._digest(file).encode()
    file.write_bytes(file.read_bytes()[: -archive.DIGEST] + digest)


DAMAGE = {
    "one bit in the middle": flip(3000),
    "its first bit": flip(0),
    "its last bit": flip(-1),
    "cut by one byte": rewritten(lambda data: data[:-1]),
    "one byte more": rewritten(lambda data: data + b"0"),
    "cut by half": rewritten(lambda data: data[: len(data) // 2]),
    "empty": rewritten(lambda _: b""),
    "a diary": rewritten(lambda _: b"Dear diary"),
    "another ZIP": another_zip,
    "without its secret": without_its_secret,
    "a page of zeros": lambda file: altered(file, zero_a_page, counted_anew=False),
    "two tables missing": changed("DROP TABLE answer", "DROP TABLE tally"),
    "a trigger": changed("CREATE TRIGGER nightly AFTER INSERT ON signup BEGIN DELETE FROM audit; END"),
    "a view": changed("CREATE VIEW list AS SELECT phone FROM customer"),
    "a table of another program": changed("CREATE TABLE diary (words TEXT)"),
    "a column more": changed("ALTER TABLE customer ADD COLUMN mood VARCHAR(60)"),
    "an index missing": changed(LIVE_INDEX),
    "an index that lets a coupon be spent twice": changed(
        LIVE_INDEX, "CREATE UNIQUE INDEX uq_redemption_live ON redemption (coupon_id) WHERE undone_at IS NOT NULL"
    ),
    "of a newer Suki": changed("UPDATE alembic_version SET version_num = '9999'"),
    "of no version": changed("DELETE FROM alembic_version"),
    "of another program": changed("DROP TABLE alembic_version"),
    "without its customers": changed("PRAGMA foreign_keys=OFF", "DELETE FROM customer"),
    "other rows than it says": lambda file: altered(
        file, by("DELETE FROM answer", "DELETE FROM counter"), counted_anew=False
    ),
}


def refuse(shop, file, damage):
    """Try to restore a damaged backup; gives back why that was refused, when nothing was touched."""
    kept, rows, files = file.read_bytes(), shop.rows(), shop.files()
    damage(file)

    with pytest.raises(archive.NotABackup) as refused:
        shop.restore(file)

    file.write_bytes(kept)
    assert (shop.rows(), shop.files()) == (rows, files)
    return str(refused.value)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A shop and a backup that all the tests below can use, since a refused restore changes nothing."""
    folder = tmp_path_factory.mktemp("shared")
    shop = with_customers(open_shop(folder / "instance"))
    with shop.app.app_context():
        backup.make(folder / "backup.suki", NOON)
    close_shop(shop.app)
    yield shop, folder / "backup.suki"
    close_shop(shop.app)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_foreign_backup_is_refused_and_nothing_is_touched(shared, damage):
    said = refuse(*shared, damage)

    assert said.startswith("backup.suki ") and said.endswith(".")


@pytest.mark.postgresql
@on_postgresql_only
def test_on_postgresql_damaged_backups_are_refused_likewise(shop, file):
    for kind in ("one bit in the middle", "cut by one byte", "two tables missing", "a trigger", "an index missing"):
        refuse(shop, file, DAMAGE[kind])


def test_a_refused_backup_is_a_sentence_at_the_terminal(run, shop, file):
    flip(3000)(file)

    done = run("restore", file)

    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert done.output == ("Error: backup.suki is not a backup of Suki, or it is damaged. Nothing has been changed.\n")


def test_a_backup_brings_everything_back(run, shop, folder):
    made = run("backup", folder / "backup.suki")
    before = shop.rows()
    with shop.app.app_context():
        signed_up(name="Ben")
    close_shop(shop.app)

    done = run("restore", folder / "backup.suki")

    assert made.output.startswith("Backed up and read back: 2 signups, 2 customers, 2 coupons.\n")
    assert done.exit_code == 0, done.output
    assert "Restored: 2 signups, 2 customers, 2 coupons." in done.output
    assert shop.rows() == before
    with shop.app.app_context():
        assert signed_up(name="Ben").existing is False  # numbers go on where they were
        assert [*audit.troubles()] == []


@on_sqlite_only
def test_what_was_there_before_a_restore_is_a_shop_of_its_own(run, shop, file):
    with shop.app.app_context():
        signed_up(name="Ben")

    shop.restore(file)

    kept = next(shop.folder.glob("before restore *"))
    before = open_shop(kept)
    with before.app_context():
        names = db.session.scalars(db.select(models.Customer.name))
        assert sorted(names) == ["Ben", "Jose", "Maria"]
        assert [*audit.troubles()] == []
    close_shop(before)


@pytest.mark.postgresql
@on_postgresql_only
def test_on_postgresql_what_was_there_is_kept_in_a_schema(shop, file):
    with shop.app.app_context():
        signed_up(name="Ben")

    before = shop.restore(file).before

    with shop.app.app_context():
        names = db.session.execute(db.text(f'SELECT name FROM "{before.name}".customer ORDER BY name')).scalars()
        assert names.all() == ["Ben", "Jose", "Maria"]


def test_on_another_machine_pins_audit_and_replays_are_right(shop, folder, database):
    ana, ben, operation_id = Staffer(shop.app), Staffer(shop.app, "Ben", "cashier"), new_id()
    maria = Customer(shop.app)
    assert maria.sign_up(operation_id=operation_id, phone="0917 555 0101").status_code == 201
    with shop.app.app_context():
        backup.make(folder / "backup.suki", NOON)
    settings = {"KIOSK_INSTANCE": str(folder / "elsewhere"), **database(folder / "elsewhere")}
    close_shop(open_shop(folder / "elsewhere", **settings))

    restore.restore(folder / "backup.suki", config.load(settings), NOON)

    there = open_shop(folder / "elsewhere", **settings)
    again = Customer(there).sign_up(operation_id=operation_id, phone="0917 555 0101")
    assert again.status_code == 200, again.json
    for person in (ana, ben):
        person.app, person.browser, person.token = there, there.test_client(), None
        assert person.sign_in().status_code == 303
    with there.app_context():
        assert [*audit.troubles()] == []
    close_shop(there)


def test_a_backup_and_a_restore_are_in_the_audit(shop, file):
    with shop.app.app_context():
        head = audit.head_line()
        made = db.session.query(Audit).order_by(Audit.id.desc()).first()
        assert (made.action, made.object_id, made.details["signups"]) == ("backup", "backup.suki", 2)
        assert made.details["sha256"].encode() == file.read_bytes()[-64:]

    shop.restore(file)

    with shop.app.app_context():
        row = db.session.query(Audit).order_by(Audit.id.desc()).first()
        assert (row.action, row.details) == (
            "restore",
            {"signups": 2, "customers": 2, "coupons": 2, "made_at": NOON.isoformat(), "head_before": head},
        )
        assert backup.last_made() == NOON


LYING = {
    "no database": lambda data: b"Dear diary" * 1000,
    "empty": lambda data: b"",
    "cut": lambda data: data[:5000],
    "without its header": lambda data: bytes(100) + data[100:],
    "a page of zeros": lambda data: data[:4096] + bytes(4096) + data[8192:],
}


@on_sqlite_only
@pytest.mark.parametrize("harm", LYING.values(), ids=LYING)
def test_a_damaged_data_file_moves_aside_unread(run, shop, file, harm):
    before = shop.rows()
    close_shop(shop.app)
    data = shop.folder / "kiosk.sqlite"
    data.write_bytes(harm(data.read_bytes()))
    journal = shop.folder / "kiosk.sqlite-journal"
    journal.write_bytes(b"what a crash left behind")
    lying = data.read_bytes()

    done = run("restore", file)

    assert done.exit_code == 0, done.output
    kept = next(shop.folder.glob("before restore *"))
    assert f"What was here before is kept in {kept}." in done.output
    assert [(kept / name).read_bytes() for name in ("kiosk.sqlite", "kiosk.sqlite-journal")] == [
        lying, b"what a crash left behind",
    ]  # fmt: skip
    assert not journal.exists()
    assert shop.rows() == before


@pytest.mark.postgresql
@on_postgresql_only
@pytest.mark.parametrize("table", ["answer", "alembic_version", "audit"])
def test_a_database_without_a_table_is_restored(run, shop, file, table):
    before = shop.rows()
    with shop.app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {table}")
    close_shop(shop.app)

    done = run("restore", file)

    assert done.exit_code == 0, done.output
    assert shop.rows() == before


@on_sqlite_only
@pytest.mark.parametrize("harm", LYING.values(), ids=LYING)
@pytest.mark.parametrize("command", ["check", "backup"])
def test_of_a_damaged_data_file_a_command_says_a_sentence(run, shop, file, harm, command):
    close_shop(shop.app)
    data = shop.folder / "kiosk.sqlite"
    data.write_bytes(harm(data.read_bytes()))
    if not data.read_bytes():
        pytest.skip("an empty data file is refused, or a new shop, before any command has its say")

    done = run(command, *([file.with_name("another")] if command == "backup" else []))

    said = f"{done.output}{done.exception}"
    assert (done.exit_code, type(done.exception) in (SystemExit, instance.NotWritable)) == (1, True)
    assert "damaged" in said or "not as Suki makes them" in said


class Killed(BaseException):
    """The process ends here."""


def killed_at(step, monkeypatch):
    """Let the step-th change to a folder be the last thing that does not happen."""
    left = [step]

    def dying(change):
        def or_die(*args, **kwargs):
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return change(*args, **kwargs)

        return or_die

    for place, name in [(shutil, "move"), (shutil, "copytree"), (shutil, "rmtree"), (Path, "rename"), (Path, "mkdir"),
                        (disk, "sync"), (backup, "copy_rows"), (database, "go_on_numbering")]:  # fmt: skip
        monkeypatch.setattr(place, name, dying(getattr(place, name)))


STEPS = [pytest.param(step, marks=[] if step in (8, 12, 14) else [pytest.mark.slow]) for step in range(1, 19)]


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_is_killed_leaves_the_old_or_the_new_whole(shop, shared, monkeypatch, step):
    other, file = shared
    old, new = [(one.rows(), (one.folder / "secret").read_bytes()) for one in (shop, other)]
    with monkeypatch.context() as patch:
        killed_at(step, patch)
        with suppress(Killed):
            shop.restore(file)

    instance.prepare(shop.folder)  # as a start does, which makes a secret where there is none
    restore.finish(shop.settings)

    secret = (shop.folder / "secret").read_bytes()
    again = open_shop(shop.folder, KIOSK_DATABASE_URL=shop.app.config["KIOSK_DATABASE_URL"])
    assert (Shop(again).rows(), secret) in (old, new)
    with again.app_context():
        assert [*audit.troubles()] == []
        is_new = db.session.query(Audit).filter_by(action="restore").count() == 1
    close_shop(again)
    assert is_new == (secret == new[1])
    assert not (shop.folder / "restoring").exists()


def test_no_command_opens_a_shop_that_is_half_restored(run, shop, file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(restore, "finish", lambda settings: None)
        shop.restore(file)

    with pytest.raises(instance.NotWritable, match="a restore was interrupted"):
        create_app(shop.settings)
    assert run("restore", file).exit_code == 0
    assert run("check").exit_code == 0


def test_a_backup_of_the_first_release_is_restored_and_what_it_lacks_is_said(run, shop, folder):
    older = folder / "older.sqlite"
    dump = Path(__file__).parent / "released" / "0001.sqlite.sql.gz"
    with closing(sqlite3.connect(older)) as data:
        data.executescript(gzip.decompress(dump.read_bytes()).decode())
        signups = data.execute("SELECT count(*) FROM signup").fetchone()[0]
    close_shop(shop.app)

    done = run("restore", older)

    assert done.exit_code == 0, done.output
    assert f"Restored: {signups} signups" in done.output
    assert "without the secret file" in done.output
    with shop.app.app_context():
        assert db.session.query(models.Signup).count() == signups
        assert signed_up(name="Ben").existing is False


@on_sqlite_only
def test_a_shop_with_a_trigger_makes_no_backup_and_check_says_so(run, shop, folder):
    with data_of(file_of(shop.app.config["KIOSK_DATABASE_URL"])) as data:
        data.execute("CREATE TRIGGER nightly AFTER INSERT ON signup BEGIN DELETE FROM audit; END")

    made, checked = run("backup", folder / "backup.suki"), run("check")

    assert made.exit_code == checked.exit_code == 1
    assert "could not be restored: .backup.suki.part holds a trigger, nightly, that Suki did not make." in made.output
    assert "Some tables are not as Suki makes them: trigger nightly." in checked.output
    assert [path.name for path in folder.iterdir() if "backup" in path.name] == []


def test_a_backup_never_overwrites(run, folder):
    (folder / "backup.suki").write_text("mine")

    done = run("backup", folder / "backup.suki")

    assert (done.exit_code, (folder / "backup.suki").read_text()) == (1, "mine")
    assert "There is a file" in done.output


def test_a_backup_that_cannot_be_written_is_said(run, folder):
    done = run("backup", folder / "no such folder" / "backup.suki")

    assert done.exit_code == 1
    assert done.output.startswith("Error: Cannot write")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_backup_is_readable_by_nobody_else(file):
    assert file.stat().st_mode & 0o077 == 0


def test_a_backup_opens_with_any_program_for_zip_files(file):
    with ZipFile(file) as opened:
        assert opened.testzip() is None
        assert sorted(opened.namelist()) == ["backup.json", "kiosk.sqlite", "secret"]
        assert json.loads(opened.read("backup.json"))["rows"]["customer"] == 2
