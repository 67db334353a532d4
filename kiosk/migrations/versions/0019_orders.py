"""List customers by their visits, by what they spent and by names from an index; and keep sums by longer keys."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0019", "0018"


def upgrade() -> None:
    op.create_index("ix_customer_visits", "customer", ["visits", "id", "spent"])
    op.create_index("ix_customer_spent", "customer", ["spent", "id", "visits"])
    op.drop_index("ix_name_word_word", "name_word")
    op.create_index("ix_name_word_word", "name_word", ["word", "customer_id"])
    with op.batch_alter_table("day_sum") as table:
        table.alter_column("key", existing_type=sa.String(60), type_=sa.String(90), existing_nullable=False)
