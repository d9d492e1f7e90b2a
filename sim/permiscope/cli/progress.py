"""Show on the terminal how far a command is, and on stderr how far one came that was interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from permiscope.model.progress import Interruption

INTERRUPTED = 130
"""The exit code of a command that was interrupted; Typer makes it of Ctrl-C, too."""
STRIDE = 16
MANY = 1000
"""Of so many things or more only every 16th is shown, for to show one takes longer than to do some of them."""


class Bar:
    """A bar for something that is done to many things, as in *searching* 17,852 *states*; it is a `Tick`."""

    def __init__(self, bar: Progress, doing: str, what: str) -> None:
        self._bar, self._doing, self._what = bar, doing, what
        self._task = bar.add_task(doing, note="")

    def __call__(self, done: int, total: int) -> None:
        """So many of how many are done."""
        if done % STRIDE == 0 or done == total or total < MANY:
            said = f"{self._doing} {total:,} {self._what}"
            self._bar.update(self._task, completed=done, total=total, description=said)

    def note(self, said: str) -> None:
        """Show what is known so far beside the bar."""
        self._bar.update(self._task, note=said)


@contextmanager
def progress(doing: str, what: str, console: Console | None = None) -> Iterator[Bar]:
    """A bar on the terminal, if somebody looks at one."""
    console = console or Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Bar(bar, doing, what)


def tell_how_far(interruption: Interruption, said: str) -> None:
    """Say on stderr how far an interrupted command came."""
    if interruption.pressed:
        typer.echo(f"permiscope: {said}", err=True)


def end_if_pressed(interruption: Interruption) -> None:
    """End an interrupted command with its exit code, once all that it found is told."""
    if interruption.pressed:
        raise typer.Exit(INTERRUPTED)
