"""What is the shortest history that breaks a rule? Every history within a bound, shortest first.

What makes it feasible: reading changes nothing but what the app knows, so the call that is judged comes last;
and states that are the same but for names are visited once, with the number of histories that lead to them as
their weight.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from copy import copy
from functools import lru_cache
from itertools import count, islice
from math import inf
from typing import Generic, Protocol, TypeVar

from attrs import define, evolve

from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import FULL, Operation
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import CLOCK
from permiscope.model.records import Called, Record
from permiscope.model.steps import Deliver, History, Step
from permiscope.search.alphabet import MATRIX, PEOPLES, PUSHED, READ, WRITING
from permiscope.search.alphabet import Kind as StepKind
from permiscope.search.canonical import Following, Keys, Marked, nothing
from permiscope.search.moves import calls, enabled, reads, waited
from permiscope.search.space import APPS, Space, parties
from permiscope.search.watching import Applied, Watched
from permiscope.service.build import Service, service_for
from permiscope.service.platform import Platform
from permiscope.service.policy import BUILT_IN, Policy

PUBLISHED = Space(MATRIX, READ, frozenset())
"""The published matrix: its fixed alphabet, for policies that look at neither names nor ages."""
PLAIN = Service(BUILT_IN["everything"])
"""A service that adds nothing to what people do."""

Seen = TypeVar("Seen")


def platform_for(service: Service, history: History = ()) -> Platform:
    """The world that is searched, with nothing sent yet: three people, one app, and who else is in a history."""
    return Platform(service, *parties(history))


TIMED = frozenset({CLOCK, "grant.until", "grant.ended"})
"""What the mere passing of time can change."""


@define
class Node(Generic[Seen]):
    """A canonical state: the first history that led to it, how many do, and what was seen there."""

    history: History
    weight: int
    seen: Seen


Level = list[Node[None]]
"""States that as many steps lead to."""


def explore(
    start: Platform,
    space: Space,
    look: Callable[[Platform], Seen],
    tick: Tick = no_tick,
    following: Following | None = None,
) -> Iterator[list[Node[Seen]]]:
    """Yield the states that are reached in 0, 1, 2, ... steps, a level at a time, without end.

    `look` is called once a state, on a platform in that state. Levels hold histories and not platforms, so that
    a large one fits in memory. Without other keys for those that are `following` states are merged as the space allows.
    """
    following = following or Keys(start, space.kept).following
    level = [Node((), 1, look(start))]
    while True:
        yield level
        level = _next(start, level, space, following, look, tick)


def visited(start: Platform, level: Iterable[Node[Seen]]) -> Iterator[tuple[Node[Seen], Platform]]:
    """Yield each node with a platform in its state. What nodes that follow each other share is played once."""
    shared = start.copy()
    before: History = ()
    for node in level:
        if node.history[:-1] != before:
            before = node.history[:-1]
            shared = start.copy()
            shared.play(before)
        platform = shared.copy()
        platform.play(node.history[-1:])
        yield node, platform


def _next(
    start: Platform,
    level: list[Node[Seen]],
    space: Space,
    following: Following,
    look: Callable[[Platform], Seen],
    tick: Tick,
) -> list[Node[Seen]]:
    """The states that one step leads to from those of a level."""
    reached: dict[Hashable, Node[Seen]] = {}
    # A call that was refused changes nothing but the time, and in the published alphabets it is a step all the same.
    refusals = space.values is None or bool(space.reads & TIMED)
    for done, (node, platform) in enumerate(visited(start, level), start=1):
        key = following(platform)
        for step in enabled(platform, space.kinds, space.values):
            child = platform.copy()
            record = child.do(step)
            if not refusals and isinstance(record, Called) and record.outcome == "refused":
                continue
            name = key(child, record)
            known = reached.get(name)
            if known is None:
                reached[name] = Node((*node.history, step), node.weight, look(child))
            else:
                known.weight += node.weight
        tick(done, len(level))
    return list(reached.values())


@define
class Hunted:
    """What a hunt for one invariant under one policy found, and how much it ran.

    `begun` says that its time was up in the level after the bound, or that it was `interrupted` there.
    """

    verdict: Verdict
    histories: int
    states: int
    space: Space | None = None
    begun: bool = False
    interrupted: bool = False


@define
class Ongoing:
    """A hunt that is going on, or has ended with a break in a level of this length."""

    histories: int = 0
    fired: int = 0
    states: int = 0
    witness: History = ()
    length: int | None = None

    def break_with(self, history: History) -> None:
        """Keep the first history that breaks."""
        if not self.witness:
            self.witness = history

    def end_level(self, length: int) -> None:
        """What was run so far is every history of at most `length` steps."""
        if self.witness and self.length is None:
            self.length = length

    def result(self, bound: int) -> Hunted:
        """What the hunt found within a bound."""
        if self.witness:
            return Hunted(Verdict(Kind.REFUTED, self.fired, self.length, self.witness), self.histories, self.states)
        kind = Kind.EXHAUSTED if self.fired else Kind.VACUOUS
        return Hunted(Verdict(kind, self.fired, bound), self.histories, self.states)


Attempts = dict[Step, list[Record]]
"""What last steps in one state were found to leave, so that one hunt need not attempt what another one did."""


class Hunt(Protocol):
    """A search for the shortest history that breaks each of some rules, which is shown all states, level by level."""

    found: dict[str, Ongoing]
    """By the rule's name."""

    def look(self, platform: Platform, node: Node[None], attempts: Attempts) -> None:
        """Try every last step in a state. The platform stays in it."""


class StaleError(Exception):
    """Something was looked at that the search did not vary, or did not keep."""


class TimeUpError(Exception):
    """The seconds of a search are over."""


def go_through(
    hunts: Sequence[Hunt], start: Platform, levels: Iterable[Level], bound: int, tick: Tick
) -> dict[str, Hunted]:
    """Show the states to hunts, shortest histories first, until every rule is broken or the bound is reached.

    A rule is hunted until the first level that holds a break is over; what is counted is of the levels that were run.
    When the time is up, or somebody interrupts the search, what was found is of the levels that were run whole, and of
    a break in the level that was begun.
    """
    found = {name: each for hunt in hunts for name, each in hunt.found.items()}
    reached = 0
    interrupted = False
    before = {name: copy(each) for name, each in found.items()}
    try:
        for length, level in enumerate(levels, start=1):
            hunting = [hunt for hunt in hunts if any(each.length is None for each in hunt.found.values())]
            for done, (node, platform) in enumerate(visited(start, level), start=1):
                attempts: Attempts = {}
                for hunt in hunting:
                    hunt.look(platform, node, attempts)
                tick(done, len(level))
            for each in found.values():
                each.end_level(length)
            reached = length
            before = {name: copy(each) for name, each in found.items()}
            if length == bound or all(each.length for each in found.values()):
                return {name: each.result(length) for name, each in found.items()}
    except TimeUpError:
        pass
    except KeyboardInterrupt:
        if not reached:
            raise
        interrupted = True
    for name, each in found.items():
        each.end_level(reached + 1)
        if not each.witness:
            found[name] = before[name]
    return {name: evolve(each.result(reached), begun=True, interrupted=interrupted) for name, each in found.items()}


ASIDES = 100
"""In so many of the first states a policy is asked what no invariant watches, too: a branch for that is no dead one."""


class OfOneRun:
    """A hunt for histories that end in a break of an invariant.

    Each ends in a call that an invariant watches, in anybody's mailbox; in the delivery of a call that the alphabet let
    begin; or in a step after which the service pushes or that an invariant watches itself.
    """

    def __init__(self, invariants: Sequence[Invariant], service: Service, space: Space) -> None:
        self.found = {invariant.name: Ongoing() for invariant in invariants}
        watched = [each for invariant in invariants for each in invariant.watches]
        kinds = space.kinds
        watches_others = any(isinstance(each, type) for each in watched)
        self._ends = kinds if watches_others else frozenset()
        self._pushed = WRITING & kinds if kinds & PUSHED else frozenset()
        self._space = space
        self._unjudged: frozenset[Operation] = frozenset()
        self._policy = service.policy
        self._asides = ASIDES
        if space.values is not None and not service.parts and not kinds & PUSHED:
            # Of what is done, a plain door hands something over with what is forwarded alone.
            ends = {each for each in watched if not isinstance(each, type)}
            judged = {operation for operation, end in ends if end != "handed over" or operation == "forward"}
            self._space = evolve(space, operations=space.operations & judged)
            self._unjudged = space.operations - judged
        self._monitor = Monitor(invariants)

    def look(self, platform: Platform, node: Node[None], attempts: Attempts) -> None:
        """Judge what every last step leaves."""
        hunting = [(tally, self.found[tally.invariant.name]) for tally in self._monitor.tallies]
        hunting = [(tally, each) for tally, each in hunting if each.length is None]
        for _, each in hunting:
            each.states += 1
        if isinstance(self._policy, Watched | Applied) and self._asides:
            self._asides -= 1
            with self._policy.aside():
                for call in calls(platform, platform.apps[0], self._unjudged, self._space.values):
                    platform.attempt(call)
        observers = (self._monitor.observe,)
        ends = self._ends | self._pushed if platform.state.is_pushing() else self._ends
        for step in _last_steps(platform, self._space, ends):
            for tally, each in hunting:
                tally.fired = tally.broken = 0
                each.histories += node.weight
            attempts[step] = platform.attempt(step, observers)
            for tally, each in hunting:
                if tally.fired:
                    each.fired += node.weight
                    if tally.broken:
                        each.break_with((*node.history, step))


class Levels:
    """The states of a service, level by level: each level is explored when it is first asked for, and is `known`."""

    def __init__(self, service: Service, space: Space, given: History = (), marked: Marked | None = None) -> None:
        self._start = Platform(service, space.people, space.apps)
        self._start.play(given)
        self._space = space
        self._following = Keys(self._start, space.kept, marked or nothing).following
        self.known: list[Level] = [[Node((), 1, None)]]

    def walk(self, tick: Tick = no_tick) -> Iterator[Level]:
        """Yield the states that are reached in 0, 1, 2, ... steps, without end."""
        for number in count():
            if number == len(self.known):
                # Not by a generator that is kept, for one that was interrupted looks like one at its end.
                level = _next(self._start, self.known[-1], self._space, self._following, lambda _: None, tick)
                self.known.append(level)
            yield self.known[number]


def levels_for(service: Service, space: Space) -> Levels:
    """What is explored of a service; if only people act there, and it adds nothing to that, once for all services."""
    if space.kinds <= PEOPLES and service.offers is FULL and not any("tell" in vars(part) for part in service.parts):
        return _shared(PLAIN, evolve(space, operations=READ, reads=space.kept))
    # Whether somebody's own policy is the same as another one nobody knows.
    declared = getattr(service.policy, "reads", None) is not None
    return (_shared if declared else Levels)(service, space)


_shared = lru_cache(maxsize=32)(Levels)


def _last_steps(platform: Platform, space: Space, ends: frozenset[StepKind]) -> Iterator[Step]:
    for app in space.callers:
        yield from calls(platform, app, space.operations, space.values)
    deliveries = [Deliver(number) for number, _ in platform.in_flight()]
    yield from waited(platform, (*deliveries, *(enabled(platform, ends, space.values) if ends else ())), space.values)


def forecast(policy: Policy, bound: int) -> tuple[float, float]:
    """About how many histories and states a search of the survey's steps means, from how its first levels grow."""
    start = platform_for(service_for(policy))
    levels = explore(start, PUBLISHED, lambda platform: len(list(reads(platform, APPS[0]))))
    histories, states = [], []
    for level in islice(levels, 4):
        histories.append(float(sum(node.weight * node.seen for node in level)))
        states.append(float(len(level)))
    return _continued(histories, bound), _continued(states, bound)


def _continued(counts: list[float], bound: int) -> float:
    """What a count grows to if it goes on growing as it last did; infinite if it is beyond all numbers."""
    try:
        return counts[-1] * (counts[-1] / counts[-2]) ** max(bound - len(counts), 0)
    except OverflowError:
        return inf
