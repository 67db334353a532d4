"""Find and count customers without reading their rows, and the coupons that wait without reading all."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0017", "0014"

LIST = ["last_visit_at", "id", "merged_into_id", "created_at", "visits", "spent", "city", "language"]
AGREED = ["may_sms", "may_email", "may_call"]
WAITING = sa.text("spent_at IS NULL AND voided_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_customer_last_visit_at", "customer")
    op.create_index("ix_customer_list", "customer", LIST + AGREED)
    op.create_index(
        "ix_coupon_waiting", "coupon", ["valid_until", "valid_from", "customer_id"],
        sqlite_where=WAITING, postgresql_where=WAITING,
    )  # fmt: skip
