"""What was answered on which day, and what was agreed to."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kiosk.base.database import Numbered, db, one_of
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_A_CUSTOMER, WHILE_THE_SHOP_IS, kept
from kiosk.models.coupons import Coupon, Visit
from kiosk.models.customers import Customer
from kiosk.models.staff import Staff

PURPOSES = "purpose IN ('sms', 'email', 'call', 'processing') OR purpose LIKE 'partner %'"  # of a consent


class Signup(Numbered):
    """One filled-in questionnaire. The digest tells the same answers from other ones, and nothing else."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    operation_id: Mapped[str] = mapped_column(String(32), unique=True, info=NOT_PERSONAL)
    digest: Mapped[str] = mapped_column(String(64), info=PERSONAL)
    # nobody's once the customer is forgotten
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    coupon_id: Mapped[int] = mapped_column(ForeignKey("coupon.id"), index=True)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"), index=True)  # the tablet, where it is paired
    is_first: Mapped[bool]  # it made the customer; False when she already was one
    questionnaire_version: Mapped[int]
    language: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    finished_at: Mapped[datetime] = mapped_column(index=True)
    form_number: Mapped[int | None] = mapped_column(unique=True)  # of the paper that was filled in
    customer: Mapped[Customer | None] = relationship()
    coupon: Mapped[Coupon] = relationship()
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.id")


class Answer(Numbered):
    """What a customer answered to a question: at a sign-up, or later, one question at a time."""

    __table_args__ = (Index("ix_answer_value", "question", "value", "customer_id"), kept(WHILE_A_CUSTOMER))

    signup_id: Mapped[int | None] = mapped_column(ForeignKey("signup.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    question: Mapped[str] = mapped_column(String(40), info=NOT_PERSONAL)
    value: Mapped[str] = mapped_column(String(1000), info=PERSONAL)
    answered_at: Mapped[datetime]


class Consent(Numbered):
    """One decision about one purpose, as it was worded. Rows are added, never changed."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    signup_id: Mapped[int | None] = mapped_column(ForeignKey("signup.id"), index=True)
    purpose: Mapped[str] = mapped_column(CheckConstraint(PURPOSES, name="purpose"), info=NOT_PERSONAL)
    decision: Mapped[str] = mapped_column(one_of("decision", "yes", "no", "withdrawn", "given on"), info=NOT_PERSONAL)
    is_verified: Mapped[bool]  # False when somebody typed a contact that was known already
    wording: Mapped[str] = mapped_column(String(1000), info=NOT_PERSONAL)
    wording_hash: Mapped[str] = mapped_column(String(64), info=NOT_PERSONAL)
    # the version of the privacy notice that could be read
    notice_hash: Mapped[str] = mapped_column(String(64), info=NOT_PERSONAL)
    language: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    method: Mapped[str] = mapped_column(String(20), info=NOT_PERSONAL)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)  # whom of the staff she told
    decided_at: Mapped[datetime]
    customer: Mapped[Customer] = relationship()
    signup: Mapped[Signup | None] = relationship()


class Feedback(Numbered):
    """Stars and a comment: of a customer's visit, or of somebody at the tablet whom nobody knows."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), unique=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    stars: Mapped[int] = mapped_column(CheckConstraint("stars BETWEEN 1 AND 5", name="stars"))
    comment: Mapped[str | None] = mapped_column(String(1000), info=PERSONAL)
    language: Mapped[str] = mapped_column(String(12), info=NOT_PERSONAL)
    given_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]  # somebody has seen to it
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    customer: Mapped[Customer | None] = relationship()
    visit: Mapped[Visit | None] = relationship()


class QuestionnaireVersion(db.Model):
    """A questionnaire as somebody saved it, whole. Rows are added, never changed: sign-ups refer to what was asked."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    name: Mapped[str] = mapped_column(String(40), primary_key=True, info=NOT_PERSONAL)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 1, 2, 3…; 0 is the built-in one
    body: Mapped[dict] = mapped_column(JSON, info=NOT_PERSONAL)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    made_by: Mapped[Staff] = relationship()


class Submission(Numbered):
    """A further form that somebody filled in, as a warranty card. Of a customer whose contact was known; of anybody
    else it has what was typed."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    operation_id: Mapped[str] = mapped_column(String(32), unique=True, info=NOT_PERSONAL)
    form: Mapped[str] = mapped_column(String(40), info=NOT_PERSONAL)
    version: Mapped[int]  # of the form's questions
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    name: Mapped[str | None] = mapped_column(String(60), info=PERSONAL)
    phone: Mapped[str | None] = mapped_column(String(20), index=True, info=PERSONAL)
    email: Mapped[str | None] = mapped_column(String(254), index=True, info=PERSONAL)
    answers: Mapped[dict] = mapped_column(JSON, info=PERSONAL)  # by question; several are one a line
    made_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]  # somebody has done what it asks for
    customer: Mapped[Customer | None] = relationship()


class SurveyAnswer(db.Model):
    """One answer to the anonymous survey. Nothing joins it to a person, a device, an instant or another answer: its
    number is random, and the rows of a day lie in the order of their numbers."""

    __table_args__ = kept("for as many months as customers are kept")

    # on SQLite an INTEGER, which is the row's own number: any other key would leave a second one, in the order of time
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(index=True)
    question: Mapped[str] = mapped_column(String(40), info=NOT_PERSONAL)
    value: Mapped[str] = mapped_column(String(1000), info=PERSONAL)
