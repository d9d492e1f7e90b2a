"""How far is it? What long work tells whoever shows its progress."""

from collections.abc import Callable

Tick = Callable[[int, int], None]
"""Told, while the work goes on, how many of how many things are done."""


def no_tick(done: int, total: int) -> None:
    """Show no progress."""
