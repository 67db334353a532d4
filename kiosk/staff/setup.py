"""The first minute of a shop: one link from the terminal makes one manager."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select

from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.writing import alone, writes
from kiosk.models import Device, Setting
from kiosk.shop import shop, shopfront
from kiosk.staff import devices, people, sessions

TOKEN = "setup_token"  # its hash; new at each start


@writes
def new_token() -> str | None:
    """The secret of a fresh set-up link, which makes older ones worthless; None once there is a manager."""
    if people.anybody():
        return None
    token = secrets.token_urlsafe(24)
    db.session.merge(Setting(name=TOKEN, value=devices.hashed(token)))
    return token


def is_open(token: str) -> bool:
    stored = db.session.scalar(select(Setting.value).where(Setting.name == TOKEN))
    return bool(stored) and secrets.compare_digest(stored, devices.hashed(token)) and not people.anybody()


@writes
def set_up(sent, token: str, at: datetime, *, device: Device | None) -> sessions.SignedIn | None:
    """Make the first manager, note what she says of the shop, and sign her in; None for a spent token.

    Raises Invalid.
    """
    alone("set-up")
    if not is_open(token):
        return None
    with Form(sent) as form:
        said = shopfront.read_place(form)
        person = people.add_person(sent.get("name", ""), "manager", at, passphrase=sent.get("passphrase", ""))
    usual = shop.suggested(said.get("country") or shop.guessed_country())
    shop.describe(**{"currency": usual.currency, "time_zone": usual.time_zone} | said)
    db.session.execute(delete(Setting).where(Setting.name == TOKEN))
    return sessions.add_session(person.id, at, device=device)
