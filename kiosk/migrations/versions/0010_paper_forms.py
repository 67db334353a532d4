"""Paper forms are typed in: the number printed on each is kept, so that none is typed twice."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0010", "0009"


def upgrade() -> None:
    with op.batch_alter_table("signup") as signup:
        signup.add_column(sa.Column("form_number", sa.Integer))
        signup.create_unique_constraint("uq_signup_form_number", ["form_number"])
