"""The shop edits its questions: each version of them is kept."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0009", "0008"


def upgrade() -> None:
    op.create_table(
        "questionnaire_version",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.Column("made_by_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
    )
