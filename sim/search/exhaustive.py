"""What is the shortest history that breaks a rule? Every history within a bound, shortest first.

What makes it feasible: reading changes nothing but what the app knows, so the call that is judged comes last;
and states that are the same but for names are visited once, with the number of histories that lead to them as
their weight.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count, islice
from math import inf
from typing import Generic, Protocol, TypeVar

from attrs import define

from sim.judge.invariants import Invariant
from sim.judge.monitor import Monitor
from sim.judge.verdicts import Kind, Verdict
from sim.model.access import FULL, Operation
from sim.model.progress import Tick, no_tick
from sim.model.records import Record
from sim.model.steps import Deliver, History, Step
from sim.search.alphabet import MATRIX, PEOPLES, PUSHED, WRITING
from sim.search.alphabet import Kind as StepKind
from sim.search.canonical import Key, canonical_key
from sim.search.moves import calls, calls_on, enabled, reads
from sim.service.build import Service, service_for
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN, DenyAll, ExtentPolicy, Policy

PEOPLE = ("Ana", "Ben", "Cy")
APPS = ("StreamCo",)
PLAIN = Service(BUILT_IN["everything"])
"""A service that adds nothing to what people do."""

Seen = TypeVar("Seen")


def platform_for(service: Service) -> Platform:
    """The world that is searched: three people, one app, nothing sent yet."""
    return Platform(service, PEOPLE, APPS)


def key_for(policy: Policy) -> Key:
    """The coarsest key that is sound for a policy.

    An extent looks at neither names nor ages. Of a policy that somebody wrote it is only assumed that it does not
    look at ids and clock times, so people keep their names and messages their age against the grants.
    """
    return canonical_key(platform_for(service_for(policy)), rename=is_nameless(policy), ages=not is_nameless(policy))


def is_nameless(policy: Policy) -> bool:
    """Whether it is known that the policy cannot tell people apart by their names, or messages by their age."""
    return isinstance(policy, ExtentPolicy | DenyAll) or getattr(policy, "nameless", False) is True


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
    alphabet: frozenset[StepKind],
    key: Key,
    look: Callable[[Platform], Seen],
    tick: Tick = no_tick,
) -> Iterator[list[Node[Seen]]]:
    """The states that are reached in 0, 1, 2, ... steps, a level at a time, without end.

    `look` is called once a state, on a platform in that state. Levels hold histories and not platforms, so that
    a large one fits in memory.
    """
    level = [Node((), 1, look(start))]
    while True:
        yield level
        level = _following(start, level, alphabet, key, look, tick)


def _following(
    start: Platform,
    level: list[Node[Seen]],
    alphabet: frozenset[StepKind],
    key: Key,
    look: Callable[[Platform], Seen],
    tick: Tick,
) -> list[Node[Seen]]:
    """The states that one step leads to from those of a level."""
    following: dict[Hashable, Node[Seen]] = {}
    for done, node in enumerate(level, start=1):
        platform = start.copy()
        platform.play(node.history)
        for step in enabled(platform, alphabet):
            child = platform.copy()
            child.do(step)
            name = key(child)
            known = following.get(name)
            if known is None:
                following[name] = Node((*node.history, step), node.weight, look(child))
            else:
                known.weight += node.weight
        tick(done, len(level))
    return list(following.values())


@define
class Hunted:
    """What a hunt for one invariant under one policy found, and how much it ran."""

    verdict: Verdict
    histories: int
    states: int


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


def go_through(
    hunts: Sequence[Hunt], start: Platform, levels: Iterable[Level], bound: int, tick: Tick
) -> dict[str, Hunted]:
    """Show the states to hunts, shortest histories first, until every rule is broken or the bound is reached.

    A rule is hunted until the first level that holds a break is over; what is counted is of the levels that were run.
    """
    found = {name: each for hunt in hunts for name, each in hunt.found.items()}
    for length, level in enumerate(levels, start=1):
        hunting = [hunt for hunt in hunts if any(each.length is None for each in hunt.found.values())]
        for done, node in enumerate(level, start=1):
            platform = start.copy()
            platform.play(node.history)
            attempts: Attempts = {}
            for hunt in hunting:
                hunt.look(platform, node, attempts)
            tick(done, len(level))
        for each in found.values():
            each.end_level(length)
        if length == bound or all(each.length for each in found.values()):
            break
    return {name: each.result(bound) for name, each in found.items()}


class OfOneRun:
    """A hunt for histories that end in a break of an invariant.

    Each ends in one of the `operations`, in the delivery of a call that the alphabet let begin, or in a step after
    which the service pushes or that an invariant watches itself. With `everywhere` the calls go to all mailboxes, and
    not only to those of people who ever granted.
    """

    def __init__(
        self,
        invariants: Sequence[Invariant],
        alphabet: frozenset[StepKind],
        operations: frozenset[Operation],
        *,
        everywhere: bool = False,
    ) -> None:
        self.found = {invariant.name: Ongoing() for invariant in invariants}
        watches_others = any(isinstance(watched, type) for each in invariants for watched in each.watches)
        self._ends = alphabet if watches_others else WRITING & alphabet if alphabet & PUSHED else frozenset()
        self._operations = operations
        self._everywhere = everywhere
        self._monitor = Monitor(invariants)

    def look(self, platform: Platform, node: Node[None], attempts: Attempts) -> None:
        """Judge what every last step leaves."""
        hunting = [(tally, self.found[tally.invariant.name]) for tally in self._monitor.tallies]
        hunting = [(tally, each) for tally, each in hunting if each.length is None]
        for _, each in hunting:
            each.states += 1
        observers = (self._monitor.observe,)
        for step in _last_steps(platform, self._operations, self._ends, everywhere=self._everywhere):
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
    """The states of a service, level by level: each level is explored when it is first asked for, and kept."""

    def __init__(self, service: Service, kinds: frozenset[StepKind], apps: tuple[str, ...], *, rename: bool) -> None:
        self._start = Platform(service, PEOPLE, apps)
        self._kinds = kinds
        # An invariant may ask for the age of a message, whatever the policy.
        self._key = canonical_key(self._start, rename=rename, ages=True)
        self._known: list[Level] = [[Node((), 1, None)]]

    def walk(self, tick: Tick = no_tick) -> Iterator[Level]:
        """The states that are reached in 0, 1, 2, ... steps, without end."""
        for number in count():
            if number == len(self._known):
                # Not by a generator that is kept, for one that was interrupted looks like one at its end.
                following = _following(self._start, self._known[-1], self._kinds, self._key, lambda _: None, tick)
                self._known.append(following)
            yield self._known[number]


def levels_for(service: Service, kinds: frozenset[StepKind], apps: tuple[str, ...]) -> Levels:
    """What is explored of a service; if only people act there, and it adds nothing to that, once for all services."""
    rename = is_nameless(service.policy)
    if kinds <= PEOPLES and service.offers is FULL and not any("tell" in vars(part) for part in service.parts):
        return _shared(PLAIN, kinds, apps, rename=rename)
    # Whether somebody's own policy is the same as another one nobody knows.
    return (_shared if rename else Levels)(service, kinds, apps, rename=rename)


_shared = lru_cache(maxsize=32)(Levels)


def _last_steps(
    platform: Platform, operations: frozenset[Operation], ends: frozenset[StepKind], *, everywhere: bool
) -> Iterator[Step]:
    app = platform.apps[0]
    if everywhere:
        for owner in platform.people:
            yield from calls_on(platform, app, owner, operations)
    else:
        yield from calls(platform, app, operations)
    for number, _ in platform.in_flight():
        yield Deliver(number)
    if ends:
        yield from enabled(platform, ends)


def forecast(policy: Policy, bound: int) -> tuple[float, float]:
    """About how many histories and states a search of the survey's steps means, from how its first levels grow."""
    start = platform_for(service_for(policy))
    levels = explore(start, MATRIX, key_for(policy), lambda platform: len(list(reads(platform, APPS[0]))))
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
