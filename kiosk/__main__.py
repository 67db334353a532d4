"""python -m kiosk: serve the shop; or, by a command, see to its people, its backups, its lists and its health."""

import json
import os
import sqlite3
import sys
from datetime import datetime, timedelta
from typing import BinaryIO

import click
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError

from kiosk import serve
from kiosk.base import clock
from kiosk.commands import UNABLE, ask_secret, cli, listed
from kiosk.imports import bringing, trial
from kiosk.oversight import health
from kiosk.reports import downloads, exports
from kiosk.shop import shop
from kiosk.staff import people
from kiosk.upkeep import demo, nightly, rotation

DAY = click.DateTime(["%Y-%m-%d"])


@cli.group("staff")
def staff_group() -> None:
    """Add a person, or give one a new passphrase."""


@staff_group.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["manager", "cashier"]), required=True)
def add_staff(name: str, role: str) -> None:
    """Add a person who works here."""
    asked = "passphrase" if role == "manager" else "pin"
    with serve.the_shop():
        people.employ(name, role, clock.now(), **{asked: ask_secret(asked)})
    click.echo(f"{name} can sign in now.")


@staff_group.command("reset")
@click.argument("name")
def reset_staff(name: str) -> None:
    """Give a person a new passphrase (a cashier a new PIN), and sign her out everywhere."""
    with serve.the_shop():
        people.reset(name, ask_secret("New passphrase, or a cashier's new PIN"), clock.now())
    click.echo(f"{name} can sign in with it now, and is signed out everywhere else.")


@cli.command("export")
@click.argument("what", type=click.Choice(list(exports.SHEETS)))
@click.option("--from", "first", type=DAY, help="The first shop day, like 2026-12-31; else today.")
@click.option("--to", "last", type=DAY, help="The last shop day; else today.")
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), default="xlsx", show_default=True)
@click.option("--output", type=click.File("wb"), default="-", help="The file to write; else the standard output.")
def export(what: str, first: datetime | None, last: datetime | None, form: str, output: BinaryIO) -> None:
    """Write a list of some shop days as CSV or XLSX."""
    with serve.the_shop(), force_locale(shop.current().language):
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
    with serve.the_shop():
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
    click.echo(listed(counted))


@cli.command("demo")
@click.option("--customers", type=click.IntRange(1, 1_000_000), default=100, show_default=True)
@click.option("--years", type=click.IntRange(0, 10), default=0, help="So many years of histories; else thirty days.")
def fill_demo(customers: int, years: int) -> None:
    """Fill an empty shop with made-up people. The server must be stopped."""
    with serve.the_shop(stopped=True):
        demo.fill(customers, clock.now(), years)
    click.echo(f"{customers} made-up customers have signed up.")


@cli.command("rehearse")
@click.option("--port", default=8081, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
def rehearse(port: int) -> None:
    """Serve a practice shop, to try tablet, till and scanner in, beside the real one. It is deleted at the end."""
    with serve.the_shop() as real:
        serve.rehearse(real, "0.0.0.0", port, threads=4)


@cli.command("nightly")
@click.option("--day", type=DAY, help="Another shop day than today, to come.")
@click.option("--sums", "anew", is_flag=True, help="Count the sums of all days that are over anew.")
def run_nightly(day: datetime | None, anew: bool) -> None:
    """Do what the server does once a night: forget the customers who are due, give the rewards that are, keep sums."""
    with serve.the_shop():
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
    except UNABLE as problem:
        sentence = str(problem)
        sys.exit(f"{sentence[0].upper()}{sentence[1:]}")
    except (DBAPIError, sqlite3.Error) as error:
        sys.exit(health.said_of(error))


if __name__ == "__main__":
    main()
