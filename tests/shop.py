"""Makers: a shop of its own for each test, and what may happen in it."""

import itertools
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import BytecodeCache
from werkzeug.datastructures import MultiDict
from werkzeug.security import generate_password_hash

from kiosk import create_app
from kiosk.base import cipher
from kiosk.base.database import db
from kiosk.base.folding import fold
from kiosk.base.writing import writing
from kiosk.models import Device, Offer, Series, Staff, StaffSession
from kiosk.signups import questionnaires, signup
from kiosk.signups.answers import Answers, read
from kiosk.staff import devices, passphrases

NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # 12:00 in Manila
PASSPHRASE = "correct horse battery staple"
PIN = "739104"
KEY = "0123456789abcdef" * 4  # of an encrypted data file
QUICK = "scrypt:1024:8:1"
PASSPHRASE_HASH = generate_password_hash(PASSPHRASE, method=QUICK)
UNLIMITED = {f"KIOSK_{name}": "1000000" for name in ("SIGNUPS_PER_MINUTE", "LOOKUPS_PER_MINUTE", "MISSES_PER_DAY")}
MEMORY = Path("/dev/shm")
IS_FULL = bool(os.environ.get("KIOSK_TEST_FULL"))  # every figure at its full size
IS_SQLCIPHER = bool(os.environ.get("KIOSK_TEST_SQLCIPHER"))  # every data file is an encrypted one
OPERATIONS = (100, 50) if IS_FULL else (50, 20)  # and how often each is sent at once
_numbers = itertools.count(1000000)

on_sqlite_only = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
on_postgresql_only = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


class Templates(BytecodeCache):
    """The templates, read once for all the shops of a test run."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket):
        self.kept[bucket.key] = bucket.bytecode_to_string()


_templates = Templates()


@contextmanager
def in_memory(other: Path):
    """A folder in memory, else the other: these tests cut no power, and waiting for a disk is most of their time.
    The harness keeps its shops on the disk."""
    if not os.access(MEMORY, os.W_OK):
        yield other
        return
    folder = Path(tempfile.mkdtemp(prefix="suki-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)  # a browser may still be asking for something


def open_shop(folder, **settings):
    """A shop in Manila with its data in that folder; limits are out of the way unless a test sets them."""
    given = {"KIOSK_INSTANCE": str(folder), "KIOSK_COUNTRY": "PH", **UNLIMITED, **settings}
    app = create_app(given)
    app.testing = False  # errors are answered as in the shop
    app.jinja_env.bytecode_cache = _templates
    return app


def keep_as_all(file: Path) -> None:
    """Encrypt a data file where all of these tests are."""
    if IS_SQLCIPHER:
        cipher.copy(file, file.with_suffix(".new"), new_key=KEY)
        file.with_suffix(".new").replace(file)


def data_of(file: Path, module=None):
    """The data file of a shop, opened without the shop, by that module in place of the usual one."""
    return cipher.opened(file, "" if cipher.is_plain(file) else KEY, module)


def close_shop(app) -> None:
    """Let go of its database, and of what was read there."""
    app.extensions.pop("shop", None)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def new_id() -> str:
    return secrets.token_hex(16)


def a_phone() -> str:
    """A Philippine mobile number nobody has had yet."""
    return f"0917{next(_numbers)}"


def answers(language="en", **fields) -> Answers:
    """Checked answers; a phone number of its own unless a contact is given."""
    if not fields.keys() & {"phone", "email"}:
        fields["phone"] = a_phone()
    return read(MultiDict(fields), language, questionnaires.current())


def signed_up(
    at=NOON, *, operation_id=None, method="tablet", given=None, sender=("browser", "address"), device_id=None, by=None,
    form_number=None, **fields,
) -> signup.Outcome:  # fmt: skip
    given, way = given or answers(**fields), {"method": method, "sender": sender, "device_id": device_id}
    return signup.sign_up(given, operation_id or new_id(), at, by=by, form_number=form_number, **way)


def rows_of(sheet) -> Iterator[tuple]:
    """The cells of a list that is exported, row by row."""
    for cells in sheet.read():
        yield from zip(*cells, strict=True)


def a_coupon(at=NOON, **fields):
    return signed_up(at, **fields).coupon


def an_offer(kind="percent", value=10, at=NOON, *, purpose="welcome", new_series=False, **terms) -> Offer:
    """A further version of what the shop offers, or the first one of a new series."""
    with writing():
        series = db.session.query(Series).filter_by(purpose=purpose).order_by(Series.id.desc()).first()
        if new_series or series is None:
            series = Series(purpose=purpose, created_at=at)
        offer = Offer(series=series, kind=kind, value=value, created_at=at, **{"days_valid": 30} | terms)
        db.session.add(offer)
    return offer


def add_person(name="Ana", role="manager", at=NOON) -> int:
    with writing():
        person = Staff(name=name, folded_name=fold(name), role=role, created_at=at)
        if person.needs_passphrase:
            person.passphrase_hash = PASSPHRASE_HASH
        else:
            person.pin_hash = generate_password_hash(passphrases._keyed(PIN), method=QUICK)
        db.session.add(person)
        db.session.flush()
        return person.id


def at_till(name="Ana", role="manager", label="1", at=NOON) -> StaffSession:
    """Somebody signed in on a till of that label (made when there is none)."""
    person = db.session.query(Staff).filter_by(name=name).first()
    staff_id = person.id if person else add_person(name, role, at)
    with writing():
        till = db.session.query(Device).filter_by(label=label).first() or devices.add_device("till", label, at)[0]
        session = StaffSession(key_hash=secrets.token_hex(32), staff_id=staff_id, device_id=till.id)
        session.started_at = session.seen_at = session.proved_at = at
        db.session.add(session)
    return session
