"""The names and addresses this machine is reached by in the shop."""

import contextlib
import socket
from functools import cache
from urllib.parse import urlsplit


def of_this_machine() -> list[str]:
    """Its IPv4 addresses on the networks it is on, the one other machines most likely reach first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # asks the routing table only: nothing is sent
        found.append(probe.getsockname()[0])
    with contextlib.suppress(OSError):
        found += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]


@cache
def _own_names() -> frozenset[str]:
    name = socket.gethostname().lower()
    return frozenset({"localhost", "127.0.0.1", "::1", name, f"{name}.local", *of_this_machine()})


def is_ours(host: str, public_url: str, further: str) -> bool:
    """Whether a request's Host names us; a network address that is new since the start is found out."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:  # not even the form of a host
        return False
    if name in {urlsplit(public_url).hostname, *further.lower().split(",")} - {None, ""} or name in _own_names():
        return True
    _own_names.cache_clear()
    return name in _own_names()
