"""Who works here, and on which browsers."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import db


class Staff(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    folded_name: Mapped[str] = mapped_column(String(180), unique=True)
    role: Mapped[str] = mapped_column(CheckConstraint("role IN ('manager', 'cashier')", name="role"))
    passphrase_hash: Mapped[str | None]
    pin_hash: Mapped[str | None]
    pin_tries: Mapped[int] = mapped_column(default=0)  # since the last right one
    pin_tried_at: Mapped[datetime | None]
    may_export: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(12))  # her own choice
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def is_manager(self) -> bool:
        return self.role == "manager"

    @property
    def needs_passphrase(self) -> bool:
        return self.is_manager or self.may_export


class Device(db.Model):
    """A browser a manager has made a till or a tablet; until it is paired, the link that will pair it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(CheckConstraint("kind IN ('till', 'tablet')", name="kind"))
    label: Mapped[str] = mapped_column(String(60))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    paired_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class StaffSession(db.Model):
    """Somebody signed in on one browser, until it ends. Only a hash of its key is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    is_by_pin: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    proved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    staff: Mapped[Staff] = relationship(lazy="joined")
    device: Mapped[Device | None] = relationship(lazy="joined")

    def may(self, door: str) -> bool:
        """Whether she may go through that door of the manifest."""
        doors = {
            "staff": True,
            "till": self.device is not None and self.device.kind == "till",
            "today": not self.is_by_pin and self.staff.needs_passphrase,
            "office": not self.is_by_pin and self.staff.is_manager,
        }
        return doors[door]
