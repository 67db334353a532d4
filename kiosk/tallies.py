"""How far people get, how long each question takes, and whether the tablet was clean after them: sums, no persons."""

from datetime import date

from sqlalchemy import func, select, text

from .database import db, writes
from .models import Tally

LONGEST = 600  # s; who took longer had gone away
_ADD = text(
    "INSERT INTO tally (day, what, count, seconds) VALUES (:day, :what, 1, :seconds) ON CONFLICT (day, what) "
    "DO UPDATE SET count = tally.count + 1, seconds = tally.seconds + excluded.seconds"
)


@writes
def keep(day: date, seconds: dict[str, int]) -> None:
    """Add one to each of these on that shop day, and the seconds it took: `finished`, `left at name`, `step name`…"""
    for what, took in sorted(seconds.items()):
        db.session.execute(_ADD, {"day": day.isoformat(), "what": what, "seconds": min(max(took, 0), LONGEST)})


def of(first: date, last: date) -> dict[str, int]:
    """How often each happened on those shop days."""
    counted = select(Tally.what, func.sum(Tally.count)).where(Tally.day.between(first, last)).group_by(Tally.what)
    return dict(db.session.execute(counted).all())


def hands(first: date, last: date) -> dict[str, int]:
    """How often the tablet looked itself over after somebody, and how often nothing was left."""
    counts = of(first, last)
    clean = counts.get("clean", 0)
    return {"clean": clean, "all": clean + counts.get("not clean", 0)}
