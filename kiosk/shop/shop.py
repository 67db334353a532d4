"""The shop itself: its name, where it is, its money, its days."""

import base64
import ctypes
import json
import locale
import os
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

import pytz
from babel.numbers import get_currency_precision, get_territory_currencies
from flask import current_app, g, has_request_context
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import event, select

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writes
from kiosk.guard import audit
from kiosk.models import Setting, StaffSession

SPOKEN_IN = {"NO": "nb", "SJ": "nb", "RU": "ru"}
UNNAMED = _l("My shop")
KEPT_FOR = 1.0  # s
LOGO = "logo_png"  # a setting of its own: base 64, not read with every request
LOGO_BEFORE = "logo_before"  # likewise: what `logo` and LOGO were before the last change of the two


SETTINGS = select(Setting.name, Setting.value).where(Setting.name.not_in((LOGO, LOGO_BEFORE)))


@dataclass(frozen=True, eq=False)
class Shop:
    """What the owner has said of the shop; until then, what its country suggests. One object until it changes."""

    name: str
    country: str  # ISO 3166-1 alpha-2
    currency: str  # ISO 4217
    time_zone: str  # IANA
    language: str  # BCP 47
    languages: str = ""  # those that customers choose from, in this order, the shop's own first; else all there are
    public_url: str = ""  # an origin
    city: str = ""
    towns: str = ""  # further ones to choose from at the tablet, with commas between
    colour: str = ""  # like #8A1C49
    logo: str = ""  # a hash of the picture; the picture is in a setting of its own
    day_ends: str = "00:00"  # HH:MM: until then, what happens after midnight belongs to the day before
    last_day: str = ""  # the last shop day on which new coupons are given, ISO 8601
    privacy_contact: str = ""  # whom customers ask about their data, in one line
    own_notice: str = ""  # what the privacy notice says besides: JSON, a text by language
    opens: str = ""  # HH:MM, in the shop's zone
    closes: str = ""
    other_hours: str = ""  # JSON: by day of the week (strftime's %w) the two times, or none: closed all day
    redeem_on_scan: bool = False  # without being asked again at the till
    relock_minutes: int = 15  # how long a till signed in to by PIN may lie idle
    keep_months: int = 24  # after the last visit a customer is forgotten
    messages_a_month: int = 2  # to one customer, over all purposes
    rest_days: int = 7  # after each of them
    quiet_from: str = "20:00"  # HH:MM: until quiet_until nothing is sent to anybody
    quiet_until: str = "09:00"
    csv_separator: str = ""  # comma or semicolon, see dialects.py; else the country's
    questions: int = 0  # the version of the questions that is asked, see signups/questionnaires.py
    partner: str = ""  # another shop, by name, to which customers are asked to agree that they are made known
    warranty: str = "off"  # where each of these forms is offered, see signups/submissions.py
    preorder: str = "off"
    survey: str = "off"
    form_coupons: str = ""  # JSON: by form the series of which who fills it in gets a coupon
    recovery_key: str = ""  # the public half of the key on the recovery sheet, see upkeep/rotation.py
    backup_folder: str = ""  # a second place for backups
    epoch: str = ""  # the instant (UTC) of the last restore, see upkeep/epochs.py
    in_doubt: str = ""  # coupons issued up to then may have been used since, as long as not every till has reported

    @property
    def town_list(self) -> list[str]:
        return [town for each in self.towns.split(",") if (town := each.strip())]

    @property
    def own_notices(self) -> dict[str, str]:
        return json.loads(self.own_notice or "{}")

    @property
    def hours_by_weekday(self) -> dict[str, list[str]]:
        return json.loads(self.other_hours or "{}")

    def hours_on(self, day: date) -> list[str]:
        """When the shop opens and closes on that day, HH:MM, empty if that is not said; no times if it is closed."""
        return self.hours_by_weekday.get(f"{day:%w}", [self.opens, self.closes])

    @property
    def ends_on(self) -> date | None:
        return date.fromisoformat(self.last_day) if self.last_day else None

    def has_ended(self, day: date) -> bool:
        """Whether the shop gives no new coupons on that day any more."""
        return self.ends_on is not None and day > self.ends_on

    @property
    def minor_digits(self) -> int:
        return get_currency_precision(self.currency)

    @property
    def is_russian(self) -> bool:
        """Russian law wants consent to processing in a box of its own (152-FZ)."""
        return self.country == "RU"

    @property
    def partnership(self) -> str:
        """The purpose of a consent that says yes to exactly that partner; nothing while there is none."""
        return f"partner {self.partner}" if self.partner else ""

    def time_of(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.time_zone))

    def day_of(self, at: datetime) -> date:
        """The shop day of an instant: the last one that has begun."""
        day = self.time_of(at).date() + timedelta(days=1)  # clocks that are put back can show a day that is over
        while at < self.start_of(day):
            day -= timedelta(days=1)
        return day

    def start_of(self, day: date) -> datetime:
        """The instant (UTC) at which a shop day begins and the one before it ends."""
        return _start_of(day, self.day_ends, self.time_zone)

    def today(self) -> date:
        return self.day_of(now())

    def span(self, first: date, last: date) -> tuple[datetime, datetime]:
        """Shop days `first` to `last` as instants (UTC): from the one, up to but without the other."""
        return self.start_of(first), self.start_of(last + timedelta(days=1))


@lru_cache(maxsize=4096)
def _start_of(day: date, day_ends: str, time_zone: str) -> datetime:
    return datetime.fromisoformat(f"{day} {day_ends}").replace(tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def suggested(country: str) -> Shop:
    """What a shop in that country most likely uses."""
    currency = (get_territory_currencies(country) or ["USD"])[0]
    zones = pytz.country_timezones.get(country) or ["UTC"]
    zone = _machine_zone() if _machine_zone() in zones else zones[0]
    return Shop(UNNAMED, country, currency, zone, SPOKEN_IN.get(country, "en"))


def current() -> Shop:
    """The shop, the same throughout a request. Every page asks for it and it hardly ever changes, so it is read from
    the database once a second at most: what another process changes is seen a second later, what this one does at once.
    """
    if not has_request_context():
        return _kept()
    if "shop" not in g:
        g.shop = _kept()
    return g.shop


def _kept() -> Shop:
    began, changes = time.monotonic(), current_app.extensions.get("shop changes", 0)
    read_at, kept = current_app.extensions.get("shop", (-inf, None))
    if 0 <= began - read_at < KEPT_FOR:
        return kept
    read = stored()
    read = kept if kept and vars(kept) == vars(read) else read
    if changes == current_app.extensions.get("shop changes", 0):
        current_app.extensions["shop"] = began, read
    return read


@event.listens_for(db.session, "after_commit")
def _read_again(session) -> None:
    if session.info.pop("shop_changed", False):
        current_app.extensions.pop("shop", None)
        current_app.extensions["shop changes"] = current_app.extensions.get("shop changes", 0) + 1


def stored() -> Shop:
    """The shop as it is in the database now."""
    said = dict(db.session.execute(SETTINGS).all())
    guess = suggested(said.get("country") or guessed_country())
    said["public_url"] = current_app.config["KIOSK_PUBLIC_URL"] or said.get("public_url", "")
    return replace(guess, **{name: said[name] for name in vars(guess) if name in said})


def describe(**said) -> None:
    """Keep what the owner said of the shop (fields of Shop), inside the caller's transaction."""
    for name, value in said.items():
        db.session.merge(Setting(name=name, value=value))
    db.session.info["shop_changed"] = True
    if has_request_context():
        g.pop("shop", None)


def logo() -> bytes | None:
    """The shop's logo, a PNG."""
    stored = db.session.get(Setting, LOGO)
    return stored and base64.b64decode(stored.value)


def add_decision(at: datetime, *, by: StaffSession, **said) -> None:
    """Save settings (fields of Shop) and record which of them changed, from what to what; inside the caller's
    transaction."""
    before = vars(stored())
    changed = {name: [before[name], value] for name, value in said.items() if name in before and value != before[name]}
    if "logo" in changed:
        old, new = changed["logo"]
        changed["logo"] = ["picture" if old else "none", ("another picture" if old else "picture") if new else "none"]
        picture = db.session.get(Setting, LOGO)
        said |= {LOGO_BEFORE: {"logo": old, LOGO: picture.value if picture else ""}}
    if "name" in changed:
        changed["name"][0] = str(before["name"])  # the name of a shop that has none yet is translated when it is read
    describe(**said)
    if changed:
        audit.add_note("settings", at, by=by, object_id=" ".join(sorted(changed))[:60], details=changed)


decide = writes(add_decision)


def guessed_country() -> str:
    """As the settings say, else as the machine is set up, else the Philippines."""
    return current_app.config["KIOSK_COUNTRY"] or _machine_country()


@cache
def _machine_country() -> str:
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_MONETARY", "LANG")]
    if os.name == "nt":
        names.append(locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultLCID(), ""))
    for name in names:
        country = name.partition(".")[0].partition("_")[2]
        if country in pytz.country_timezones:
            return country
    return "PH"


@cache
def _machine_zone() -> str:
    return os.environ.get("TZ") or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]


def countries() -> dict[str, str]:
    """Every country by its two letters, named in the language being read."""
    names = get_locale().territories
    return {code: names[code] for code in sorted(pytz.country_timezones.keys() & names.keys(), key=names.get)}
