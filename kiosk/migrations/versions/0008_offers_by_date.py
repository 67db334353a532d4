"""Let an offer say on which days it is given, its small print, and that it was stopped or taken back."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0008", "0007"


def upgrade() -> None:
    for name, kind in (("from_on", sa.Date), ("until_on", sa.Date), ("terms", sa.JSON)):
        op.add_column("offer", sa.Column(name, kind))
    for name in ("stopped_at", "undone_at"):
        op.add_column("offer", sa.Column(name, UTCDateTime))
