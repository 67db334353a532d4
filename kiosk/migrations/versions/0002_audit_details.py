"""Let a row of the audit say what changed, from what to what."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    op.add_column("audit", sa.Column("details", sa.JSON))
