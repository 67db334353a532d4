"""The list that a partner gets: who agreed to be made known to exactly that shop."""

from datetime import date

from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.imports import partners
from kiosk.reports import cells
from kiosk.reports.spreadsheets import Sheet


def agreed(_first: date, _last: date) -> Sheet:
    """Everybody who agreed to be made known to the partner named now; whoever takes it, their ledgers say so first."""
    when, how = gettext("When the customer agreed"), gettext("The sentence that was decided about")
    shown = [
        cells.text(gettext("Name"), gettext("The name the customer gave")), cells.phone(gettext("Mobile")),
        cells.text(gettext("Email"), gettext("The email address the customer gave")),
        cells.text(gettext("Language"), gettext("The code of the language that was read, like en")),
    ]  # fmt: skip
    for offers in (gettext("Offers by text"), gettext("Offers by email")):
        shown.append(cells.text(gettext("%(offers)s: decided", offers=offers), when))
        shown.append(cells.text(gettext("%(offers)s: how", offers=offers), how))
    shown.append(cells.text(gettext("Proof"), gettext("Shows the other shop that nothing of this row was changed")))
    rows = partners.give_on(now())
    return Sheet("partner", shown, iter([rows] if rows else []))
