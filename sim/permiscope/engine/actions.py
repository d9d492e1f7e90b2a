"""Which steps can be taken from here?

All answers to the questions of all moves, one after the other, make every step.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import cast

from attrs import evolve, frozen

from permiscope.engine.alphabet import READ, Kind
from permiscope.engine.forms import TOGETHER, combined, late_times, single, time_of
from permiscope.engine.moves import (
    CALLS,
    EVERYWHERE,
    MORE_CALLS,
    MOVES,
    Answer,
    Move,
    Moves,
    Question,
    granters,
)
from permiscope.engine.values import Values
from permiscope.model import steps
from permiscope.model.access import Operation
from permiscope.model.steps import Call, Step
from permiscope.service.door.messaging import MessagingService


@cache
def moves_of(
    alphabet: frozenset[Kind], operations: frozenset[Operation] = frozenset(), values: Values | None = None
) -> Moves:
    """Return the moves of these kinds and operations, always in the same order.

    With values that were chosen by what is looked at, steps are taken in all forms that those have.
    """
    moves = [move for move in MOVES if move.name in alphabet]
    if values is not None:
        others = [form for move in moves if move.name not in TOGETHER for form in single(move, alphabet, values)]
        moves = [*combined(alphabet, values), *others]
    return (*moves, *(move for move in CALLS if move.name in operations))


def enabled(messaging: MessagingService, alphabet: frozenset[Kind], values: Values | None = None) -> Iterator[Step]:
    """Every step of the alphabet that is possible now."""
    return enumerate_moves(messaging, moves_of(alphabet, values=values))


def enumerate_moves(messaging: MessagingService, moves: Moves) -> Iterator[Step]:
    """Every step of these moves that is possible now: by app, by person, by what it is about."""
    for place, app in enumerate(messaging.apps):
        yield from _steps(messaging, _of_app(moves, place, len(messaging.apps)), (app,))


def reads(messaging: MessagingService, app: str) -> Iterator[Call]:
    """Getting the body of any existing message in the mailbox of any person who ever granted: the published matrix."""
    for owner in granters(messaging, app):
        yield from calls_on(messaging, app, owner, READ)


def calls(
    messaging: MessagingService, app: str, operations: frozenset[Operation], values: Values | None = None
) -> Iterator[Call]:
    """Every call of these operations in anybody's mailbox; a delete in both its forms."""
    for owner in messaging.people:
        yield from calls_on(messaging, app, owner, operations, values)


def calls_on(
    messaging: MessagingService, app: str, owner: str, operations: frozenset[Operation], values: Values | None = None
) -> Iterator[Call]:
    """Every call of these operations in one mailbox; with values, in the forms and after the waits that they want."""
    moves = _calls_of(operations, widely=values is not None and values.widely)
    steps = [cast("Call", step) for step in _steps(messaging, _branches(moves, 1), (app, owner))]
    yield from cast("Iterator[Call]", waited(messaging, steps, values))
    if values is None:
        return
    for word in (EVERYWHERE, *filter(None, values.texts)):
        yield from [evolve(step, text=word) for step in steps if step.operation == "search"]
    # Of what is sent a policy sees the text of the call itself, and the time, which it sees of settings, too.
    sends = [step for step in steps if step.operation == "send"]
    if values.ordered:
        turned = [evolve(step, to=step.to[::-1]) for step in sends if len(step.to) > 1]
        yield from turned
        sends += turned
    worded = [evolve(step, text=word) for step in sends for word in values.texts]
    yield from worded
    settings = [step for step in steps if step.operation in ("subscribe", "rule")]
    yield from timed(messaging, (*sends, *worded, *settings), values)


def timed(messaging: MessagingService, calls: Sequence[Call], values: Values) -> Iterator[Call]:
    """The calls at all times that matter, if they do."""
    for time in late_times(values) if values.late else ():
        yield from [evolve(step, at=time_of(messaging, time)) for step in calls]


def waited(messaging: MessagingService, steps: Iterable[Step], values: Values | None) -> Iterator[Step]:
    """The steps, and each of them once more after every wait that the values want."""
    steps = list(steps)
    yield from steps
    for wait in values.waits if values is not None else ():
        time = messaging.clock + 1.0 + wait
        # A grant may have ended by itself until then.
        yield from [evolve(step, at=time) for step in steps if not _is_late(messaging, step, time)]


def _is_late(messaging: MessagingService, step: Step, time: float) -> bool:
    state = messaging.state
    return isinstance(step, steps.Revoke) and state.window(step.app, step.person, state.position, time) is None


@cache
def _calls_of(operations: frozenset[Operation], *, widely: bool) -> Moves:
    return tuple([move for move in (*CALLS, *(MORE_CALLS if widely else ())) if move.name in operations])


@frozen(eq=False)
class _Loop:
    """A question that moves ask next, and for each test of what is chosen what follows where it passes."""

    items: Callable[..., Collection[Answer]]
    cases: "tuple[tuple[Callable[..., bool] | None, tuple[Move | _Loop, ...]], ...]"


@cache
def _of_app(moves: Moves, place: int, count: int) -> tuple[Move | _Loop, ...]:
    """What is asked by the moves that are for the app in this place of so many."""
    return _branches(tuple([move for move in moves if place in range(count)[move.apps]]), 0)


@cache
def _branches(moves: Moves, asked: int) -> tuple[Move | _Loop, ...]:
    """What is asked by moves that agree on so many questions; of neighbours that ask the same, only once."""

    def following(move: Move) -> Question | None:
        return move.questions[asked] if asked < len(move.questions) else None

    branches: list[Move | _Loop] = []
    for items, group in groupby(moves, lambda move: question.items if (question := following(move)) else None):
        if items is None:
            branches += group
        else:
            tests = groupby(group, lambda move: move.questions[asked].test)
            branches.append(_Loop(items, tuple([(test, _branches(tuple(same), asked + 1)) for test, same in tests])))
    return tuple(branches)


def _steps(
    messaging: MessagingService, branches: tuple[Move | _Loop, ...], answers: tuple[Answer, ...]
) -> Iterator[Step]:
    """Every step that comes of further answers, the first answers first, the last question fastest."""
    for branch in branches:
        if isinstance(branch, Move):
            yield branch.make(messaging, *answers)
            continue
        for item in branch.items(messaging, *answers):
            for test, below in branch.cases:
                if test is None or test(messaging, *answers, item):
                    yield from _steps(messaging, below, (*answers, item))
