#!/usr/bin/env python3
"""Start Suki: `python3 start.py` serves the shop, `python3 start.py test` runs the tests.

Makes a virtual environment beside this file, installs what is needed once, and hands over.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
IN_PARALLEL = ("-n", "3", "--dist", "worksteal", "-r", "R")
USUAL = ("-m", "not slow and not clocked")  # what is run when no other tests are asked for
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def say_and_stop(sentence: str) -> None:
    sys.exit(f"Suki cannot start: {sentence}")


def make_venv() -> None:
    if PYTHON.exists():
        return
    done = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        say_and_stop("Python's venv module is missing. On Debian or Ubuntu: sudo apt install -y python3-venv")


def install(requirements: Path) -> None:
    """Install once; again only when the list has changed."""
    wanted = hashlib.sha256(requirements.read_bytes() + (HERE / "requirements.txt").read_bytes()).hexdigest()
    stamp = VENV / f"installed-{requirements.parent.name}-{requirements.stem}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing what Suki needs. This takes a minute, once.", flush=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(requirements)]
    if subprocess.run(pip).returncode:
        say_and_stop("the packages could not be installed. Is this machine on the internet? The reason stands above.")
    stamp.write_text(wanted)


def hand_over(*command: str) -> None:
    os.chdir(HERE)
    if os.name != "nt":
        os.execv(PYTHON, [str(PYTHON), *command])
    sys.exit(subprocess.run([str(PYTHON), *command]).returncode)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 (this file is what an older Python meets)
        say_and_stop(f"it needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    make_venv()
    if sys.argv[1:2] == ["test"]:
        install(HERE / "tests" / "requirements.txt")
        subprocess.run([str(PYTHON), str(HERE / "tests" / "get_tools.py")])
        hand_over("-m", "pytest", *IN_PARALLEL, *(sys.argv[2:] or USUAL))
    install(HERE / "requirements.txt")
    hand_over("-m", "kiosk", *sys.argv[1:])


if __name__ == "__main__":
    main()
