"""Ours and the yardstick, one after the other on this machine: `python tests/load/compare.py [--seconds 3]`.

Prints ratios, which a busy machine changes less than times. Both are servers of their own (waitress, 4 threads); they
take turns in short rounds, and the figures are medians of the rounds. Takes about two minutes.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT), str(HERE.parent), str(HERE.parent / "harness")]

from running import Server, Visitor, free_port, percentile  # noqa: E402 (found by the path that is set above)
from shop import a_phone, new_id  # noqa: E402 (the same)

CLIENTS, ROUNDS, DAYS = 8, 3, "from=2020-01-01&to=2099-12-31"


class Client:
    """One connection with its cookies, kept open."""

    def __init__(self, port: int, cookies: dict[str, str]):
        self.line, self.cookies = http.client.HTTPConnection("127.0.0.1", port, timeout=60), dict(cookies)

    def ask(self, method: str, path: str, fields: dict | None = None) -> tuple[int, bytes]:
        headers = {"Accept": "application/json", "Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, fields and urllib.parse.urlencode(fields), headers)
        answer = self.line.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.read()


class Side:
    """A server, how its browsers begin, and what they send."""

    def __init__(self, process: subprocess.Popen, port: int, cookies: dict[str, str], token: str):
        self.process, self.port, self.cookies, self.token, self.codes = process, port, cookies, token, []

    def client(self) -> Client:
        return Client(self.port, self.cookies)

    @property
    def processor_seconds(self) -> float:
        """Of all its threads; a server's stay the same."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    @property
    def memory(self) -> float:
        """The most that the process has held, in MB."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
        return int(found[1]) / 1024

    def forget_memory(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def signs_up(self, client: Client) -> None:
        fields = {"language": "en", "name": "Maria", "city": "Pasig", "source": "friend", "phone": a_phone()}
        fields |= {"csrf_token": self.token, "operation_id": new_id(), "consent_sms": "yes", "email": ""}
        status, text = client.ask("POST", "/signups", fields)
        assert status == 201, text
        self.codes.append(json.loads(text)["code"])

    def looks(self, client: Client) -> None:
        assert client.ask("GET", "/")[0] == 200

    def redeems(self, client: Client) -> None:
        fields = {"csrf_token": self.token, "code": self.codes.pop(), "operation_id": new_id(), "amount": "250"}
        status, text = client.ask("POST", "/till/redemptions" if self.is_ours else "/redemptions", fields)
        assert status == 201, text

    is_ours = False


def burst(side: Side, do, seconds: float, clients: int = CLIENTS) -> dict[str, float]:
    """Let so many do it as fast as they can: how many a second, processor time each, the slowest of a hundred."""
    times, stop = [], time.monotonic() + seconds
    before, began = side.processor_seconds, time.monotonic()

    def go():
        client = side.client()
        with contextlib.suppress(IndexError):  # no code is left
            while time.monotonic() < stop:
                start = time.monotonic()
                do(client)
                times.append(time.monotonic() - start)

    threads = [threading.Thread(target=go) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "rate": len(times) / (time.monotonic() - began), "p99": percentile(times, 0.99) * 1000,
        "cpu": (side.processor_seconds - before) / len(times) * 1000,
    }  # fmt: skip


def compared(what: str, ours: Side, bare: Side, seconds: float, clients: int = CLIENTS) -> None:
    rounds = [[burst(side, getattr(side, what), seconds, clients) for side in (ours, bare)] for _ in range(ROUNDS)]
    for figure, unit in (("cpu", "ms"), ("rate", "a second"), ("p99", "ms")):
        mine, theirs = (statistics.median(one[side][figure] for one in rounds) for side in (0, 1))
        ratio = statistics.median(one[0][figure] / one[1][figure] for one in rounds)
        print(f"{what:9} {figure:5} {ratio:6.2f} x   ours {mine:8.2f} {unit}, bare {theirs:8.2f}", flush=True)


def exports(ours: Side, bare: Side, seconds: float) -> None:
    """CSV as a whole, XLSX against the writer alone, memory above what it was, and sign-ups meanwhile."""
    cpu, rows = {}, 0
    for name, side, path in (("ours", ours, f"/office/exports/signups.csv?{DAYS}"), ("bare", bare, "/signups.csv")):
        cpu[name], client = side.processor_seconds, side.client()
        status, data = client.ask("GET", path)
        assert status == 200, data[:500]
        cpu[name], rows = side.processor_seconds - cpu[name], data.count(b"\n")
    print(f"CSV       rate  {cpu['bare'] / cpu['ours']:6.2f} x   {rows} rows, {rows / cpu['ours']:,.0f} a CPU second")
    idle, before = ours.memory, ours.processor_seconds
    ours.forget_memory()
    assert ours.client().ask("GET", f"/office/exports/signups.xlsx?{DAYS}")[0] == 200
    spent = ours.processor_seconds - before
    alone = json.loads(bare.client().ask("GET", "/signups.xlsx")[1])
    print(
        f"XLSX      rate  {alone['seconds'] / alone['rows'] / (spent / rows):6.2f} x   {rows / spent:,.0f} a CPU second"
    )
    print(f"memory    most  {ours.memory - idle:6.1f} MB above what it was")
    path = f"/office/exports/signups.xlsx?{DAYS}"
    export = threading.Thread(target=lambda: ours.client().ask("GET", path))
    export.start()
    meanwhile = burst(ours, ours.signs_up, seconds, clients=1)
    export.join()
    print(f"signup    p99   {meanwhile['p99']:6.1f} ms while an XLSX is made")


@contextlib.contextmanager
def started(folder: Path, customers: int):
    """Our shop with so many customers, and its manager at a till; and the bare app, which can read our data."""
    instance = folder / "instance"
    environment = os.environ | {"KIOSK_INSTANCE": str(instance), "KIOSK_COUNTRY": "PH", "PYTHONPATH": str(ROOT)}
    demo = [sys.executable, "-m", "kiosk", "demo", "--customers", str(customers), "--years", "3"]
    begun = time.monotonic()
    subprocess.run(demo, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    print(f"demo      rate  {customers / (time.monotonic() - begun):6.0f} customers a second, by the clock", flush=True)
    server, port = Server(instance), free_port()
    command = [sys.executable, str(HERE / "bare.py"), str(folder), str(port), str(instance / "kiosk.sqlite")]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        server.start()
        yield _ours(server), _bare(process, port)
    finally:
        process.terminate()
        process.wait()
        server.stop()


def _ours(server: Server) -> Side:
    manager = Visitor(server)
    manager.set_up()
    side = Side(server.process, server.port, manager.cookies, manager.token)
    side.is_ours = True
    return side


def _bare(process: subprocess.Popen, port: int) -> Side:
    for _ in itertools.repeat(None, 100):
        with contextlib.suppress(OSError):
            client = Client(port, {})
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.ask("GET", "/")[1].decode())[1]
            return Side(process, port, client.cookies, token)
        time.sleep(0.1)
    raise RuntimeError("the bare app did not start")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--seconds", type=float, default=3, help="of each round")
    options.add_argument("--customers", type=int, default=20_000, help="in our shop before it begins")
    options.add_argument("--folder", help="where the data is; in /dev/shm no disk counts")
    given = options.parse_args()
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as folder,
        started(Path(folder), given.customers) as (ours, bare),
    ):
        compared("signs_up", ours, bare, given.seconds)
        compared("looks", ours, bare, given.seconds)
        compared("redeems", ours, bare, given.seconds)
        exports(ours, bare, given.seconds)


if __name__ == "__main__":
    main()
