"""Whether tables are as this version of Suki makes them."""

from functools import cache

from sqlalchemy import Engine, create_engine, inspect

from kiosk.base.database import db

# what runs by itself, or shows other rows than are stored; Suki has none
OTHERS = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"


def differences(engine: Engine) -> list[str]:
    """What is in a SQLite database that Suki does not make, or makes otherwise, or what is missing: names of tables,
    triggers and views."""
    with engine.connect() as connection:
        others = connection.exec_driver_sql(OTHERS).fetchall()
    found, expected = _shape(engine) | {f"{kind} {name}": () for kind, name in others}, _expected()
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


@cache
def _expected() -> dict:
    engine = create_engine("sqlite://")
    db.metadata.create_all(engine)
    return _shape(engine)


def _shape(engine: Engine) -> dict:
    """Columns, keys, constraints and indexes of each table, in no order: migrations leave another one."""
    found = inspect(engine)
    return {
        table: (
            {(column["name"], str(column["type"]), column["nullable"], str(column.get("computed")))
             for column in found.get_columns(table)},
            {(index["name"], *index["column_names"], index["unique"], str(index["dialect_options"].get("sqlite_where")))
             for index in found.get_indexes(table)},
            {(unique["name"], *unique["column_names"]) for unique in found.get_unique_constraints(table)},
            {(*key["constrained_columns"], key["referred_table"], *key["referred_columns"], str(key["options"]))
             for key in found.get_foreign_keys(table)},
            {(check["name"], check["sqltext"]) for check in found.get_check_constraints(table)},
            tuple(found.get_pk_constraint(table)["constrained_columns"]),
        )
        for table in found.get_table_names() if table != "alembic_version"
    }  # fmt: skip
