"""What was answered on which day, and what was agreed to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ..database import db
from .coupons import Coupon
from .customers import Customer


class Signup(db.Model):
    """One filled-in questionnaire. The digest tells the same answers from other ones, and nothing else."""

    id: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[str] = mapped_column(String(32), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)  # the tablet, where it is paired
    is_first: Mapped[bool]  # it made the customer; False when she already was one
    questionnaire_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    finished_at: Mapped[datetime] = mapped_column(index=True)
    customer: Mapped[Customer] = relationship()
    coupon: Mapped[Coupon] = relationship()
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.id")


class Answer(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    signup_id: Mapped[int] = mapped_column(ForeignKey("signup.id"), index=True)
    question: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(1000))


class Consent(db.Model):
    """One decision about one purpose, as it was worded. Rows are added, never changed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    signup_id: Mapped[int | None] = mapped_column(ForeignKey("signup.id"), index=True)
    purpose: Mapped[str] = mapped_column(CheckConstraint("purpose IN ('sms', 'email', 'processing')", name="purpose"))
    decision: Mapped[str] = mapped_column(CheckConstraint("decision IN ('yes', 'no', 'withdrawn')", name="decision"))
    is_verified: Mapped[bool]  # False when somebody typed a contact that was known already
    wording: Mapped[str] = mapped_column(String(1000))
    wording_hash: Mapped[str] = mapped_column(String(64))
    notice_hash: Mapped[str] = mapped_column(String(64))  # the version of the privacy notice she could read
    language: Mapped[str] = mapped_column(String(12))
    method: Mapped[str] = mapped_column(String(20))
    decided_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship()
    signup: Mapped[Signup | None] = relationship()
