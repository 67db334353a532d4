"""Let a setting say which row of the audit is the newest, besides the file beside the database."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"
SETTING = sa.table("setting", sa.column("name", sa.String), sa.column("value", sa.JSON))


def upgrade() -> None:
    newest = op.get_bind().execute(sa.text("SELECT id, mac FROM audit ORDER BY id DESC LIMIT 1")).first()
    if newest:
        op.bulk_insert(SETTING, [{"name": "audit_head", "value": f"{newest[0]} {newest[1]}"}])
