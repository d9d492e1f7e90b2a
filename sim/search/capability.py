"""What does it take for an app to obtain a message, and is it enough to be that app?

After a history, the least of three: some calls of its own (C1), these and one ordinary act of a person (C2), or these
of a second app that hands over what it has (C3). Every program of so few calls is tried, so what is not obtained is
not obtained within that bound.
"""

from collections.abc import Iterator
from typing import Literal

from attrs import frozen

from sim.model.access import OPERATIONS, Operation
from sim.model.mail import Message
from sim.model.records import Called, Handed, Record
from sim.model.steps import Call, Hand, History, Step
from sim.search.alphabet import Kind
from sim.search.moves import calls_on, enabled
from sim.service.platform import Platform

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

CHANGING: tuple[Operation, ...] = ("label", "trash", "undelete", "subscribe", "rule")
"""Calls after which the app may be shown what it was not shown before."""


@frozen
class Obtained:
    """What an app needs to obtain a message, and the steps that do it; none if it has it already."""

    level: Level
    steps: History


def obtains(platform: Platform, message: str, app: str) -> Obtained | None:
    """The least that it takes for an app to be shown text of a message from here on; None if that is out of reach.

    Text counts wherever it is quoted, and where the app is shown a body. The platform stays as it is.
    """
    if any(_shows(record, message, app) for record in platform.door.records):
        return Obtained("C1", ())
    by_level: dict[Level, Iterator[Program]] = {
        "C1": _alone(platform, app),
        "C2": _with_an_act(platform, app),
        "C3": _with_another(platform, message, app),
    }
    for level, programs in by_level.items():
        for setup, last in programs:
            after = platform.copy()
            after.play(setup)
            if any(_shows(record, message, app) for record in after.attempt(last)):
                return Obtained(level, (*setup, last))
    return None


Program = tuple[History, Step]
"""What is done first, and the step that may bring the message."""


def _alone(platform: Platform, app: str, calls: int = CALLS) -> Iterator[Program]:
    """Every program of at most so many calls; those before the last one change something, or they need not be made."""
    yield from (((), call) for call in _calls(platform, app, OPERATIONS))
    if calls == 1:
        return
    for call in _calls(platform, app, CHANGING):
        after = platform.copy()
        record = after.do(call)
        if isinstance(record, Called) and record.outcome == "done":
            yield from (((call, *setup), last) for setup, last in _alone(after, app, calls - 1))


def _with_an_act(platform: Platform, app: str) -> Iterator[Program]:
    """An act of a person, perhaps after a call of the app, and a call after that."""
    for act in enabled(platform, ACTS):
        yield (), act
        after = platform.copy()
        after.do(act)
        yield from (((act, *setup), last) for setup, last in _alone(after, app))
    for call in _calls(platform, app, CHANGING):
        after = platform.copy()
        record = after.do(call)
        if isinstance(record, Called) and record.outcome == "done":
            yield from (((call,), act) for act in enabled(after, ACTS))


def _with_another(platform: Platform, message: str, app: str) -> Iterator[Program]:
    """What a second app does to obtain the message, and that it hands it over."""
    for other in platform.apps:
        if other == app:
            continue
        yield from (((), Hand(other, app, owner)) for owner in platform.people)
        for setup, last in _alone(platform, other):
            after = platform.copy()
            after.play(setup)
            if any(_shows(record, message, other) for record in after.attempt(last)) and isinstance(last, Call):
                yield (*setup, last), Hand(other, app, last.owner)


def _calls(platform: Platform, app: str, operations: tuple[Operation, ...]) -> Iterator[Call]:
    for owner in platform.people:
        yield from calls_on(platform, app, owner, frozenset(operations))


def _shows(record: Record, message: str, app: str) -> bool:
    """Whether an app is shown text that was first written in a message."""
    shown: tuple[Message, ...] = ()
    match record:
        case Called() if record.app == app:
            shown = record.shown
        case Handed(to=to, messages=messages) if to == app:
            shown = messages
        case _:
            pass
    return any(segment.source == message and segment.text for each in shown for segment in each.segments)
