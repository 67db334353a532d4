"""The nightly run is killed at any moment: nothing is given twice, nothing is missing once a run comes to its end."""

import os
import random
import shutil
import subprocess
import sys
import time

import pytest
from running import ROOT, Server, size, value_of
from shop import an_offer, close_shop, data_of, open_shop

from kiosk.base import clock
from kiosk.rewards import drafts, giving
from kiosk.upkeep import demo

pytestmark = pytest.mark.slow
GIVEN = """SELECT reward.customer_id, reward.series_id, reward.occasion, held_out, coupon.id IS NOT NULL
    FROM reward LEFT JOIN coupon ON coupon.id = coupon_id"""
ALONE = """SELECT count(*) FROM coupon WHERE series_id IN (SELECT series_id FROM reward)
    AND id NOT IN (SELECT coupon_id FROM reward WHERE held_out = 0)"""
COUNT = "SELECT count(*) FROM reward"
LISTED = "SELECT customer_id, purpose, channel, outcome FROM message"


def rows(server: Server, query: str) -> list[tuple]:
    with data_of(server.file) as data:
        return sorted(data.execute(query).fetchall(), key=repr)


def a_night(server: Server) -> subprocess.Popen:
    command = [sys.executable, "-m", "kiosk", "nightly"]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.DEVNULL)


def test_a_night_that_is_killed_is_made_up_for_by_the_next_run(tmp_path, figures):
    app = open_shop(tmp_path / "killed")
    with app.app_context():
        demo.fill(size(800, 4000), clock.now(), years=1)
        for purpose in ("win_back", "birthday", "stamps"):
            an_offer(purpose=purpose, at=clock.now(), rule=drafts.USUAL[purpose], new_series=True)
    close_shop(app)
    shutil.copytree(tmp_path / "killed", tmp_path / "whole")
    whole, server, kills, dice = Server(tmp_path / "whole"), Server(tmp_path / "killed"), size(4, 30), random.Random(30)
    pieces, night = {}, a_night(whole)  # when how many were given
    while night.poll() is None:
        pieces.setdefault(value_of(whole.file, COUNT), time.monotonic())
        time.sleep(0.01)
    expected, seen = rows(whole, GIVEN), []
    begun, *_, ended = [moment for count, moment in pieces.items() if count]
    a_piece = (ended - begun) / len(expected) * giving.PIECE  # s

    for number in range(kills):
        process = a_night(server)
        with data_of(server.file) as data:
            while data.execute(COUNT).fetchone()[0] <= number * len(expected) // kills and process.poll() is None:
                time.sleep(0.001)
        time.sleep(dice.uniform(0, a_piece))
        process.kill()
        process.wait()
        given = rows(server, GIVEN)
        seen.append(len(given))
        assert {*given} <= {*expected} and len({*given}) == len(given)
        assert value_of(server.file, ALONE) == 0
    assert a_night(server).wait() == 0

    given = rows(server, GIVEN)
    figures("nightly run killed", kills=kills, at=seen, given=len(given), missing=len({*expected} - {*given}),
            doubled=len(given) - len({*given}), load=f"{os.getloadavg()[0]:.0f}")  # fmt: skip
    assert min(seen) < len(expected)  # it was killed in time
    assert given == expected
    assert rows(server, LISTED) == rows(whole, LISTED)
    assert a_night(server).wait() == 0
    assert (rows(server, GIVEN), value_of(server.file, ALONE)) == (expected, 0)
