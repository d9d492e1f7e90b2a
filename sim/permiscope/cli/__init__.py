"""What was asked for, and how did it end? Arguments in, exit code out.

0: fine, and a survey is fine whatever it finds. 1: the policy named is broken or was not tested. 2: the input
is wrong, said in one line. 130: interrupted. A reader that closes the pipe changes none of these.
"""

import re
import sys
from collections.abc import Iterable
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO, cast

import typer

from permiscope.cli.audit import audit
from permiscope.cli.demo import demo
from permiscope.cli.diff import diff
from permiscope.cli.explain import explain
from permiscope.cli.init import init
from permiscope.cli.leaks import leaks
from permiscope.cli.learn import learn
from permiscope.cli.listing import list_
from permiscope.cli.mutants import mutants
from permiscope.cli.progress import INTERRUPTED
from permiscope.cli.run import run
from permiscope.cli.show import show
from permiscope.cli.test import test
from permiscope.cli.trim import trim
from permiscope.model.errors import InputError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

app = typer.Typer(
    help="Find the shortest history in which an app sees a message that its permission was said to exclude.",
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
app.command()(diff)
app.command()(trim)
app.command()(show)
app.command()(learn)
app.command()(demo)
app.command()(init)
app.command(hidden=True)(leaks)
app.command(hidden=True)(mutants)


UsageErrors = cast("tuple[type[Exception], ...]", typer.BadParameter.__bases__)
"""What Typer raises for wrong options; it has no other public name for all of them."""


def main() -> None:
    """Run the command line."""
    sys.stdout, sys.stderr = _forgiving(sys.stdout), _forgiving(sys.stderr)
    try:
        code = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except InputError as error:
        code = _wrong(str(error), getattr(error, "__notes__", ()))
    except UsageErrors as error:
        said = error.format_message() if isinstance(error, typer.BadParameter) else str(error)
        said = re.sub(r"^Invalid value for '(\w+)': Value error, ", r"\1: ", said)
        context = getattr(error, "ctx", None)
        command = f"{context.info_name} " if context and context.parent else ""
        code = _wrong(f"{said.rstrip('.')}; see `permiscope {command}--help`")
    if code == INTERRUPTED:
        typer.echo("permiscope: interrupted", err=True)
    sys.exit(code or 0)


class _Pipe(FileIO):
    """A file to write to that drops what is written once its reader has closed the pipe."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write the bytes, or drop them. Return how many were taken."""
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def _forgiving(stream: TextIO) -> TextIO:
    """Return the stream, or one in its place, to which a command can print whatever reads it.

    A terminal that knows no dash gets a question mark, and a pipe that was closed drops the text: neither ends the
    command with a traceback, or before it has found its exit code.
    """
    if not isinstance(stream, TextIOWrapper):
        return stream
    stream.reconfigure(errors="replace")
    if stream not in (sys.__stdout__, sys.__stderr__) or stream.isatty():
        return stream
    pipe = _Pipe(stream.fileno(), "wb", closefd=False)
    return TextIOWrapper(
        pipe if stream.write_through else BufferedWriter(pipe),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _wrong(what: str, notes: Iterable[str] = ()) -> int:
    """One line, and what an error has to show besides, such as a caret under a line."""
    typer.echo("\n".join([f"permiscope: {' '.join(what.split())}", *notes]), err=True)
    return 2
