"""How Alembic runs here: on the connection it is handed, in the transaction that is open there."""

from alembic import context

from kiosk.base.database import db

context.configure(
    context.config.attributes["connection"], target_metadata=db.metadata, render_as_batch=True, transactional_ddl=True
)
context.run_migrations()
