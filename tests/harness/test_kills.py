"""A1: the server is killed at random moments; nothing it acknowledged is missing when it is back."""

import os
import random
import time

import pytest
from running import Server, Writers, books, is_in_time, size

pytestmark = pytest.mark.slow


def test_what_was_acknowledged_outlives_every_kill(tmp_path, figures):
    rounds, server = size(6, 50), Server(tmp_path / "shop")
    acknowledged, lost, sound, slowest = [], 0, 0, server.start()
    for number in range(rounds):
        with Writers(server) as writers:
            writers.wait_for(random.randint(10, 400) if number < rounds - 1 else 200 * rounds - len(acknowledged))
            time.sleep(random.uniform(0, 0.05))
            server.kill()
        acknowledged += writers.acknowledged
        assert writers.refused == []
        slowest = max(slowest, server.start())
        stored = books(server.file)
        lost, sound = lost + len(stored.lost(writers.acknowledged)), sound + (stored.integrity == "ok")
    used = server.processor_seconds
    server.stop()

    stored = books(server.file)
    figures("A1 kill -9", kills=rounds, acknowledged=len(acknowledged), lost=lost, incomplete=stored.incomplete,
            integrity_ok=f"{sound}/{rounds}", slowest_start=f"{slowest:.1f} s",
            processor_for_the_last_start=f"{used:.1f} s", load=f"{os.getloadavg()[0]:.0f}")  # fmt: skip
    assert (lost, stored.lost(acknowledged), stored.incomplete, stored.repeats, sound) == (0, [], 0, 0, rounds)
    assert len(acknowledged) >= 200 * rounds
    assert is_in_time(slowest, 5)
