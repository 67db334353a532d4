"""What brings customers back: the occasions that came, friends who were named, and messages."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.base.database import Numbered, one_of
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_A_CUSTOMER, kept
from kiosk.models.coupons import Coupon, Offer, Series
from kiosk.models.customers import Customer
from kiosk.models.signups import Signup


class Reward(Numbered):
    """An occasion of an offer that came for a customer: with a coupon, or held out, with none."""

    __table_args__ = (
        UniqueConstraint("customer_id", "series_id", "occasion"),  # one per person, promise and occasion
        Index("ix_reward_series_id", "series_id", "due_on"),
        kept(WHILE_A_CUSTOMER),
    )

    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), info=PERSONAL)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)  # the version that was in force
    occasion: Mapped[str] = mapped_column(String(20), info=NOT_PERSONAL)  # as the year of a birthday
    due_on: Mapped[date]
    until_on: Mapped[date]  # the last shop day of its window
    held_out: Mapped[bool]  # told nothing and given nothing, to see what the offer brings
    # why a person should look first; `taken_back`: a purchase was undone without which it had not come
    held_back: Mapped[str | None] = mapped_column(String(20), info=NOT_PERSONAL)
    coupon_id: Mapped[int | None] = mapped_column(ForeignKey("coupon.id"), unique=True)
    made_at: Mapped[datetime]
    customer: Mapped[Customer | None] = relationship()
    series: Mapped[Series] = relationship()
    offer: Mapped[Offer] = relationship()
    coupon: Mapped[Coupon | None] = relationship()


class Referral(Numbered):
    """A new customer's friend. What the new customer typed is looked up after the first purchase only, and then
    emptied: the tablet's answer takes the same time whoever was named. When and on which device it was is the
    signup's. The friend's number stays that of the row it was found in, also when that is merged."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)  # the new one
    signup_id: Mapped[int] = mapped_column(ForeignKey("signup.id"), unique=True)  # the first one: one per new customer
    said: Mapped[str | None] = mapped_column(String(60), info=PERSONAL)
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    rewarded_at: Mapped[datetime | None]
    # why a person should look first; `allowed` or `refused` once somebody has
    held_back: Mapped[str | None] = mapped_column(String(20), info=NOT_PERSONAL)
    signup: Mapped[Signup] = relationship()
    customer: Mapped[Customer] = relationship(foreign_keys=[customer_id])
    friend: Mapped[Customer | None] = relationship(foreign_keys=[friend_id])


class Message(Numbered):
    """What was to be said to a customer, and what came of it. One that is about a reward is sent once a channel."""

    __table_args__ = (UniqueConstraint("customer_id", "reward_id", "channel"), kept(WHILE_A_CUSTOMER))

    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), info=PERSONAL)
    reward_id: Mapped[int | None] = mapped_column(ForeignKey("reward.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20), info=NOT_PERSONAL)  # that of the reward, or `news`
    channel: Mapped[str] = mapped_column(one_of("channel", "sms", "email", "call"), info=NOT_PERSONAL)
    text: Mapped[str | None] = mapped_column(String(1000), info=PERSONAL)
    language: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    listed_on: Mapped[date] = mapped_column(index=True)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    outcome: Mapped[str | None] = mapped_column(
        one_of("outcome", "sent", "no_answer", "never", "failed", "bounced"), info=NOT_PERSONAL
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)  # none: it was sent by itself
    customer: Mapped[Customer | None] = relationship()
    reward: Mapped[Reward | None] = relationship()
