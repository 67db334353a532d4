"""What is given and what becomes of it, in the order a coupon lives it."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import db
from .customers import Customer
from .staff import Device, Staff

LIVE = text("undone_at IS NULL")


class Offer(db.Model):
    """What a coupon is worth. A change makes a new row, so that coupons keep what they promised."""

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20), index=True)
    kind: Mapped[str] = mapped_column(CheckConstraint("kind IN ('percent', 'amount', 'gift')", name="kind"))
    value: Mapped[int] = mapped_column(BigInteger, CheckConstraint("value >= 0", name="value"))
    gift: Mapped[dict | None] = mapped_column(JSON)  # language -> words
    minimum: Mapped[int | None] = mapped_column(BigInteger)
    cap: Mapped[int | None] = mapped_column(BigInteger)  # the most a percentage takes off
    days_valid: Mapped[int]
    created_at: Mapped[datetime]


class Coupon(db.Model):
    __table_args__ = (UniqueConstraint("customer_id", "offer_id"),)  # one per person and offer

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    token: Mapped[str] = mapped_column(String(26), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    issued_at: Mapped[datetime]
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # the last shop day it is good
    voided_at: Mapped[datetime | None]
    spent_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship(lazy="joined")
    offer: Mapped[Offer] = relationship(lazy="joined")

    @property
    def is_spent(self) -> bool:
        return self.spent_at is not None

    def state(self, today: date) -> str:
        """`void`, `not_yet`, `expired`, `used` or `issued`; the first that is true."""
        if self.voided_at:
            return "void"
        if today < self.valid_from:
            return "not_yet"
        if self.is_spent:
            return "used"
        return "expired" if today > self.valid_until else "issued"


class Visit(db.Model):
    """One purchase by a known customer. What is taken back is a further row: the same sums, below zero."""

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[str | None] = mapped_column(String(64), unique=True)  # of one that is not a redemption's
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    discount: Mapped[int | None] = mapped_column(BigInteger)
    what: Mapped[str | None] = mapped_column(String(200))
    served_by: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(1000))  # why a manager gave a discount, or took it back
    happened_at: Mapped[datetime] = mapped_column(index=True)
    received_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship()
    coupon: Mapped[Coupon | None] = relationship()

    @property
    def to_pay(self) -> int | None:
        return None if self.amount is None else self.amount - (self.discount or 0)


class Redemption(db.Model):
    """A coupon's one use. The index below lets a coupon have one that is not undone, whoever asks."""

    __table_args__ = (Index("uq_redemption_live", "coupon_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),)

    id: Mapped[int] = mapped_column(primary_key=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), index=True)
    operation_id: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)
    happened_at: Mapped[datetime] = mapped_column(index=True)
    received_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    coupon: Mapped[Coupon] = relationship()
    visit: Mapped[Visit] = relationship()
    staff: Mapped[Staff] = relationship()
    device: Mapped[Device] = relationship()


class Undo(db.Model):
    """A redemption taken back: who, where, when and, for a late one, why."""

    id: Mapped[int] = mapped_column(primary_key=True)
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), unique=True)
    operation_id: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(1000))
    happened_at: Mapped[datetime]
