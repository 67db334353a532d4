"""Offers have occasions: what is due to whom, who was thanked for a friend, and what was said to customers."""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0013", "0012"


def upgrade() -> None:
    op.add_column("offer", sa.Column("rule", sa.JSON(none_as_null=True)))
    op.create_table(
        "reward",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id")),
        sa.Column("series_id", sa.Integer, sa.ForeignKey("series.id"), nullable=False),
        sa.Column("offer_id", sa.Integer, sa.ForeignKey("offer.id"), nullable=False, index=True),
        sa.Column("occasion", sa.String(20), nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("held_out", sa.Boolean, nullable=False),
        sa.Column("held_back", sa.String(20)),
        sa.Column("coupon_id", sa.Integer, sa.ForeignKey("coupon.id"), unique=True),
        sa.Column("made_at", UTCDateTime, nullable=False),
        sa.UniqueConstraint("customer_id", "series_id", "occasion"),
        sa.Index("ix_reward_series_id", "series_id", "due_on"),
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False, index=True),
        sa.Column("signup_id", sa.Integer, sa.ForeignKey("signup.id"), nullable=False, unique=True),
        sa.Column("said", sa.String(60)),
        sa.Column("friend_id", sa.Integer, sa.ForeignKey("customer.id"), index=True),
        sa.Column("rewarded_at", UTCDateTime),
        sa.Column("held_back", sa.String(20)),
    )
    _add_messages()


def _add_messages() -> None:
    outcomes = "outcome IN ('sent', 'no_answer', 'never', 'failed', 'bounced')"
    channels = "channel IN ('sms', 'email', 'call')"
    op.create_table(
        "message",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id")),
        sa.Column("reward_id", sa.Integer, sa.ForeignKey("reward.id"), index=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("channel", sa.String, sa.CheckConstraint(channels, name="channel"), nullable=False),
        sa.Column("text", sa.String(1000)),
        sa.Column("language", sa.String(12), nullable=False),
        sa.Column("listed_on", sa.Date, nullable=False, index=True),
        sa.Column("done_at", UTCDateTime, index=True),
        sa.Column("outcome", sa.String, sa.CheckConstraint(outcomes, name="outcome")),
        sa.Column("staff_id", sa.Integer, sa.ForeignKey("staff.id"), index=True),
        sa.UniqueConstraint("customer_id", "reward_id", "channel"),
    )
