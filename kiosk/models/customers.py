"""Who the shop's customers are."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kiosk.base.database import db
from kiosk.base.folding import LONGEST, words_to_find
from kiosk.base.personal import NOT_PERSONAL, WHILE_A_CUSTOMER, kept

BY_BYTES = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")  # an index finds beginnings


def backwards(phone: str | None) -> str | None:
    """A number's digits from the last to the first, so that an index finds it by its last ones."""
    return phone and phone[:0:-1]


class Customer(db.Model):
    __table_args__ = kept(WHILE_A_CUSTOMER, personal=True)

    id: Mapped[int] = mapped_column(primary_key=True, info=NOT_PERSONAL)
    name: Mapped[str | None] = mapped_column(String(60))
    city: Mapped[str | None] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(16), unique=True)  # E.164
    phone_backwards: Mapped[str | None] = mapped_column(String(16), index=True)  # found by its last digits
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # in small letters
    language: Mapped[str] = mapped_column(String(12))
    card_number: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[datetime] = mapped_column(index=True, info=NOT_PERSONAL)
    words: Mapped[list["NameWord"]] = relationship(cascade="all, delete-orphan")

    @validates("name", "phone")
    def _keep_findable(self, column: str, value: str | None) -> str | None:
        if column == "name":
            self.words = [NameWord(word=word) for word in sorted(words_to_find(value))]
        else:
            self.phone_backwards = backwards(value)
        return value

    @property
    def first_name(self) -> str:
        return (self.name or "").partition(" ")[0]

    @property
    def initial(self) -> str:
        """The first letter of the last of several names, like “C.”; else nothing."""
        words = (self.name or "").split()
        return f"{words[-1][0]}." if len(words) > 1 else ""


class NameWord(db.Model):
    """A word of a customer's name, folded."""

    __table_args__ = kept(WHILE_A_CUSTOMER, personal=True)

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    word: Mapped[str] = mapped_column(BY_BYTES, primary_key=True, index=True)
