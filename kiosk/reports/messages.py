"""The messages of today's list, for a gateway or a colleague."""

from datetime import date

from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.reports import cells
from kiosk.reports.spreadsheets import Sheet
from kiosk.rewards import outreach


def waiting(first: date, last: date) -> Sheet:
    """The messages listed on those shop days that may be sent now."""
    shown = (
        cells.text(gettext("Name"), gettext("The name the customer gave")), cells.phone(gettext("Mobile")),
        cells.text(gettext("Email"), gettext("The email address the customer gave")),
        cells.text(gettext("Channel"), gettext("How the customer agreed to be reached")),
        cells.text(gettext("Text"), gettext("What to say, in the customer's language")),
    )  # fmt: skip
    told = [(one.customer, one) for one in outreach.waiting(now()) if first <= one.listed_on <= last]
    rows = [(she.name, she.phone, she.email, one.channel, one.text) for she, one in told]
    return Sheet("messages", shown, iter([rows] if rows else []), (first, last))
