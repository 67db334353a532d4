"""Bring the data file to what this version of Suki expects; the shop runs no command for it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from kiosk.base.database import db, for_ddl

MIGRATIONS = str(Path(__file__).parents[1] / "migrations")


class Newer(Exception):
    """The data is that of a newer version; the text says so."""


def is_behind(engine: Engine, scripts: str = MIGRATIONS) -> bool:
    """Whether there is data, of an older version."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        stored = connection.scalar(text("SELECT version_num FROM alembic_version"))
    known = ScriptDirectory(scripts)
    return stored != known.get_current_head() and stored in {one.revision for one in known.walk_revisions()}


def to_newest(engine: Engine, scripts: str = MIGRATIONS) -> None:
    """Make the tables of a new data file, or run the migrations an older one is missing: all of it or nothing.

    Raises Newer.
    """
    with engine.connect() as connection, for_ddl(connection):
        add_newest(connection, scripts)


def add_newest(connection: Connection, scripts: str = MIGRATIONS) -> None:
    """The same inside the caller's transaction, which is one of `for_ddl`."""
    settings = Config()
    settings.set_main_option("script_location", scripts)
    settings.attributes["connection"] = connection
    if inspect(connection).has_table("alembic_version"):
        try:
            command.upgrade(settings, "head")
        except CommandError:  # a migration that this version does not have
            raise Newer("The data was stored by a newer Suki. Update this one first.") from None
    else:
        db.metadata.create_all(connection)
        command.stamp(settings, "head")
