"""How far is it? A progress bar on the terminal, and nothing where nobody looks."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sim.model.progress import Tick

STRIDE = 16
MANY = 1000
"""Of so many things or more only every 16th is shown, for to show one takes longer than to do some of them."""


@contextmanager
def progress(doing: str, what: str) -> Iterator[Tick]:
    """A bar for something that is done to many things, as in *searching* 17,852 *states*."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(doing)

        def tick(done: int, total: int) -> None:
            if done % STRIDE == 0 or done == total or total < MANY:
                bar.update(task, completed=done, total=total, description=f"{doing} {total:,} {what}")

        yield tick
