"""Lists that the shop brings along, and what they say of the time before."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0011", "0010"


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("columns", sa.JSON, nullable=False),
        sa.Column("found", sa.JSON, nullable=False),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), index=True),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.Column("brought_at", UTCDateTime),
        sa.Column("undone_at", UTCDateTime),
    )
    op.create_table(
        "import_piece",
        sa.Column("batch_id", sa.Integer, sa.ForeignKey("import_batch.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rows", sa.JSON, nullable=False),
    )
    op.create_table(
        "opening",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("batch_id", sa.Integer, sa.ForeignKey("import_batch.id"), index=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False, index=True),
        sa.Column("visits", sa.Integer, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
    )
