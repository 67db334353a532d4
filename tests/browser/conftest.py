"""A served shop and a real Chromium, one window a person."""

import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
import waitress
from get_tools import found
from playwright.sync_api import Error, expect
from shop import in_memory, open_shop

from kiosk.staff import setup

DOCS = Path(__file__).resolve().parents[2] / "docs"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

expect.set_options(timeout=20_000)  # ms; a busy machine is late, and late is not wrong


class Served:
    """A shop that is being served; `url` is where."""

    def __init__(self, folder, **settings):
        self.sockets = [self._socket()]
        port = self.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = {name: value.format(port=port) for name, value in settings.items()}
        self.app = open_shop(folder, **settings)
        self.server = waitress.create_server(self.app, sockets=self.sockets, threads=4)
        self.thread, self.is_closing = threading.Thread(target=self._run, daemon=True), False
        self.thread.start()

    def _socket(self):
        import socket

        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        return listening

    def set_up_link(self) -> str:
        with self.app.app_context():
            return f"{self.url}/setup/{setup.new_token()}"

    def _run(self):
        try:
            self.server.run()
        except OSError:  # its sockets are closed from another thread, perhaps while it looks at them
            if not self.is_closing:
                raise

    def stop(self):
        self.is_closing = True
        self.server.close()
        self.thread.join(2)  # it ends by itself when the last browser lets go
        self.sockets[0].close()


@pytest.fixture
def serve(tmp_path, new_file):
    """Serve a shop with these settings; `{port}` in one stands for its own."""
    shops = []
    with in_memory(tmp_path) as folder:

        def serve(**settings):
            place = folder / f"shop{len(shops)}"
            place.mkdir()
            shutil.copy(new_file, place)
            shops.append(Served(place, **settings))
            return shops[-1]

        yield serve
        for shop in shops:
            shop.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = {"executable_path": found()} if found() else {}
    return browser_type_launch_args | path | {"args": FLAGS}


@pytest.fixture(scope="session")
def browser(launch_browser):
    """Chromium; without one these tests are skipped, by name, except in CI, where that is a failure."""
    try:
        started = launch_browser()
    except Error as problem:
        message = f"no Chromium to drive; `{Path(sys.executable).name} tests/get_tools.py` gets one"
        if found() or os.environ.get("CI"):
            pytest.fail(f"{message}: {problem}")
        pytest.skip(message)
    yield started
    started.close()


# Chromium's line for every answer from 400 on, and for a server that is away.
OF_THE_NETWORK = "Failed to load resource"


@pytest.fixture(autouse=True)
def errors():
    """What the scripts of every page reported in a journey: nothing, or the test fails."""
    seen = []
    yield seen
    assert seen == []


@pytest.fixture
def watched(errors):
    """A browser context whose errors are seen."""

    def watched(context):
        context.on("weberror", lambda error: errors.append(f"{error.error} on {error.page and error.page.url}"))
        context.on("console", lambda message: errors.append(message.text) if _is_error(message) else None)
        return context

    return watched


def _is_error(message) -> bool:
    return message.type == "error" and not message.text.startswith(OF_THE_NETWORK)


@pytest.fixture
def new_context(new_context, watched):
    """A browser of her own. Nothing moves in it unless motion is asked for: it is most of what Chromium computes."""
    return lambda **how: watched(new_context(**{"reduced_motion": "reduce"} | how))


@pytest.fixture
def at_tablet(new_context):
    """The shop's tablet, touched, not clicked."""
    return lambda width=1280, height=800: new_context(
        viewport={"width": width, "height": height}, has_touch=True, is_mobile=True
    ).new_page()


@pytest.fixture
def on_phone(new_context):
    return lambda: new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2
    ).new_page()


@pytest.fixture
def at_desk(new_context):
    return lambda: new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True).new_page()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """In CI, on a machine shared with others, a browser may be too late for any patience: what fails is looked at once
    more, and the summary names it. Rules of money, data and privacy without a browser get no second look."""
    for item in items:
        if "browser" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.browser)
            if os.environ.get("CI"):
                item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=5))
