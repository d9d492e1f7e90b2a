"""Draw random services and prepared states, and find what breaks a rule from there, by every step that there is.

As in `brute_force.py` nothing of `permiscope.engine` is imported: all steps are taken from every state, none are left
out and none are merged. Here the policy is one of ours, and what is random is the service around it. The judges are
the real ones; what is checked is which histories the search runs.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

from attrs import frozen

from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor
from permiscope.judge.noninterference import Noninterference, Rule, compare, high, parse_rule, variation
from permiscope.model.access import Operation
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.records import Record
from permiscope.model.steps import Begin, Call, Deliver, Hand, History, Step
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import ExtentPolicy
from tests.oracle.steps import APPS, CHANNELS, PEOPLE, reads, steps

POLICIES = (
    *("reply", "authored", "threaded", "via-app", "everything", "tagged", "counterpart"),
    *("reply | session", "reply | draft", "linked | topical", "reply & consented", "~via-app"),
)
RULES = (
    *("I1", "I2", "I3", "I4", "I5:reply", "I5:granted", "I5:via-app@metadata", "I6:reply", "I7:reply", "I9", "I10"),
    *("I11", "I13", "I14", "I15", "I16", "I17", "I18", "I25", "I26:2", "I27"),
)
GETS: tuple[Operation, ...] = ("get",)
OF_TWO_RUNS = ("I20:reply", "I21:reply", "I22:via-app")


Item = TypeVar("Item")


@frozen
class Scene:
    """A service, the steps that were taken in it already, and the rules that are hunted from there."""

    service: Service
    before: History
    rules: tuple[Rule, ...]

    def __str__(self) -> str:
        service = self.service
        built = f"lag {service.lag}, recheck {service.recheck}, old {service.old}, ids {service.ids}"
        lines = [f"{service.policy.name} with {', '.join(service.faults) or 'no fault'}; {built}; {service.denials}"]
        return "\n  ".join([*lines, *map(str, self.before), ", ".join(rule.name for rule in self.rules)])


def draw_scene(seed: int, count: int, names: Sequence[str], steps_before: int) -> Scene:
    """Draw a service with at most two faults, some steps in it, and so many of the rules."""
    chance = random.Random(f"scene {seed}").random

    def one_of(items: Sequence[Item]) -> Item:
        return items[int(chance() * len(items))]

    service = Service(
        ExtentPolicy(parse_extent(one_of(POLICIES))),
        recheck=chance() < 0.3,
        lag=one_of((0.0, 0.0, 1.5)),
        old=chance() < 0.7,
        own_copies=chance() < 0.5,
        ids=one_of(("opaque", "sequential", "per-app")),
        denials=one_of(("absent", "forbidden", "empty", "silent")),
    )
    for _ in range(int(chance() * 3)):
        fault = one_of(list(CATALOGUE.values()))
        try:
            service = fault.built_into(service)
        except InputError:
            continue  # two faults that change the same thing
    messaging = MessagingService(service, PEOPLE, APPS)
    before: list[Step] = []
    for _ in range(int(chance() * (steps_before + 1))):
        # Grants are one step of a hundred, and nothing is shown without one. What is judged are calls of the first app.
        possible = [step for step in taken(messaging) if _app_of(step) != APPS[1]]
        wanted = [each for each in possible if type(each).__name__ in ("Consent", "Compose")]
        step = one_of(wanted if chance() < 0.5 else possible)
        messaging.do(step)
        before.append(step)
    left = list(names)
    rules = [parse_rule(left.pop(int(chance() * len(left)))) for _ in range(count)]
    return Scene(service, tuple(before), tuple(rules))


def shortest(scene: Scene, bound: int) -> dict[str, History]:
    """Return the shortest history of at most `bound` more steps that breaks each rule, for those that have one."""
    found: dict[str, History] = {}
    invariants = [rule for rule in scene.rules if isinstance(rule, Invariant)]
    pairs = [rule for rule in scene.rules if isinstance(rule, Noninterference)]
    start = MessagingService(scene.service, PEOPLE, APPS)
    start.play(scene.before)
    states: list[tuple[MessagingService, History]] = [(start, ())]
    for length in range(1, bound + 1):
        for messaging, history in states:
            for step in last(messaging):
                monitor = Monitor(invariants)
                one = messaging.attempt(step, (monitor.observe,))
                broken = [tally.invariant.name for tally in monitor.tallies if tally.broken]
                broken += [each.name for each in pairs if _tells(scene, history, step, one, each)]
                for name in broken:
                    found.setdefault(name, (*history, step))
        if length < bound:
            states = [(after(each, step), (*history, step)) for each, history in states for step in taken(each)]
    return found


def _app_of(step: Step) -> str | None:
    """Return the app that a step is of."""
    app: str | None = getattr(step.call if isinstance(step, Begin) else step, "app", None)
    return app


def taken(messaging: MessagingService) -> Iterator[Step]:
    """Every step that can come before the last one: here an app's reads do, for it keeps what it got."""
    yield from steps(messaging)
    yield from (step for step in reads(messaging, GETS) if not isinstance(step, Deliver))


def after(messaging: MessagingService, step: Step) -> MessagingService:
    """Return the service one step later."""
    child = messaging.copy()
    child.do(step)
    return child


def last(messaging: MessagingService) -> Iterator[Step]:
    """Every step that can end a history."""
    yield from reads(messaging, CHANNELS)
    for step in steps(messaging):
        if not isinstance(step, Deliver) and not (isinstance(step, Call | Begin) and _app_of(step) == APPS[1]):
            yield step
    for app, owner in messaging.state.stored:
        for other in APPS:
            if other != app:
                yield Hand(app, other, owner)
    for owner in PEOPLE:
        for name in messaging.state.messages:
            yield Call(APPS[0], "delete", owner, message=name, everyone=True)
            yield Call(APPS[0], "label", owner, message=name)
            yield Call(APPS[0], "undelete", owner, message=name)


def _tells(scene: Scene, history: History, step: Step, one: list[Record], rule: Noninterference) -> bool:
    """Return whether the app can tell the history from one in which all that is high is otherwise."""
    base = MessagingService(scene.service, PEOPLE, APPS)
    base.play((*scene.before, *history))
    records = [*base.door.records, *one]
    names = high(records, APPS[0], rule)
    if not names:
        return False
    other = MessagingService(scene.service, PEOPLE, APPS, rewrite=variation(rule, names))
    with suppress(InputError):  # an app was refused what it was not in the first run
        other.play((*scene.before, *history, step))
    return compare(records, other.door.records, APPS[0], rule) is not None


def breaks(scene: Scene, rule: Rule, history: History, people: tuple[str, ...], apps: tuple[str, ...]) -> bool:
    """Return whether a history breaks a rule when it is played from the prepared state."""
    messaging = MessagingService(scene.service, people, apps)
    messaging.play((*scene.before, *history[:-1]))
    monitor = Monitor([rule] if isinstance(rule, Invariant) else [])
    one = messaging.attempt(history[-1], (monitor.observe,))
    if isinstance(rule, Noninterference):
        return _tells(scene, history[:-1], history[-1], one, rule)
    return monitor.tallies[0].broken > 0
