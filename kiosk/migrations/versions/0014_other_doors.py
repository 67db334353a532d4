"""What else a list says of before, the offer that comes with it, and whom of the partners a customer allows."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0014", "0016"


def upgrade() -> None:
    op.add_column("opening", sa.Column("last_visit_at", UTCDateTime))
    with op.batch_alter_table("import_batch") as table:
        table.add_column(sa.Column("series_id", sa.Integer))
        table.create_foreign_key("fk_import_batch_series_id_series", "series", ["series_id"], ["id"])
        table.create_index("ix_import_batch_series_id", ["series_id"])
    with op.batch_alter_table("consent") as table:
        for name, allowed in (
            ("purpose", "purpose IN ('sms', 'email', 'call', 'processing') OR purpose LIKE 'partner %'"),
            ("decision", "decision IN ('yes', 'no', 'withdrawn', 'given on')"),
        ):
            table.drop_constraint(op.f(f"ck_consent_{name}"), type_="check")
            table.create_check_constraint(op.f(f"ck_consent_{name}"), allowed)
