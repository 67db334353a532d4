"""How far people get, and how long each question takes: sums, no persons."""

from datetime import date, datetime

from sqlalchemy import func, select, text

from kiosk.base.database import db
from kiosk.base.writing import writes
from kiosk.guard import limits
from kiosk.models import Tally
from kiosk.signups.questionnaire import Questionnaire

LONGEST = 600  # s; who took longer had gone away
STEP = 5  # s; as exactly it is kept how long all of it took
_ADD = text(
    "INSERT INTO tally (day, what, count, seconds) VALUES (:day, :what, 1, :seconds) ON CONFLICT (day, what) "
    "DO UPDATE SET count = tally.count + 1, seconds = tally.seconds + excluded.seconds"
)


def read(form, questionnaire: Questionnaire) -> dict[str, int]:
    """What a tablet sent of one person, as `keep` takes it: the seconds of each step, and how it ended. A regular who
    was sent to the till counts as that, and not among those who began the questions."""
    if form.get("end") == "regular":
        return {"regular": 0}
    steps = {question.key for question in questionnaire.asked()} | {"readback"}
    took = {f"step {key}": form.get(f"seconds.{key}", type=int) for key in steps}
    end = "finished" if form.get("end") == "finished" else f"left at {form.get('end')}"
    ends = {"finished", *(f"left at {key}" for key in steps)} & {end}
    total = sum(filter(None, took.values()))
    if "finished" in ends and None not in took.values():
        ends.add(f"took {min(total, LONGEST) // STEP * STEP}")
    return {"started": 0} | {key: n for key, n in took.items() if n is not None} | dict.fromkeys(ends, 0)


@writes
def keep(day: date, seconds: dict[str, int], at: datetime, *, sender: tuple[str, str]) -> None:
    """Add one to each of these on that shop day, and the seconds it took: `finished`, `left at name`, `step name`…

    Raises TooMany.
    """
    add_count(sender, at)
    for what, took in sorted(seconds.items()):
        db.session.execute(_ADD, {"day": day.isoformat(), "what": what, "seconds": min(max(took, 0), LONGEST)})


def add_count(sender: tuple[str, str], at: datetime) -> None:
    """Count one message of this sender against the limit of tallies, inside the caller's transaction: a browser may
    send two a minute for each sign-up it may send. Stars from the tablet share this counter, so that it does not
    show when one was given. Raises TooMany."""
    limits.add_count_of("tally", sender, at, most=2 * limits.setting("SIGNUPS_PER_MINUTE"))


def of(first: date, last: date, summed=Tally.count) -> dict[str, int]:
    """How often each kind of event happened on those shop days; of `Tally.seconds`, how long it took all together."""
    sums = select(Tally.what, func.sum(summed)).where(Tally.day.between(first, last)).group_by(Tally.what)
    return dict(db.session.execute(sums).all())


def typical(counts: dict[str, int]) -> tuple[int, int] | None:
    """From the counts of `of`: the seconds within which half of those who finished did so, and nine in ten."""
    took = sorted((int(what.removeprefix("took ")), n) for what, n in counts.items() if what.startswith("took "))
    each = [seconds + STEP for seconds, number in took for _ in range(number)]
    return (each[(len(each) - 1) // 2], each[(9 * len(each) - 1) // 10]) if each else None
