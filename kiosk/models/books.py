"""What the shop decided, what was done, and what is counted."""

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import db
from .staff import Device, Staff


class Setting(db.Model):
    """What the shop's owner has decided: one row a decision."""

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[object] = mapped_column(JSON)


class Audit(db.Model):
    """One link of the chain: its number is one more than the last one's, its `mac` covers that one's."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(40))
    mac: Mapped[str] = mapped_column(String(64))
    staff: Mapped[Staff | None] = relationship()
    device: Mapped[Device | None] = relationship()


class Counter(db.Model):
    """How often something was done since the window it counts began; survives a restart."""

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    since: Mapped[int]  # the window, in windows since 1970
    count: Mapped[int]


class Tally(db.Model):
    """How often something happened on a shop day, and for how many seconds: sums, nothing of anybody."""

    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int]
    seconds: Mapped[int]
