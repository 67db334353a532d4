"""Coupons and what becomes of them, in the order in which a coupon goes through these tables."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, text
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.base.clock import MADE
from kiosk.base.database import Numbered, one_of
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_A_CUSTOMER, WHILE_THE_SHOP_IS, kept
from kiosk.models.customers import Customer
from kiosk.models.staff import Device, Staff

LIVE = text("undone_at IS NULL")
WAITING = text("spent_at IS NULL AND voided_at IS NULL")
WHERE = ("sqlite_where", "postgresql_where")


class Series(Numbered):
    """A promise that a person can have once an occasion. What it is worth and how it is worded are its offers;
    a new series is a new round, for which everybody can have a coupon again."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    purpose: Mapped[str] = mapped_column(String(20), index=True, info=NOT_PERSONAL)
    created_at: Mapped[datetime]


class Offer(Numbered):
    """One version of what a series is worth. A change makes a new row, so that coupons keep what they promised."""

    __table_args__ = (Unique("id", "series_id"), kept(WHILE_THE_SHOP_IS))  # for a coupon's foreign key

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), index=True)
    kind: Mapped[str] = mapped_column(one_of("kind", "percent", "amount", "gift"), info=NOT_PERSONAL)
    value: Mapped[int] = mapped_column(BigInteger, CheckConstraint("value >= 0", name="value"))
    gift: Mapped[dict | None] = mapped_column(JSON, info=NOT_PERSONAL)  # language -> words
    minimum: Mapped[int | None] = mapped_column(BigInteger)
    cap: Mapped[int | None] = mapped_column(BigInteger)  # the most a percentage takes off
    days_valid: Mapped[int]
    created_at: Mapped[datetime]
    series: Mapped[Series] = relationship()
    from_on: Mapped[date | None]  # the shop days on which it is given
    until_on: Mapped[date | None]
    # only on these, as strftime's %w: 0 is Sunday
    weekdays: Mapped[str | None] = mapped_column(String(7), info=NOT_PERSONAL)
    terms: Mapped[dict | None] = mapped_column(JSON, info=NOT_PERSONAL)  # the small print: language -> words
    # the numbers of a reward, by purpose: see kiosk.rewards.drafts
    rule: Mapped[dict | None] = mapped_column(JSON(none_as_null=True), info=NOT_PERSONAL)
    stopped_at: Mapped[datetime | None]  # its series gives nothing until there is a further version
    undone_at: Mapped[datetime | None]  # as if it had never been


class Coupon(Numbered):
    __table_args__ = (
        Unique("customer_id", "series_id", "occasion"),  # one per person, promise and occasion
        ForeignKeyConstraint(["offer_id", "series_id"], ["offer.id", "offer.series_id"]),
        Index("ix_coupon_waiting", "valid_until", "valid_from", "customer_id", **dict.fromkeys(WHERE, WAITING)),
        kept(WHILE_A_CUSTOMER),
    )

    # of a forgotten customer's coupon nothing is left that tells whose it was
    code: Mapped[str | None] = mapped_column(String(12), unique=True, info=PERSONAL)
    token: Mapped[str | None] = mapped_column(String(26), unique=True, info=PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), info=PERSONAL)
    series_id: Mapped[int]
    offer_id: Mapped[int] = mapped_column(index=True)  # the version that was in force
    # the year of a birthday; a welcome has none
    occasion: Mapped[str] = mapped_column(String(20), default="", info=NOT_PERSONAL)
    issued_at: Mapped[datetime]
    valid_from: Mapped[date]
    valid_until: Mapped[date]  # the last shop day it is good
    voided_at: Mapped[datetime | None]
    spent_at: Mapped[datetime | None]
    customer: Mapped[Customer | None] = relationship(lazy="joined")
    offer: Mapped[Offer] = relationship(lazy="joined")

    @property
    def is_spent(self) -> bool:
        return self.spent_at is not None

    def begins_later(self, today: date, at: datetime) -> bool:
        """Whether it is not good yet. One issued in the future was issued by a wrong clock, and is good."""
        return today < self.valid_from and self.issued_at <= at

    def has_ended(self, today: date) -> bool:
        """Whether its last day is over. One issued before there was a Suki was issued by a wrong clock, and goes on."""
        return today > self.valid_until and self.issued_at >= MADE

    def state(self, today: date, at: datetime) -> str:
        """`void`, `not_yet`, `expired`, `used` or `issued` at that instant of that shop day; the first that is true."""
        if self.voided_at:
            return "void"
        if self.begins_later(today, at):
            return "not_yet"
        if self.is_spent:
            return "used"
        return "expired" if self.has_ended(today) else "issued"


class Visit(Numbered):
    """One purchase by a known customer. What is taken back is a further row: the same sums, below zero. What is
    corrected is taken back, and a further row replaces it."""

    __table_args__ = (
        Index("ix_visit_customer_id", "customer_id", "happened_at", "corrects_id"),  # her visits in their order
        kept(WHILE_A_CUSTOMER),
    )

    # of a visit that is not a redemption's
    operation_id: Mapped[str | None] = mapped_column(String(64), unique=True, info=NOT_PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), info=PERSONAL)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    amount: Mapped[int | None] = mapped_column(BigInteger)
    discount: Mapped[int | None] = mapped_column(BigInteger)
    what: Mapped[str | None] = mapped_column(String(200), info=PERSONAL)
    served_by: Mapped[str | None] = mapped_column(String(60), info=NOT_PERSONAL)
    # why a manager gave a discount, or took it back
    reason: Mapped[str | None] = mapped_column(String(1000), info=PERSONAL)
    happened_at: Mapped[datetime] = mapped_column(index=True)
    received_at: Mapped[datetime]
    customer: Mapped[Customer | None] = relationship()
    coupon: Mapped[Coupon | None] = relationship()

    @property
    def to_pay(self) -> int | None:
        return None if self.amount is None else self.amount - (self.discount or 0)


class Redemption(Numbered):
    """A coupon's one use. The index below lets a coupon have one that is not undone, whoever asks."""

    __table_args__ = (
        Index("uq_redemption_live", "coupon_id", unique=True, **dict.fromkeys(WHERE, LIVE)),
        kept(WHILE_THE_SHOP_IS),
    )

    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), index=True)
    operation_id: Mapped[str] = mapped_column(String(64), unique=True, info=NOT_PERSONAL)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), unique=True)  # of several the one that stands
    happened_at: Mapped[datetime] = mapped_column(index=True)
    received_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    coupon: Mapped[Coupon] = relationship()
    visit: Mapped[Visit] = relationship()
    staff: Mapped[Staff] = relationship()
    device: Mapped[Device] = relationship()


class Undo(Numbered):
    """A redemption taken back: who, where, when and, for a late one, why."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), unique=True)
    operation_id: Mapped[str] = mapped_column(String(64), unique=True, info=NOT_PERSONAL)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    device_id: Mapped[int] = mapped_column(ForeignKey("device.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(1000), info=PERSONAL)
    happened_at: Mapped[datetime]
