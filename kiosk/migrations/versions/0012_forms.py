"""Further forms: what was filled in, and the answers to the anonymous survey."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0012", "0011"


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("operation_id", sa.String(32), nullable=False, unique=True),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), index=True),
        sa.Column("name", sa.String(60)),
        sa.Column("phone", sa.String(20), index=True),
        sa.Column("email", sa.String(254), index=True),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False, index=True),
        sa.Column("done_at", UTCDateTime),
    )
    op.create_table(
        "survey_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, nullable=False, index=True),
        sa.Column("question", sa.String(40), nullable=False),
        sa.Column("value", sa.String(1000), nullable=False),
    )
