import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from shop import a_coupon, close_shop, on_sqlite_only, open_shop
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.exc import OperationalError

from kiosk.base import database, migrate
from kiosk.base.database import UTCDateTime, db, is_full
from kiosk.base.writing import writing
from kiosk.models import Coupon, Customer, Setting

PARENT_REBUILT = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9999", "{newest}"
def upgrade():
    how = "always" if op.get_context().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("customer", recreate=how) as table:
        table.add_column(sa.Column("nickname", sa.String(60)))
    {then}
"""


@on_sqlite_only
def test_every_connection_is_told_the_same_settings(in_shop):
    connections = [db.engine.connect() for _ in range(12)]
    said = {"journal_mode": database.journal_mode(db.engine), "synchronous": 2, "foreign_keys": 1, "secure_delete": 1,
            "busy_timeout": 10000, "query_only": 1}  # fmt: skip

    for connection in connections:
        assert {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in said} == said
        connection.close()


@on_sqlite_only
def test_nothing_is_written_but_through_the_door(in_shop):
    with pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text("INSERT INTO setting (name, value) VALUES ('a', '1')"))
    db.session.rollback()
    with writing():
        db.session.add(Setting(name="a", value=1))

    with pytest.raises(OperationalError, match="readonly"):
        db.session.execute(text("DELETE FROM setting"))


@on_sqlite_only
def test_all_writes_are_made_on_one_connection_whose_settings_never_change(app):
    used = set()

    def write():
        with app.app_context(), writing():
            connection = db.session.connection()
            connection.exec_driver_sql("SELECT count(*) FROM setting")
            said = connection.exec_driver_sql("PRAGMA query_only").scalar()
            used.add((connection.connection.dbapi_connection, said))

    threads = [threading.Thread(target=write) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [may_not for _, may_not in used] == [0]


def test_what_fails_leaves_nothing_behind(in_shop):
    with pytest.raises(RuntimeError), writing():
        db.session.add(Setting(name="a", value=1))
        db.session.flush()
        raise RuntimeError

    assert db.session.query(Setting).count() == 0


@on_sqlite_only
def test_writers_are_served_in_the_order_they_came(app):
    order, threads = [], []

    def enter(number):
        with app.app_context(), writing():
            order.append(number)

    with app.app_context(), writing():
        for number in range(20):
            threads.append(threading.Thread(target=enter, args=(number,)))
            threads[-1].start()
            time.sleep(0.02)
    for thread in threads:
        thread.join()

    assert order == list(range(20))


def test_an_instant_without_a_zone_is_a_mistake():
    with pytest.raises(ValueError, match="without a zone"):
        UTCDateTime().process_bind_param(datetime(2026, 11, 21), create_engine("sqlite://").dialect)


def scripts_with(tmp_path, then="pass"):
    """The project's migrations and one more, that rebuilds the customers' table."""
    import shutil

    folder = tmp_path / "migrations"
    shutil.copytree(migrate.MIGRATIONS, folder)
    newest = ScriptDirectory(str(folder)).get_current_head()
    (folder / "versions" / "9999_parent_rebuilt.py").write_text(PARENT_REBUILT.format(newest=newest, then=then))
    return str(folder)


def test_a_migration_that_rebuilds_a_parent_keeps_every_child(in_shop, tmp_path):
    a_coupon(), a_coupon()
    db.session.rollback()

    migrate.to_newest(db.engine, scripts_with(tmp_path))

    assert (db.session.query(Customer.id).count(), db.session.query(Coupon.id).count()) == (2, 2)
    if database.is_sqlite():
        assert db.session.execute(text("PRAGMA foreign_keys")).scalar() == 1


@on_sqlite_only
def test_a_migration_that_loses_a_parent_is_taken_back_whole(in_shop, tmp_path):
    a_coupon()
    db.session.rollback()

    with pytest.raises(RuntimeError, match="would leave 1 row"):
        migrate.to_newest(db.engine, scripts_with(tmp_path, then='op.execute("DELETE FROM offer")'))

    assert db.session.execute(text("SELECT count(*) FROM offer")).scalar() == 1
    assert db.session.execute(text("SELECT version_num FROM alembic_version")).scalar() != "9999"


@on_sqlite_only
def test_a_start_with_nothing_to_migrate_does_not_read_all_the_rows(in_shop):
    said = []
    event.listen(db.engine, "checkout", lambda connection, *_: connection.set_trace_callback(said.append))

    migrate.to_newest(db.engine)

    assert "BEGIN IMMEDIATE" in said
    assert "PRAGMA foreign_key_check" not in said


def test_a_failed_migration_leaves_nothing_and_its_retry_passes(in_shop, tmp_path):
    a_coupon()
    db.session.rollback()
    scripts = scripts_with(tmp_path, then='raise RuntimeError("power cut")')
    with pytest.raises(RuntimeError, match="power cut"):
        migrate.to_newest(db.engine, scripts)
    tables, columns = inspect(db.engine).get_table_names(), inspect(db.engine).get_columns("customer")

    migration = Path(scripts) / "versions" / "9999_parent_rebuilt.py"
    migration.write_text(migration.read_text().replace('raise RuntimeError("power cut")', "pass"))
    migrate.to_newest(db.engine, scripts)

    assert [table for table in tables if table.startswith("_alembic_tmp")] == []
    assert "nickname" not in [column["name"] for column in columns]
    assert db.session.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def tables_of(app) -> dict:
    with app.app_context():
        found = inspect(db.engine)
        return {
            name: (str(found.get_columns(name)), sorted(index["name"] for index in found.get_indexes(name)))
            for name in found.get_table_names()
        }


def test_a_second_start_changes_nothing(app):
    before = tables_of(app)

    again = open_shop(app.config["KIOSK_INSTANCE"], KIOSK_DATABASE_URL=app.config["KIOSK_DATABASE_URL"])

    assert tables_of(again) == before
    close_shop(again)


def test_a_full_disk_is_known_by_its_code_in_any_words(in_shop):
    class Told(Exception):
        def __init__(self, **codes):
            vars(self).update(codes)

    told = {13: Told(sqlite_errorcode=13), 13 + 256: Told(sqlite_errorcode=13 + 256), "53100": Told(sqlstate="53100")}
    other = [Told(), Told(sqlite_errorcode=10), Told(sqlite_errorcode=None), Told(sqlstate="25006"), Exception("full")]

    assert all(is_full(OperationalError("", {}, error)) for error in told.values())
    assert not any(is_full(OperationalError("", {}, error)) for error in other)


@on_sqlite_only
def test_after_trouble_with_the_disk_every_connection_is_a_new_one(in_shop):
    first = db.session.connection().connection.dbapi_connection
    db.session.rollback()
    with pytest.raises(OperationalError) as raised:
        db.session.connection().exec_driver_sql("DELETE FROM setting")  # read-only, as a connection stays that was
    db.session.rollback()  # opened on a read-only disk

    assert raised.value.connection_invalidated
    assert db.session.connection().connection.dbapi_connection is not first


@on_sqlite_only
def test_trouble_in_a_transaction_locks_nobody_out(in_shop):
    with pytest.raises(OperationalError) as raised, writing():
        db.session.add(Setting(name="a", value=1))
        db.session.flush()
        db.session.execute(text("PRAGMA query_only=ON"))
        db.session.execute(text("DELETE FROM setting"))
    begun = time.monotonic()
    with writing():  # while `raised` still holds on to what failed
        db.session.add(Setting(name="b", value=2))

    assert time.monotonic() - begun < 9  # it was ten seconds, the time SQLite waits for a lock
    assert raised.value.connection_invalidated
    assert [setting.name for setting in db.session.query(Setting)] == ["b"]
