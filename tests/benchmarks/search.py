"""What do canonical states save? The same histories with them and without."""

from collections import deque
from itertools import count
from time import perf_counter

from attrs import frozen

from permiscope.engine.bfs import PUBLISHED, Levels, histories_of, messaging_for
from permiscope.engine.symmetry import Following, Keys
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN

STEPS = 3
"""So many steps by people are explored both ways; one more would take minutes without canonical states."""


@frozen
class Explored:
    """States visited, histories that they stand for, and seconds."""

    states: int
    histories: int
    seconds: float

    @property
    def saved(self) -> float:
        """How many histories a state stands for: without canonical states, each history is one."""
        return self.histories / self.states


def explored(following: Following, steps: int) -> Explored:
    """All states after exactly so many steps by people."""
    began = perf_counter()
    levels = Levels(start(), PUBLISHED, following=following)
    deque(histories_of(levels, steps + 1), maxlen=0)
    level = levels.known[-1]
    return Explored(len(level), sum(node.weight for node in level), perf_counter() - began)


def start() -> MessagingService:
    """Where the search starts; what people do depends on no policy."""
    return messaging_for(Service(BUILT_IN["everything"]))


def savings() -> tuple[Explored, Explored, Explored]:
    """With canonical states; with a key under which no two states are the same; and with them, a step further."""
    fresh = count()
    canonical = Keys(start()).following
    raw = explored(lambda _: lambda *_: next(fresh), STEPS)
    return explored(canonical, STEPS), raw, explored(canonical, STEPS + 1)
