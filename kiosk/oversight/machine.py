"""The machine that Suki runs on and what is around it: who can read its files, its libraries, its clock, its
addresses, and the certificate of the public one."""

import os
import platform
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

import pytz
from flask import current_app
from flask_babel import gettext
from sqlalchemy import func, select

from kiosk.base import addresses, database, disk
from kiosk.base.clock import MADE, TOLERANCE
from kiosk.base.database import db
from kiosk.models import Audit, Signup, Visit
from kiosk.shop import shop
from kiosk.staff import devices
from kiosk.upkeep import rotation

PINS = Path(__file__).parents[2] / "requirements.txt"
PATIENCE = 5  # s that the public address has to answer
SOON = timedelta(days=14)  # in which a certificate should have been renewed
INSTANTS = (Audit.happened_at, Signup.finished_at, Visit.happened_at)  # each has an index
QUIET = timedelta(days=30)  # longer than a shop is closed


def troubles() -> Iterator[str]:
    """A sentence, and what to do, for everything that is wrong with the files, the libraries and the time zone."""
    here, folder = shop.current(), Path(current_app.config["KIOSK_INSTANCE"])
    file = database.file_of(current_app.config["KIOSK_DATABASE_URL"])
    key = current_app.config["KIOSK_DATABASE_KEY_FILE"]
    for private in (folder / "secret", folder / "kiosk.cfg", file, key and Path(key), rotation.first_place()):
        if private and _others_can_read(private):
            yield gettext("Others on this machine can read %(file)s. Type: chmod go= “%(file)s”", file=private)
    for name, wanted, found in _other_versions():
        yield gettext("%(name)s is %(found)s here, and Suki was tried with %(wanted)s. Start it by start.py.",
                      name=name, found=found, wanted=wanted)  # fmt: skip
    if here.time_zone not in pytz.country_timezones.get(here.country, [here.time_zone]):
        yield gettext("The shop’s time zone, %(zone)s, is not one of its country. Look under Your shop.",
                      zone=here.time_zone)  # fmt: skip


def _others_can_read(path: Path) -> bool:
    """Whether they can, as far as the disk can say: Windows tells it otherwise, and many a stick not at all."""
    return os.name != "nt" and path.exists() and bool(path.stat().st_mode & 0o077) and disk.keeps_rights(path)


def _other_versions() -> Iterator[tuple[str, str, str]]:
    """The libraries that are not those of requirements.txt: name, version there, version here."""
    for line in PINS.read_text().splitlines():
        name, pinned, wanted = line.partition("==")
        if pinned and ";" not in line and (found := _version(name)) != wanted:
            yield name, wanted, found


def _version(name: str) -> str:
    """That of a library here; of one that is not, or of which pip has left half, a dash."""
    try:
        return version(name) or "–"
    except (PackageNotFoundError, FileNotFoundError, KeyError):
        return "–"


def _last_stored() -> datetime | None:
    """The newest instant at which something was done here; None in a new shop."""
    found = [db.session.scalar(select(func.max(column))) for column in INSTANTS]
    return max(filter(None, found), default=None)


def clock_trouble(at: datetime) -> str | None:
    """What is wrong with the clock, in one sentence; None when nothing is known to be."""
    if at < MADE:
        return gettext("The clock of this machine cannot be right: it says %(now)s. Set it.", now=written(at))
    last = _last_stored()
    if last and last > at + TOLERANCE:
        return gettext(
            "The clock of this machine is wrong, or was: it says %(now)s, but something was done here at %(last)s. "
            "Set it, if it is still wrong.",
            now=written(at), last=written(last),
        )  # fmt: skip
    return None


def clock_doubt(at: datetime) -> str | None:
    """What to look at after a long quiet time, for which a shop may have been closed; None without one."""
    last = _last_stored()
    if last is None or at - last <= QUIET:
        return None
    return gettext("Nothing was done here from %(last)s to %(now)s. If that is not so, the clock is wrong: set it.",
                   last=written(last), now=written(at))  # fmt: skip


def written(at: datetime) -> str:
    """An instant by the shop's calendar and clock."""
    return f"{shop.current().time_of(at):%Y-%m-%d %H:%M}"


def public_troubles(at: datetime) -> Iterator[str]:
    """The same about the public address, which is asked for over the network; nothing where the shop has none."""
    address = shop.current().public_url
    if address.startswith("http:"):
        yield gettext(
            "%(address)s has no HTTPS: what customers send can be read on the way. Put a web server with a certificate "
            "in front of Suki, and enter the address with https.", address=address,
        )  # fmt: skip
    if not address.startswith("https:"):
        return
    try:
        until = _certificate_ends(address)
    except ssl.SSLCertVerificationError as error:
        yield gettext(
            "The certificate of %(address)s is not accepted: %(why)s. Renew it, or install its authority here as well.",
            address=address, why=error.verify_message,
        )  # fmt: skip
    except OSError as error:
        yield gettext(
            "%(address)s does not answer from here: %(why)s. Check whether the web server in front of Suki is running.",
            address=address, why=error.strerror or error,
        )  # fmt: skip
    else:
        if until - at < SOON:
            yield gettext(
                "The certificate of %(address)s ends on %(day)s. The web server in front of Suki should renew it.",
                address=address, day=f"{until:%Y-%m-%d}",
            )  # fmt: skip


def _certificate_ends(address: str) -> datetime:
    """When the certificate that an https address shows runs out. Raises OSError; SSLCertVerificationError for one that
    browsers refuse as well."""
    place = urlsplit(address)
    plain = socket.create_connection((place.hostname, place.port or 443), PATIENCE)
    with plain, ssl.create_default_context().wrap_socket(plain, server_hostname=place.hostname) as secured:
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"]), UTC)


def facts(at: datetime) -> Iterator[str]:
    """What whoever is asked for help wants to know first, for the terminal."""
    here, engine, folder = shop.current(), db.engine, current_app.config["KIOSK_INSTANCE"]
    with engine.connect() as connection:
        release = ".".join(map(str, connection.dialect.server_version_info))
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    yield f"Suki runs on {system}, {engine.dialect.name} {release}."
    yield f"What the shop owns is in {folder}, its data in the database {engine.url.database}."
    yield f"It is {here.time_of(at):%Y-%m-%d %H:%M} in the shop's time zone, {here.time_zone}."
    yield f"Addresses in the shop: {', '.join(addresses.of_this_machine()) or 'none but this machine itself'}."
    yield f"Public address: {here.public_url or 'none'}."
    for device in devices.in_use_or_waiting(at):
        seen = f"last seen {device.seen_at:%Y-%m-%d %H:%M} UTC" if device.seen_at else "not paired yet"
        scanner = f", a scanner last used {device.scanned_on}" if device.scanned_on else ""
        yield f"The {device.kind} {device.label}: {seen}{scanner}."
