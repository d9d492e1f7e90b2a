"""How is a ratio measured? In many short rounds that take turns, so that what disturbs one thing disturbs all."""

import gc
from collections.abc import Callable, Sequence
from statistics import quantiles
from time import perf_counter

from attrs import frozen

ROUNDS = 75
CALLS = 4_000
"""Calls a round: many short rounds agree to about five per cent, a few long ones do not."""

Job = Callable[[], object]


@frozen
class Spread:
    """A median and its quartiles over the rounds."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}–{self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    """The median of the values and the quartiles around it."""
    return Spread(*quantiles(values, n=4))


def seconds(job: Job) -> float:
    """How long a job takes, starting without the garbage of the one before."""
    gc.collect()
    start = perf_counter()
    job()
    return perf_counter() - start


def take_turns(*preparations: Callable[[], Job], rounds: int = ROUNDS) -> list[tuple[float, ...]]:
    """The seconds that each job took in each round; what prepares a job is not timed."""
    return [tuple([seconds(prepare()) for prepare in preparations]) for _ in range(rounds)]
