"""Each fault that check and the office look for, provoked, and said in words with what to do."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

from people import Staffer
from shop import NOON, at_till, data_of, on_sqlite_only, signed_up

from kiosk.base.database import file_of
from kiosk.base.writing import writing
from kiosk.oversight import health, machine
from kiosk.shop import shop
from kiosk.upkeep import rotation

LATER = NOON + timedelta(days=4)


def test_nothing_is_wrong_with_a_new_shop_and_it_hears_what_is_good_to_know(in_shop):
    assert health.quick_troubles(NOON) == []
    assert [sentence.split(".")[0] for sentence in health.hints(NOON)] == [
        "Suki has made no daily backup yet",
        "Backups are not encrypted: whoever finds one can read it",
        "Backups are on this machine only",
    ]


def test_an_old_backup(in_shop):
    rotation.make(NOON)

    assert health.quick_troubles(LATER - timedelta(days=1)) == []
    assert health.quick_troubles(LATER) == [
        "The last backup is of 2026-11-21 12:00. Leave Suki running at night, or make one now."
    ]
    assert health.at_a_glance(LATER)["urgent"] == health.quick_troubles(LATER)


def test_a_full_disk(in_shop, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=150_000_000))

    assert health.quick_troubles(NOON) == ["The disk is almost full: 150 MB are free, 200 are needed. Make room."]


def test_a_secret_that_others_can_read(in_shop):
    secret = rotation.first_place().with_name("secret")
    secret.chmod(0o644)

    assert health.quick_troubles(NOON) == [f"Others on this machine can read {secret}. Type: chmod go= “{secret}”"]


def test_another_library_than_was_tried(in_shop, monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "PINS", tmp_path / "requirements.txt")
    machine.PINS.write_text("# what is tried\nflask==1.0\nnobody-has-this==2.0\ncolorama==9; sys_platform == 'win32'\n")

    said = health.quick_troubles(NOON)

    assert [sentence.split(" is ")[0] for sentence in said] == ["flask", "nobody-has-this"]
    assert said[1] == "nobody-has-this is – here, and Suki was tried with 2.0. Start it by start.py."


def test_a_time_zone_of_another_country(in_shop):
    with writing():
        shop.describe(time_zone="Europe/Oslo")

    assert health.quick_troubles(NOON) == [
        "The shop’s time zone, Europe/Oslo, is not one of its country. Look under Your shop."
    ]


def test_a_clock_that_is_behind_what_was_done(in_shop):
    signed_up(LATER)

    assert len(health.quick_troubles(NOON)) == 1
    assert health.quick_troubles(NOON)[0].startswith("The clock of this machine is wrong")


@on_sqlite_only
def test_what_is_stored_is_looked_at_when_it_is_asked_for(app):
    ana = Staffer(app)
    ana.sign_in()
    with app.app_context():
        at_till("Ana")
    with data_of(file_of(app.config["KIOSK_DATABASE_URL"])) as data:
        data.execute("CREATE VIEW list AS SELECT phone FROM customer")

    quick, whole = (ana.visit(f"/office/health{asked}").text for asked in ("", "?thorough=1"))

    assert "view list" not in quick and "Check everything that is stored" in quick
    assert "Some tables are not as Suki makes them: view list." in whole


def test_a_backup_that_cannot_be_made_is_said(app, monkeypatch):
    ana = Staffer(app)
    ana.sign_in()

    def full(at):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rotation, "make", full)
    page = ana.submit("/office/health/backups", 422)

    assert "No backup was made: [Errno 28] No space left on device" in page.text


def test_a_backup_that_is_made_and_cannot_be_copied_is_said(app, monkeypatch, tmp_path):
    ana = Staffer(app)
    ana.sign_in()
    with app.app_context(), writing():
        shop.describe(backup_folder=str(tmp_path))

    def full(file, folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rotation, "_copy", full)
    page = ana.submit("/office/health/backups", 422)

    assert "A backup was made, but could not be copied to the second place: [Errno 28]" in page.text
    assert "No backup was made" not in page.text and "The last one is of " in page.text


def test_a_second_place_that_is_not_there_is_not_taken(app):
    ana = Staffer(app)
    ana.sign_in()

    page = ana.submit("/office/health/place", 422, backup_folder="/no/such/folder")

    assert "Enter a folder that is there" in page.text
