"""Get what the tests use besides Python, where that is allowed: Debian's packages as root, else a Chromium alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
TOOLS = ("strace", "gcc", "certutil", "age")
PACKAGES = ("chromium", "libatomic1", "postgresql", "strace", "gcc", "libc6-dev", "libnss3-tools", "age")


def found() -> str | None:
    """The browser to drive: the one that is named, else one on the path."""
    return os.environ.get("KIOSK_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)


def has_all() -> bool:
    has_postgresql = os.environ.get("KIOSK_TEST_PG_URL") or [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return bool(found() and (has_postgresql or shutil.which("initdb")) and all(map(shutil.which, TOOLS)))


def install() -> None:
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES]
        quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, env=quietly)
    if not found():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


if __name__ == "__main__" and not has_all():
    install()
