"""The command without a name, which serves, and those that keep the data safe: backups, encryption, checks."""

import sys
from pathlib import Path

import click

from kiosk import config, serve
from kiosk.base import clock, database, migrate
from kiosk.customers import forgetting
from kiosk.oversight import health, machine
from kiosk.shop import shop
from kiosk.staff import people
from kiosk.upkeep import archive, backup, encryption, epochs, instance, restore

FILE = click.Path(dir_okay=False, path_type=Path)
THREADS = click.IntRange(1, database.MOST_THREADS)
UNABLE = (config.BadSetting, instance.NotWritable, serve.CannotServe, migrate.Newer)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--threads", default=4, show_default=True, type=THREADS, help="Requests served at once.")
@click.pass_context
def cli(context: click.Context, host: str, port: int, threads: int) -> None:
    """Suki, the in-store sign-up kiosk. Without a command it serves the shop."""
    if context.invoked_subcommand is None:
        try:
            serve.serve(host, port, threads)
        except UNABLE as problem:
            sys.exit(f"Suki cannot start: {problem}")


def ask_secret(kind: str) -> str:
    """From a prompt, or the first line of what is piped in; never from an argument, which others can see."""
    if sys.stdin.isatty():
        asked = {"pin": "PIN (six digits)", "passphrase": "Passphrase (at least 15 characters)"}.get(kind, kind)
        if kind == "recovery key":
            return click.prompt("The key on the recovery sheet, from AGE-SECRET-KEY-1 on, in one line")
        return click.prompt(asked, hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")


@cli.command("backup")
@click.argument("file", type=FILE)
def make_backup(file: Path) -> None:
    """Copy everything into FILE, beside a running server, and read it back."""
    with serve.the_shop() as app:
        is_open = app.config["DATABASE_KEY"] and not shop.stored().recovery_key
        try:
            counted = backup.make(file, clock.now())
        except FileExistsError:
            raise click.ClickException(f"There is a file {file} already. Choose another name.") from None
        except archive.NotABackup as problem:
            raise click.ClickException(f"No backup was made, since it could not be restored: {problem}") from None
        except OSError as error:
            raise click.ClickException(f"Cannot write {file} ({error.strerror}).") from None
    click.echo(f"Backed up and read back: {listed(counted)}.")
    if is_open:
        click.echo("It is not encrypted, as the data is: keep it like a key, or print a recovery sheet in the office.")


@cli.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_backup(file: Path) -> None:
    """Put the backup in FILE in place of the shop's data. The server must be stopped."""
    with serve.claimed() as settings, serve.in_sentences():
        key = ask_secret("recovery key") if archive.is_sealed(file) else ""
        done = restore.restore(file, settings, clock.now(), key)
    with serve.the_shop():
        forgotten, left = forgetting.forget_again(clock.now()), people.disable_again(clock.now())
        tills = epochs.silent_tills()
    click.echo(f"Restored: {listed(done.counted)}. What was here before is kept in {done.before}.")
    if not done.has_secret:
        click.echo("An older Suki made this backup, without the secret file: on another computer than then, all")
        click.echo("passphrases and PINs must be given anew (staff reset), and check says that the log was changed.")
    if forgotten:
        click.echo(f"Forgotten again: {forgotten} customer(s) who had been forgotten since that backup.")
    if left:
        click.echo(f"Deactivated since that backup, and still so until a manager lets them in: {', '.join(left)}.")
    click.echo("Coupons issued before that backup ask for a manager, since they may have been used after it, until the")
    click.echo(f"page of each till has been opened once: {', '.join(till.label for till in tills) or 'there is none'}.")


def listed(counted: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counted.items())


@cli.command("upgrade")
@click.option("--anyway", is_flag=True, help="Keep the new state although something is wrong with what is stored.")
def upgrade(anyway: bool) -> None:
    """Bring the data to this version, check it, and put it back if it is not whole. The server must be stopped."""
    with serve.in_sentences():
        serve.upgrade(anyway)
    click.echo("The data is that of this version, and all that is stored was checked.")


@cli.command("encrypt")
def encrypt() -> None:
    """Encrypt the data file, with a new key if there is none yet. The server must be stopped."""
    with serve.claimed() as settings, serve.in_sentences():
        encryption.encrypt(settings)
    click.echo(f"The key is in {settings['KIOSK_DATABASE_KEY_FILE']}. Keep a copy of it with the recovery sheet:")
    click.echo("without it, the data is lost.")
    click.echo("The data file is encrypted. Backups are, too, once there is a recovery sheet: print one in the office.")
    click.echo("What was copied before, like backups and the folders of a restore, is as it was.")


@cli.command("decrypt")
def decrypt() -> None:
    """Turn the encrypted data file into a plain one. The server must be stopped."""
    with serve.claimed() as settings, serve.in_sentences():
        encryption.decrypt(settings)
    click.echo("The data file is no longer encrypted. Take KIOSK_DATABASE_KEY_FILE away before you start Suki.")


@cli.command("check")
@click.option("--head", default="", help="The head of the audit that came with an export or is in a backup.")
def check(head: str) -> None:
    """Check whether what is stored is whole. The exit code is 1 when it is not."""
    _look(head)


@cli.command("doctor")
def doctor() -> None:
    """Check, and say what else whoever helps will ask for: the machine, its addresses, the public one's certificate."""
    _look(all_around=True)


def _look(head: str = "", all_around: bool = False) -> None:
    with serve.the_shop():
        at = clock.now()
        found = health.troubles(at, head)
        click.echo(listed(health.counts()))
        if last := backup.last_made():
            click.echo(f"The last backup is of {last:%Y-%m-%d %H:%M} UTC, and was opened when it was made.")
        if all_around:
            found += machine.public_troubles(at)
            click.echo("\n".join(machine.facts(at)))
            said = config.said_of()
            names = [name for name in config.SETTINGS if said.get(name)]
            click.echo(f"Settings that are set: {', '.join(names) or 'none'}.")
        for sentence in (*health.hints(at), *found):
            click.echo(sentence)
    click.echo("All is well." if not found else f"{len(found)} thing(s) to see to.")
    sys.exit(1 if found else 0)
