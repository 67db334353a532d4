"""A server is killed while a list comes in: nobody of it is a customer, or everybody, and the next start says which."""

import contextlib
import http.client
import json
import os
import random
import threading
import time

import pytest
from running import BREAKDOWNS, Server, Visitor, change, size, value_of

pytestmark = pytest.mark.slow
ROWS, PIECE, LINE = 400, 25, "x" * 24
BEGUN = "SELECT count(brought_at) FROM import_batch WHERE id = (SELECT max(id) FROM import_batch)"


def bring_a_list(visitor: Visitor, number: int) -> None:
    """Upload a list, and bring it in; a server that breaks off is what this is about."""
    rows = "".join(f"P{n};0917{number:02}{n:05}\n" for n in range(ROWS))
    with contextlib.suppress(*BREAKDOWNS):
        batch = send(visitor, "/office/imports", file="Name;Mobile\n" + rows)["import_id"]
        send(visitor, f"/office/imports/{batch}/bring")


def send(visitor: Visitor, path: str, **fields) -> dict:
    """Post a form as a browser posts one with a file; gives back the answer."""
    body, sent = "", fields | {"csrf_token": visitor.token}
    for name, text in sent.items():
        kind = f'form-data; name="{name}"' + "; filename=list.csv" * (name == "file")
        body += f"--{LINE}\r\nContent-Disposition: {kind}\r\n\r\n{text}\r\n"
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    headers = {"Content-Type": f"multipart/form-data; boundary={LINE}", "Cookie": cookies, "Accept": "application/json"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", visitor.server.port, timeout=300)) as line:
        line.request("POST", path, f"{body}--{LINE}--\r\n".encode(), headers)
        return json.loads(line.getresponse().read() or "{}")


def test_a_list_comes_in_whole_or_not_at_all_whenever_the_server_is_killed(tmp_path, figures):
    rounds, ends, server = size(4, 20), {"nobody": 0, "everybody": 0}, Server(tmp_path / "shop")
    server.start()
    ana = Visitor(server)
    ana.set_up()
    for number in range(rounds):
        customers = count(server, "customer")
        bringing = threading.Thread(target=bring_a_list, args=(ana, number))
        bringing.start()
        wait_until(server, number / (rounds - 1), customers)
        server.kill()
        bringing.join()
        left = count(server, "import_piece")
        is_begun = value_of(server.file, BEGUN)

        before = server.log.stat().st_size
        server.start()
        if is_begun:
            wait_for(lambda: not count(server, "import_piece"))
        said = server.log.read_text()[before:]

        assert count(server, "customer") - customers == (ROWS if is_begun else 0)
        assert ("is being brought in to its end" in said) == bool(is_begun and left)
        assert ("Nobody of it is a customer yet" in said) == bool(left and not is_begun)
        ends["everybody" if is_begun else "nobody"] += 1
        empty(server)
        ana.leave()
        ana.sign_in()
    server.stop()
    figures("killed while a list comes in", kills=rounds, **ends, half=0, load=f"{os.getloadavg()[0]:.0f}")
    assert min(ends.values()) >= 1


def count(server: Server, table: str) -> int:
    return value_of(server.file, f"SELECT count(*) FROM {table}")


def empty(server: Server) -> None:
    """Let no list wait, as after a day."""
    change(server.file, "DELETE FROM import_piece")


def wait_until(server: Server, share: float, customers: int) -> None:
    """Until that share of the way: the first half is the upload, the second is bringing in."""

    def is_there() -> bool:
        done = (count(server, "customer") - customers) / ROWS
        kept = min(1, count(server, "import_piece") * PIECE / ROWS)
        return (0.5 + done / 2 if done else kept / 2) >= share * 0.95

    wait_for(is_there)
    time.sleep(random.uniform(0, 0.05))


def wait_for(is_so) -> None:
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < 300
        time.sleep(0.01)
