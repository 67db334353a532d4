"""J1: backups that are made while people sign up all bring back a whole shop, with everybody acknowledged before."""

import sqlite3
import subprocess
import sys

import pytest
from running import ROOT, Writers, running, size

pytestmark = pytest.mark.slow
BACKUPS = size(2, 20)


def kiosk(server, *words: str, **other: str) -> None:
    command = [sys.executable, "-m", "kiosk", *words]
    subprocess.run(command, cwd=ROOT, env=server.environment | other, check=True, input="yes\n", text=True)


def test_every_backup_made_among_signups_brings_back_a_whole_shop(tmp_path, figures):
    before = {}
    with running(tmp_path / "shop") as server:
        with Writers(server) as writers:
            for number in range(BACKUPS):
                writers.wait_for(200 * (number + 1))
                before[tmp_path / f"{number}.backup"] = len(writers.acknowledged)
                kiosk(server, "backup", str([*before][-1]))
        for file, count in before.items():
            folder = file.with_suffix("")
            kiosk(server, "restore", str(file), KIOSK_INSTANCE=str(folder))
            shop = sqlite3.connect(folder / "kiosk.sqlite")
            codes = {code for (code,) in shop.execute("SELECT code FROM coupon")}
            assert {one.code for one in writers.acknowledged[:count]} <= codes
            assert shop.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    figures("J1 backups among signups", restored=f"{len(before)}/{BACKUPS}", signups=len(writers.acknowledged))
