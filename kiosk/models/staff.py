"""Who works here, and on which browsers."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.base.database import Numbered, one_of
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_STAFF, WHILE_THE_SHOP_IS, kept


class Staff(Numbered):
    __table_args__ = kept(WHILE_STAFF)

    name: Mapped[str] = mapped_column(String(60), info=PERSONAL)
    folded_name: Mapped[str] = mapped_column(String(180), unique=True, info=PERSONAL)
    role: Mapped[str] = mapped_column(one_of("role", "manager", "cashier"), info=NOT_PERSONAL)
    passphrase_hash: Mapped[str | None] = mapped_column(info=PERSONAL)
    pin_hash: Mapped[str | None] = mapped_column(info=PERSONAL)
    pin_tries: Mapped[int] = mapped_column(default=0)  # since the last right one
    pin_tried_at: Mapped[datetime | None]
    may_export: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(12), info=PERSONAL)  # her own choice
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    @property
    def is_manager(self) -> bool:
        return self.role == "manager"

    @property
    def needs_passphrase(self) -> bool:
        return self.is_manager or self.may_export


class Device(Numbered):
    """A browser a manager has made a till or a tablet; until it is paired, the link that will pair it."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    kind: Mapped[str] = mapped_column(one_of("kind", "till", "tablet"), info=NOT_PERSONAL)
    label: Mapped[str] = mapped_column(String(60), info=NOT_PERSONAL)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NOT_PERSONAL)
    created_at: Mapped[datetime]
    paired_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    clock_off: Mapped[int | None]  # minutes that its clock was ahead of the server's, as far as that matters
    scanned_on: Mapped[date | None]  # the shop day on which a scanner was last used at it


class StaffSession(Numbered):
    """Somebody signed in on one browser, until it ends. Only a hash of its key is kept."""

    __table_args__ = kept(WHILE_STAFF)

    key_hash: Mapped[str] = mapped_column(String(64), unique=True, info=NOT_PERSONAL)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True, info=PERSONAL)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)
    is_by_pin: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    seen_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    proved_at: Mapped[datetime] = mapped_column(info=PERSONAL)
    ended_at: Mapped[datetime | None] = mapped_column(info=PERSONAL)
    staff: Mapped[Staff] = relationship(lazy="joined")
    device: Mapped[Device | None] = relationship(lazy="joined")

    def may(self, door: str) -> bool:
        """Whether it opens the door, one of `kiosk.web.access.DOORS`.

        A PIN opens the till only. The day's list and its export open to managers and to staff with the export right.
        """
        staff, is_by_pin = self.staff, self.is_by_pin
        rights = {
            "staff": True,
            "till": self.device is not None and self.device.kind == "till",
            "export": not is_by_pin and (staff.is_manager or staff.may_export),
            "office": not is_by_pin and staff.is_manager,
        }
        return rights[door]
