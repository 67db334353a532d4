"""A customer's visits drawn as dots in time, and an open ring where the next one is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import sqrt

from kiosk.models import Visit
from kiosk.shop import shop

SMALLEST, LARGEST = 6, 13  # px
MARGIN = 3  # percent


@dataclass(frozen=True)
class Timeline:
    """Places are percent of the width, from the first visit to today or, where that is later, to the day she is due."""

    first: datetime
    dots: list[tuple[float, float]]  # the place, and a radius whose circle is as large as the amount
    today: float
    due: float | None


def of(visits: Sequence[Visit], due: date | None, at: datetime) -> Timeline:
    """The drawing of these visits, of which there is one at least."""
    first = min(visit.happened_at for visit in visits)
    due_at = due and shop.current().span(due, due)[0] + timedelta(hours=12)
    end = max([at, *(visit.happened_at for visit in visits)] + ([due_at] if due_at else []))
    most = max(visit.amount or 0 for visit in visits) or 1

    def place(instant: datetime) -> float:
        share = (instant - first) / (end - first) if end > first else 0
        return round(MARGIN + share * (100 - 2 * MARGIN), 2)

    def radius(amount: int | None) -> float:
        return round(max(SMALLEST, LARGEST * sqrt(max(amount or 0, 0) / most)), 1)

    dots = [(place(visit.happened_at), radius(visit.amount)) for visit in visits]
    return Timeline(first, dots, place(at), place(due_at) if due_at else None)
