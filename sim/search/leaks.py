"""Which check catches which leak, and with which smallest history? Every fault, searched exhaustively."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import cast

from attrs import frozen

from sim.judge.invariants import Invariant
from sim.judge.noninterference import Noninterference, parse_rule
from sim.judge.verdicts import Kind, Verdict
from sim.model.progress import Tick, no_tick
from sim.model.steps import History
from sim.search.alphabet import BASE, PEOPLES
from sim.search.alphabet import Kind as StepKind
from sim.search.exhaustive import APPS, Hunted, Level, explored, hunts
from sim.search.paired import hunt_pairs
from sim.service.build import Service
from sim.service.faults.fault import Fault
from sim.service.policy import BUILT_IN

SECOND = "OtherApp"
"""An app that nobody granted anything, for what takes two."""

BOUND = 5
"""Steps up to which a check is blind, or a sound service keeps what it should."""

DETECTORS = ("I5:reply", "I6:reply", "I20:reply", "I21:reply", "I23:reply")
"""What is run of every fault: access, taint, and two runs that differ in bodies, in presence, in presence and time."""


@frozen
class Caught:
    """What came of one fault: the verdict of each check, with the fault and without it."""

    fault: Fault
    faulty: dict[str, Verdict]
    sound: dict[str, Verdict]

    @property
    def witness(self) -> History:
        """The smallest history that a check which is promised to catch it finds; the first such check's."""
        return min((self.faulty[name].witness for name in self.fault.caught), key=len)

    def failures(self) -> Iterator[str]:
        """What was promised and does not hold, in sentences."""
        name = self.fault.name
        for check in self.fault.caught:
            if self.faulty[check].kind is not Kind.REFUTED:
                yield f"{name} is not caught by {check}: {self.faulty[check].words} in {BOUND} steps"
            if self.sound[check].kind is Kind.REFUTED:
                yield f"{check} is broken without {name}, too, in {self.sound[check].steps}"
        for check in self.fault.blind:
            if self.faulty[check].kind is Kind.REFUTED:
                yield f"{check} is said to be blind to {name}, and catches it in {self.faulty[check].steps}"


def apps_of(fault: Fault) -> tuple[str, ...]:
    """The apps that a fault takes."""
    return APPS if fault.apps == 1 else (*APPS, SECOND)


def catch(fault: Fault, tick: Tick = no_tick) -> Caught:
    """Hunt a fault with the checks that it names and the usual detectors, and the sound service, which keeps all."""
    checks = tuple(dict.fromkeys((*fault.caught, *fault.blind, *DETECTORS)))
    return Caught(
        fault,
        _verdicts(fault, fault.service, checks, tick),
        _verdicts(fault, fault.sound, fault.caught, tick),
    )


def _verdicts(fault: Fault, service: Service, checks: Iterable[str], tick: Tick) -> dict[str, Verdict]:
    kinds = BASE | cast("frozenset[StepKind]", frozenset(fault.kinds))
    operations, apps = frozenset(fault.operations), apps_of(fault)
    rules = [parse_rule(name) for name in checks]
    single = [rule for rule in rules if isinstance(rule, Invariant)]
    paired = [rule for rule in rules if isinstance(rule, Noninterference)]
    alone = kinds <= PEOPLES and not any("tell" in vars(part) for part in service.parts)
    levels = _of_people(kinds, apps) if alone else list(explored(service, kinds, BOUND, apps, tick))
    found: dict[str, Hunted] = {}
    if single:
        found |= hunts(service, single, BOUND, kinds, operations, apps=apps, everywhere=True, levels=levels, tick=tick)
    if paired:
        found |= hunt_pairs(service, paired, BOUND, kinds, operations, apps=apps, levels=levels, tick=tick)
    return {name: hunted.verdict for name, hunted in found.items()}


@cache
def _of_people(kinds: frozenset[StepKind], apps: tuple[str, ...]) -> list[Level]:
    """What people do depends on no service that adds nothing to it, so it is explored once for all."""
    return list(explored(Service(BUILT_IN["everything"]), kinds, BOUND, apps))
