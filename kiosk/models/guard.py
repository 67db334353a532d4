"""What was done, and how often."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.base.database import db
from kiosk.base.personal import NOT_PERSONAL, WHILE_THE_SHOP_IS, kept
from kiosk.models.staff import Device, Staff


class Audit(db.Model):
    """One link of the chain: its number is one more than the last one's, its `mac` covers that one's."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    happened_at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    action: Mapped[str] = mapped_column(String(40), info=NOT_PERSONAL)
    object_id: Mapped[str] = mapped_column(String(60), info=NOT_PERSONAL)
    outcome: Mapped[str] = mapped_column(String(40), info=NOT_PERSONAL)
    mac: Mapped[str] = mapped_column(String(64), info=NOT_PERSONAL)
    # what changed; see audit.add_note
    details: Mapped[dict | None] = mapped_column(JSON(none_as_null=True), info=NOT_PERSONAL)
    staff: Mapped[Staff | None] = relationship()
    device: Mapped[Device | None] = relationship()


class Counter(db.Model):
    """How often something was done since the window it counts began; survives a restart."""

    __table_args__ = kept("until it is counted anew")

    name: Mapped[str] = mapped_column(String(120), primary_key=True, info=NOT_PERSONAL)
    since: Mapped[int]  # the window, in windows since 1970
    count: Mapped[int]
