"""Customers are found by the day they became one, which an export of some days asks for."""

from alembic import op

revision, down_revision = "0003", "0002"


def upgrade() -> None:
    op.create_index("ix_customer_created_at", "customer", ["created_at"])
