"""One way to read a form: field by field, with everything that is wrong said at once."""

import re
from collections.abc import Callable, Container, Mapping
from datetime import date
from typing import TypeVar

from flask_babel import lazy_gettext as _l

from kiosk.base.contacts import clean
from kiosk.base.refusals import Invalid, gathered, saying

T = TypeVar("T")


def last_said(sent: Mapping[str, str], field: str) -> str:
    """The last text of that field that says something: what was typed beside answers to tap comes last and counts."""
    texts = sent.getlist(field) if hasattr(sent, "getlist") else [sent.get(field, "")]
    return next((text for text in reversed(texts) if text.strip()), "")


class Form:
    """What was sent, read in a `with` block. At its end Invalid is raised with every problem that was found in it,
    those of an Invalid that was raised inside among them. A message is an instruction: what to type instead."""

    def __init__(self, sent: Mapping[str, str]):
        self._sent, self.problems = sent, {}

    def __enter__(self) -> "Form":
        return self

    def __exit__(self, _kind, error: BaseException | None, _traceback) -> None:
        if isinstance(error, Invalid):
            self.problems |= error.errors
        if self.problems and (error is None or isinstance(error, Invalid)):
            raise Invalid(**self.problems) from None

    def text(self, field: str, most: int = 60, wanted: str | None = None, *, required: bool = False) -> str:
        """One line of text, as it is kept."""
        if wanted is None:
            wanted = _l("Enter one line of no more than %(most)s characters", most=most)
        return self.read(field, lambda typed: clean(typed, most), wanted, required=required) or ""

    def choice(self, field: str, known: Container[str], wanted: str | None = None, *, required: bool = False) -> str:
        """One of those known."""
        wanted = _l("Choose one from the list") if wanted is None else wanted
        return self.checked(field, known.__contains__, wanted, required=required)

    def day(self, field: str) -> date | None:
        """A day that a shop may see, like 2026-12-31."""

        def read(typed: str) -> date:
            day = date.fromisoformat(typed)
            if day.isoformat() != typed or not 1970 <= day.year < 3000:
                raise ValueError(typed)
            return day

        return self.read(field, read, _l("Choose a date, like 2026-12-31"))

    def clock(self, field: str, *, required: bool = False) -> str:
        """A time of day, like 09:00."""
        is_clock = re.compile("([01][0-9]|2[0-3]):[0-5][0-9]").fullmatch
        return self.checked(field, is_clock, _l("Enter a time, like 09:00"), required=required)

    def whole(self, field: str, first: int, last: int) -> int | None:
        """A whole number from first to last, which must be there."""
        wanted = _l("Enter a number from %(first)s to %(last)s", first=first, last=last)
        digits = self.checked(field, lambda typed: re.fullmatch("[0-9]{1,9}", typed) and first <= int(typed) <= last,
                              wanted, required=True)  # fmt: skip
        return int(digits) if digits else None

    def checked(self, field: str, check: Callable[[str], object], wanted: str, *, required: bool = False) -> str:
        """The text as it was typed, when the check is true of it and raises no ValueError."""

        def as_typed(typed: str) -> str:
            if not check(typed):
                raise ValueError(typed)
            return typed

        return self.read(field, as_typed, wanted, required=required) or ""

    def read(self, field: str, read: Callable[[str], T], wanted: str, *, required: bool = False) -> T | None:
        """What `read` makes of the text; None, and a problem, when it raises ValueError. Nothing typed is None."""
        typed, found = last_said(self._sent, field).strip(), None
        with gathered(self.problems), saying(**{field: wanted}):
            found = read(typed) if typed else None
        if required and found in (None, ""):
            self.problems[field] = wanted
        return found
