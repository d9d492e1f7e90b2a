"""What tests share: the trace of a history, and what the checks say of it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from permiscope.engine.alphabet import Kind
from permiscope.engine.hunting import Hunted, hunt_rules
from permiscope.engine.moves import UNRELATED
from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.invariants import Invariant, parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.access import FULL, Operation
from permiscope.model.records import Called, Record
from permiscope.model.steps import Call, Compose, Consent, Forward, History, Reply, SendDraft, Step
from permiscope.model.trace import Trace
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint, Observer
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import Policy

ANA, BEN, CY = PEOPLE
(APP,) = APPS
INVARIANTS = ("I1", "I3", "I4", "I5:reply", "I6:reply", "I8:literal", "I8:closure", "I9", "I10", "I16", "I18")
UTILITIES = ("U1", "U2", "U3", "U4")


class Done(NamedTuple):
    """How a command ended: its exit code, and what it printed."""

    returncode: object
    stdout: str
    stderr: str


Command = Callable[..., Done]
"""The command line with some words, in a `folder`."""


def needs(data: Path) -> pytest.MarkDecorator:
    """Skip a test of real input where it is absent: a clone of this repository alone has none. In CI that fails."""
    return pytest.mark.skipif(not data.exists(), reason=f"{data.name}, of ../shared/data, is not there")


def hunt(
    service: Service,
    invariant: Invariant,
    bound: int,
    alphabet: frozenset[Kind],
    operations: frozenset[Operation],
) -> Hunted:
    """What a hunt for one invariant finds."""
    return hunt_rules(service, [invariant], bound, alphabet, operations)[invariant.name]


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
    messaging = MessagingService(service, PEOPLE, APPS, observers)
    messaging.play(history)
    messaging.end(messaging.clock)
    return messaging.trace()


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


def kinds_of(step: Step) -> set[str]:
    """Of which kinds a step before the last one is: of one, if the alphabet made it."""
    match step:
        case Consent():
            if step.app != APP:
                return {"grant-other"}
            said = {
                "grant-briefly": step.until is not None,
                "grant-narrowly": step.scope != FULL,
                "grant-backfill": step.backfill,
                "grant-purpose": step.purposes,
            }
            return {kind for kind, it_is in said.items() if it_is} or {"grant"}
        case Compose():
            said = {
                "link": step.links,
                "mention": step.mentions,
                "about": step.about,
                "attach": step.attachments,
                "draft": step.draft and not step.quote,
                "draft-quote": step.draft and step.quote,
                "paste": step.quote and not step.draft,
                "compose-via": step.via == APP and not step.quote,
                "compose-other": step.via not in (None, APP),
                "compose-in": step.thread and not step.via,
                "compose-wide": len(step.to) > 1,
                "subject": step.subject,
                "text": step.text == UNRELATED,
                "late": step.at is not None,
            }
            return {kind for kind, it_is in said.items() if it_is} or {"compose"}
        case Forward():
            return {"forward-via" if step.via else "forward"}
        case Reply():
            return {"quote" if step.quote else "reply"}
        case SendDraft():
            return {"send-draft"}
        case Call():
            return {f"app-{step.operation}"}
        case _:
            return {type(step).__name__.lower()}
