"""What does it take for an app to obtain a message, and is it enough to be that app?

After a history, the least of three: some calls of its own (C1), these and one ordinary act of a person (C2), or these
of a second app that hands over what it has (C3). Every program of so few calls is tried, so what is not obtained is
not obtained within that bound.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen

from permiscope.engine.actions import calls_on, enabled
from permiscope.engine.alphabet import Kind
from permiscope.model.access import GRADE_OF, OPERATIONS, Grade, Operation
from permiscope.model.progress import Tick, no_tick
from permiscope.model.records import Called, Handed, Record
from permiscope.model.steps import Call, Hand, History
from permiscope.service.door.messaging import MessagingService

Level = Literal["C1", "C2", "C3"]
LEVELS: dict[Level, str] = {
    "C1": "by itself",
    "C2": "with one ordinary act of a person",
    "C3": "with a second app",
}
"""What an app needs, least first."""

CALLS = 2
"""Calls of one app that are tried in a row."""

ACTS: frozenset[Kind] = frozenset({"reply", "quote", "open"})
"""What a person does on any day, and without thinking of what the app may see."""

CHANGING: tuple[Operation, ...] = tuple(operation for operation in OPERATIONS if operation not in GRADE_OF)
"""Calls after which the app may be shown what it was not shown before: all but those that read."""


@frozen
class Obtained:
    """What an app needs to obtain a message, and the steps that do it; none if it has it already."""

    level: Level
    steps: History


def obtainable(messaging: MessagingService, app: str, tick: Tick = no_tick) -> dict[str, Obtained]:
    """The least that it takes for an app to be shown the text of each message from here on, by message.

    One that is not there is out of reach. Text counts wherever it is quoted, and where the app is shown a body. The
    service stays as it is.
    """
    messages = messaging.state.messages.keys()
    found = dict.fromkeys(_shown(messaging.door.records, app), Obtained("C1", ()))
    tries: dict[Level, Iterator[Tried]] = {
        "C1": _alone(messaging, app),
        "C2": _with_an_act(messaging, app),
        "C3": _with_another(messaging, app),
    }
    for level, tried in tries.items():
        for steps, records in tried:
            for name in _shown(records, app):
                if name in messages and name not in found:
                    found[name] = Obtained(level, steps)
                    tick(len(found), len(messages))
            if messages <= found.keys():
                return found
    return found


Tried = tuple[History, list[Record]]
"""Some steps, and what the last of them left."""


def _alone(messaging: MessagingService, app: str, calls: int = CALLS) -> Iterator[Tried]:
    """Every program of at most so many calls; those before the last one change something, or they need not be made."""
    for call in _calls(messaging, app, OPERATIONS):
        yield (call,), messaging.attempt(call)
    if calls > 1:
        for call, after in _changed(messaging, app):
            yield from (((call, *steps), records) for steps, records in _alone(after, app, calls - 1))


def _changed(messaging: MessagingService, app: str) -> Iterator[tuple[Call, MessagingService]]:
    """What an app can change with a call."""
    for call in _calls(messaging, app, CHANGING):
        after = messaging.copy()
        record = after.do(call)
        if isinstance(record, Called) and record.outcome == "done":
            yield call, after


def _with_an_act(messaging: MessagingService, app: str, calls: int = CALLS) -> Iterator[Tried]:
    """Every program of at most so many calls, and an act of a person somewhere before, between or after them."""
    for act in enabled(messaging, ACTS):
        yield (act,), messaging.attempt(act)
        after = messaging.copy()
        after.do(act)
        yield from (((act, *steps), records) for steps, records in _alone(after, app, calls))
    if calls > 1:
        for call, after in _changed(messaging, app):
            yield from (((call, *steps), records) for steps, records in _with_an_act(after, app, calls - 1))


def _with_another(messaging: MessagingService, app: str) -> Iterator[Tried]:
    """What a second app does to obtain a message, and that it hands over what it has."""
    for other in messaging.apps:
        if other == app:
            continue
        for owner in messaging.people:
            yield (Hand(other, app, owner),), messaging.attempt(Hand(other, app, owner))
        for steps, records in _alone(messaging, other):
            last = steps[-1]
            if isinstance(last, Call) and any(_shown(records, other)):
                after = messaging.copy()
                after.play(steps)
                hand = Hand(other, app, last.owner)
                yield (*steps, hand), after.attempt(hand)


def _calls(messaging: MessagingService, app: str, operations: tuple[Operation, ...]) -> Iterator[Call]:
    for owner in messaging.people:
        yield from calls_on(messaging, app, owner, frozenset(operations))


def _shown(records: Iterable[Record], app: str) -> Iterator[str]:
    """The messages whose text an app is shown, wherever it stands."""
    for record in records:
        match record:
            case Called(grade=Grade.BODY) if record.app == app:
                shown = record.shown
            case Handed(to=to, messages=messages) if to == app:
                shown = messages
            case _:
                continue
        yield from (segment.source for message in shown for segment in message.segments)
