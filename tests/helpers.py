"""What tests share: the trace of a history, and what the checks say of it."""

from collections.abc import Iterable

from sim.judge.invariants import parse_invariant
from sim.judge.monitor import judge
from sim.model.records import Called, Record
from sim.model.steps import Call, History
from sim.model.trace import Trace
from sim.search.exhaustive import APPS, PEOPLE
from sim.service.build import Service
from sim.service.enforcement import EnforcementPoint, Observer
from sim.service.platform import Platform
from sim.service.policy import Policy

ANA, BEN, CY = PEOPLE
(APP,) = APPS
INVARIANTS = ("I1", "I3", "I4", "I5:reply", "I6:reply", "I8:literal", "I8:closure", "I9", "I10", "I16", "I18")
UTILITIES = ("U1", "U2", "U3", "U4")


def trace_of(
    history: History,
    policy: Policy,
    *,
    lag: float = 0.0,
    recheck: bool = False,
    door: type[EnforcementPoint] | None = None,
    observers: Iterable[Observer] = (),
) -> Trace:
    """The trace of a history, by the driver without a clock; through another door to plant a fault."""
    service = Service(policy, lag=lag, recheck=recheck, parts=(door,) if door else ())
    platform = Platform(service, PEOPLE, APPS, observers)
    platform.play(history)
    platform.end(platform.clock)
    return platform.trace()


def calls_in(trace: Trace) -> list[Called]:
    """The calls of a trace, in order."""
    return [record for record in trace.records if isinstance(record, Called)]


def last_call(history: History, policy: Policy, *, lag: float = 0.0, recheck: bool = False) -> Called:
    """What became of the last call of a history."""
    return calls_in(trace_of(history, policy, lag=lag, recheck=recheck))[-1]


def ids(call: Called) -> list[str]:
    """Which messages a call showed."""
    return [message.id for message in call.shown]


def counts(records: Iterable[Record], names: Iterable[str] = INVARIANTS + UTILITIES) -> dict[str, tuple[int, int]]:
    """How often each check fired and broke."""
    tallies = judge(records, map(parse_invariant, names))
    return {tally.invariant.name: (tally.fired, tally.broken) for tally in tallies}


def get(message: str, owner: str = ANA) -> Call:
    """The app asks for the body of a message."""
    return Call(APP, "get", owner, message=message)
