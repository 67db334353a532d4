"""A5, A7 and the N-th write: a disk that is full, read-only or broken is said plainly, and nothing is lost by it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from running import Server, Visitor, Writers, books, change, is_in_time, needs, new_id, running, size, value_of
from shop import IS_SQLCIPHER, a_phone

pytestmark = pytest.mark.slow
EIO, ENOSPC, EROFS = 5, 28, 30
FOREVER = 10**9
PLAINLY = {507: "The disk is full", 503: "Saving failed"}
CHANGE = "import pathlib, running, sys; running.change(pathlib.Path(sys.argv[1]), sys.argv[2])"
alone = needs("unshare", "nsenter", "mount", root=True)


class OwnMounts:
    """A place whose mounts nobody else sees: a small disk of memory, held by a process that only waits."""

    def __init__(self, folder: Path, megabytes: int):
        folder.mkdir()
        self.folder = folder
        self.keeper = subprocess.Popen(["unshare", "-m", "--propagation", "private", "sleep", "3600"])
        theirs, ours = Path(f"/proc/{self.keeper.pid}/ns/mnt"), Path("/proc/self/ns/mnt")
        while theirs.readlink() == ours.readlink():
            time.sleep(0.01)
        self.run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))

    @property
    def inside(self) -> list[str]:
        return ["nsenter", "-t", str(self.keeper.pid), "-m", f"--wd={Path.cwd()}"]

    def run(self, *command: str | Path) -> None:
        subprocess.run([*self.inside, *command], check=True)

    def copied_out(self, file: Path, place: Path) -> Path:
        """The data file of a server that has stopped, to be read later."""
        shutil.copytree(f"/proc/{self.keeper.pid}/root{file.parent}", place)
        return place / file.name

    def freeze(self) -> None:
        """Read-only from here on, laid over the place: a disk with open files cannot be remounted."""
        self.run("mount", "--bind", "-o", "ro", str(self.folder), str(self.folder))

    def thaw(self) -> None:
        self.run("mount", "-o", "remount,bind,rw", str(self.folder))


@contextlib.contextmanager
def own_mounts(folder: Path, megabytes: int):
    mounts = OwnMounts(folder, megabytes)
    try:
        yield mounts
    finally:
        mounts.keeper.send_signal(signal.SIGKILL)
        mounts.keeper.wait()


def seconds_until(is_so, most: float) -> float:
    begun = time.monotonic()
    while not is_so():
        assert time.monotonic() - begun < most
        time.sleep(0.02)
    return time.monotonic() - begun


def plainly(refused) -> bool:
    """A refusal with the status, and for who reads pages, the words."""
    answer = refused[1]
    is_page = answer.text.startswith("<!doctype")
    return answer.status in PLAINLY and (not is_page or PLAINLY[answer.status] in answer.text)


@alone
def test_a_full_disk_is_said_and_recovered_from(tmp_path, figures):
    with own_mounts(tmp_path / "small", 2) as small, running(small.folder / "shop", inside=small.inside) as server:
        with Writers(server, accept=("application/json", "text/html")) as writers:
            seconds_until(lambda: len(writers.refused) >= 200, 240)
            reader = Visitor(server)
            pages = {reader.visit(path).status for path in ("/", "/sign-in", "/static/css/base.css")}
            refused, before = list(writers.refused), len(writers.acknowledged)
            small.run("mount", "-o", "remount,size=64m", str(small.folder))
            recovered = seconds_until(lambda: len(writers.acknowledged) > before, 30)
            writers.wait_for(before + 100)
        server.kill()
        server.start()
        server.stop()
        stored = books(small.copied_out(server.file, tmp_path / "out"))

    lost, plain = stored.lost(writers.acknowledged), sum(map(plainly, refused))
    said = sorted({answer.status for _, answer in refused})
    figures("A5 full disk", acknowledged=len(writers.acknowledged), lost=len(lost), refusals=len(refused), said=said,
            in_plain_words=plain, pages=sorted(pages), first_success=f"{recovered:.2f} s after")  # fmt: skip
    assert (lost, stored.integrity, stored.incomplete, stored.repeats) == ([], "ok", 0, 0)
    assert plain == len(refused)
    assert 507 in said
    assert pages == {200}
    assert is_in_time(recovered, 2)


@alone
def test_a_start_on_a_read_only_disk_is_one_line(tmp_path, figures):
    with own_mounts(tmp_path / "small", 64) as small:
        with running(small.folder / "shop", inside=small.inside) as server:
            pass
        small.freeze()
        done = [subprocess.run(server.command, cwd=Path(__file__).parents[2], env=server.environment | settings,
                               capture_output=True, text=True, timeout=20)
                for settings in ({}, {"KIOSK_INSTANCE": str(small.folder / "new")})]  # fmt: skip

    figures("A7 start on a read-only disk", said=[one.stderr.strip() for one in done])
    for one in done:
        assert one.returncode != 0
        assert one.stderr.startswith("Suki cannot start: Cannot write in ")
        assert len((one.stdout + one.stderr).strip().splitlines()) == 1


def used_while_read_only(server: Server, figures, name: str, freeze, thaw) -> None:
    """What people see before, while and after the disk is read-only."""
    manager, customer = Visitor(server), Visitor(server)
    manager.set_up()
    coupon = customer.sign_up(new_id(), phone=a_phone()).json
    idle_for_two_minutes = "UPDATE staff_session SET seen_at = datetime(seen_at, '-2 minutes')"
    frozen = freeze(idle_for_two_minutes)

    sick = seconds_until(lambda: (answer := server.health()) is not None and answer.status == 503, 10)
    paths = ("/", "/sign-in", "/coupon", "/till", "/office", "/healthz")
    pages = {path: (manager if path in ("/till", "/office") else customer).visit(path).status for path in paths}
    refused = customer.sign_up(new_id(), "text/html", phone=a_phone())
    used = manager.redeem(coupon["code"], new_id())
    thaw(frozen)
    back = seconds_until(lambda: customer.sign_up(new_id(), phone=a_phone()).is_success, 10)

    figures(name, health_503_after=f"{sick:.2f} s", pages=pages, signup=refused.status, redemption=used.status,
            first_success=f"{back:.2f} s after")  # fmt: skip
    assert pages == dict.fromkeys(paths, 200) | {"/healthz": 503}
    assert PLAINLY[503] in refused.text
    assert (refused.status, used.status) == (503, 503)
    assert manager.redeem(coupon["code"], new_id()).status == 201
    assert is_in_time(back, 2)


@alone
@pytest.mark.skipif(IS_SQLCIPHER, reason="the log stays open: a mount laid over it keeps nobody from writing")
def test_pages_are_read_while_the_folder_is_read_only(tmp_path, figures):
    with own_mounts(tmp_path / "small", 64) as small, running(small.folder / "shop", inside=small.inside) as server:

        def freeze(sql):
            small.run("env", f"PYTHONPATH={os.pathsep.join(sys.path)}", sys.executable, "-c", CHANGE, server.file, sql)
            small.freeze()

        used_while_read_only(server, figures, "A7 read-only mount", freeze, lambda _: small.thaw())


@needs("cc")
def test_pages_are_read_while_no_file_can_be_written(in_memory, figures, faults):
    with Faulty(in_memory, faults) as faulty:

        def freeze(sql):
            change(faulty.server.file, sql)
            faulty.fail(1, FOREVER, EROFS)

        used_while_read_only(faulty.server, figures, "A7 no file writable", freeze, lambda _: faulty.end())


class Faulty:
    """A shop whose disk fails when told to; faults.c plays it."""

    def __init__(self, place: Path, preload: str):
        self.plan = place / "plan"
        settings = {"FAULTS_DATA": str(place / "shop"), "FAULTS_PLAN": str(self.plan), "LD_PRELOAD": preload}
        self.server = Server(place / "shop", environment=settings)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def fail(self, at: int, count: int, trouble: int) -> None:
        draft = self.plan.with_suffix(".new")
        draft.write_text(f"{at} {count} {trouble}")
        draft.replace(self.plan)

    def end(self) -> None:
        self.fail(0, 0, 0)


@needs("cc")
@pytest.mark.parametrize(
    ("trouble", "count", "steps"),
    [(EIO, 1, size(17, 1)), (EIO, 8, size(17, 1)), (ENOSPC, 1, size(17, 9)), (ENOSPC, 8, size(17, 9))],
    ids=["EIO-once", "EIO-8-times", "ENOSPC-once", "ENOSPC-8-times"],
)
def test_an_error_at_any_write_loses_nothing_and_doubles_nothing(in_memory, figures, faults, trouble, count, steps):
    tried, refused, acknowledged, not_repaired = range(1, 101, steps), [], [], []
    with Faulty(in_memory, faults) as faulty:
        for number in tried:
            visitor = Visitor(faulty.server)
            visitor.visit("/")
            faulty.fail(number, count, trouble)
            sent = list(until_refused(visitor))
            faulty.end()
            acknowledged += [
                (operation_id, answer.json["code"]) for operation_id, _, answer in sent if answer.is_success
            ]
            again = [one for one in sent if not one[2].is_success]
            refused += [(operation_id, answer.status) for operation_id, _, answer in again]
            for operation_id, phone, _ in again:
                answer = visitor.sign_up(operation_id, phone=phone)
                not_repaired += [] if answer.is_success else [(number, answer.status)]
            faulty.server.kill()
            visitor.leave()
            faulty.server.start()
        stored = books(faulty.server.file)
        people = value_of(faulty.server.file, "SELECT count(*) FROM customer")

    lost = [one for one in acknowledged if stored.signups.get(one[0], ("", 0))[0] != one[1]]
    missing = [operation_id for operation_id, _ in refused if operation_id not in stored.signups]
    statuses = Counter(status for _, status in refused)
    figures(f"{os.strerror(trouble)} at the N-th write and {count - 1} after", tried=len(tried), refused=dict(statuses),
            acknowledged=len(acknowledged), lost=len(lost), retried_and_missing=len(missing),
            doubled=stored.repeats, integrity=stored.integrity)  # fmt: skip
    assert (lost, missing, not_repaired, stored.repeats, stored.incomplete) == ([], [], [], 0, 0)
    assert stored.integrity == "ok"
    assert people == len(stored.signups) == len(acknowledged) + len(refused)
    assert statuses.keys() <= {503, 507}
    assert len(refused) >= len(tried)


def until_refused(visitor: Visitor):
    """Signups one after the other, two more than the first that was refused: operation, phone, answer."""
    left = 12
    while left:
        operation_id, phone = new_id(), a_phone()
        answer = visitor.sign_up(operation_id, phone=phone)
        left = left - 1 if answer.is_success else min(left - 1, 2)
        yield operation_id, phone, answer


def test_a_second_server_is_refused_within_three_seconds(tmp_path, figures):
    with running(tmp_path / "shop") as first, Writers(first, 2) as writers:
        second = Server(tmp_path / "shop")
        begun = time.monotonic()
        done = subprocess.run(second.command, cwd=Path(__file__).parents[2], env=second.environment,
                              capture_output=True, text=True, timeout=30)  # fmt: skip
        took, so_far = time.monotonic() - begun, len(writers.acknowledged)
        writers.wait_for(so_far + 20)
        assert first.is_healthy()

    figures("A10 second server", refused_after=f"{took:.1f} s", said=done.stderr.strip(), errors=len(writers.refused))
    assert (done.returncode, writers.refused) == (1, [])
    assert "another Suki is already running" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert is_in_time(took, 3)
