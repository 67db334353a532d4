"""A3: nothing is unsynced when an answer leaves, seen from outside by strace."""

import re
import signal
import subprocess
import time

import pytest
from running import Server, Visitor, needs, new_id, running, size
from shop import a_phone

pytestmark = needs("strace")
CALLS = "fsync,fdatasync,pwrite64,write,ftruncate,openat,recvfrom,sendto"
FILE = re.compile(r"(\w+)\(\d+<([^>]*/kiosk\.sqlite(?:-journal|-wal)?)>")


class Trace:
    """What a server asks of the system while somebody signs up, in the order it was done."""

    def __init__(self, server: Server, path):
        self.path = path
        command = ["strace", "-f", "-y", "-s", "24", "-e", f"trace={CALLS}", "-o", path, "-p", str(server.process.pid)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert "attached" in self.process.stderr.readline()

    def read(self) -> list[str]:
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.process.stderr.close()
        return list(whole(self.path.read_text(errors="replace").splitlines()))


def whole(lines):
    """Calls as they end: one that another thread's call cut in two is put together."""
    begun = {}
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
        elif call.startswith("<... "):
            yield begun.pop(thread, "") + call.partition("resumed>")[2]
        else:
            yield call


def answers_on_disk(calls) -> tuple[int, int]:
    """How many signups were answered, and how many of these with a sync before and nothing left to sync."""
    answered = good = syncs = 0
    unsynced, asked = set(), False
    for call in calls:
        touched = FILE.match(call)
        if call.startswith("recvfrom") and "POST /signups" in call:
            asked, syncs = True, 0
        elif call.startswith("sendto") and "HTTP/1.1 201" in call and asked:
            answered, good, asked = answered + 1, good + (syncs > 0 and not unsynced), False
        elif touched and touched[1] in ("fsync", "fdatasync") and call.endswith("= 0"):
            syncs += 1
            unsynced.discard(touched[2])
        elif touched and touched[1] in ("pwrite64", "write", "ftruncate"):
            unsynced.add(touched[2])
    return answered, good


def traced(place, count, variant=()) -> tuple[int, int]:
    with running(place / "shop", variant=variant) as server:
        visitor = Visitor(server)
        visitor.sign_up(new_id(), phone=a_phone())
        trace = Trace(server, place / "strace")
        for _ in range(count):
            assert visitor.sign_up(new_id(), phone=a_phone()).status == 201
        visitor.leave()
        return answers_on_disk(trace.read())


def test_an_answer_leaves_when_all_is_synced(in_memory, figures):
    count = size(20, 200)
    answered, good = traced(in_memory, count)

    figures("A3 synced before the answer", signups=f"{good}/{answered}")
    assert (answered, good) == (count, count)


@pytest.mark.slow
@pytest.mark.parametrize("less", ["OFF", "NORMAL"])
def test_the_trace_notices_less_than_full(in_memory, figures, less):
    answered, good = traced(in_memory, 10, (f"synchronous={less}",))

    figures(f"A3 with {less} (broken)", signups=f"{good}/{answered}")
    assert (answered, good) == (10, 0)
