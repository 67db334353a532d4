"""The office: who came today, the list to take away, and who and what works here."""

from importlib import import_module
from pkgutil import iter_modules

from kiosk.views.office.room import room  # noqa: F401 (create_app registers it)

for page in iter_modules(__path__, f"{__name__}."):
    import_module(page.name)  # each adds its pages to the room
