"""What the shop's owner has decided, and what is counted by the day: sums, nothing of anybody."""

from datetime import date

from sqlalchemy import JSON, BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.base.database import db
from kiosk.base.personal import NOT_PERSONAL, WHILE_THE_SHOP_IS, kept


class Setting(db.Model):
    """What the shop's owner has decided: one row a decision."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    name: Mapped[str] = mapped_column(String(60), primary_key=True, info=NOT_PERSONAL)
    value: Mapped[object] = mapped_column(JSON, info=NOT_PERSONAL)


class DaySum(db.Model):
    """What a shop day came to in one respect. All but the cash register's total is made of other rows, and can be made
    anew."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(20), primary_key=True, info=NOT_PERSONAL)  # see sums.py and cohorts.py
    key: Mapped[str] = mapped_column(String(90), primary_key=True, info=NOT_PERSONAL)
    count: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)  # minor units
    discount: Mapped[int] = mapped_column(BigInteger)
    priced: Mapped[int]  # how many of them have an amount


class Tally(db.Model):
    """How often something happened on a shop day, and for how many seconds."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    day: Mapped[date] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(String(60), primary_key=True, info=NOT_PERSONAL)
    count: Mapped[int]
    seconds: Mapped[int]
