"""A practice shop, to try the whole line before opening day: in a folder of its own, thrown away at the end."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Flask
from flask_babel import gettext

from kiosk import create_app
from kiosk.base import disk
from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writes
from kiosk.shop import shop
from kiosk.staff import people
from kiosk.upkeep import instance
from kiosk.views import rehearsal

LIKE = ("country", "currency", "time_zone", "language", "languages", "colour")  # as in the real shop
SETTINGS = ("KIOSK_TRUSTED_HOSTS", "KIOSK_DATABASE_KEY_FILE")  # those of the real one that it has too
NAME = "Practice"  # of who signs in there


@contextmanager
def opened(real: Flask) -> Iterator[tuple[Flask, str]]:
    """A practice shop of the real one's country, languages and colour, and the passphrase for it. It shares neither
    data nor secret nor cookies with the real one, and can send nothing. Raises NotWritable when there is one already.
    """
    with real.app_context():
        like = {name: getattr(shop.current(), name) for name in LIKE}
    folder = Path(real.config["KIOSK_INSTANCE"]) / "rehearsal"
    claim = disk.claim(folder)
    shutil.rmtree(folder, ignore_errors=True)  # what a crash has left
    app = None
    try:
        app = create_app({"KIOSK_INSTANCE": str(folder)} | {name: real.config[name] for name in SETTINGS})
        app.config["PRACTICE"] = True
        app.register_blueprint(rehearsal.room)
        passphrase = f"only for practice {secrets.randbelow(9000) + 1000}"
        with app.app_context():
            _begin(like, passphrase)
        yield app, passphrase
    finally:
        if app:
            with app.app_context():
                db.engine.dispose()  # Windows deletes no file that is open
        instance.prepare(folder.parent)  # what is temporary goes to the real shop's folder again
        shutil.rmtree(folder)
        claim.close()


def sweep(folder: Path) -> None:
    """Delete what a practice shop that was killed has left in the real one's folder; one that runs is left alone."""
    with suppress(disk.NotWritable), disk.claim(folder / "rehearsal"):
        shutil.rmtree(folder / "rehearsal", ignore_errors=True)


@writes
def _begin(like: dict[str, str], passphrase: str) -> None:
    shop.describe(**like)
    shop.describe(name=gettext("Practice shop"))  # in the language that it has by now
    people.add_person(NAME, "manager", now(), passphrase=passphrase)
