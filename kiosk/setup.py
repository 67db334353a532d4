"""The first minute of a shop: one link from the terminal makes one manager."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select

from . import sessions, shop, shopfront, staff
from .database import alone, db, writes
from .devices import hashed
from .models import Device, Setting
from .refusals import Invalid, gathered

TOKEN = "setup_token"  # its hash; new at each start


@writes
def new_token() -> str | None:
    """The secret of a fresh set-up link, which makes older ones worthless; None once there is a manager."""
    if staff.anybody():
        return None
    token = secrets.token_urlsafe(24)
    db.session.merge(Setting(name=TOKEN, value=hashed(token)))
    return token


def is_open(token: str) -> bool:
    stored = db.session.scalar(select(Setting.value).where(Setting.name == TOKEN))
    return bool(stored) and secrets.compare_digest(stored, hashed(token)) and not staff.anybody()


@writes
def set_up(form, token: str, at: datetime, *, device: Device | None) -> sessions.SignedIn | None:
    """Make the first manager, note what she says of the shop, and sign her in; None for a spent token.

    Raises Invalid.
    """
    alone("set-up")
    if not is_open(token):
        return None
    said, problems = {}, {}
    with gathered(problems):
        said = shopfront.read_place(form)
    with gathered(problems):
        person = staff.add(form.get("name", ""), "manager", at, passphrase=form.get("passphrase", ""))
    if problems:
        raise Invalid(**problems)
    shop.describe(**said)
    db.session.execute(delete(Setting).where(Setting.name == TOKEN))
    return sessions.add(person.id, at, device=device)
