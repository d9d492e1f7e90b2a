"""Days that Hypothesis makes: whatever can happen, at any times, under any rule that is built in."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from attrs import evolve, frozen
from hypothesis import example
from hypothesis import strategies as st

from permiscope.engine.actions import calls, enabled
from permiscope.engine.alphabet import Kind
from permiscope.engine.space import APPS, PEOPLE
from permiscope.model.access import FULL, OPERATIONS, Operation, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.steps import (
    Add,
    Begin,
    Call,
    Compose,
    Consent,
    Deliver,
    Forget,
    Forward,
    Hand,
    History,
    Remove,
    Step,
)
from permiscope.model.trace import Trace, load
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, Policy
from permiscope.sources.scenario import load_scenario
from tests.helpers import APP, trace_of


def renamed(history: History, names: Mapping[str, str]) -> History:
    """The same history with other people in the parts."""
    return tuple(_renamed(step, names) for step in history)


def _renamed(step: Step, names: Mapping[str, str]) -> Step:
    match step:
        case Compose() | Forward():
            return evolve(step, person=names[step.person], to=tuple(names[each] for each in step.to))
        case Call():
            return evolve(step, owner=names[step.owner], to=tuple(names.get(each, each) for each in step.to))
        case Begin():
            call = step.call
            return Begin(
                evolve(call, owner=names[call.owner], to=tuple(names.get(each, each) for each in call.to)), step.at
            )
        case Deliver():
            return step
        case Hand() | Forget():
            return evolve(step, owner=names[step.owner])
        case Add() | Remove():
            return evolve(step, person=names[step.person], member=names[step.member])
        case _:
            return evolve(step, person=names[step.person])


@frozen
class Day:
    """A history that plays under this policy, lag and recheck."""

    history: History
    policy: Policy
    lag: float = 0.0
    recheck: bool = False

    @property
    def service(self) -> Service:
        """The service of the day."""
        return Service(self.policy, lag=self.lag, recheck=self.recheck)

    def trace(self) -> Trace:
        """The trace of the day, by the driver without a clock."""
        return trace_of(self.history, self.policy, lag=self.lag, recheck=self.recheck)


REPORTS = Path(__file__).parents[2] / "reports"


@cache
def golden() -> tuple[Day, ...]:
    """The histories of one app under a built-in rule that are kept in `reports/`: of leaks, and of scenarios."""
    days = []
    for path in sorted(REPORTS.glob("*/*.jsonl")):
        trace, _ = load(path)
        header = trace.header
        if header.apps == APPS and header.policy in BUILT_IN:
            days.append(Day(trace.history, BUILT_IN[header.policy], header.lag, header.recheck))
    for path in sorted(REPORTS.glob("*/*.toml")):
        scenario = load_scenario(path)
        if scenario.apps == APPS:
            days.append(Day(scenario.history, BUILT_IN["everything"], 0.0, recheck=False))
    return tuple(days)


def golden_too(test: Callable[..., None]) -> Callable[..., None]:
    """A property of a `day`, with each history that is kept as an example that Hypothesis always tries."""
    for day in golden():
        test = example(day=day)(test)
    return test


SCOPES = (FULL, Scope(("read",)), Scope(("read", "delete"), READINGS["reply"]), Scope(("send", "label")))
BEFORE: tuple[frozenset[Kind], ...] = (
    frozenset({"grant"}),
    frozenset({"compose-via"}),
    frozenset({"reply"}),
    frozenset({"compose", "mention", "link"}),
    frozenset({"quote"}),
    frozenset({"label"}),
)
REVOKE: frozenset[Kind] = frozenset({"revoke"})
MEANWHILE = (REVOKE, *BEFORE)
AFTER: tuple[Operation | frozenset[Kind], ...] = (*OPERATIONS, "get", "get", "get", *MEANWHILE)
POLICIES = st.just(BUILT_IN["everything"]) | st.sampled_from(list(BUILT_IN.values()))


@st.composite
def days(draw: st.DrawFn, policies: st.SearchStrategy[Policy] = POLICIES) -> Day:
    """Days of every operation, perhaps in flight, at any times, under grants of any scope that may run out.

    They are made by execution. First people set the stage, then apps call: steps in any order would mostly be calls
    that are refused.
    """
    policy = draw(policies)
    lag, recheck = draw(st.sampled_from((0.0, 0.5, 3.0))), draw(st.booleans())
    messaging = MessagingService(Service(policy, lag=lag, recheck=recheck), PEOPLE, APPS)
    taken: list[Step] = []

    def take(step: Step) -> None:
        gap = draw(st.none() | st.floats(0, 4, allow_subnormal=False))
        timed = evolve(step, at=None if gap is None else messaging.clock + gap)
        try:
            messaging.do(timed)
        except InputError:  # the gap outlasted a grant
            return
        taken.append(timed)

    def deed(kinds: frozenset[Kind]) -> None:
        if possible := list(enabled(messaging, kinds)):
            step = draw(st.sampled_from(possible))
            if isinstance(step, Consent):
                scope, until = draw(st.just(FULL) | st.sampled_from(SCOPES)), draw(st.none() | st.floats(5, 40))
                step = evolve(step, scope=scope, until=until, backfill=draw(st.booleans()))
            take(step)

    def call(operation: Operation) -> None:
        if possible := list(calls(messaging, APP, frozenset({operation}))):
            asked = draw(st.sampled_from(possible))
            if draw(st.booleans()):
                take(Begin(asked))
                deed(draw(st.sampled_from(MEANWHILE)))
            else:
                take(asked)

    for kinds in draw(st.lists(st.sampled_from(BEFORE), min_size=3, max_size=6)):
        deed(kinds)
    deed(BEFORE[0])
    for turn in draw(st.lists(st.sampled_from(AFTER), min_size=3, max_size=9)):
        if isinstance(turn, frozenset):
            deed(turn)
        else:
            call(turn)
        for begun, _ in list(messaging.in_flight()):
            if draw(st.booleans()):
                take(Deliver(begun))
    return Day(tuple(taken), policy, lag, recheck)
