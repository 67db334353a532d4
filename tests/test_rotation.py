"""Backups that are made by themselves: sealed for the sheet, at two places, seven days and four weeks of them."""

import os
import random
import shutil
import subprocess
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from people import Staffer
from pyrage import x25519
from shop import NOON, at_till, close_shop, on_sqlite_only, open_shop, signed_up

from kiosk.base import migrate
from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.models import Customer
from kiosk.oversight import health
from kiosk.upkeep import archive, backup, instance, rotation

DAY = timedelta(days=1)


@pytest.fixture
def sheet(in_shop):
    """The shop has a recovery sheet; gives its key as it is typed."""
    public_key, groups, asked = rotation.new_sheet()
    rotation.use_sheet(public_key, {n: groups[n - 1].lower() for n in asked}, asked, NOON, by=at_till())
    return f"age-secret-key-1 {' '.join(groups)}"


def files():
    return rotation.files_in(rotation.first_place())


def test_a_sealed_backup_holds_nothing_readable_and_leaves_no_other_file(in_shop, sheet):
    names = [f"Maria{n} Theresia{n}" for n in range(20)]
    for name in names:
        signed_up(name=name)

    rotation.make(NOON)

    folder, sealed = Path(in_shop.config["KIOSK_INSTANCE"]), files()[0].read_bytes()
    assert sealed.startswith(archive.SEALED)
    assert [word for name in names for word in name.encode().split() if word in sealed] == []
    assert in_shop.secret_key not in sealed
    assert [*(folder / "tmp").iterdir()] == []
    assert "AGE-SECRET" not in "".join(path.read_text("latin1") for path in folder.rglob("*") if path.is_file())
    assert backup.inspect(files()[0], sheet)["customers"] == 20


def test_without_the_right_sheet_it_does_not_open(in_shop, sheet):
    rotation.make(NOON)

    for key in ("", "Dear diary", str(x25519.Identity.generate())):
        with pytest.raises(archive.NotABackup):
            backup.inspect(files()[0], key)


@pytest.mark.skipif(not shutil.which("age"), reason="needs the program age")
def test_the_usual_program_for_the_age_format_opens_one(in_shop, sheet, folder):
    signed_up(name="Maria")
    rotation.make(NOON)
    (folder / "key").write_text("".join(sheet.split()).upper())

    command = ["age", "--decrypt", "--identity", folder / "key", "--output", folder / "plain", files()[0]]
    subprocess.run(command, check=True)

    assert backup.inspect(folder / "plain")["customers"] == 1


@on_sqlite_only
def test_of_a_hundred_harmed_sealed_backups_each_is_refused(in_shop, sheet, folder):
    signed_up()
    rotation.make(NOON)
    whole, harmed, chance = files()[0].read_bytes(), folder / "harmed", random.Random(18)

    for n in range(100):
        data = bytearray(whole)
        if n % 2:
            data = data[: chance.randrange(len(data))]
        else:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        harmed.write_bytes(data)
        with pytest.raises(archive.NotABackup):
            backup.inspect(harmed, sheet)


@pytest.mark.slow
@on_sqlite_only
def test_twenty_backups_among_signups_all_restore(in_shop, sheet):
    stop = threading.Event()

    def sign_up():
        with in_shop.app_context():
            while not stop.is_set():
                signed_up()

    customers = [threading.Thread(target=sign_up) for _ in range(4)]
    for one in customers:
        one.start()
    try:
        for n in range(20):
            counted = rotation.make(NOON + n * timedelta(seconds=1))
            assert backup.inspect(files()[0], sheet) == counted
    finally:
        stop.set()
        for one in customers:
            one.join()
    assert counted["customers"] > 20
    assert health.stored_troubles() == []


def test_the_sheet_counts_once_three_of_its_groups_were_read_back(in_shop):
    public_key, groups, asked = rotation.new_sheet()
    typed = {n: groups[n - 1] for n in asked} | {max(asked): "WRONG1"}

    with pytest.raises(Invalid) as refused:
        rotation.use_sheet(public_key, typed, asked, NOON, by=at_till())

    assert [*refused.value.errors] == [f"group_{max(asked)}"]
    rotation.make(NOON)
    assert not archive.is_sealed(files()[0])


def test_a_manager_prints_a_sheet_and_is_asked_back(app):
    ana = Staffer(app)
    ana.sign_in()
    ana.visit("/office/health")

    page = ana.submit("/office/health/sheet", 200)
    groups = page.html.split('<ol class="recovery__groups" dir="ltr">')[1].split("</ol>")[0].replace("<li>", " ")
    groups = groups.replace("</li>", " ").split()
    asked = [tag["name"] for tag in page.all("input") if tag.get("name", "").startswith("group_")]
    wrong = ana.submit("/office/health/sheet/check", 422, **dict.fromkeys(asked, "wrong"))
    right = {name: groups[int(name.removeprefix("group_")) - 1] for name in asked}

    assert groups[0] not in wrong.html
    assert ana.post("/office/health/sheet/check", json=False, **right).status_code == 303
    assert ana.post("/office/health/backups", json=False).status_code == 303
    with app.app_context():
        assert archive.is_sealed(files()[0])
    assert "Backups are encrypted." in ana.visit("/office/health").text


def test_seven_days_and_four_weeks_are_kept(folder):
    begin = datetime.fromisoformat("2026-09-01T02:00:00+00:00")
    made = [folder / (begin + n * timedelta(hours=12)).strftime(rotation.NAME) for n in range(160)]

    left = sorted(file.name[5:15] for file in rotation.kept(made[::-1]))

    assert left == [
        "2026-10-25",
        "2026-11-01",
        "2026-11-08",
        "2026-11-12",
        *(f"2026-11-{day}" for day in range(13, 20)),
    ]
    assert rotation.kept(made[2::-1]) == {made[1], made[2]}  # of a day the newest


def test_what_others_have_put_there_is_left_alone(in_shop):
    rotation.make(NOON)
    other = files()[0].with_name(f"{files()[0].stem} (conflict).backup")
    other.write_text("A copy of a copy")

    for day in range(1, 13):
        rotation.make(NOON + day * DAY)

    assert other.exists() and len(files()) == 9
    assert health.quick_troubles(NOON + 12 * DAY) == []


def test_a_clock_that_is_wrong_removes_nothing(in_shop):
    rotation.make(NOON)
    rotation.make(NOON + 3000 * DAY)

    assert len(files()) == 2


def test_the_second_place_has_the_same_and_its_absence_is_said(in_shop, folder):
    stick = folder / "stick"
    for wrong in (str(stick), "stick", in_shop.config["KIOSK_INSTANCE"]):
        with pytest.raises(Invalid):
            rotation.choose_second_place(wrong, NOON, by=at_till())
    stick.mkdir()
    rotation.choose_second_place(str(stick), NOON, by=at_till())
    rotation.make(NOON)

    assert rotation.files_in(stick)[0].read_bytes() == files()[0].read_bytes()
    assert health.quick_troubles(NOON) == []
    with rotation.files_in(stick)[0].open("r+b") as file:
        file.write(b"x")
    assert health.quick_troubles(NOON) == [f"The last backup is missing or damaged in {stick}. Make one now."]
    shutil.rmtree(stick)
    assert health.quick_troubles(NOON) == [f"The second place for backups is not there: {stick}. Plug it in."]
    rotation.make(NOON + DAY)
    assert len(files()) == 2


def test_one_is_made_a_day(run, in_shop):
    with time_machine.travel(NOON + DAY):
        assert rotation.is_due(NOON + DAY)
        run("nightly")
        run("nightly")
        assert (len(files()), rotation.is_due(NOON + DAY), rotation.is_due(NOON + 2 * DAY)) == (1, False, True)


@on_sqlite_only
def test_before_a_migration_the_data_is_backed_up_and_a_failing_one_changes_nothing(app, monkeypatch):
    with app.app_context():
        signed_up()
    close_shop(app)
    monkeypatch.setattr(migrate, "is_behind", lambda engine: True)

    with time_machine.travel(NOON, tick=False):  # twice within a second
        for _ in range(2):
            close_shop(open_shop(app.config["KIOSK_INSTANCE"]))
    with app.app_context():
        assert [backup.inspect(file)["customers"] for file in files()] == [1, 1]

    monkeypatch.setattr(backup, "_bring_up_to_date", lambda folder, name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        open_shop(app.config["KIOSK_INSTANCE"])
    with app.app_context():
        assert db.session.query(Customer).count() == 1


def test_what_a_crash_left_behind_is_swept_away(app, folder):
    temporary = Path(app.config["KIOSK_INSTANCE"]) / "tmp"
    (temporary / "old").mkdir()
    (temporary / "old" / "kiosk.sqlite").write_text("Maria")
    (temporary / "new").write_text("in use")
    os.utime(temporary / "old", (1, 1))

    instance.sweep(temporary.parent)

    assert [path.name for path in temporary.iterdir()] == ["new"]
