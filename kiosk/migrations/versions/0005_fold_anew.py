"""Fold names and addresses by the rule of today, which knows Turkish letters and apostrophes.

An address or a staff name that somebody else has by now stays as it is.
"""

import sqlalchemy as sa
from alembic import op

from kiosk.base.folding import fold, small, words_to_find

revision, down_revision = "0005", "0004"

CHUNK = 5000
customer = sa.table("customer", sa.column("id"), sa.column("name"), sa.column("email"))
name_word = sa.table("name_word", sa.column("customer_id"), sa.column("word"))
staff = sa.table("staff", sa.column("id"), sa.column("name"), sa.column("folded_name"))


def upgrade() -> None:
    connection = op.get_bind()
    _fold_words(connection)
    turkish = customer.c.email.contains("\u0307") | customer.c.email.contains("ı")
    addresses = connection.execute(sa.select(customer.c.id, customer.c.email).where(turkish)).all()
    _replace(connection, customer.c.email, [(id_, email, small(email)) for id_, email in addresses])
    people = connection.execute(sa.select(staff).order_by(staff.c.id)).all()
    _replace(connection, staff.c.folded_name, [(id_, folded, fold(name)[:180]) for id_, name, folded in people])


def _fold_words(connection) -> None:
    connection.execute(sa.delete(name_word))
    last = 0
    while rows := connection.execute(
        sa.select(customer.c.id, customer.c.name).where(customer.c.id > last).order_by(customer.c.id).limit(CHUNK)
    ).all():
        words = [{"customer_id": id_, "word": word} for id_, name in rows for word in sorted(words_to_find(name))]
        if words:
            connection.execute(sa.insert(name_word), words)
        last = rows[-1].id


def _replace(connection, column, changes: list[tuple[int, str, str]]) -> None:
    """Write the new text in place of the old one, unless it would be somebody else's."""
    table = column.table
    for id_, old, new in changes:
        is_taken = connection.scalar(sa.select(table.c.id).where(column == new)) is not None
        if new and new != old and not is_taken:
            connection.execute(sa.update(table).where(table.c.id == id_).values({column.name: new}))
