"""What was asked for, and how did it end? Arguments in, exit code out.

0: fine, and a survey is fine whatever it finds. 1: the policy named is broken or was not tested. 2: the input
is wrong, said in one line. 130: interrupted.
"""

import sys

import typer

from sim.cli.audit import audit
from sim.cli.demo import demo
from sim.cli.explain import explain
from sim.cli.listing import list_
from sim.cli.run import run
from sim.cli.test import test
from sim.model.errors import InputError

app = typer.Typer(
    help="Find the shortest history in which an app sees a message that its permission was said to exclude.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(test)
app.command()(explain)
app.command()(run)
app.command("list")(list_)
app.command()(audit)
app.command()(demo)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except InputError as error:
        typer.echo(f"permiscope: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("permiscope: interrupted", err=True)
        sys.exit(130)
