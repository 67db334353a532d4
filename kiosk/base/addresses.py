"""The names and addresses this machine is reached by in the shop, and the public one."""

import contextlib
import ipaddress
import socket
from functools import cache
from urllib.parse import urlsplit

LOCAL = [
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8",
                    "::1/128", "fc00::/7", "fe80::/10")
]  # fmt: skip


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
    return frozenset({"localhost", name, f"{name}.local"})


def is_ours(host: str, public_url: str, further: str) -> bool:
    """Whether a request's Host (a name, perhaps with a port) names this machine, or is the public or a further name."""
    name = _name(f"http://{host}")
    known = {_name(public_url), *further.lower().split(","), *_own_names()}
    return name is not None and (name in known or is_of_this_machine(name))


def has_name_of(host: str, origin: str) -> bool:
    """Whether a request's Host has the name of that origin, whatever its port and however it is spelled."""
    name = _name(f"http://{host}")
    return name is not None and name == _name(origin)


def is_ip(address: str) -> bool:
    return _ip(address) is not None


def is_local(address: str | None) -> bool:
    """Whether an IP address is of this machine or of a private network, like a shop's Wi-Fi (RFC 1918, 4193)."""
    peer = _ip(address)
    return peer is not None and any(peer in network for network in LOCAL if network.version == peer.version)


def household(address: str | None) -> str:
    """An IP address as the limits count it: of an IPv6 one its /64, in which a client may choose any (RFC 6177)."""
    peer = _ip(address)
    return str(ipaddress.ip_network((int(peer), 64), strict=False)) if peer and peer.version == 6 else str(peer)


def _ip(address: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address in a text, an IPv4 one that is written as IPv6 as itself; None for anything else."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_origin(text: str) -> bool:
    """Whether it is an address without a path, like https://shop.example."""
    return text.startswith(("http://", "https://")) and _name(text) is not None


def _name(origin: str) -> str | None:
    """The name in an origin, in small letters; None for what has not the form of one."""
    try:
        place = urlsplit(origin)
        name, _ = (place.hostname or "").removesuffix("."), place.port  # what is no port raises ValueError
    except ValueError:
        return None
    is_bare = origin.isprintable() and not {*origin.partition("://")[2]} & {*"/?#@\\ "}
    is_name = len(name) < 254 and all(0 < len(part) < 64 for part in name.split("."))
    return name if is_bare and is_name else None


def is_of_this_machine(name: str | None) -> bool:
    """Whether it is an address of this machine, asked of the system, since networks come and go."""
    address = _ip(name)
    if address is None or address.is_unspecified or address.is_multicast:
        return False  # the last two can be bound, and are nobody's
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with contextlib.suppress(OSError), socket.socket(family) as probe:
        probe.bind((str(address), 0))
        return address.version == 6 or not address.is_reserved
    return False
