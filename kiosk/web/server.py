"""The web server: whom it listens to and for how long, and whose word it takes for where a request comes from."""

import socket
import time

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, Task, WSGITask
from waitress.utilities import RequestEntityTooLarge

from kiosk.base import addresses
from kiosk.web.headers import CLOSED

MOST_BYTES, OF_A_LIST = 1_100_000, 40_600_000  # of a request, before anything of it is looked at
LISTS = "/office/imports"  # where one may come
MOST_CONNECTIONS, MOST_FROM_ONE_ADDRESS = 500, 200
SLOWEST, SLOW = 10, 100_000  # s in which a request must be there as a whole, once it has begun; bytes a further second


class Closed(Task):
    """An answer with all our headers, also when the server itself gives it: to what it could not read, or not take."""

    def build_response_header(self) -> bytes:
        sent = {name.lower() for name, _ in self.response_headers}
        self.response_headers += [(name, value) for name, value in CLOSED.items() if name.lower() not in sent]
        return super().build_response_header()


class Page(Closed, WSGITask):
    """What the application answers."""


class ServerError(Closed, ErrorTask):
    """What the server answers by itself."""


class Request(HTTPRequestParser):
    """What a browser sends; only a list may be large."""

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        if max(self.content_length, self.body_bytes_received) > MOST_BYTES and self.path != LISTS and not self.error:
            self.error, self.completed = RequestEntityTooLarge("too large"), True
        return consumed


class Connection(HTTPChannel):
    """One connection of a browser. A new one is always let in; where there are too many, the one that has waited
    longest without a request makes room."""

    task_class, error_task_class, parser_class = Page, ServerError, Request

    def __init__(self, server: "Server", sock, addr, *args, **kwargs):
        self.address = addresses.household(addr[0])
        server.make_room(self.address)
        self.begun_at = time.time()
        super().__init__(server, sock, addr, *args, **kwargs)

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.begun_at = time.time()
        return super().received(data)

    @property
    def is_waiting(self) -> bool:
        """Whether no request is being answered on it."""
        return not (self.requests or self.total_outbufs_len)

    @property
    def waits_since(self) -> float:
        return self.begun_at if self.request else self.last_activity

    @property
    def takes_too_long(self) -> bool:
        """Whether its request does not end."""
        began = self.request and self.is_waiting
        return bool(began) and time.time() - self.begun_at > SLOWEST + self.request.body_bytes_received / SLOW


class Server(TcpWSGIServer):
    channel_class = Connection

    def make_room(self, address: str) -> None:
        """Close what has waited longest when that address, or everybody together, has as many as there may be."""
        everybody = list(self.active_channels.values())
        from_there = [one for one in everybody if one.address == address]
        for connections, most in ((from_there, MOST_FROM_ONE_ADDRESS), (everybody, MOST_CONNECTIONS)):
            waiting = [one for one in connections if one.is_waiting]
            if len(connections) >= most and waiting:
                return min(waiting, key=lambda one: one.waits_since).handle_close()

    def maintenance(self, now: float) -> None:
        """Close connections on which nothing has happened for long, and those whose request does not end."""
        super().maintenance(now)
        for one in self.active_channels.values():
            if one.takes_too_long:
                one.will_close = True


def create(app: Flask, listening: socket.socket, threads: int) -> Server:
    """A server on that socket. The proxy of the settings, usually one on this machine, is believed about the client's
    address and about TLS; what anybody else says about that is removed, and so is the name by which a proxy says it
    was called."""
    return Server(
        app,
        _sock=listening,
        bind_socket=False,
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        threads=threads,
        connection_limit=2 * MOST_CONNECTIONS,
        cleanup_interval=2,
        max_request_body_size=OF_A_LIST,
        asyncore_use_poll=True,
        trusted_proxy=app.config["KIOSK_TRUSTED_PROXY"],
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-for"},
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
