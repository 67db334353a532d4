"""What Today says of the shop's order. It is looked for every two minutes at most, since Today is opened often."""

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import get_locale

from kiosk.oversight import habits, health

EVERY = timedelta(minutes=2)


def of(at: datetime) -> dict[str, list]:
    """The sentences that are `urgent`, and the `habits` that are worth a look, in the language being read."""
    known, language = current_app.extensions.setdefault("glance", {}), str(get_locale())
    if language not in known or abs(at - known[language][0]) > EVERY:
        known[language] = at, {"urgent": health.urgent_troubles(at), "habits": habits.worth_a_look(at)}
    return known[language][1]
