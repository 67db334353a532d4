"""Bring the data file to what this version of Suki expects; the shop runs no command for it."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect

from .config import ROOT
from .database import db, for_ddl


def to_newest(engine: Engine, scripts: str = str(ROOT / "kiosk" / "migrations")) -> None:
    """Make the tables of a new data file, or run the migrations an older one is missing: all of it or nothing."""
    settings = Config()
    settings.set_main_option("script_location", scripts)
    with engine.connect() as connection, for_ddl(connection):
        settings.attributes["connection"] = connection
        if inspect(connection).has_table("alembic_version"):
            command.upgrade(settings, "head")
        else:
            db.metadata.create_all(connection)
            command.stamp(settings, "head")
