"""The office: who came today, the list to take away, and who and what works here."""

from kiosk.views.office import (  # noqa: F401 (each adds its pages to the room)
    closing,
    customer,
    customer_data,
    customers,
    devices,
    health,
    imports,
    insights,
    offers,
    paper,
    people,
    questions,
    settings,
    today,
)
from kiosk.views.office.room import room  # noqa: F401 (create_app registers it)
