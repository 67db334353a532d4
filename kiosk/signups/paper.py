"""Paper forms: every one that is printed has a number of its own."""

from kiosk.base.database import db
from kiosk.base.writing import alone, writes
from kiosk.models import Setting

PRINTED = "paper_forms"  # the setting that says how many numbers were handed out


@writes
def hand_out(count: int) -> list[int]:
    """That many numbers that no other form has."""
    alone("paper forms")
    printed = db.session.get(Setting, PRINTED, populate_existing=True)
    last = printed.value if printed else 0
    db.session.merge(Setting(name=PRINTED, value=last + count))
    return [*range(last + 1, last + count + 1)]
