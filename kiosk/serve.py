"""Serve the shop, and say in the terminal where it is to be found."""

import logging
import socket
import sqlite3
import sys
from pathlib import Path

import click
import waitress
from flask import Flask
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError

from . import addresses, config, create_app, database, instance, qr, sessions, setup, shop

MOST_BYTES = 1_100_000  # of a request, before anything of it is looked at; a logo is the largest there is
EVERYWHERE = ("0.0.0.0", "::", "*")


class CannotServe(Exception):
    """The server cannot start; the text is one sentence for whoever installs."""


def serve(host: str, port: int, threads: int) -> None:
    """Serve until Ctrl-C. Raises CannotServe, BadSetting, NotWritable."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # how many requests wait is no news to a shop
    listening = _listen(host, port)
    try:
        app = open_alone()
        with app.app_context():
            app.extensions["serving"], is_only = database.say_serving()
            token, public_url = setup.new_token(), shop.current().public_url
            if is_only:
                _end_sessions()
    except (DBAPIError, NoSuchModuleError, sqlite3.Error) as error:
        raise CannotServe(f"the database does not answer ({database.in_one_line(error)}).") from None
    _greet(host, port, token, public_url)
    server = waitress.create_server(
        app,
        sockets=[listening],
        threads=threads,
        connection_limit=500,
        max_request_body_size=MOST_BYTES,
        asyncore_use_poll=True,
        trusted_proxy="127.0.0.1",
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-host", "x-forwarded-for"},
        clear_untrusted_proxy_headers=True,
        ident=None,
    )
    try:
        server.run()
    finally:
        click.echo("Suki has stopped.")


def _end_sessions() -> None:
    try:
        sessions.end_all(database.now())
    except OperationalError as error:
        if not database.is_full(error):  # a full disk keeps no shop closed: its pages can be read
            raise


def open_alone() -> Flask:
    """The shop, whose data file is claimed before anything in it is touched, until it is let go. Raises NotWritable."""
    settings = config.load()
    instance.prepare(Path(settings["KIOSK_INSTANCE"]))
    file = database.file_of(settings["KIOSK_DATABASE_URL"])
    claim = file and instance.claim(file)
    app = create_app(settings)
    app.extensions["claim"] = claim
    return app


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"port {port} on {host} cannot be used ({error.strerror}). Is Suki running already? "
            f"Choose another with --port {port + 1}."
        ) from None
    listening.listen(1024)
    return listening


def _greet(host: str, port: int, token: str | None, public_url: str) -> None:
    """Every address that works, given what is listened on, and the link for the first manager."""
    name = f"[{host}]" if ":" in host else host
    here = f"http://{'localhost' if host in EVERYWHERE else name}:{port}/"
    others = addresses.of_this_machine() if host in EVERYWHERE else [] if _is_loopback(host) else [name]
    tablets = [f"http://{address}:{port}/" for address in others]
    click.echo("\nSuki is ready. Stop it with Ctrl-C.\n")
    click.echo(f"  On this machine   {here}")
    for address in tablets:
        click.echo(f"  On the tablet     {address}")
    if public_url:
        click.echo(f"  On her own phone  {public_url}/")
    if tablets:
        _draw(tablets[0])
    if token:
        click.echo(f"\n  Set up your shop  {here}setup/{token}")
        for address in tablets[:1]:
            click.echo(f"  or from elsewhere {address}setup/{token}")
        click.echo()
    sys.stdout.flush()


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _draw(address: str) -> None:
    """The address as a QR code, where the terminal can show one."""
    try:
        code = qr.terminal(address)
        code.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    white_on_black = "\033[97;40m{}\033[0m" if sys.stdout.isatty() else "{}"
    click.echo("\n" + "\n".join("  " + white_on_black.format(line) for line in code.splitlines()), color=True)
