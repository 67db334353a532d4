"""The office: who came today, the list to take away, and who and what works here."""

from . import devices, people, settings, today
from .room import room

__all__ = ["devices", "people", "room", "settings", "today"]
