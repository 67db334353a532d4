"""Customers have a page: sums of their visits, merges, notes, feedback, corrections.

Visits, coupons and signups outlive a customer who is forgotten.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0007", "0006"

PURPOSES = ("sms", "email", "call")
STAYS = "NOT EXISTS (SELECT 1 FROM visit AS further WHERE further.corrects_id = visit.id) AND visit.corrects_id IS NULL"
HERS = "FROM visit WHERE visit.customer_id = customer.id"


def upgrade() -> None:
    _add_to_customers()
    _add_to_visits()
    _let_rows_outlive_a_customer()
    _add_to_answers_and_consents()
    _add_tables()
    _fill_in_customers()
    _give_a_week()


def _give_a_week() -> None:
    """Nobody is forgotten before the office has shown for a week who is due."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM customer")):
        setting = sa.table("setting", sa.column("name", sa.String), sa.column("value", sa.JSON))
        first_day = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
        op.bulk_insert(setting, [{"name": "forget_from", "value": first_day}])


def _fill_in_customers() -> None:
    domain = (
        "substr(email, instr(email, '@') + 1)"
        if op.get_bind().dialect.name == "sqlite"
        else "split_part(email, '@', 2)"
    )
    op.execute(f"UPDATE customer SET email_domain = {domain} WHERE email IS NOT NULL")
    newest = "SELECT max(id) FROM consent WHERE consent.customer_id = customer.id AND purpose ="
    for purpose in PURPOSES:
        op.execute(
            f"UPDATE customer SET may_{purpose} = EXISTS (SELECT 1 FROM consent"
            f" WHERE id = ({newest} '{purpose}') AND decision = 'yes')"
        )
    op.execute(
        f"UPDATE customer SET visits = (SELECT count(*) {HERS} AND {STAYS}),"
        f" spent = (SELECT coalesce(sum(amount), 0) {HERS}),"
        f" last_visit_at = (SELECT max(happened_at) {HERS} AND {STAYS})"
    )


def _add_to_customers() -> None:
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("contact_checked_at", UTCDateTime))
        table.add_column(sa.Column("merged_into_id", sa.Integer))
        table.add_column(sa.Column("email_domain", sa.String(254)))
        for purpose in PURPOSES:
            table.add_column(sa.Column(f"may_{purpose}", sa.Boolean, nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("visits", sa.Integer, nullable=False, server_default="0"))
        table.add_column(sa.Column("spent", sa.BigInteger, nullable=False, server_default="0"))
        table.add_column(sa.Column("last_visit_at", UTCDateTime))
        table.create_foreign_key("fk_customer_merged_into_id_customer", "customer", ["merged_into_id"], ["id"])
        table.create_index("ix_customer_merged_into_id", ["merged_into_id"])
        table.create_index("ix_customer_last_visit_at", ["last_visit_at"])
        table.create_index("ix_customer_email_domain", ["email_domain"])
    with op.batch_alter_table("customer") as table:
        table.alter_column("visits", existing_type=sa.Integer, server_default=None)
        table.alter_column("spent", existing_type=sa.BigInteger, server_default=None)
        for purpose in PURPOSES:
            table.alter_column(f"may_{purpose}", existing_type=sa.Boolean, server_default=None)


def _add_to_visits() -> None:
    with op.batch_alter_table("visit") as table:
        table.add_column(sa.Column("replaces_id", sa.Integer))
        table.create_foreign_key("fk_visit_replaces_id_visit", "visit", ["replaces_id"], ["id"])
        table.create_unique_constraint("uq_visit_replaces_id", ["replaces_id"])
        table.alter_column("customer_id", existing_type=sa.Integer, nullable=True)


def _let_rows_outlive_a_customer() -> None:
    with op.batch_alter_table("coupon") as table:
        table.alter_column("customer_id", existing_type=sa.Integer, nullable=True)
        table.alter_column("code", existing_type=sa.String(12), nullable=True)
        table.alter_column("token", existing_type=sa.String(26), nullable=True)
    with op.batch_alter_table("signup") as table:
        table.alter_column("customer_id", existing_type=sa.Integer, nullable=True)


def _add_to_answers_and_consents() -> None:
    op.add_column("answer", sa.Column("customer_id", sa.Integer))
    op.add_column("answer", sa.Column("answered_at", UTCDateTime))
    signup = "FROM signup WHERE signup.id = answer.signup_id"
    op.execute(
        f"UPDATE answer SET customer_id = (SELECT customer_id {signup}), answered_at = (SELECT finished_at {signup})"
    )
    with op.batch_alter_table("answer") as table:
        table.alter_column("signup_id", existing_type=sa.Integer, nullable=True)
        table.alter_column("customer_id", existing_type=sa.Integer, nullable=False)
        table.alter_column("answered_at", existing_type=UTCDateTime, nullable=False)
        table.create_foreign_key("fk_answer_customer_id_customer", "customer", ["customer_id"], ["id"])
        table.create_index("ix_answer_customer_id", ["customer_id"])
        table.create_index("ix_answer_value", ["question", "value", "customer_id"])
    with op.batch_alter_table("consent") as table:
        table.add_column(sa.Column("staff_id", sa.Integer))
        table.create_foreign_key("fk_consent_staff_id_staff", "staff", ["staff_id"], ["id"])
        table.create_index("ix_consent_staff_id", ["staff_id"])
        table.drop_constraint(op.f("ck_consent_purpose"), type_="check")
        table.create_check_constraint(op.f("ck_consent_purpose"), "purpose IN ('sms', 'email', 'call', 'processing')")


def _add_tables() -> None:
    customer = sa.ForeignKey("customer.id")
    op.create_table(
        "note",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, customer, nullable=False, index=True),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("written_at", UTCDateTime, nullable=False),
    )
    op.create_table(
        "merge",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kept_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False, index=True),
        sa.Column("other_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False, index=True),
        sa.Column("moved", sa.JSON, nullable=False),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column("merged_at", UTCDateTime, nullable=False),
        sa.Column("undone_at", UTCDateTime),
    )
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("visit_id", sa.Integer, sa.ForeignKey("visit.id"), unique=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), index=True),
        sa.Column("stars", sa.Integer, sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars"), nullable=False),
        sa.Column("comment", sa.String(1000)),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("given_at", UTCDateTime, nullable=False, index=True),
        sa.Column("settled_at", UTCDateTime),
        sa.Column("settled_by_id", sa.Integer, sa.ForeignKey("staff.id"), index=True),
    )
