"""Which history does a string of bytes spell? Each step has a slot on the tape, and 0 means: nothing more.

The first byte of a slot says which kind of step it is, and each of the others answers a question of the move: who,
about which message. A kind of 0 is an empty slot, so that a tape of zeros is the empty history, and one that goes on
in zeros stops there. A byte says how far down a list the answer stands: 0 is the first item, 128 the middle one.

So what Hypothesis does to bytes means something. Zero one, and that step is gone while all others are asked what
they were asked before; lower one, and an earlier kind, person or message is meant. And who means the last of a list,
as most steps do, still means the last when the list has become shorter.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import TypeVar

from permiscope.engine.moves import ImpossibleError, Move
from permiscope.model.steps import History, Step
from permiscope.service.door.messaging import MessagingService

Item = TypeVar("Item")

SLOT = 4
"""Bytes a step: its kind and three answers."""


class Answers:
    """The chooser who reads the answers off bytes; when there are no more, it is always the first item."""

    __slots__ = ("_bytes",)

    def __init__(self, answers: Iterable[int]) -> None:
        self._bytes = iter(answers)

    def __call__(self, items: Collection[Item]) -> Item:
        """The item that stands as far down as the next byte says."""
        if not items:
            raise ImpossibleError
        return tuple(items)[next(self._bytes, 0) * len(items) >> 8]


def spell(tape: bytes, messaging: MessagingService, moves: Sequence[Move]) -> History:
    """Play what the tape spells on a messaging service, and return it.

    A move that is not possible when its turn comes gives way to the first one before it that is, so that every tape
    spells a history that plays, and no lower byte stands for a later kind.
    """
    steps: list[Step] = []
    count = len(moves)
    for start in range(0, len(tape), SLOT):
        kind, *answers = tape[start : start + SLOT]
        if not kind:
            continue
        meant = (kind - 1) * count // 255
        for move in (*moves[meant : meant + 1], *moves[:meant]):
            try:
                step = move(messaging, Answers(answers))
            except ImpossibleError:
                continue
            messaging.do(step)
            steps.append(step)
            break
    return tuple(steps)
