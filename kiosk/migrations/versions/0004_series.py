"""Give each promise an identity of its own, of which a person has one coupon an occasion.

The offers of one purpose become the versions of one series. Somebody may have coupons of several of them: the newest
one counts as that person's coupon, and the older ones keep what they promised under an occasion of their own.
"""

import sqlalchemy as sa
from alembic import op

from kiosk.base.database import UTCDateTime

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False, index=True),
        sa.Column("created_at", UTCDateTime, nullable=False),
    )
    op.execute(
        "INSERT INTO series (purpose, created_at)"
        " SELECT purpose, min(created_at) FROM offer GROUP BY purpose ORDER BY min(id)"
    )
    _add_series_to_offers()
    _add_series_to_coupons()


def _add_series_to_offers() -> None:
    op.add_column("offer", sa.Column("series_id", sa.Integer))
    op.execute("UPDATE offer SET series_id = (SELECT id FROM series WHERE series.purpose = offer.purpose)")
    with op.batch_alter_table("offer") as table:
        table.drop_index("ix_offer_purpose")
        table.drop_column("purpose")
        table.alter_column("series_id", existing_type=sa.Integer, nullable=False)
        table.create_foreign_key("fk_offer_series_id_series", "series", ["series_id"], ["id"])
        table.create_unique_constraint("uq_offer_id_series_id", ["id", "series_id"])
        table.create_index("ix_offer_series_id", ["series_id"])


def _add_series_to_coupons() -> None:
    op.add_column("coupon", sa.Column("series_id", sa.Integer))
    op.add_column("coupon", sa.Column("occasion", sa.String(20)))
    op.execute("UPDATE coupon SET series_id = (SELECT series_id FROM offer WHERE offer.id = coupon.offer_id)")
    op.execute(
        "UPDATE coupon SET occasion = CASE WHEN EXISTS (SELECT 1 FROM coupon AS newer WHERE newer.id > coupon.id"
        " AND newer.customer_id = coupon.customer_id AND newer.series_id = coupon.series_id)"
        " THEN 'offer ' || offer_id ELSE '' END"
    )
    with op.batch_alter_table("coupon") as table:
        table.drop_constraint("uq_coupon_customer_id_offer_id", type_="unique")
        table.drop_constraint("fk_coupon_offer_id_offer", type_="foreignkey")
        table.alter_column("series_id", existing_type=sa.Integer, nullable=False)
        table.alter_column("occasion", existing_type=sa.String(20), nullable=False)
        table.create_foreign_key(
            "fk_coupon_offer_id_series_id_offer", "offer", ["offer_id", "series_id"], ["id", "series_id"]
        )
        table.create_unique_constraint(
            "uq_coupon_customer_id_series_id_occasion", ["customer_id", "series_id", "occasion"]
        )
