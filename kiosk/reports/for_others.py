"""Lists for somebody else: today's messages for a gateway, and who agreed to be made known to a partner."""

from datetime import date

from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.imports import partners
from kiosk.reports import cells
from kiosk.reports.spreadsheets import Sheet
from kiosk.rewards import outreach


def waiting(first: date, last: date) -> Sheet:
    """The messages listed on those shop days that may be sent now."""
    shown = (
        cells.name(), *cells.contact(),
        cells.text(gettext("Channel"), gettext("How the customer agreed to be reached")),
        cells.text(gettext("Text"), gettext("What to say, in the customer's language")),
    )  # fmt: skip
    told = [one for one in outreach.waiting(now()) if first <= one.listed_on <= last]
    rows = [(one.customer.name, one.customer.phone, one.customer.email, one.channel, one.text) for one in told]
    return Sheet("messages", shown, [rows], (first, last))


def agreed(_first: date, _last: date) -> Sheet:
    """Everybody who agreed to be made known to the partner named now; whoever takes it, their ledgers say so first."""
    when, how = gettext("When the customer agreed"), gettext("The sentence that was decided about")
    shown = [cells.name(), *cells.contact(), cells.language()]
    for offers in (gettext("Offers by text"), gettext("Offers by email")):
        shown.append(cells.text(gettext("%(offers)s: decided", offers=offers), when))
        shown.append(cells.text(gettext("%(offers)s: how", offers=offers), how))
    shown.append(cells.text(gettext("Proof"), gettext("Shows the other shop that nothing of this row was changed")))
    return Sheet("partner", shown, [partners.share(now())])
