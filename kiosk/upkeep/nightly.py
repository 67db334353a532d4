"""What is done once a night, by the server itself or by the command `nightly`."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy.exc import DBAPIError

from kiosk.base import clock
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.customers import merging, retention
from kiosk.imports import bringing
from kiosk.models import Setting
from kiosk.reports import sums
from kiosk.rewards import giving, outreach, post
from kiosk.shop import shop
from kiosk.upkeep import rotation
from kiosk.upkeep.archive import NotABackup

DONE = "nightly"  # the setting that says on which shop day it was done last
HOUR = 3  # o'clock in the shop
LOOK = 600  # s


def run(at: datetime, *, anew: bool = False) -> int:
    """Do what is due on the shop day of `at`; gives back how many customers were forgotten. Again on the same day it
    changes nothing."""
    forgotten = retention.forget_due(at)
    merging.empty_old(at)
    giving.give_due(at)
    bringing.go_on(at)
    outreach.list_due(at, first="email" if post.is_set() else "sms")
    sums.keep(at, anew=anew)
    with writing():
        db.session.merge(Setting(name=DONE, value=shop.current().day_of(at).isoformat()))
    return forgotten


def is_due(at: datetime) -> bool:
    """Whether it was not done yet on this shop day, and the shop's night is late enough."""
    here, done = shop.current(), db.session.get(Setting, DONE)
    return here.time_of(at).hour >= HOUR and (done is None or done.value != here.day_of(at).isoformat())


def keep_running(app: Flask) -> None:
    """Go on with lists that were interrupted, and then run it every night, for as long as this process serves."""
    threading.Thread(target=_watch, args=(app,), daemon=True).start()


def _watch(app: Flask) -> None:
    _attempt(app, bringing.go_on)
    while True:
        time.sleep(LOOK)
        _attempt(app, _do_what_is_due)


def _do_what_is_due(at: datetime) -> None:
    if is_due(at):
        run(at)
    if rotation.is_due(at):
        rotation.make(at)
    post.send_due()


def _attempt(app: Flask, verb: Callable[[datetime], object]) -> None:
    try:
        with app.app_context():
            verb(clock.now())
    except (DBAPIError, OSError, sqlite3.Error, NotABackup) as error:
        logging.warning("the nightly run will be tried again (%s)", type(error).__name__)
