"""Let an offer be given on some days of the week only."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0016", "0013"


def upgrade() -> None:
    op.add_column("offer", sa.Column("weekdays", sa.String(7)))
