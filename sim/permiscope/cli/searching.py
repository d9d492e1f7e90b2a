"""Is a bound one that can be searched, and what is found within it? With progress, and Ctrl-C loses nothing."""

import os
from collections.abc import Sequence
from tempfile import TemporaryDirectory

import typer

from permiscope.claims import Cell, Claim, assess, assess_beyond
from permiscope.cli.progress import progress
from permiscope.engine.hunting import forecast
from permiscope.engine.steadiness import check_in_process
from permiscope.engine.values import NO_VALUES, Values
from permiscope.judge.verdicts import Kind
from permiscope.model.errors import InputError
from permiscope.model.progress import Interruption
from permiscope.report.text import number
from permiscope.service.policies.policy import Policy

SECONDS = 60.0
"""So long a policy of somebody's own is searched, if no bound is named."""
TOO_MANY = 10_000_000
"""States that take hours to visit."""
MANY = 1_000_000
"""States that take so long that it is said before."""


SURE = 5
"""Steps that never take long: there is no need to ask."""


def check_bound(policies: Sequence[Policy], max_steps: int, *, force: bool = False) -> None:
    """Raises `InputError` for a bound that leaves no room, or that would take hours and is not forced."""
    if max_steps < 1:
        raise InputError(f"`--max-steps {max_steps}` leaves no room for a read; use 1 or more")
    if force or max_steps <= SURE:
        return
    histories, states = forecast(policies[0], max_steps)
    if states > TOO_MANY:
        raise InputError(
            f"`--max-steps {max_steps}` means about {histories:.0e} histories and {states:.0e} states, which takes "
            "hours; use a smaller bound, or `permiscope test --force`"
        )
    if states > MANY:
        typer.echo(f"permiscope: these are about {states:.0e} states, which takes many minutes", err=True)


def search(
    policies: Sequence[Policy],
    claims: Sequence[Claim],
    max_steps: int,
    *,
    published: bool = False,
    seconds: float | None = None,
    values: Values = NO_VALUES,
) -> tuple[list[Cell], Interruption]:
    """The cells, and whether the search was interrupted before its end; then they are of what was run until then."""
    cells: list[Cell] = []
    with progress("searching", "states") as tick, Interruption(lambda: cells) as interruption:
        for cells in assess(policies, claims, max_steps, tick, published=published, seconds=seconds, values=values):
            tick.note(so_far(cells))
    for policy in () if interruption.pressed else policies:
        check_in_process(policy, [cell.verdict.witness for cell in cells if cell.policy == policy.name])
    return cells, interruption


def so_far(cells: Sequence[Cell]) -> str:
    """How many histories were run, and the shortest break that was found, for whoever waits."""
    ran = f"{number(max((cell.histories for cell in cells), default=0))} histories"
    broken = [len(cell.verdict.witness) for cell in cells if cell.verdict.kind is Kind.REFUTED]
    return f"{ran}, broken in {min(broken)}" if broken else ran


def search_beyond(
    policies: Sequence[Policy], cells: list[Cell], max_steps: int, examples: int, seed: int
) -> tuple[list[Cell], Interruption]:
    """The cells after runs and examples of longer histories, and whether these were interrupted; then as before."""
    with progress("trying", "examples") as tick, TemporaryDirectory() as folder, Interruption() as interruption:
        # Hypothesis keeps notes in a folder, which would be the user's.
        os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", folder)
        cells = assess_beyond(policies, cells, max_steps, examples, seed, tick)
    return cells, interruption
