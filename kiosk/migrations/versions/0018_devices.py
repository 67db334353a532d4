"""Keep how wrong the clock of a tablet is, and when a scanner was last used at a till."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0018", "0015"


def upgrade() -> None:
    op.add_column("device", sa.Column("clock_off", sa.Integer()))
    op.add_column("device", sa.Column("scanned_on", sa.Date()))
