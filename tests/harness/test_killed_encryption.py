"""Encrypting a data file is killed, or decrypting it: one whole file is there, and what was half done goes away."""

import os
import random
import subprocess
import sys
import time

import pytest
from running import ROOT, Server, size

from kiosk.base import cipher

pytestmark = pytest.mark.slow
pytest.importorskip("sqlcipher3", reason="needs sqlcipher3, which opens encrypted data files")


class Turning:
    """A shop with many customers, whose data file is encrypted and decrypted by a process of its own."""

    def __init__(self, folder):
        self.server = Server(folder / "shop", environment={"KIOSK_DATABASE_KEY_FILE": ""})
        self.run("demo", "--customers", str(size(500, 3000)))
        self.key_file = folder / "suki.key"
        self.server.environment["KIOSK_DATABASE_KEY_FILE"] = str(self.key_file)
        self.file, self.took = self.server.file, 0.0
        self.draft = self.file.with_name(f".{self.file.name}.turning")

    def begin(self, command: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-m", "kiosk", command], cwd=ROOT, env=self.server.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip

    def run(self, *command: str) -> None:
        subprocess.run([sys.executable, "-m", "kiosk", *command], cwd=ROOT, env=self.server.environment, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip

    def whole(self) -> None:
        """Encrypt it undisturbed, to see how long that takes from when the copy begins until it is in place."""
        process = self.begin("encrypt")
        self.wait_for_the_copy(process, True)
        begun = time.monotonic()
        self.wait_for_the_copy(process, False)
        self.took = time.monotonic() - begun
        process.communicate()

    def wait_for_the_copy(self, process, is_there: bool) -> None:
        while self.draft.exists() != is_there and process.poll() is None:
            time.sleep(0.0005)

    def killed(self, share: float) -> bool:
        """Turn it round, and kill that after a share of the time it takes, or so much after the copy is in place;
        gives back whether it was turned."""
        was_plain = cipher.is_plain(self.file)
        process = self.begin("encrypt" if was_plain else "decrypt")
        self.wait_for_the_copy(process, True)
        if share > 1:
            self.wait_for_the_copy(process, False)
        time.sleep(share % 1 * self.took)
        process.kill()
        process.communicate()
        return cipher.is_plain(self.file) != was_plain

    @property
    def contents(self) -> list:
        """All that is stored, of a file that is sound."""
        key = "" if cipher.is_plain(self.file) else self.key_file.read_text()
        with cipher.opened(self.file, key) as data:
            assert data.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            tables = data.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
            return [data.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables]


def test_of_a_file_that_is_killed_on_its_way_one_is_there_whole(tmp_path, figures):
    shop, rounds, ends = Turning(tmp_path), 20, {"as it was": 0, "turned": 0}
    before = shop.contents
    shop.whole()

    for number in range(rounds):
        is_turned = shop.killed(1.6 * (number + random.random()) / rounds)
        assert shop.contents == before
        ends["turned" if is_turned else "as it was"] += 1

    shop.run("encrypt" if cipher.is_plain(shop.file) else "decrypt")
    left = [path.name for path in shop.file.parent.iterdir() if path.name.startswith(".")]
    figures("killed while it is encrypted", kills=rounds, **ends, half=0, load=f"{os.getloadavg()[0]:.0f}")
    assert (min(ends.values()) >= 1, left, shop.contents == before) == (True, [], True)
