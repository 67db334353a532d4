"""The lists that a shop brings along, from the upload until they can't be taken back any more."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.base.database import Numbered, db
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, WHILE_A_CUSTOMER, WHILE_THE_SHOP_IS, kept


class ImportBatch(Numbered):
    """One file: how its columns are read, and what was found in it. `brought_at` is when bringing it in began; what is
    left of it then are its pieces."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    columns: Mapped[list] = mapped_column(JSON, info=NOT_PERSONAL)  # pairs: the heading, the field or ""
    found: Mapped[dict] = mapped_column(JSON, info=NOT_PERSONAL)  # how many are new, known, doubled, unusable, partly
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)  # none at the terminal
    made_at: Mapped[datetime]
    brought_at: Mapped[datetime | None]
    # of whose offer each gets a coupon when she next comes
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id"), index=True)
    undone_at: Mapped[datetime | None]


class ImportPiece(db.Model):
    """Some rows of a file as they were in it, each after its number there."""

    __table_args__ = kept("a day, or until they are brought in", personal=True)

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rows: Mapped[list] = mapped_column(JSON)


class Opening(Numbered):
    """A customer who came with a list, and what the list says of the time up to then."""

    __table_args__ = kept(WHILE_A_CUSTOMER)

    batch_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)  # none: stays for good
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True, info=PERSONAL)
    visits: Mapped[int]
    spent: Mapped[int] = mapped_column(BigInteger)  # minor units
    last_visit_at: Mapped[datetime | None]
