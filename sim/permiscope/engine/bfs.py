"""Visit every state within a bound, those of the shortest histories first, and put a question to each.

What makes it feasible: reading changes nothing but what the app knows, so the call that is judged comes last;
and states that are the same but for names are visited once, with the number of histories that lead to them as
their weight.
"""

from collections import deque
from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Protocol, TypeVar

from attrs import define, evolve

from permiscope.engine.actions import enabled
from permiscope.engine.alphabet import MATRIX, PEOPLES, READ
from permiscope.engine.result import Result
from permiscope.engine.space import Space, parties
from permiscope.engine.symmetry import Following, Keys, Marked, nothing
from permiscope.model.access import FULL
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import CLOCK
from permiscope.model.records import Called
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, said_by

PUBLISHED = Space(MATRIX, READ, frozenset())
"""The published matrix: its fixed alphabet, for policies that look at neither names nor ages."""
PLAIN = Service(BUILT_IN["everything"])
"""A service that adds nothing to what people do."""
TIMED = frozenset({CLOCK, "grant.until", "grant.ended"})
"""What the mere passing of time can change."""

Seen = TypeVar("Seen")
Found = TypeVar("Found", bound=Result)


class StaleError(Exception):
    """Something was looked at that the search did not vary, or did not keep."""


class TimeUpError(Exception):
    """The seconds of a search are over."""


def messaging_for(service: Service, history: History = ()) -> MessagingService:
    """The world that is searched, with nothing sent yet: three people, one app, and who else is in a history."""
    return MessagingService(service, *parties(history))


def start_of(service: Service, space: Space) -> MessagingService:
    """Where the histories of a space begin."""
    return MessagingService(service, space.people, space.apps)


@define
class Node:
    """A canonical state: the first history that led to it, and how many do, once all of its level were visited."""

    history: History
    weight: int


class Levels:
    """The states that can be reached from a start, a level of as many steps at a time.

    A level is explored when it is first visited, and is `known` from then on. It holds histories and not services, so
    that a large one fits in memory. Without other keys for those that are `following` states are merged as the space
    allows.
    """

    def __init__(
        self, start: MessagingService, space: Space, marked: Marked | None = None, following: Following | None = None
    ) -> None:
        self._start = start
        self._space = space
        self._following = following or Keys(start, space.kept, marked or nothing).following
        # A call that was refused changes nothing but the time; in the published alphabets it is a step all the same.
        self._refusals = space.values is None or bool(space.reads & TIMED)
        self.known: list[list[Node]] = [[Node((), 1)]]

    def visit(
        self, steps: int, tick: Tick = no_tick, start: MessagingService | None = None
    ) -> Iterator[tuple[Node, MessagingService]]:
        """Yield each state that so many steps lead to, with the service in it, which the visitor leaves as it is.

        The levels before must be known. The services are those of another `start` if there is one: of a service to
        which the same steps lead. What is not visited to its end is not known.
        """
        if steps < len(self.known):
            yield from _played(start or self._start, self.known[steps], tick)
            return
        level: dict[Hashable, Node] = {}
        for node, messaging in _played(self._start, self.known[steps - 1], tick):
            key = self._following(messaging)
            for step in enabled(messaging, self._space.kinds, self._space.values):
                child = messaging.copy()
                record = child.do(step)
                if not self._refusals and isinstance(record, Called) and record.outcome == "refused":
                    continue
                name = key(child, record)
                known = level.get(name)
                if known is None:
                    level[name] = known = Node((*node.history, step), node.weight)
                    yield known, _as_of(start, child)
                else:
                    known.weight += node.weight
        if steps == len(self.known):  # and nobody else has explored it meanwhile
            self.known.append(list(level.values()))


def _as_of(start: MessagingService | None, messaging: MessagingService) -> MessagingService:
    """The messaging service, or the same state of another service, that of a start."""
    if start is None or start.door.service is messaging.door.service:
        return messaging
    return messaging.copy(start.door.service)


def _played(start: MessagingService, level: list[Node], tick: Tick) -> Iterator[tuple[Node, MessagingService]]:
    """Each node with a service in its state. What nodes that follow each other share is played once."""
    shared = start.copy()
    before: History = ()
    for done, node in enumerate(level, start=1):
        if node.history[:-1] != before:
            before = node.history[:-1]
            shared = start.copy()
            shared.play(before)
        messaging = shared.copy()
        messaging.play(node.history[-1:])
        yield node, messaging
        tick(done, len(level))


def levels_for(service: Service, space: Space) -> Levels:
    """What is explored of a service; if only people act there, and it adds nothing to that, once for all services."""
    if space.kinds <= PEOPLES and service.offers is FULL and not any("tell" in vars(part) for part in service.parts):
        return _shared(PLAIN, evolve(space, operations=READ, reads=space.kept))
    # Whether somebody's own policy is the same as another one nobody knows.
    declared = said_by(service.policy).reads is not None
    return _shared(service, space) if declared else Levels(start_of(service, space), space)


@lru_cache(maxsize=32)
def _shared(service: Service, space: Space) -> Levels:
    return Levels(start_of(service, space), space)


class Question(Protocol[Seen, Found]):
    """What a search is asked, and what it has found so far."""

    found: Found

    def look(self, messaging: MessagingService, node: Node) -> Seen:
        """Look at a state. Its weight is not known yet, and the service stays in it."""

    def count(self, node: Node, seen: Seen) -> int:
        """Count what was seen in a state, for all histories that lead there; return how many last steps are counted."""


def explore(
    question: Question[Seen, Found],
    levels: Levels,
    bound: int,
    tick: Tick = no_tick,
    start: MessagingService | None = None,
) -> Iterator[Found]:
    """Put a question to every state that fewer than `bound` steps lead to; a last step is the question's.

    Yield what is found once the histories of each length, 1, 2, ..., were run whole, until it is answered. Each length
    is counted into a copy, so that whoever is interrupted meanwhile keeps what was whole.
    """
    for steps in range(bound):
        seen = [(node, question.look(messaging, node)) for node, messaging in levels.visit(steps, tick, start)]
        question.found = found = question.found.copy()
        for node, each in seen:
            found.states += 1
            found.histories += node.weight * question.count(node, each)
        found.bound = steps + 1
        yield found
        if found.answered:
            return


def histories_of(levels: Levels, steps: int, tick: Tick = no_tick) -> Iterator[History]:
    """Yield the first history that leads to each state, of fewer than so many steps, the shortest first."""
    for length in range(steps):
        if length == len(levels.known):
            deque(levels.visit(length, tick), maxlen=0)
        for node in levels.known[length]:
            yield node.history
