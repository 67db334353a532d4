"""What is counted once, and not every time it is asked for."""

from datetime import date

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.base.database import db
from kiosk.base.personal import NOT_PERSONAL, WHILE_THE_SHOP_IS, kept


class DaySum(db.Model):
    """What a shop day came to in one respect. All but the cash register's total is made of other rows, and can be made
    anew."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(20), primary_key=True, info=NOT_PERSONAL)  # see reports/sums.py
    key: Mapped[str] = mapped_column(String(60), primary_key=True, info=NOT_PERSONAL)
    count: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)  # minor units
    discount: Mapped[int] = mapped_column(BigInteger)
    priced: Mapped[int]  # how many of them have an amount
