"""What the server does by itself. It looks every ten minutes: it backs up if that was not done today, sends the emails
that are due, and once a night forgets customers, gives rewards, goes on with lists, and does what else `run` says."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from kiosk.base import clock
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.customers import merging, retention
from kiosk.imports import bringing
from kiosk.models import Setting
from kiosk.reports import cohorts, sums
from kiosk.rewards import giving, outreach, post
from kiosk.shop import shop
from kiosk.upkeep import rotation

DONE = "nightly"  # the setting that says on which shop day it was done last
HOUR = 3  # o'clock in the shop
LOOK = 600  # s


def run(at: datetime, *, anew: bool = False) -> int:
    """Do what is due on the shop day of `at`; gives back how many customers were forgotten. Again on the same day it
    changes nothing. A step that fails keeps none of the others from their turn, and its error is raised at the end."""
    failed = []

    def attempt(step: Callable, **how) -> int:
        try:
            return step(at, **how)
        except Exception as error:  # whatever it is, it is raised below
            db.session.rollback()  # on PostgreSQL nothing else can be read before
            failed.append(error)
            return 0

    forgotten = attempt(retention.forget_due)
    attempt(merging.empty_old)
    attempt(giving.give_due)
    attempt(bringing.go_on)
    attempt(outreach.list_due, first="email" if post.is_set() else "sms")
    attempt(sums.keep, anew=anew)
    attempt(cohorts.keep)
    if failed:
        raise failed[0]
    with writing():
        db.session.merge(Setting(name=DONE, value=shop.current().day_of(at).isoformat()))
    return forgotten


def is_due(at: datetime) -> bool:
    """Whether it was not done yet on this shop day, and the shop's night is late enough."""
    here, done = shop.current(), db.session.get(Setting, DONE)
    return here.time_of(at).hour >= HOUR and (done is None or done.value != here.day_of(at).isoformat())


def keep_running(app: Flask) -> None:
    """Start the thread that goes on with interrupted lists, and then does all this while the process serves."""
    threading.Thread(target=_watch, args=(app,), daemon=True).start()


def _watch(app: Flask) -> None:
    _attempt(app, bringing.go_on)
    while True:
        time.sleep(LOOK)
        for verb in (_back_up, _run, _send):  # each apart, so that what fails keeps none of the others from their turn
            _attempt(app, verb)


def _back_up(at: datetime) -> None:
    if rotation.is_due(at):
        rotation.make(at)


def _run(at: datetime) -> None:
    if is_due(at):
        run(at)


def _send(_at: datetime) -> None:
    post.send_due()


def _attempt(app: Flask, verb: Callable[[datetime], object]) -> None:
    try:
        with app.app_context():
            verb(clock.now())
    except Exception as error:  # whatever it is: the thread has to live, or there are no backups until a restart
        logging.warning("what is due will be tried again (%s)", type(error).__name__)
