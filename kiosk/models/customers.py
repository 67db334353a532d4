"""Who the shop's customers are."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, func
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kiosk.base.database import Numbered, db
from kiosk.base.folding import LONGEST, words_to_find
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_A_CUSTOMER, kept
from kiosk.models.staff import Staff

BY_BYTES = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")  # an index finds beginnings


def backwards(phone: str | None) -> str | None:
    """A number's digits from the last to the first, so that an index finds it by its last ones."""
    return phone and phone[:0:-1]


def domain(email: str | None) -> str | None:
    """What is after the @ of an address."""
    return email and email.rpartition("@")[2]


class Customer(db.Model):
    __table_args__ = (
        Index("ix_customer_created_at", "created_at", "merged_into_id"),  # answers a count of all by itself
        # what the office's list counts, adds up and filters by, in its order: the rows themselves are not read for it
        Index("ix_customer_list", "last_visit_at", "id", "merged_into_id", "created_at", "visits", "spent", "city",
              "language", "may_sms", "may_email", "may_call"),
        # its other orders
        Index("ix_customer_visits", "visits", "id", "spent"), Index("ix_customer_spent", "spent", "id", "visits"),
        kept(WHILE_A_CUSTOMER, personal=True),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    name: Mapped[str | None] = mapped_column(String(60))
    city: Mapped[str | None] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(16), unique=True)  # E.164
    phone_backwards: Mapped[str | None] = mapped_column(String(16), index=True)  # found by its last digits
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # in small letters
    email_domain: Mapped[str | None] = mapped_column(String(254), index=True)  # found by what is after the @
    language: Mapped[str] = mapped_column(String(12))
    card_number: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[datetime] = mapped_column(info=NOT_PERSONAL)
    # asked at the till whether it is still right
    contact_checked_at: Mapped[datetime | None] = mapped_column(info=NOT_PERSONAL)
    # one person with that customer, to whom everything of this row moved but the ways to find it
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True, info=NOT_PERSONAL)
    # what the newest consents say
    may_sms: Mapped[bool] = mapped_column(default=False, info=NOT_PERSONAL)
    may_email: Mapped[bool] = mapped_column(default=False, info=NOT_PERSONAL)
    may_call: Mapped[bool] = mapped_column(default=False, info=NOT_PERSONAL)
    # sums over the customer's visits, see visits.add_sums
    visits: Mapped[int] = mapped_column(default=0, info=NOT_PERSONAL)
    spent: Mapped[int] = mapped_column(BigInteger, default=0, info=NOT_PERSONAL)  # before discounts, minor units
    last_visit_at: Mapped[datetime | None] = mapped_column(info=NOT_PERSONAL)
    words: Mapped[list["NameWord"]] = relationship(cascade="all, delete-orphan")
    merged_into: Mapped["Customer | None"] = relationship(remote_side=[id])

    @validates("name", "phone", "email")
    def _keep_findable(self, column: str, value: str | None) -> str | None:
        if column == "name":
            self.words = [NameWord(word=word) for word in sorted(words_to_find(value))]
        elif column == "phone":
            self.phone_backwards = backwards(value)
        else:
            self.email_domain = domain(value)
        return value

    @property
    def canonical(self) -> "Customer":
        """The customer whom this row stands for: another one, once both were found to be the same person."""
        return self.merged_into or self

    @property
    def first_name(self) -> str:
        return (self.name or "").partition(" ")[0]

    @property
    def initial(self) -> str:
        """The first letter of the last of several names, like “C.”; else nothing."""
        words = (self.name or "").split()
        return f"{words[-1][0]}." if len(words) > 1 else ""


# Asked with an expression, since SQLite would take this column's index to find the many that have none.
NOT_MERGED = func.coalesce(Customer.merged_into_id, 0) == 0


class Merge(Numbered):
    """Two customers found to be one person. What moved from the other to the one that is kept can go back for a day."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    kept_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    other_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    # by table, the numbers of the rows that moved; of the kept customer, the columns that were empty and were filled
    moved: Mapped[dict] = mapped_column(JSON, info=PERSONAL)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    merged_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Note(Numbered):
    """What staff want to remember of a customer."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    text: Mapped[str] = mapped_column(String(1000), info=PERSONAL)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    written_at: Mapped[datetime]
    staff: Mapped[Staff] = relationship()


class NameWord(db.Model):
    """A word of a customer's name, folded."""

    __table_args__ = (Index("ix_name_word_word", "word", "customer_id"), kept(WHILE_A_CUSTOMER, personal=True))

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    word: Mapped[str] = mapped_column(BY_BYTES, primary_key=True)
