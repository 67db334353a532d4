"""Which programs are at work on a PostgreSQL database: servers share a lock, and what needs them stopped has it alone.

Every connection of a server holds the lock from its first moment, so none that lost it can write: when PostgreSQL was
restarted, or a connection was ended, its successor takes the lock anew. A data file has a lock of its own
(disk.claim).
"""

import threading
import time
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError

from kiosk.base.database import db, is_sqlite

SERVING = 7320
KNOCK = 0.5  # s after which an idle server makes sure that it still has a connection
LISTEN = 2.0  # s in which a server that has just lost its connections will have knocked
PATIENCE = 5  # s a server waits for the lock before it answers that it cannot be had
RUNS = "another Suki is running on this database. Stop it first."
TAKEN = "another command, which needs the server stopped, is at work on it"
_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :serving AND NOT granted "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def serve() -> None:
    """From now on every connection of this process says that a server runs, and there always is one."""
    if is_sqlite():
        return
    engine = db.engine
    event.listen(engine, "connect", _share)
    db.session.remove()
    engine.dispose()  # those of before do not say so
    threading.Thread(target=_knock, args=(engine,), daemon=True).start()


def _share(connection, _record) -> None:
    """Take the lock for as long as this connection lasts; close the connection when it cannot be had."""
    try:
        connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
        connection.execute(f"SELECT pg_advisory_lock_shared({SERVING})")
        connection.execute("RESET lock_timeout")
        connection.commit()
    except Exception as error:  # raised again: whatever it is, no connection stays open without the lock
        connection.close()
        raise type(error)(TAKEN) if getattr(error, "sqlstate", None) == "55P03" else error from None


def _knock(engine) -> None:
    while True:
        time.sleep(KNOCK)
        with suppress(DBAPIError):
            engine.connect().close()  # a connection that is dead is replaced here


@contextmanager
def alone(engine: Engine | None = None):
    """Keep servers from starting or writing inside; gives whether none runs, without which nothing may be done.

    A server whose connections have just been lost is waited for: it calls for the lock, and then keeps it.
    """
    engine = engine or db.engine
    if engine.dialect.name == "sqlite":
        yield True
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        try:
            yield connection.scalar(select(func.pg_try_advisory_lock(SERVING))) and not _is_called_for(connection)
        finally:
            with suppress(DBAPIError):  # a connection that was lost holds nothing
                connection.execute(select(func.pg_advisory_unlock_all()))


def _is_called_for(connection: Connection) -> bool:
    until = time.monotonic() + LISTEN
    while time.monotonic() < until:
        if connection.scalar(_WAITING, {"serving": SERVING}):
            return True
        time.sleep(0.05)
    return False
