"""Who the shop's customers are."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from ..database import db
from ..folding import LONGEST, words_in

BY_BYTES = String(LONGEST).with_variant(String(LONGEST, collation="C"), "postgresql")  # an index finds beginnings


class Customer(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None] = mapped_column(String(60))
    city: Mapped[str | None] = mapped_column(String(80))
    phone: Mapped[str | None] = mapped_column(String(16), unique=True)  # E.164
    phone_backwards: Mapped[str | None] = mapped_column(String(16), index=True)  # found by its last digits
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # in small letters
    language: Mapped[str] = mapped_column(String(12))
    card_number: Mapped[str] = mapped_column(String(12), unique=True)
    created_at: Mapped[datetime]
    words: Mapped[list["NameWord"]] = relationship(cascade="all, delete-orphan")

    @validates("name", "phone")
    def _keep_findable(self, column: str, value: str | None) -> str | None:
        if column == "name":
            self.words = [NameWord(word=word) for word in sorted(words_in(value))]
        else:
            self.phone_backwards = value and value[:0:-1]
        return value

    @property
    def first_name(self) -> str:
        return (self.name or "").partition(" ")[0]


class NameWord(db.Model):
    """A word of a customer's name, folded."""

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True)
    word: Mapped[str] = mapped_column(BY_BYTES, primary_key=True, index=True)
