"""What there is to say about an exported list: of which days, by whom, how many rows, and what each column means."""

from collections.abc import Iterator

from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.models import StaffSession
from kiosk.reports.spreadsheets import Sheet
from kiosk.shop import shop


def lines(sheet: Sheet, audit_head: str, by: StaffSession | None) -> Iterator[tuple]:
    """A name and a text, a number or a shop time for each line of the page “About”, once the sheet was read."""
    here = shop.current()
    yield gettext("Shop"), str(here.name)
    yield gettext("List"), sheet.name
    if sheet.days:
        yield gettext("Shop days"), " – ".join(dict.fromkeys(map(str, sheet.days)))
    yield gettext("Filter"), sheet.filter or gettext("none")
    yield gettext("Exported by"), by.staff.name if by else gettext("the command line")
    yield gettext("Exported at"), here.time_of(now()).replace(tzinfo=None, microsecond=0)
    yield gettext("Rows"), sheet.count
    for heading, total in sheet.totals.items():
        yield gettext("Total: %(column)s", column=heading), total
    yield gettext("Log before"), audit_head
    yield gettext("Column"), gettext("What it means")
    for column in sheet.columns:
        yield column.heading, column.meaning
