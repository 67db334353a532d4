"""What the shop's owner has decided."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from kiosk.base.database import db
from kiosk.base.personal import NOT_PERSONAL, WHILE_THE_SHOP_IS, kept


class Setting(db.Model):
    """What the shop's owner has decided: one row a decision."""

    __table_args__ = kept(WHILE_THE_SHOP_IS)

    name: Mapped[str] = mapped_column(String(60), primary_key=True, info=NOT_PERSONAL)
    value: Mapped[object] = mapped_column(JSON, info=NOT_PERSONAL)
