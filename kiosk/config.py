"""Every setting of the machine Suki runs on; what a shop owner changes is in the office instead."""

import importlib.util
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytz

from kiosk.base import addresses

ROOT = Path(__file__).resolve().parent.parent
COUNTRIES = pytz.country_timezones
COUNT = "[1-9][0-9]{0,8}"
POSTGRESQL, SQLCIPHER = "psycopg[binary]==3.3.9", "sqlcipher3==0.6.4"  # pyproject.toml's extras
SMTP = r"smtps?://([^:@/]+%40[^:@/]+:[^@/]*@[^:@/?]+(:\d+)?/?|([^:@/]+:[^@/]*@)?[^:@/?]+(:\d+)?/?\?from=[^@]+@.+)"
DATABASE = r"(sqlite:/|postgres(ql)?(\+psycopg)?:)//.+"

# name: (default, the form it has or what tells whether it has it, one sentence)
SETTINGS = {
    "KIOSK_INSTANCE": ("", ".+", "The folder with everything the shop owns; else `instance` beside the program."),
    "KIOSK_DATABASE_URL": ("", DATABASE, "Another database than `kiosk.sqlite` there, like `postgresql://…`."),
    "KIOSK_DATABASE_KEY_FILE": ("", ".+", "The file with the key of the data file, which is encrypted then."),
    "KIOSK_PUBLIC_URL": ("", addresses.is_origin, "The address that phones can reach, like `https://shop.example`."),
    "KIOSK_TRUSTED_HOSTS": ("", r"[^\s/]+", "Further names this server may be called by, with commas between them."),
    "KIOSK_TRUSTED_PROXY": ("127.0.0.1", addresses.is_ip, "The web server in front of Suki, which is believed."),
    "KIOSK_COUNTRY": ("", COUNTRIES.__contains__, "The shop's country until set-up, like `PH`; else the machine's."),
    "KIOSK_SMTP_URL": ("", SMTP, "The shop's mail account, like `smtps://me%40shop.example:password@mail.example`."),
    "KIOSK_SIGNUPS_PER_MINUTE": ("30", COUNT, "Sign-ups a minute from one browser; ten times that from one address."),
    "KIOSK_LOOKUPS_PER_MINUTE": ("120", COUNT, "Look-ups and redemptions a minute from one till."),
    "KIOSK_MISSES_PER_DAY": ("30", COUNT, "Unknown codes a day from one till before it is stopped."),
    "KIOSK_SIGN_INS_PER_MINUTE": ("10", COUNT, "Tries to sign in a minute for one name."),
}  # fmt: skip


class BadSetting(Exception):
    """A setting cannot be used; the text says which, to whoever installs."""


def load(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings: `given` (the environment) over instance/kiosk.cfg over the defaults.

    Raises BadSetting for a name or a value that is not understood.
    """
    said = said_of(given)
    instance = Path(said.get("KIOSK_INSTANCE") or ROOT / "instance").resolve()
    said["KIOSK_INSTANCE"] = str(instance)
    for name, value in said.items():
        if not name.startswith("KIOSK_TEST_"):
            _check(name, value)
    settings = said | {name: said.get(name) or default for name, (default, _, _) in SETTINGS.items()}
    url = settings["KIOSK_DATABASE_URL"] or f"sqlite:///{instance}/kiosk.sqlite"
    settings["KIOSK_DATABASE_URL"] = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)
    is_postgresql = settings["KIOSK_DATABASE_URL"].startswith("postgresql")
    if is_postgresql:
        _need("psycopg", POSTGRESQL, "PostgreSQL needs its driver.")
    if settings["KIOSK_DATABASE_KEY_FILE"]:
        if is_postgresql:
            raise BadSetting("KIOSK_DATABASE_KEY_FILE is for a data file, and PostgreSQL has none. Take it away.")
        _need("sqlcipher3", SQLCIPHER, "An encrypted data file needs SQLCipher.")
    return settings


def said_of(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is set, as it was written: no defaults. Raises BadSetting for a file that is not understood."""
    given = {n: v for n, v in (os.environ if given is None else given).items() if n.startswith("KIOSK_")}
    return _read(Path(given.get("KIOSK_INSTANCE") or ROOT / "instance").resolve() / "kiosk.cfg") | given


def _need(module: str, package: str, sentence: str) -> None:
    if not importlib.util.find_spec(module):
        raise BadSetting(f'{sentence} Get it with: "{sys.executable}" -m pip install "{package}"')


def _check(name: str, value: str) -> None:
    if name not in SETTINGS:
        raise BadSetting(f"There is no setting {name}. The README lists those there are.")
    _, form, sentence = SETTINGS[name]
    if value and not (form(value) if callable(form) else re.fullmatch(form, value)):
        raise BadSetting(f"{name} cannot be “{value}”. It is: {sentence}")


def _read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
    except UnicodeDecodeError:
        raise BadSetting(f"{path} cannot be read. Save it as a text file in UTF-8.") from None
    said = {}
    for line in lines:
        name, equals, value = (part.strip() for part in line.partition("="))
        if name.startswith("#") or not line.strip():
            continue
        if not equals or name == "KIOSK_INSTANCE":
            raise BadSetting(
                f"{path} has a line “{line.strip()}”. Write NAME = value; the folder itself is named elsewhere."
            )
        said[name] = value
    return said
