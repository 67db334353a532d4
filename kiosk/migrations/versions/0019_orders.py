"""List customers by their visits, or by what they spent, from an index; and keep sums by longer keys."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0019", "0018"


def upgrade() -> None:
    op.create_index("ix_customer_visits", "customer", ["visits", "id", "spent"])
    op.create_index("ix_customer_spent", "customer", ["spent", "id", "visits"])
    with op.batch_alter_table("day_sum") as table:
        table.alter_column("key", existing_type=sa.String(60), type_=sa.String(90), existing_nullable=False)
