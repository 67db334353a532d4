"""Serve the shop, and say in the terminal where it is to be found."""

import gc
import logging
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import click
from flask import Flask
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, OperationalError

from kiosk import config, create_app, practice
from kiosk.base import addresses, clock, database, disk, migrate, presence
from kiosk.base.refusals import Invalid
from kiosk.coupons import qr
from kiosk.customers import forgetting
from kiosk.guard import limits
from kiosk.imports import bringing
from kiosk.oversight import first_steps, health, machine
from kiosk.shop import shop
from kiosk.staff import people, sessions, setup
from kiosk.upkeep import archive, demo, encryption, instance, nightly, restore
from kiosk.web import server

AT_MOST = 0.0005  # s that a till waits for its turn while a thread reads a long list; Python would let it wait 5 ms
EVERYWHERE = ("0.0.0.0", "::", "*")
NOT_PUT_BACK = "The database stays upgraded: restore the dump (pg_dump) that you made before, or type upgrade --anyway."


class CannotServe(Exception):
    """The server cannot start; the text is one sentence for whoever installs."""


def serve(host: str, port: int, threads: int) -> None:
    """Serve until Ctrl-C. Raises CannotServe, BadSetting, NotWritable."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # how many requests wait is no news to a shop
    listening = _listen(host, port)
    with ExitStack() as held:
        try:
            app = create_app(held.enter_context(claimed()))
            practice.sweep(Path(app.config["KIOSK_INSTANCE"]))
            with app.app_context(), force_locale("en"):
                token = _begin_serving()
                public_url = shop.current().public_url
        except (DBAPIError, NoSuchModuleError, sqlite3.Error) as error:
            raise CannotServe(f"the database does not answer ({database.in_one_line(error)}).") from None
        _greet(host, port, token, public_url)
        nightly.keep_running(app)
        sys.setswitchinterval(AT_MOST)
        gc.freeze()  # modules stay in memory; looking through them for garbage took 100 ms now and then
        held.callback(click.echo, "Suki has stopped.")
        server.create(app, listening, threads).run()


def rehearse(real: Flask, host: str, port: int, threads: int) -> None:
    """Serve a practice shop until Ctrl-C, and say what worked in it. Raises CannotServe, NotWritable."""
    listening = _listen(host, port)
    # also when the window is closed, all is deleted; on Windows, which gives no time for it, at the next start
    for ending in {"SIGTERM", "SIGHUP", "SIGBREAK"} & vars(signal).keys():
        signal.signal(getattr(signal, ending), signal.default_int_handler)
    with practice.opened(real) as (app, passphrase):
        _greet(host, port, None, "")
        click.echo(f"  What to try       http://localhost:{port}/office/rehearsal")
        click.echo(f"  Sign in there as  {practice.NAME}, with the passphrase: {passphrase}")
        server.create(app, listening, threads).run()
        with app.app_context(), force_locale("en"):
            steps = first_steps.rehearsed()
    click.echo("\n".join(f"{'worked ' if worked else 'not yet'}  {step}" for step, worked in steps))
    click.echo("All of the practice shop is deleted.")


def _begin_serving() -> str | None:
    """Let others know that a server runs here, and say what there is to know; gives back the token of the set-up link.
    When it is the only server, whoever was signed in signs in again."""
    is_only = False
    if sessions.anybody():  # else nothing depends on it, and no second is lost
        with presence.alone() as is_only:
            pass
    presence.serve()
    if is_only:
        _end_sessions()
    forgetting.forget_again(clock.now())
    people.disable_again(clock.now())
    click.echo("".join(f"\n{sentence}" for sentence in bringing.unfinished()), nl=False)
    if about_clock := machine.clock_trouble(clock.now()) or machine.clock_doubt(clock.now()):
        click.echo(f"\n{about_clock}")
    return setup.new_token()


def _end_sessions() -> None:
    try:
        sessions.end_all(clock.now())
        limits.forget_old(clock.now())
    except OperationalError as error:
        if not database.is_full(error):  # a full disk keeps no shop closed: its pages can be read
            raise


@contextmanager
def claimed() -> Iterator[dict[str, str]]:
    """The settings, while no server can start on their data file, of which nothing has been opened; a restore that was
    interrupted is finished. Raises NotWritable."""
    settings = config.load()
    folder, file = Path(settings["KIOSK_INSTANCE"]), database.file_of(settings["KIOSK_DATABASE_URL"])
    instance.prepare(folder)
    with disk.claim(file) if file else nullcontext():
        if file:
            instance.sweep(folder)
            encryption.draft_of(file).unlink(missing_ok=True)
        restore.finish(settings)
        yield settings


@contextmanager
def the_shop(stopped: bool = False):
    """The shop, for one command; with `stopped`, only when no server is running on it."""
    with in_sentences(), claimed() if stopped else nullcontext() as settings:
        app = create_app(settings)
        try:
            english = force_locale("en")  # as all that a terminal says
            with app.app_context(), english, presence.alone() if stopped else nullcontext(True) as is_alone:
                if not is_alone:
                    raise instance.NotWritable(presence.RUNS)
                yield app
        finally:
            with app.app_context():
                database.db.engine.dispose()


@contextmanager
def in_sentences():
    """Say in a sentence, instead of a traceback, what keeps a command from being done."""
    try:
        yield
    except Invalid as invalid:
        raise click.ClickException(" ".join(f"{message}." for message in invalid.errors.values())) from None
    except (demo.NotEmpty, migrate.Newer) as problem:
        raise click.ClickException(str(problem)) from None
    except archive.NotABackup as problem:
        raise click.ClickException(f"{problem} Nothing has been changed.") from None
    except (DBAPIError, sqlite3.Error, OSError) as error:
        raise click.ClickException(health.said_of(error)) from None


def upgrade(anyway: bool) -> None:
    """Bring the data to this version, and put it back if it is not whole then: the data file, that is; of PostgreSQL
    the owner has a dump. Raises NotWritable, CannotServe."""
    with claimed() as settings:
        file, key = database.file_of(settings["KIOSK_DATABASE_URL"]), encryption.unlock(settings)
        with restore.put_back(file, key):
            app = create_app(settings)  # which makes a backup and migrates
            with app.app_context():
                found = health.stored_troubles()
                database.db.session.remove()
                database.db.engine.dispose()
            if found and not anyway:
                is_kept = "The data is as it was: start the Suki that you had before." if file else NOT_PUT_BACK
                raise CannotServe(f"{' '.join(found)} {is_kept}")


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
