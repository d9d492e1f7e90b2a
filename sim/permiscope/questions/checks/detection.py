"""How many days does a rule take to catch a faulty system? Days are generated until it does, or not.

Each fault of the catalogue is built into its service, and random days are played on it, made of the steps that the
fault takes. A rule is a set of checks, of one run or of two; it catches the fault on the first day on which one of
them breaks, and does not break on the same day without the fault.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import cast

from attrs import frozen

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import BASE, OF_APPS, PEOPLES, Kind
from permiscope.engine.guided import run
from permiscope.engine.pairs import run_pair
from permiscope.engine.space import PEOPLE
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import Noninterference, Rule, parse_rule
from permiscope.model.errors import InputError
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import History
from permiscope.model.streams import stream
from permiscope.questions.checks.leaks import apps_of
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.fault import Fault

STEPS = 10
"""Steps of a generated day."""


@frozen
class Caught:
    """On which generated day each rule first caught a fault, from 1; None if on none of them."""

    fault: str
    days: Mapping[str, int | None]


def detect(
    faults: Iterable[Fault], rules: Mapping[str, Sequence[str]], most: int, seed: int = 0, tick: Tick = no_tick
) -> list[Caught]:
    """Play at most `most` days on each faulty system and find the first that each rule, a list of checks, catches."""
    faults = list(faults)
    names = list(dict.fromkeys(name for checks in rules.values() for name in checks))
    found = []
    for number, fault in enumerate(faults):
        tick(number, len(faults))
        first = _first_breaks(fault, names, most, seed)
        days = {
            rule: min((day for name in checks if (day := first.get(name)) is not None), default=None)
            for rule, checks in rules.items()
        }
        found.append(Caught(fault.name, days))
    return found


def _first_breaks(fault: Fault, names: Iterable[str], most: int, seed: int) -> dict[str, int]:
    """For each check the first day on which it breaks with the fault, and would not without it."""
    checks = {name: parse_rule(name) for name in names}
    random = stream(seed, fault.name, "days").random
    kinds = BASE | cast("frozenset[Kind]", frozenset(fault.kinds))
    deeds = moves_of(kinds & PEOPLES)
    calls = moves_of(kinds & OF_APPS, frozenset(fault.operations))
    first: dict[str, int] = {}
    for day in range(1, most + 1):
        history = tuple(run(MessagingService(fault.service, PEOPLE, apps_of(fault)), (), random, deeds, calls, STEPS))
        sought = [check for name, check in checks.items() if name not in first]
        for name in _broken(fault.service, fault, history, sought):
            if name not in _broken(fault.sound, fault, history, [checks[name]]):
                first[name] = day
    return first


def _broken(service: Service, fault: Fault, history: History, checks: Iterable[Rule]) -> set[str]:
    """The checks that break on a day, as far as the service lets it happen."""
    checks, apps = list(checks), apps_of(fault)
    messaging = MessagingService(service, PEOPLE, apps)
    with suppress(InputError):  # what an app was not given it cannot hand on
        messaging.play(history)
    messaging.end(messaging.clock)
    tallies = judge(messaging.door.records, [check for check in checks if isinstance(check, Invariant)])
    broken = {tally.invariant.name for tally in tallies if tally.broken}
    for check in checks:
        if isinstance(check, Noninterference):
            with suppress(InputError):
                if run_pair(service, history, check, PEOPLE, apps).divergence:
                    broken.add(check.name)
    return broken
