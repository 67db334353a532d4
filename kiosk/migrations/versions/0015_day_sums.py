"""Sums of days that are over, and indexes that answer what Insights asks of all customers."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0015", "0017"


def upgrade() -> None:
    op.create_table(
        "day_sum",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("what", sa.String(20), primary_key=True),
        sa.Column("key", sa.String(60), primary_key=True),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("amount", "discount")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("count", "priced")),
    )
    op.drop_index("ix_customer_created_at", "customer")
    op.create_index("ix_customer_created_at", "customer", ["created_at", "merged_into_id"])
    op.drop_index("ix_visit_customer_id", "visit")
    op.create_index("ix_visit_customer_id", "visit", ["customer_id", "happened_at", "corrects_id"])
