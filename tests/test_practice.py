"""The practice shop: the whole line in a shop of its own, ticked off as it works, and the real one untouched."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from people import Customer, Person
from shop import new_id
from sqlalchemy import event
from test_start import ROOT, free_port, start  # noqa: F401

from kiosk import practice
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.disk import NotWritable
from kiosk.base.writing import writing
from kiosk.shop import shop
from kiosk.staff import devices
from kiosk.upkeep import rotation


@pytest.fixture
def practice_shop(app):
    with app.app_context(), writing():
        shop.describe(country="NO", currency="NOK", time_zone="Europe/Oslo", language="nb", name="Hos Ana")
    with practice.opened(app) as (made, passphrase):
        yield made, passphrase


@pytest.fixture
def owner(practice_shop):
    """Whoever practises, signed in there."""
    made, passphrase = practice_shop
    owner = Person(made)
    assert owner.post("/sign-in", json=False, name="Practice", passphrase=passphrase).location == "/office"
    owner.token = None
    return owner


def rows_of(app) -> dict:
    with app.app_context():
        return {table.name: db.session.execute(table.select()).all() for table in db.metadata.sorted_tables}


def worked(owner) -> int:
    return owner.visit("/office/rehearsal").html.count("pill--ok")


def test_each_step_is_ticked_off_when_it_has_worked_and_the_real_shop_stays_as_it_was(app, owner):
    before, seen = rows_of(app), [worked(owner)]
    with owner.app.app_context(), writing():
        _, key = devices.add_device("tablet", "", now())
    seen.append(worked(owner))

    customer = Customer(owner.app)
    customer.browser.set_cookie("practice-device", key)
    code = customer.sign_up(phone="912 34 567", language="nb").json["code"]
    seen.append(worked(owner))
    owner.post("/till/lookups", q=code)
    seen.append(worked(owner))
    owner.post("/till/lookups", q=code, q_keys=code, by_scanner="yes")
    seen.append(worked(owner))
    redeemed = owner.post("/till/redemptions", code=code, operation_id=new_id()).json["redemption_id"]
    seen.append(worked(owner))
    owner.post(f"/till/redemptions/{redeemed}/undo", operation_id=new_id())
    seen.append(worked(owner))
    assert owner.browser.get("/office/exports/signups.csv").data

    assert [*seen, worked(owner)] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert "Alt virker" in owner.visit("/office/rehearsal").text
    assert rows_of(app) == before


def test_the_practice_shop_is_like_the_real_one_and_says_that_it_is_none(app, owner):
    for path in ("/", "/till", "/office"):
        assert "ingenting her teller" in owner.visit(path).text and "Øvingsbutikk" in owner.visit(path).text
        assert "Hos Ana" not in owner.visit(path).text

    with owner.app.app_context():
        assert (shop.stored().currency, shop.stored().language) == ("NOK", "nb")
    assert "ingenting her teller" not in Person(app).visit("/").text
    assert Person(app).browser.get("/office/rehearsal").status_code == 404


def test_a_practice_shop_leaves_the_backups_of_the_real_one_alone(app, owner, tmp_path):
    for day in range(1, 20):
        (tmp_path / f"suki 2026-10-{day:02} 00.00.00.backup").touch()
    before = {*tmp_path.glob("*.backup")}

    owner.post("/office/health/place", json=False, backup_folder=str(tmp_path))
    refused = owner.visit("/office/health")
    with owner.app.app_context():
        with writing():
            shop.describe(backup_folder=str(tmp_path))
        rotation.make(now())

    assert 'name="backup_folder"' not in refused.html and "har ikke noe andre sted" in refused.text
    assert {*tmp_path.glob("*.backup")} == before


def test_what_goes_wrong_in_a_practice_shop_leaves_nothing_open(app):
    closed = []
    with pytest.raises(ZeroDivisionError), practice.opened(app) as (made, _):
        with made.app_context():
            event.listen(db.engine, "engine_disposed", closed.append)
        raise ZeroDivisionError

    assert len(closed) == 1 and not (Path(app.config["KIOSK_INSTANCE"]) / "rehearsal").exists()


def test_a_browser_keeps_both_shops_apart(app, owner, manager):
    cookies = [[name for name in ("suki", "device", "practice-suki", "practice-device") if one.browser.get_cookie(name)]
               for one in (owner, manager)]  # fmt: skip

    assert cookies == [["practice-suki", "practice-device"], ["suki", "device"]]
    assert owner.app.secret_key != app.secret_key


def test_a_practice_shop_is_there_once_and_nothing_is_left_of_it(app):
    folder = Path(app.config["KIOSK_INSTANCE"])
    (folder / "rehearsal").mkdir()
    (folder / "rehearsal" / "kiosk.sqlite").write_text("left by a crash")

    with practice.opened(app):
        practice.sweep(folder)
        assert (folder / "rehearsal" / "kiosk.sqlite").exists()
        with pytest.raises(NotWritable), practice.opened(app):
            pass

    assert not (folder / "rehearsal").exists()
    assert Path(os.environ["TMPDIR"]) == folder / "tmp"


def test_what_a_killed_practice_shop_has_left_is_deleted_when_the_real_one_starts(start, tmp_path):  # noqa: F811
    left = tmp_path / "instance" / "rehearsal"
    left.mkdir(parents=True)
    (left / "kiosk.sqlite").write_text("who signed up to try it")

    start("--port", str(free_port()))

    assert not left.exists()


@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_terminal_says_how_to_begin_and_what_has_worked(tmp_path, ending):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KIOSK_")}
    environment |= {"KIOSK_INSTANCE": str(tmp_path), "PYTHONUTF8": "1", "KIOSK_COUNTRY": "US"}
    command = [sys.executable, "-m", "kiosk", "rehearse", "--port", str(free_port())]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        said = ""
        while "passphrase" not in said:
            said += process.stdout.readline() or pytest.fail(said)
        with urllib.request.urlopen(f"http://127.0.0.1:{command[-1]}/office/rehearsal") as answer:
            page = answer.read().decode()
        process.send_signal(getattr(signal, ending))
        ended, _ = process.communicate(timeout=60)
    finally:
        process.kill()

    assert f":{command[-1]}/office/rehearsal" in said
    assert "Sign in" in page and process.returncode == 0
    assert ended.count("not yet ") == 7 and "All of the practice shop is deleted." in ended
    assert not (tmp_path / "rehearsal").exists()
