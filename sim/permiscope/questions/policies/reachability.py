"""What could an app obtain from here? One request, or every read that it could ask for."""

from collections.abc import Iterable
from typing import Literal

from permiscope.engine.space import APPS, PEOPLE
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor
from permiscope.model.extents import Extent
from permiscope.model.records import Called
from permiscope.model.steps import Call, History
from permiscope.model.trace import Trace
from permiscope.service.door.build import service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.showing import ask_for_all
from permiscope.service.policies.policy import Policy

Answer = Literal["yes", "no", "LEAK"]
"""What came of a request: it was met, refused, or met although an invariant forbids it."""


def answer(policy: Policy, history: History, call: Call, invariants: Iterable[Invariant]) -> Answer:
    """What the service answers to one more call after a history."""
    monitor = Monitor(invariants)
    messaging = MessagingService(service_for(policy), PEOPLE, APPS, [monitor.observe])
    messaging.play(history)
    record = messaging.do(call)
    if any(tally.broken for tally in monitor.tallies):
        return "LEAK"
    return "no" if isinstance(record, Called) and record.outcome == "refused" else "yes"


def could_see(policy: Policy, trace: Trace, reading: Extent) -> list[str]:
    """The private messages that an app alone obtains with reads that follow a trace: C1, at the grade of a body.

    Private is what lies outside the reading. What the app *did* see is in the `lives` of the trace.
    """
    state = trace.final_state()
    found: dict[str, None] = {}
    for app, owner in state.windows:
        for call in ask_for_all(policy, state, app, owner):
            found |= {message.id: None for message in call.shown if not reading.holds(message, app, owner, state)}
    return list(found)
