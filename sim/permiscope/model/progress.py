"""What long work tells whoever shows its progress, and what is left of it when Ctrl-C ends it early."""

from collections.abc import Callable
from typing import Self

Tick = Callable[[int, int], None]
"""Told, while the work goes on, how many of how many things are done."""


def no_tick(done: int, total: int) -> None:
    """Show no progress."""


class Interruption:
    """Let Ctrl-C end a `with` block and keep what was found in it; `pressed` says afterwards whether that happened.

    Before anything is `found`, the `KeyboardInterrupt` goes on.
    """

    def __init__(self, found: Callable[[], object] = lambda: True) -> None:
        self.pressed = False
        self._found = found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        self.pressed = isinstance(error, KeyboardInterrupt) and bool(self._found())
        return self.pressed
