"""What is the shortest history that breaks a rule? Every history within a bound, shortest first.

What makes it feasible: reading changes nothing but what the app knows, so the call that is judged comes last;
and states that are the same but for names are visited once, with the number of histories that lead to them as
their weight.
"""

from collections.abc import Callable, Hashable, Iterator
from itertools import islice
from math import inf
from typing import Generic, TypeVar

from attrs import define

from sim.judge.invariants import Invariant
from sim.judge.verdicts import Kind, Verdict
from sim.model.access import Operation
from sim.model.progress import Tick, no_tick
from sim.model.records import Called
from sim.model.steps import Deliver, History, Step
from sim.search.alphabet import MATRIX, calls, enabled, reads
from sim.search.alphabet import Kind as StepKind
from sim.search.canonical import Key, canonical_key
from sim.service.build import Service
from sim.service.platform import Platform
from sim.service.policy import DenyAll, ExtentPolicy, Policy

PEOPLE = ("Ana", "Ben", "Cy")
APPS = ("StreamCo",)

Seen = TypeVar("Seen")


def platform_for(service: Service) -> Platform:
    """The world that is searched: three people, one app, nothing sent yet."""
    return Platform(service, PEOPLE, APPS)


def key_for(policy: Policy) -> Key:
    """The coarsest key that is sound for a policy.

    An extent looks at neither names nor ages. Of a policy that somebody wrote it is only assumed that it does not
    look at ids and clock times, so people keep their names and messages their age against the grants.
    """
    return canonical_key(platform_for(Service(policy)), rename=is_nameless(policy), ages=not is_nameless(policy))


def is_nameless(policy: Policy) -> bool:
    """Whether it is known that the policy cannot tell people apart by their names, or messages by their age."""
    return isinstance(policy, ExtentPolicy | DenyAll) or getattr(policy, "nameless", False) is True


@define
class Node(Generic[Seen]):
    """A canonical state: the first history that led to it, how many do, and what was seen there."""

    history: History
    weight: int
    seen: Seen


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
        level = list(following.values())


@define
class Hunted:
    """What a hunt for one invariant under one policy found, and how much it ran."""

    verdict: Verdict
    histories: int
    states: int


def hunt(
    service: Service,
    invariant: Invariant,
    bound: int,
    alphabet: frozenset[StepKind],
    operations: frozenset[Operation],
    tick: Tick = no_tick,
) -> Hunted:
    """The shortest history of at most `bound` steps that ends in a call which breaks the invariant.

    Each history ends in one of the `operations`, or in the delivery of a call that the alphabet let begin. The
    search stops with the first level that holds a break; what it counts is of the levels that were run.
    """
    start = platform_for(service)
    # An invariant may ask for the age of a message, whatever the policy.
    key = canonical_key(start, rename=is_nameless(service.policy), ages=True)
    watched = frozenset(invariant.watches)

    def look(platform: Platform) -> list[tuple[Step, bool | None]]:
        outcomes: list[tuple[Step, bool | None]] = []
        for step in _last_steps(platform, operations):
            child = platform.copy()
            record = child.do(step)
            kept = None
            if isinstance(record, Called) and (record.operation, record.outcome) in watched:
                kept = invariant.check(child.state, record)
            outcomes.append((step, kept))
        return outcomes

    histories = fired = states = 0
    for length, level in enumerate(explore(start, alphabet, key, look, tick), start=1):
        witness: History = ()
        for node in level:
            states += 1
            histories += node.weight * len(node.seen)
            fired += node.weight * sum(kept is not None for _, kept in node.seen)
            if not witness:
                witness = next(((*node.history, step) for step, kept in node.seen if kept is False), ())
        if witness:
            return Hunted(Verdict(Kind.REFUTED, fired, length, witness), histories, states)
        if length == bound:
            break
    return Hunted(Verdict(Kind.EXHAUSTED if fired else Kind.VACUOUS, fired, bound), histories, states)


def _last_steps(platform: Platform, operations: frozenset[Operation]) -> Iterator[Step]:
    for app in platform.apps:
        yield from calls(platform, app, operations)
    for number, _ in platform.in_flight():
        yield Deliver(number)


def forecast(policy: Policy, bound: int) -> tuple[float, float]:
    """About how many histories and states a search of the survey's steps means, from how its first levels grow."""
    start = platform_for(Service(policy))
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
