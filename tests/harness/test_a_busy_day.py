"""K1: a busier day than any shop has: 20 signups and 5 redemptions a second, and staff at their pages."""

import os
import queue
import threading
import time

import pytest
from running import BREAKDOWNS, Visitor, new_id, percentile, running, size
from shop import IS_FULL, a_phone

pytestmark = pytest.mark.slow
PATIENCE = 600  # s
SIGNUPS, REDEMPTIONS, PAGES = 20, 5, 2  # a second
STAFF_PAGES = ("/office", "/till", "/")


class Day:
    """Everything that is due, at its time, whatever became of what was due before; waiting counts as taking long."""

    def __init__(self, server, manager, seconds: int):
        self.server, self.manager, self.codes = server, manager, queue.Queue()
        self.due, self.took, self.errors = queue.Queue(), {}, []
        jobs = [(n / SIGNUPS, self.sign_up) for n in range(seconds * SIGNUPS)]
        jobs += [(2 + n / REDEMPTIONS, self.redeem) for n in range((seconds - 2) * REDEMPTIONS)]
        jobs += [(n / PAGES, self.visit) for n in range(seconds * PAGES)]
        self.jobs = sorted(jobs, key=lambda job: job[0])

    def sign_up(self, customer: Visitor, _staff: Visitor):
        answer = customer.sign_up(new_id(), phone=a_phone())
        if answer.is_success:
            self.codes.put(answer.json["code"])
        return "signup", answer

    def redeem(self, _customer: Visitor, staff: Visitor):
        return "redemption", staff.redeem(self.codes.get(timeout=PATIENCE), new_id())

    def visit(self, _customer: Visitor, staff: Visitor):
        page = STAFF_PAGES[len(self.took.get("page", ())) % len(STAFF_PAGES)]
        return "page", staff.ask("GET", page, accept="text/html")

    def work(self) -> None:
        customer, staff = Visitor(self.server), Visitor(self.server)
        customer.cookies, customer.token = dict(self.server.entry[0]), self.server.entry[1]
        staff.cookies, staff.token = dict(self.manager.cookies), self.manager.token
        while job := self.due.get():
            due_at, do = job
            try:
                kind, answer = do(customer, staff)
            except (*BREAKDOWNS, queue.Empty) as error:
                self.errors.append(repr(error))
                continue
            self.took.setdefault(kind, []).append(time.monotonic() - due_at)
            if not answer.is_success:
                self.errors.append((kind, answer.status))
        customer.leave()
        staff.leave()

    def run(self) -> None:
        workers = [threading.Thread(target=self.work) for _ in range(16)]
        for worker in workers:
            worker.start()
        begun = time.monotonic()
        for after, do in self.jobs:
            time.sleep(max(0, begun + after - time.monotonic()))
            self.due.put((begun + after, do))
        for _ in workers:
            self.due.put(None)
        for worker in workers:
            worker.join()


def test_a_busy_day_is_served_without_a_wait(tmp_path, figures):
    seconds = size(60, 300)
    with running(tmp_path / "shop") as server:
        manager = Visitor(server)
        manager.set_up()
        assert server.entry
        day = Day(server, manager, seconds)
        before = server.processor_seconds
        day.run()
        used = server.processor_seconds - before

    took = [one for kind in day.took.values() for one in kind]
    slow = {kind: f"{percentile(values, 0.99) * 1000:.0f} ms" for kind, values in day.took.items()}
    figures(f"K1 {seconds} s", requests=len(took), errors=len(day.errors), p50=f"{percentile(took, 0.5) * 1000:.0f} ms",
            p99=f"{percentile(took, 0.99) * 1000:.0f} ms", p99_of_each=slow,
            processor=f"{used / len(took) * 1000:.0f} ms a request", load=f"{os.getloadavg()[0]:.0f}")  # fmt: skip
    assert day.errors == []
    assert len(took) == len(day.jobs)
    if IS_FULL:  # how long it takes is a figure of a machine that does nothing else
        assert percentile(took, 0.99) <= 0.5
