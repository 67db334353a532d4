"""A data file under a key: nothing in it can be read without, and nothing is lost on the way there and back."""

import collections
import importlib.util
import math
import os
import sqlite3

import pytest
from shop import KEY, NOON, close_shop, open_shop, signed_up
from test_backup import Shop

from kiosk import config, create_app
from kiosk.base import cipher, disk
from kiosk.base.database import db, file_of
from kiosk.shop import shop
from kiosk.upkeep import backup, encryption, instance, rotation

pytest.importorskip("sqlcipher3", reason="needs sqlcipher3, which opens encrypted data files")
SETTING = "KIOSK_DATABASE_KEY_FILE"
KNOWN = [f"{name} {number:03}" for name in ("Maria", "Jose") for number in range(50)]  # and as many numbers


@pytest.fixture
def key_file(folder):
    return folder / "stick.key"


@pytest.fixture
def app(folder):
    """A shop whose data file is a plain one, also where all others are encrypted."""
    app = open_shop(folder / "instance", **{SETTING: ""})
    yield app
    close_shop(app)


@pytest.fixture
def file(app):
    """The data file of a shop with a hundred customers, stopped."""
    with app.app_context():
        for number, name in enumerate(KNOWN):
            signed_up(name=name, phone=f"0917{5550000 + number}")
    close_shop(app)
    return file_of(app.config["KIOSK_DATABASE_URL"])


@pytest.fixture
def with_key(run, file, key_file, monkeypatch):
    """Commands on that shop, with the setting."""
    monkeypatch.setenv(SETTING, str(key_file))
    return run


@pytest.fixture
def encrypted(with_key):
    """The same once it is encrypted."""
    assert with_key("encrypt").exit_code == 0
    return with_key


def words() -> list[bytes]:
    return [name.encode() for name in KNOWN] + [f"917{5550000 + number}".encode() for number in range(len(KNOWN))]


def readable(data: bytes) -> int:
    return sum(word in data for word in words())


def names_in(file, key="") -> list[str]:
    with cipher.opened(file, key) as data:
        return [name for (name,) in data.execute("SELECT name FROM customer ORDER BY id")]


def entropy(data: bytes) -> float:
    """Bits a byte; noise has almost eight."""
    return -sum(n / len(data) * math.log2(n / len(data)) for n in collections.Counter(data).values())


def test_of_two_hundred_known_words_none_is_in_an_encrypted_file(with_key, file, key_file):
    assert (len(words()), readable(file.read_bytes())) == (200, 200)

    done = with_key("encrypt")

    key = key_file.read_text()
    assert done.output.startswith(f"The key is in {key_file}. Keep a copy of it with the recovery sheet:\nwithout it")
    assert (len(key), key_file.stat().st_mode & 0o077) == (64, 0)
    assert readable(b"".join(path.read_bytes() for path in file.parent.rglob("*") if path.is_file())) == 0
    assert entropy(file.read_bytes()) > 7.99
    assert names_in(file, key) == KNOWN


@pytest.mark.skipif(os.name == "nt", reason="Windows replaces no file that is open")
def test_where_the_plain_file_was_lie_zeros(with_key, file):
    with file.open("rb") as old:
        with_key("encrypt")

        assert old.read().strip(b"\0") == b""


def test_an_encrypted_shop_works_as_any(encrypted, file, key_file):
    assert [encrypted(*command).exit_code for command in (("check",), ("nightly",), ("upgrade",), ("encrypt",))] == [
        0, 0, 0, 0,
    ]  # fmt: skip
    assert encrypted("encrypt").output.startswith("The key is in")

    app = create_app(config.load())
    key_file.unlink()  # the stick is taken out
    with app.app_context():
        assert signed_up(name="Ben").coupon
        rotation.make(NOON)
        assert db.session.execute(db.text("PRAGMA journal_mode")).scalar() == "wal"
        mode = {path.name: readable(path.read_bytes()) for path in file.parent.glob("kiosk.sqlite*")}
    close_shop(app)
    assert mode["kiosk.sqlite-wal"] == mode["kiosk.sqlite"] == 0


def test_decrypted_it_is_the_plain_file_again(encrypted, file, monkeypatch):
    done = encrypted("decrypt")

    assert done.output == (
        "The data file is no longer encrypted. Take KIOSK_DATABASE_KEY_FILE away before you start Suki.\n"
    )
    assert names_in(file) == KNOWN
    monkeypatch.setenv(SETTING, "")
    assert encrypted("check").exit_code == 0


def test_a_shop_can_begin_encrypted(folder, key_file):
    settings = {"KIOSK_INSTANCE": str(folder / "new"), SETTING: str(key_file)}
    instance.prepare(folder / "new")

    encryption.encrypt(config.load(settings))

    app = open_shop(folder / "new", **{SETTING: str(key_file)})
    close_shop(app)
    assert not cipher.is_plain(folder / "new" / "kiosk.sqlite")


def harm(file, key_file, kind) -> None:
    if kind == "no key file":
        key_file.unlink()
    elif kind == "no file at all":
        key_file.unlink()
        key_file.mkdir()
    elif kind == "another key":
        key_file.write_text(KEY)
    elif kind == "no key in it":
        key_file.write_text("Dear diary")
    elif kind == "a damaged file":
        file.write_bytes(b"x" * 5000)


SENTENCES = {
    "no key file": "the key file {key_file} cannot be read (No such file or directory). Put in the stick",
    "no file at all": "the key file {key_file} cannot be read (Is a directory). Put in the stick",
    "another key": "the key does not open {file}. Put back the key file of this shop",
    "no key in it": "{key_file} holds no key",
    "a damaged file": "the data is damaged: restore the last backup.",
}


@pytest.mark.parametrize("command", ["check", "encrypt", "decrypt"])
@pytest.mark.parametrize("kind", SENTENCES)
def test_what_is_wrong_with_the_key_is_one_sentence_and_harms_nothing(encrypted, file, key_file, kind, command):
    key = key_file.read_text()
    harm(file, key_file, kind)
    before = file.read_bytes(), key_file.is_file() and key_file.read_bytes()

    done = encrypted(command)

    assert (done.exit_code, type(done.exception)) == (1, instance.NotWritable)
    assert SENTENCES[kind].format(file=file, key_file=key_file) in str(done.exception)
    assert (file.read_bytes(), key_file.is_file() and key_file.read_bytes()) == before
    assert kind == "a damaged file" or names_in(file, key) == KNOWN


def test_a_plain_file_with_a_key_and_an_encrypted_one_without_are_refused(with_key, file, key_file, monkeypatch):
    key_file.write_text(KEY)
    plain = with_key("check")
    with_key("encrypt")
    monkeypatch.setenv(SETTING, "")
    encrypted, no_setting = with_key("check"), with_key("decrypt")

    assert f"{file} is not encrypted, but {SETTING} is set." in str(plain.exception)
    assert f"{file} is encrypted or damaged. If it is encrypted, say where its key file is" in str(encrypted.exception)
    assert "say first where the key file is" in str(no_setting.exception)


def test_a_stick_that_is_not_there_gets_no_key(with_key, file, folder, monkeypatch):
    monkeypatch.setenv(SETTING, str(folder / "stick" / "suki.key"))

    assert f"there is no folder {folder / 'stick'} for the key" in str(with_key("encrypt").exception)
    assert cipher.is_plain(file)


def test_without_its_package_or_on_postgresql_a_key_is_refused(monkeypatch, folder):
    settings = {"KIOSK_INSTANCE": str(folder), SETTING: "suki.key"}
    with pytest.raises(config.BadSetting, match="PostgreSQL has none"):
        config.load(settings | {"KIOSK_DATABASE_URL": "postgresql://x/y"})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(config.BadSetting, match=r'needs SQLCipher\. Get it with: .* "sqlcipher3==0\.6\.4"'):
        config.load(settings)


def test_beside_a_server_nothing_is_encrypted(with_key, file):
    with disk.claim(file):
        done = with_key("encrypt")

    assert "another Suki is already running" in str(done.exception)
    assert cipher.is_plain(file)


@pytest.mark.parametrize("lost", ["a full disk", "a row"])
def test_what_is_not_copied_whole_replaces_nothing(with_key, file, monkeypatch, lost):
    copied = cipher.copy

    def copy(file, to, key, new_key):
        copied(file, to, key, new_key)
        if lost == "a full disk":
            raise sqlite3.OperationalError("database or disk is full")
        with cipher.opened(to, new_key) as data:
            data.execute("DELETE FROM consent WHERE id = 1")

    monkeypatch.setattr(cipher, "copy", copy)
    done = with_key("encrypt")

    assert done.exit_code == 1
    assert lost == "a row" or "disk is full" in done.output
    assert (names_in(file), encryption.draft_of(file).exists()) == (KNOWN, False)


def test_a_backup_is_restored_under_the_key_and_anywhere_without(encrypted, app, file, key_file, folder):
    made = encrypted("backup", folder / "backup.suki")
    restored = encrypted("restore", folder / "backup.suki")
    elsewhere = Shop(open_shop(folder / "elsewhere", **{SETTING: ""}))
    elsewhere.restore(folder / "backup.suki")

    assert made.output.splitlines()[1].startswith("It is not encrypted, as the data is: keep it like a key")
    assert restored.exit_code == 0, restored.output
    assert (cipher.is_plain(file), readable(file.read_bytes())) == (False, 0)
    assert names_in(file, key_file.read_text()) == KNOWN
    assert names_in(elsewhere.folder / "kiosk.sqlite") == KNOWN
    assert encrypted("check").exit_code == 0


def test_a_sealed_backup_of_an_encrypted_shop_opens_by_the_sheet_alone(encrypted, key_file):
    app = create_app(config.load())
    with app.app_context():
        public_key, groups, _ = rotation.new_sheet()
        shop.decide(NOON, by=None, recovery_key=public_key)
        rotation.make(NOON)
        sealed = rotation.files_in(rotation.first_place())[0]
        key_file.unlink()

        assert (readable(sealed.read_bytes()), entropy(sealed.read_bytes()) > 7.99) == (0, True)
        assert backup.inspect(sealed, rotation.BEGINNING + "".join(groups))["customers"] == len(KNOWN)
    close_shop(app)


def test_over_a_file_whose_key_is_lost_a_backup_is_restored(encrypted, file, key_file, folder):
    encrypted("backup", folder / "backup.suki")
    key_file.write_text(KEY)

    assert encrypted("restore", folder / "backup.suki").exit_code == 0
    assert names_in(file, KEY) == KNOWN


def test_an_upgrade_that_fails_leaves_the_encrypted_file(encrypted, file, key_file, monkeypatch):
    monkeypatch.setattr("kiosk.oversight.health.stored_troubles", lambda: ["It is wrong."])

    done = encrypted("upgrade")

    assert "The data is as it was" in str(done.exception)
    assert names_in(file, key_file.read_text()) == KNOWN


def test_what_a_crash_left_of_a_copy_goes_with_the_next_start(encrypted, file):
    encryption.draft_of(file).write_text("Maria")

    assert encrypted("demo", "--customers", "3").exit_code == 1  # there are customers already
    assert not encryption.draft_of(file).exists()
