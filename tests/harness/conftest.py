"""What the harness begins with. Whatever is not marked `quick` is slow."""

import tempfile
from pathlib import Path

import pytest
from running import IS_FULL, compiled, machine


@pytest.fixture
def figures(record_property):
    """Print what was measured, in one line, at the end of the run."""

    def note(check: str, **measured):
        said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measured.items())
        record_property("figures", f"{check} ({'full' if IS_FULL else 'short'}; {machine()}): {said}")

    return note


@pytest.fixture
def in_memory(tmp_path):
    """A folder for disks that are played: no real one is waited for."""
    if not Path("/dev/shm").is_dir():
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def powercut(tmp_path_factory):
    return compiled("powercut", tmp_path_factory.mktemp("powercut"))


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    return compiled("faults", tmp_path_factory.mktemp("faults"))
