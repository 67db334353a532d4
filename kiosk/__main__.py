"""python -m kiosk: serve the shop; or, by a command, see to its people, its backups, its lists and its health."""

import json
import os
import sqlite3
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import click
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError

from kiosk import serve as server
from kiosk.base import clock, database, migrate
from kiosk.config import BadSetting
from kiosk.customers import forgetting
from kiosk.imports import bringing, trial
from kiosk.oversight import health, machine
from kiosk.reports import downloads, exports
from kiosk.serve import in_sentences, the_shop
from kiosk.shop import shop
from kiosk.staff import people
from kiosk.upkeep import archive, backup, demo, epochs, instance, nightly, restore, rotation
from kiosk.upkeep.archive import NotABackup

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(dir_okay=False, path_type=Path)
THREADS = click.IntRange(1, database.MOST_THREADS)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--threads", default=4, show_default=True, type=THREADS, help="Requests served at once.")
@click.pass_context
def cli(context: click.Context, host: str, port: int, threads: int) -> None:
    """Suki, the in-store sign-up kiosk. Without a command it serves the shop."""
    if context.invoked_subcommand is None:
        server.serve(host, port, threads)


def ask_secret(kind: str) -> str:
    """From a prompt, or the first line of what is piped in; never from an argument, which others can see."""
    if sys.stdin.isatty():
        asked = {"pin": "PIN (six digits)", "passphrase": "Passphrase (at least 15 characters)"}.get(kind, kind)
        if kind == "recovery key":
            return click.prompt("The key on the recovery sheet, from AGE-SECRET-KEY-1 on, in one line")
        return click.prompt(asked, hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")


@cli.group("staff")
def staff_group() -> None:
    """Add a person, or give one a new passphrase."""


@staff_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["manager", "cashier"]), required=True)
def add_staff(name: str, role: str) -> None:
    """Add a person who works here."""
    asked = "passphrase" if role == "manager" else "pin"
    with the_shop():
        people.employ(name, role, clock.now(), **{asked: ask_secret(asked)})
    click.echo(f"{name} can sign in now.")


@staff_group.command("reset")
@click.argument("name")
def reset_staff(name: str) -> None:
    """Give a person a new passphrase (a cashier a new PIN), and sign her out everywhere."""
    with the_shop():
        people.reset(name, ask_secret("New passphrase, or a cashier's new PIN"), clock.now())
    click.echo(f"{name} can sign in with it now, and is signed out everywhere else.")


@cli.command("backup")
@click.argument("file", type=FILE)
def make_backup(file: Path) -> None:
    """Copy everything into FILE, beside a running server, and read it back."""
    with the_shop():
        try:
            counted = backup.make(file, clock.now())
        except FileExistsError:
            raise click.ClickException(f"There is a file {file} already. Choose another name.") from None
        except NotABackup as problem:
            raise click.ClickException(f"No backup was made, since it could not be restored: {problem}") from None
        except (OSError, sqlite3.Error) as error:
            raise click.ClickException(f"Cannot write {file} ({getattr(error, 'strerror', error)}).") from None
    click.echo(f"Backed up and read back: {_listed(counted)}.")


@cli.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_backup(file: Path) -> None:
    """Put the backup in FILE in place of the shop's data. The server must be stopped."""
    settings, claim = server.claimed()
    try:
        with in_sentences():
            key = ask_secret("recovery key") if archive.is_sealed(file) else ""
            done = restore.restore(file, settings, clock.now(), key)
    except OSError as error:
        raise click.ClickException(f"Cannot copy {file} ({error.strerror}).") from None
    finally:
        if claim:
            claim.close()
    with the_shop():
        forgotten, left, tills = forgetting.heed(clock.now()), people.heed(clock.now()), epochs.silent_tills()
    click.echo(f"Restored: {_listed(done.counted)}. What was here before is kept in {done.before}.")
    if not done.has_secret:
        click.echo("An older Suki made this backup, without the secret file: on another computer than then, all")
        click.echo("passphrases and PINs must be given anew (staff reset), and check says that the log was changed.")
    if forgotten:
        click.echo(f"Forgotten again: {forgotten} customer(s) who had been forgotten since that backup.")
    if left:
        click.echo(f"Deactivated since that backup, and still so until a manager lets them in: {', '.join(left)}.")
    click.echo("Coupons issued before that backup ask for a manager, since they may have been used after it, until the")
    click.echo(f"page of each till has been opened once: {', '.join(till.label for till in tills) or 'there is none'}.")


def _listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counted.items())


@cli.command("upgrade")
@click.option("--anyway", is_flag=True, help="Keep the new state although something is wrong with what is stored.")
def upgrade(anyway: bool) -> None:
    """Bring the data to this version, check it, and put it back if it is not whole. The server must be stopped."""
    with in_sentences():
        server.upgrade(anyway)
    click.echo("The data is that of this version, and all that is stored was checked.")


@cli.command("check")
@click.option("--head", default="", help="The head of the audit that came with an export or is in a backup.")
def check(head: str) -> None:
    """Look whether what is stored is whole. The exit code is 1 when it is not."""
    _look(head)


@cli.command("doctor")
def doctor() -> None:
    """Check, and say what else whoever helps will ask for: the machine, its addresses, the public one's certificate."""
    _look(all_around=True)


def _look(head: str = "", all_around: bool = False) -> None:
    with the_shop():
        at = clock.now()
        found = [*health.troubles(at, head), *(machine.public_troubles(at) if all_around else ())]
        click.echo(_listed(health.counts()))
        if last := backup.last_made():
            click.echo(f"The last backup is of {last:%Y-%m-%d %H:%M} UTC, and was opened when it was made.")
        for sentence in (*(machine.facts(at) if all_around else ()), *health.hints(at), *found):
            click.echo(sentence)
    click.echo("All is well." if not found else f"{len(found)} thing(s) to see to.")
    sys.exit(1 if found else 0)


@cli.command("export")
@click.argument("what", type=click.Choice(list(exports.SHEETS)))
@click.option("--from", "first", type=DAY, help="The first shop day, like 2026-12-31; else today.")
@click.option("--to", "last", type=DAY, help="The last shop day; else today.")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), default="xlsx", show_default=True)
@click.option("--output", type=click.File("wb"), default="-", help="The file to write; else the standard output.")
def export(what: str, first: datetime | None, last: datetime | None, form: str, output: BinaryIO) -> None:
    """Write a list of some shop days as CSV or XLSX."""
    with the_shop(), force_locale(shop.current().language):
        start, end = sorted(day.date() if day else shop.current().today() for day in (first, last))
        pieces, _ = downloads.start(exports.SHEETS[what](start, end), form, f"{start} {end}", by=None)
        output.writelines(pieces)
        output.flush()


@cli.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what would become of the rows.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def import_list(file: BinaryIO, dry_run: bool, form: str) -> None:
    """Bring in a list of customers: XLSX, CSV or vCard."""
    with the_shop():
        batch = trial.upload(file, clock.now(), by=None)
        said = trial.as_dict(batch)
        if dry_run:
            trial.drop([batch.id])
        else:
            bringing.bring(batch.id, clock.now(), by=None)
    if form == "json":
        return click.echo(json.dumps(said, ensure_ascii=False))
    for one in said["unusable"] + said["left_out"]:
        click.echo(f"Row {one['row']}: {one['why']}")
    counted = {kind: said[kind] for kind in ("new", "known", "doubled")} | {"unusable": len(said["unusable"])}
    click.echo(_listed(counted))


@cli.command("demo")
@click.option("--customers", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--years", type=click.IntRange(0, 10), default=0, help="So many years of histories; else thirty days.")
def fill_demo(customers: int, years: int) -> None:
    """Fill an empty shop with made-up people. The server must be stopped."""
    with the_shop(stopped=True):
        demo.fill(customers, clock.now(), years)
    click.echo(f"{customers} made-up customers have signed up.")


@cli.command("nightly")
@click.option("--day", type=DAY, help="Another shop day than today, to come.")
@click.option("--sums", "anew", is_flag=True, help="Count the sums of all days that are over anew.")
def run_nightly(day: datetime | None, anew: bool) -> None:
    """Do what the server does once a night: forget the customers who are due, give the rewards that are, keep sums."""
    with the_shop():
        here, at = shop.current(), clock.now()
        if day:
            if day.date() < here.today() and "KIOSK_TEST_CLOCK" not in os.environ:
                raise click.ClickException("That day is over. What was missed then is done today.")
            at = here.span(day.date(), day.date())[1] - timedelta(seconds=1)
        forgotten = nightly.run(at, anew=anew)
        if rotation.is_due(clock.now()):
            rotation.make(clock.now())
    click.echo(f"Forgotten: {forgotten} customer(s) who were due.")


def main() -> None:
    """Whatever is wrong is said in one sentence, and the exit code is not zero."""
    try:
        cli()
    except (BadSetting, instance.NotWritable, server.CannotServe, migrate.Newer) as problem:
        sys.exit(f"Suki cannot start: {problem}")
    except (DBAPIError, sqlite3.Error) as error:
        sys.exit(health.said_of(error))


if __name__ == "__main__":
    main()
