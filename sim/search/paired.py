"""What is the shortest history in which an app can tell more than it may? Two runs of each, side by side.

The base run says what is high. The second run is made by variation: the same steps, with other words in the high
messages, or without them. All are varied at once; only when the runs diverge is it bisected to the one that suffices.
"""

from collections.abc import Iterable, Iterator, Sequence

from attrs import evolve, frozen

from sim.judge.noninterference import VARIED, Divergence, Noninterference, Timing, compare, high, variation
from sim.model.access import Operation
from sim.model.progress import Tick, no_tick
from sim.model.records import Record
from sim.model.steps import Call, History, Step
from sim.search.alphabet import PRIVATE, WRITING, calls_on, enabled
from sim.search.alphabet import Kind as StepKind
from sim.search.exhaustive import APPS, PEOPLE, Hunted, Level, Open, explored
from sim.service.build import Service
from sim.service.platform import Platform, Rewrite, as_written

(APP,) = APPS
SECRET = PRIVATE.split()[1]
"""A word of a private text, and of no other."""


@frozen
class Pair:
    """Two runs of one history: what was varied, and where the app can tell them apart, if it can."""

    high: frozenset[str]
    divergence: Divergence | None


def run_pair(
    service: Service,
    history: History,
    rule: Noninterference,
    people: tuple[str, ...] = PEOPLE,
    apps: tuple[str, ...] = APPS,
    timing: Timing = "exact",
) -> Pair:
    """Play a history twice, and compare what its first app observes.

    Raises `InputError` for a step that is not enabled.
    """

    def records(rewrite: Rewrite = as_written) -> list[Record]:
        platform = Platform(service, people, apps, rewrite=rewrite)
        platform.play(history)
        platform.end(platform.clock)
        return platform.door.records

    app = apps[0]
    base = records()
    names = high(base, app, rule)
    if not names:
        return Pair(names, None)

    def differs(those: frozenset[str]) -> Divergence | None:
        return compare(base, records(variation(rule, those)), app, rule.lens, timing)

    found = differs(names)
    if found is None:
        return Pair(names, None)
    for name in sorted(names, key=lambda each: (len(each), each)):
        if (one := differs(frozenset({name}))) is not None:
            return Pair(names, evolve(one, culprit=name))
    return Pair(names, evolve(found, culprit=" and ".join(sorted(names))))


def hunt_pairs(
    service: Service,
    rules: Sequence[Noninterference],
    bound: int,
    alphabet: frozenset[StepKind],
    operations: frozenset[Operation],
    *,
    apps: tuple[str, ...] = APPS,
    levels: Iterable[Level] = (),
    tick: Tick = no_tick,
) -> dict[str, Hunted]:
    """For each rule the shortest history of at most `bound` steps whose last observation depends on what is high.

    It fires where something is high and the app observes something.
    """
    found = {rule.name: Open() for rule in rules}
    start = Platform(service, PEOPLE, apps)
    for length, level in enumerate(levels or explored(service, alphabet, bound, apps, tick), start=1):
        hunting = [rule for rule in rules if found[rule.name].length is None]
        for node in level:
            for rule in hunting:
                found[rule.name].states += 1
            for rule, step, tested, kept in _compared(start, hunting, node.history, alphabet, operations):
                found[rule.name].count(node.weight, fired=tested)
                if not kept:
                    found[rule.name].break_with((*node.history, step))
        for rule in hunting:
            found[rule.name].end_level(length)
        if length == bound or all(each.length for each in found.values()):
            break
    return {name: each.result(bound) for name, each in found.items()}


def _compared(
    start: Platform,
    rules: Sequence[Noninterference],
    history: History,
    alphabet: frozenset[StepKind],
    operations: frozenset[Operation],
) -> Iterator[tuple[Noninterference, Step, bool, bool]]:
    """For each rule and each last step whether it is tested, and whether the app observes the same in both runs."""
    base = start.copy()
    base.play(history)
    if not base.state.windows:
        return

    def vary(rule: Noninterference, names: frozenset[str]) -> Platform:
        platform = start.copy()
        platform.rewrite = variation(rule, names)
        platform.play(history)
        return platform

    names = {rule: high(base.door.records, APP, rule) for rule in rules}
    # Presence is varied for two rules alike, and one run serves both.
    runs: dict[tuple[str, frozenset[str]], Platform] = {}
    for step in last_steps(base, alphabet, operations):
        one = base.attempt(step)
        for rule in rules:
            those = names[rule]
            if not isinstance(step, Call):
                # What a person writes last may be high itself, or make a message that was high be so no more.
                those = high([*base.door.records, *one], APP, rule)
            if not those:
                yield rule, step, False, True
                continue
            variant = VARIED[rule.lens], those
            if variant not in runs:
                runs[variant] = vary(rule, those)
            yield rule, step, True, compare(one, runs[variant].attempt(step), APP, rule.lens) is None


def last_steps(platform: Platform, alphabet: frozenset[StepKind], operations: frozenset[Operation]) -> Iterator[Step]:
    """The calls that can end a history, in any mailbox; and what people do, if that makes the app observe something."""
    for owner in platform.people:
        yield from calls_on(platform, APP, owner, operations)
        if "search" in operations:
            yield Call(APP, "search", owner, text=SECRET)
    if platform.state.subscribed or platform.state.rules:
        yield from enabled(platform, alphabet & WRITING)
