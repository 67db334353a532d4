"""The power goes at random moments, and the disk keeps only what was synced; in both journal modes.

powercut.c plays the disk. A second, wilder disk is made of every cut: of what was written and not synced, it kept any
part. On both, what was acknowledged must be there.
"""

import random
import shutil
import sqlite3
import time

import pytest
from running import Server, Writers, books, needs, size

pytestmark = [pytest.mark.slow, needs("cc")]
BLOCK = 4096
NEWER = ("driver=sqlcipher3",)


class Power:
    """A shop whose disk forgets at a cut what was not synced."""

    def __init__(self, place, preload, variant=(), module=None):
        self.folder, self.disk, self.wild = place / "shop", place / "disk", place / "wild"
        self.module, self.acknowledged, self.lost, self.lost_wild, self.unsound = module, [], set(), set(), 0
        self.folder.mkdir()
        watched = {"POWERCUT_DATA": str(self.folder), "POWERCUT_DISK": str(self.disk), "LD_PRELOAD": preload}
        self.server = Server(self.folder, variant=variant, environment=watched)

    def on(self) -> None:
        shutil.rmtree(self.disk, ignore_errors=True)
        self.disk.mkdir()
        self.server.start()

    def cut(self) -> None:
        """Take power while eight people sign up, see what is on the disk, and go on from there."""
        with Writers(self.server) as writers:
            writers.wait_for(random.randint(2, 80))
            time.sleep(random.uniform(0, 0.05))
            self.server.kill()
        assert writers.refused == []
        self.acknowledged += writers.acknowledged
        self._lay_out(self.wild, self._any_part)
        self.lost_wild |= self._missing(self.wild)
        kept = self.folder.with_name("kept")
        self._lay_out(kept, lambda _name, synced: synced)
        shutil.rmtree(self.folder)
        kept.rename(self.folder)
        self.on()
        self.lost |= self._missing(self.folder)

    def _lay_out(self, folder, keep) -> None:
        """The folder as its last sync lists it, each file as its own last sync left it, through `keep`."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for line in (self.disk / "names").read_text().splitlines():
            key, name = line.split(" ", 1)
            synced = self.disk / key
            (folder / name).write_bytes(keep(name, synced.read_bytes() if synced.exists() else b""))

    def _any_part(self, name: str, synced: bytes) -> bytes:
        """What was synced, and any blocks of what was written since."""
        written = (self.folder / name).read_bytes() if (self.folder / name).exists() else synced
        length = random.choice([len(synced), len(written)])
        parts = []
        for at in range(0, length, BLOCK):
            old, new = synced[at : at + BLOCK], written[at : at + BLOCK]
            parts.append((random.choice([old, new]) or old or new).ljust(min(BLOCK, length - at), b"\0"))
        return b"".join(parts)[:length]

    def _missing(self, folder) -> set:
        try:
            stored = books(folder / "kiosk.sqlite", self.module)
        except sqlite3.DatabaseError:
            self.unsound += 1
            return {*self.acknowledged}
        self.unsound += stored.integrity != "ok" or stored.incomplete > 0 or stored.repeats > 0
        return {*stored.lost(self.acknowledged)}


def newer_sqlite():
    return pytest.importorskip("sqlcipher3", reason="needs sqlcipher3, which carries an SQLite that is safe with WAL")


def cuts(in_memory, powercut, figures, name, variant=(), module=None, *, is_broken=False) -> Power:
    """Cut the power several times; a broken shop, in which a few cuts may lose nothing by chance, until it loses."""
    power, count = Power(in_memory, powercut, variant, module), size(5, 30)
    power.on()
    for _ in range(count):
        power.cut()
    while is_broken and not (power.lost | power.lost_wild) and count < 50:
        power.cut()
        count += 1
    power.server.stop()
    found = {"lost": len(power.lost), "lost_on_the_wild_disk": len(power.lost_wild), "unsound": power.unsound}
    figures(f"Power cut, {name}", cuts=count, acknowledged=len(power.acknowledged), **found)
    return power


def test_a_power_cut_loses_nothing(in_memory, powercut, figures):
    power = cuts(in_memory, powercut, figures, "TRUNCATE and FULL")

    assert (power.lost, power.lost_wild, power.unsound) == (set(), set(), 0)


def test_a_power_cut_loses_nothing_with_a_write_ahead_log(in_memory, powercut, figures):
    sqlite = newer_sqlite()
    power = cuts(in_memory, powercut, figures, f"WAL and FULL, SQLite {sqlite.sqlite_version}", NEWER, sqlite)

    assert (power.lost, power.lost_wild, power.unsound) == (set(), set(), 0)


def test_the_power_cut_bites_with_less_than_full(in_memory, powercut, figures):
    power = cuts(in_memory, powercut, figures, "TRUNCATE and NORMAL (broken)", ("synchronous=NORMAL",), is_broken=True)

    assert power.lost | power.lost_wild


def test_the_power_cut_bites_with_less_than_full_and_a_write_ahead_log(in_memory, powercut, figures):
    sqlite = newer_sqlite()
    variant = (*NEWER, "synchronous=NORMAL")
    power = cuts(
        in_memory, powercut, figures, f"WAL and NORMAL (broken), SQLite {sqlite.sqlite_version}", variant, sqlite,
        is_broken=True,
    )  # fmt: skip

    assert power.lost | power.lost_wild
