"""Which check catches which leak, and with which smallest history? Every fault, searched exhaustively."""

from collections.abc import Iterable, Iterator
from typing import cast

from attrs import frozen

from permiscope.engine.alphabet import BASE
from permiscope.engine.alphabet import Kind as StepKind
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import APPS, SECOND
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.faults.fault import Fault

BOUND = 5
"""Steps up to which a leak is hunted."""

DETECTORS = ("I5:reply", "I6:reply", "I20:reply", "I21:reply", "I23:reply")
"""What is run of every fault: access, taint, and two runs that differ in bodies, in presence, in presence and time."""


@frozen
class Caught:
    """What came of one fault: the verdict of each check, with the fault and without it.

    Where a check is blind, or the sound service keeps what it should, that is so in all histories of at most `bound`
    steps: one step more than the longest that a promised check needs, and no more than `BOUND`.
    """

    fault: Fault
    bound: int
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
    faulty = _verdicts(fault, fault.service, fault.caught, BOUND, tick)
    bound = min(BOUND, 1 + max(verdict.steps or BOUND for verdict in faulty.values()))
    others = [name for name in dict.fromkeys((*fault.blind, *DETECTORS)) if name not in faulty]
    faulty |= _verdicts(fault, fault.service, others, bound, tick)
    return Caught(fault, bound, faulty, _verdicts(fault, fault.sound, fault.caught, bound, tick))


def _verdicts(fault: Fault, service: Service, checks: Iterable[str], bound: int, tick: Tick) -> dict[str, Verdict]:
    kinds = BASE | cast("frozenset[StepKind]", frozenset(fault.kinds))
    operations, apps = frozenset(fault.operations), apps_of(fault)
    rules = map(parse_rule, checks)
    found = hunt_rules(service, rules, bound, kinds, operations, apps=apps, tick=tick)
    return {name: hunted.verdict for name, hunted in found.items()}
