"""The one way to write: everything in one transaction, stored together or not at all.

A verb like `redeem` owns its transaction (it is decorated with `writes`); one like `add_redemption` works inside its
caller's. So whoever owns a transaction calls only the second kind.
"""

import functools
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from kiosk.base.database import WRITER, db, is_sqlite


class Turnstile:
    """First come, first served. SQLite's own busy wait lets a writer starve for seconds."""

    def __init__(self):
        self._guard, self._waiting, self._busy = threading.Lock(), deque(), False

    def __enter__(self):
        with self._guard:
            if not self._busy:
                self._busy = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_):
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False


_turnstile = Turnstile()
_this_thread = threading.local()  # its `verb` is what this thread is writing now


class Nested(RuntimeError):
    """A write was begun inside another one, for which it would wait for ever; the text names both."""


def writing():
    """The write door: everything inside is stored together, on the disk, when the block ends, or not at all.

    Raises Nested inside another write.
    """
    return _writing(sys._getframe(1).f_code.co_qualname)


@contextmanager
def _writing(verb: str):
    if outer := getattr(_this_thread, "verb", None):  # before anything of that write is touched
        raise Nested(f"{verb} begins a write inside that of {outer}. Inside it, use a verb that begins none (add_…).")
    _this_thread.verb = verb
    try:
        db.session.rollback()
        db.session.info[WRITER] = writer = db.engines.get(WRITER)
        with _turnstile if writer else nullcontext(), db.session.begin():
            if writer:
                db.session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield db.session
    finally:
        db.session.info.pop(WRITER, None)
        _this_thread.verb = None


def alone(what: str) -> None:
    """Let nobody else do this until our transaction ends, so that what is looked up next is the newest.
    On SQLite the write door does that; the unique keys decide in any case."""
    if not is_sqlite():
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def writes(verb):
    """Run a verb in one transaction of its own; one that loses a race for a unique key is run again.

    The verb raises Nested when it is called inside another write.
    """

    @functools.wraps(verb)
    def in_one_transaction(*args, **kwargs):
        for tries_left in (2, 1, 0):
            try:
                with _writing(f"{verb.__module__}.{verb.__qualname__}"):
                    return verb(*args, **kwargs)
            except DBAPIError as error:
                if not (tries_left and _lost_a_race(error)):
                    raise

    return in_one_transaction


def with_rests(pieces: Iterable) -> Iterator:
    """The pieces of long work, and after each a rest of as long as it took: others write then, also from another
    process, whose turn SQLite does not keep."""
    for piece in pieces:
        began = time.monotonic()
        yield piece
        time.sleep(time.monotonic() - began)


def _lost_a_race(error: DBAPIError) -> bool:
    serialization = ("40001", "40P01")  # PostgreSQL: serialization failure, deadlock
    return isinstance(error, IntegrityError) or (
        isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in serialization
    )
