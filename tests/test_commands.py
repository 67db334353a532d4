import csv
import errno
import gzip
import io
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from openpyxl import load_workbook
from people import Staffer
from shop import (
    NOON,
    PASSPHRASE,
    add_person,
    at_till,
    close_shop,
    data_of,
    keep_as_all,
    new_id,
    on_sqlite_only,
    open_shop,
    signed_up,
)

from kiosk import serve
from kiosk.__main__ import main
from kiosk.base import clock, database, disk, writing
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import corrections, coupons
from kiosk.models import Audit, Coupon, Customer, Redemption, Staff
from kiosk.oversight import health
from kiosk.upkeep import encryption, rotation

NEW = "another horse battery staple"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "backup.sqlite"


def test_a_person_who_was_added_can_sign_in(app, run):
    done = run("staff", "add", "Ana", "--role", "manager", typed=f"{PASSPHRASE}\n")

    assert (done.exit_code, done.output) == (0, "Ana can sign in now.\n")
    ana = Staffer.__new__(Staffer)
    ana.app, ana.browser, ana.token, ana.name, ana.role = app, app.test_client(), None, "Ana", "manager"
    assert ana.sign_in().location == "/office"


@pytest.mark.parametrize(("name", "passphrase"), [("Ana", "short"), ("", PASSPHRASE), ("Ben", PASSPHRASE)])
def test_a_person_who_cannot_be_added_is_explained(app, run, name, passphrase):
    with app.app_context():
        add_person("Ben")

    done = run("staff", "add", name, "--role", "cashier", typed=f"{passphrase}\n")

    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    with app.app_context():
        assert db.session.query(Staff).count() == 1


def test_a_reset_gives_a_new_passphrase_and_ends_every_session(run, manager):
    done = run("staff", "reset", "ana", typed=f"{NEW}\n")

    assert done.exit_code == 0
    assert manager.browser.get("/office").status_code == 303
    assert manager.sign_in(PASSPHRASE).status_code == 422
    assert manager.sign_in(NEW).status_code == 303


def test_nobody_is_reset_by_mistake(run):
    assert "Nobody has this name" in run("staff", "reset", "Eve", typed=f"{NEW}\n").output


@on_sqlite_only
@pytest.mark.parametrize("command", [("restore", "backup.sqlite"), ("demo", "--customers", "3")])
def test_what_needs_the_server_stopped_says_so(app, run, file, monkeypatch, command):
    run("backup", file)
    monkeypatch.chdir(file.parent)
    held = disk.claim(database.file_of(app.config["KIOSK_DATABASE_URL"]))

    done = run(*command)
    held.close()

    assert done.exit_code == 1
    assert "already running" in str(done.exception or done.output)


def test_check_says_that_all_is_well_after_a_backup(app, run, file):
    with app.app_context():
        signed_up(now())
    missing = run("check")
    run("backup", file)
    done = run("check")

    assert (missing.exit_code, done.exit_code) == (0, 0)
    assert "Suki has made no daily backup yet" in missing.output
    assert "1 signups, 1 customers, 1 coupons, 0 redemptions\n" in done.output
    assert re.search(r"The last backup is of \d{4}-\d\d-\d\d \d\d:\d\d UTC, and was opened", done.output)
    assert done.output.endswith("\nAll is well.\n")
    with time_machine.travel(clock.now() + timedelta(days=8)):
        late = run("check")
    assert (late.exit_code, "Leave Suki running at night" in late.output) == (1, True)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [("UPDATE coupon SET spent_at = NULL", "A coupon was redeemed, but does not count as spent."),
     ("UPDATE redemption SET undone_at = received_at", "A redemption counts as undone, but nobody undid it."),
     ("DELETE FROM redemption", "A coupon counts as spent, but nobody redeemed it."),
     ("DELETE FROM consent", "A first sign-up has no answer about consent."),
     ("DELETE FROM audit", "The log ends with row 0, and had 1: rows are gone.")],
)  # fmt: skip
def test_check_finds_what_cannot_be(in_shop, wrong, sentence):
    coupon = signed_up().coupon
    coupons.redeem(coupon.code, new_id(), NOON, by=at_till())
    with writing.writing():
        db.session.connection().exec_driver_sql(wrong)

    assert any(found.startswith(f"{sentence} ") for found in health.troubles(now()))


def test_an_export_goes_to_the_standard_output_or_a_file(app, run, tmp_path):
    with app.app_context():
        signed_up(NOON, name="Maria")
    days = ("--from", "2026-11-21", "--to", "2026-11-21")

    printed = run("export", "signups", *days, "--format", "csv")
    run("export", "customers", *days, "--format", "xlsx", "--output", tmp_path / "customers.xlsx")

    assert [row["Name"] for row in csv.DictReader(io.StringIO(printed.stdout_bytes.decode("utf-8-sig")))] == ["Maria"]
    with (tmp_path / "customers.xlsx").open("rb") as file:
        assert [cell.value for cell in load_workbook(file).active["B"]] == ["Name", "Maria"]


def test_redemptions_and_visits_are_told_apart(app, run):
    with app.app_context():
        till = at_till()
        first, second = (signed_up(NOON, name=name).coupon for name in ("Maria", "Jose"))
        coupons.redeem(first.code, new_id(), NOON, by=till, amount=25000)
        undone = coupons.redeem(second.code, new_id(), NOON, by=till).redemption
        corrections.undo(undone.id, new_id(), NOON, by=till)
    days = ("--from", "2026-11-21", "--to", "2026-11-21", "--format", "csv")

    redemptions, visits = (
        list(csv.reader(io.StringIO(run("export", what, *days).stdout_bytes.decode("utf-8-sig"))))[1:]
        for what in ("redemptions", "visits")
    )

    assert [(row[1], row[2], row[3]) for row in redemptions] == [("Maria", "250.00", "25.00"), ("Jose", "", "")]
    assert [row[1] for row in visits] == ["Maria"]


def test_demo_fills_an_empty_shop_with_made_up_people_and_only_that(app, run):
    done = run("demo", "--customers", "30")
    again = run("demo", "--customers", "30")

    assert (done.exit_code, again.exit_code) == (0, 1)
    with app.app_context():
        assert [db.session.query(kind).count() for kind in (Customer, Coupon)] == [30, 30]
        assert db.session.query(Redemption).count() > 0
        assert all((email or "@example.com").endswith("@example.com") for (email,) in db.session.query(Customer.email))
        assert [sentence for sentence in health.troubles(now()) if "backup" not in sentence] == []


def test_what_staff_do_is_noted_and_what_they_are_refused(app, manager, customer_at_tablet):
    code = customer_at_tablet.sign_up().json["code"]
    redemption_id = manager.redeem(code).json["redemption_id"]
    manager.redeem(code)
    manager.undo(redemption_id)
    manager.undo(redemption_id)

    with app.app_context():
        noted = db.session.query(Audit.action, Audit.outcome).order_by(Audit.id).all()
    assert noted[0] == ("sign_in", "done")
    assert noted[1:] == [("redeem", "done"), ("redeem", "used"), ("undo", "done"), ("undo", "already_undone")]


def test_the_commands_run_from_a_real_terminal(tmp_path):
    key_file = open_shop(tmp_path).config["KIOSK_DATABASE_KEY_FILE"]
    environment = os.environ | {"KIOSK_INSTANCE": str(tmp_path), "PYTHONUTF8": "1"}
    environment |= {"KIOSK_DATABASE_KEY_FILE": key_file}

    command = [sys.executable, "-m", "kiosk", "export", "signups", "--format", "csv"]
    done = subprocess.run(command, cwd=Path(__file__).parent.parent, env=environment, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode("utf-8-sig").startswith("Signed up,Name,")


def an_older_shop(folder):
    """The data of the first release, where a shop's file is."""
    dump = Path(__file__).parent / "released" / "0001.sqlite.sql.gz"
    with closing(sqlite3.connect(folder / "kiosk.sqlite")) as data:
        data.executescript(gzip.decompress(dump.read_bytes()).decode())
    keep_as_all(folder / "kiosk.sqlite")


def stored_in(file) -> list:
    with data_of(file) as data:
        tables = data.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return tables + [data.execute(f'SELECT * FROM "{name}"').fetchall() for name, _ in tables]


@on_sqlite_only
def test_an_upgrade_that_is_not_whole_goes_back_by_itself(run, app, monkeypatch):
    folder = Path(app.config["KIOSK_INSTANCE"])
    close_shop(app)
    (folder / "kiosk.sqlite").unlink()
    an_older_shop(folder)
    before = stored_in(folder / "kiosk.sqlite")

    with monkeypatch.context() as patch:
        patch.setattr(health, "stored_troubles", lambda: ["A coupon is gone."])
        failed = run("upgrade")

    assert stored_in(folder / "kiosk.sqlite") == before
    assert str(failed.exception) == "A coupon is gone. The data is as it was: start the Suki that you had before."
    assert [*(folder / "tmp").iterdir()] == []

    done = run("upgrade", "--anyway")  # the log of that release was sealed with another secret

    assert (done.exit_code, len([*(folder / "backups").glob("suki *.backup")])) == (0, 2), done.output
    with data_of(folder / "kiosk.sqlite") as data:
        assert data.execute("SELECT count(*) FROM customer").fetchone()[0] > 0


def test_an_upgrade_of_postgresql_does_not_claim_that_it_was_put_back(run, app, monkeypatch):
    monkeypatch.setattr(health, "stored_troubles", lambda: ["A coupon is gone."])

    said = str(run("upgrade").exception)

    is_file = app.config["KIOSK_DATABASE_URL"].startswith("sqlite")
    assert ("The data is as it was" in said, "pg_dump" in said) == (is_file, not is_file)


@pytest.mark.parametrize(("command", "begins"), [(["decrypt"], "Say first where"), ([], "Suki cannot start: ")])
def test_only_a_server_that_does_not_start_is_said_not_to(run, monkeypatch, command, begins):
    def refuse(*_):
        raise disk.NotWritable("say first where the key file is.")

    monkeypatch.setattr(encryption, "decrypt", refuse)
    monkeypatch.setattr(serve, "serve", refuse)
    monkeypatch.setattr(sys, "argv", ["suki", *command])

    with pytest.raises(SystemExit) as left:
        main()

    assert left.value.code.startswith(begins)


@on_sqlite_only
def test_a_full_disk_at_night_is_said_in_a_sentence(run, monkeypatch):
    def fill(at):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(rotation, "make", fill)

    result = run("nightly")

    assert result.exit_code == 1
    assert "The disk does not do it: No space left on device." in result.output
