"""python -m kiosk: without a command, serve the shop."""

import sys

import click
from sqlalchemy.exc import OperationalError

from . import commands
from . import serve as server
from .config import BadSetting
from .database import MOST_THREADS, in_one_line
from .instance import NotWritable

THREADS = click.IntRange(1, MOST_THREADS)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--host", default="0.0.0.0", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--threads", default=4, show_default=True, type=THREADS, help="Requests served at once.")
@click.pass_context
def cli(context: click.Context, host: str, port: int, threads: int) -> None:
    """Suki, the in-store sign-up kiosk. Without a command it serves the shop."""
    if context.invoked_subcommand is None:
        server.serve(host, port, threads)


for command in commands.ALL:
    cli.add_command(command)


def main() -> None:
    """Whatever is wrong is said in one sentence, and the exit code is not zero."""
    try:
        cli()
    except (BadSetting, NotWritable, server.CannotServe) as problem:
        sys.exit(f"Suki cannot start: {problem}")
    except OperationalError as error:
        sys.exit(f"The database does not answer ({in_one_line(error)}).")


if __name__ == "__main__":
    main()
