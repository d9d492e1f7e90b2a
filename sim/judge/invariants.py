"""Which rules must every call keep? One predicate each, over a closed record and the state that it led to.

A predicate answers True (kept), False (broken) or None: its antecedent did not fire, so that it tested
nothing. The memory that it needs is in the state, hence it says the same in a run, in a replay and in a
search. The numbers are those of the project's list of invariants; the utilities U1 to U4 are what a useful
service does, so that refusing everything is no solution.
"""

from collections.abc import Callable, Iterable

from attrs import field, frozen

from sim.model.access import GRADE_OF, OPERATIONS, Grade, Operation
from sim.model.errors import InputError, unknown
from sim.model.extents import READINGS, Extent, parse_extent
from sim.model.mail import Message
from sim.model.records import Called, Outcome
from sim.model.state import State

Check = Callable[[State, Called], bool | None]
Watched = tuple[Operation, Outcome]


@frozen
class Invariant:
    """A rule, the calls that it watches, and the predicate that decides whether one keeps it."""

    name: str
    sentence: str
    watches: tuple[Watched, ...] = field(repr=False)
    check: Check = field(eq=False, repr=False)


def _reads(outcomes: Iterable[Outcome] = ("shown",), grade: Grade = Grade.PRESENCE) -> tuple[Watched, ...]:
    """The calls that hand over messages at `grade` or more."""
    return tuple(
        (operation, outcome) for operation, least in GRADE_OF.items() if least >= grade for outcome in outcomes
    )


DONE: tuple[Watched, ...] = tuple((operation, "shown" if operation in GRADE_OF else "done") for operation in OPERATIONS)
DELETED: tuple[Watched, ...] = (("delete", "done"),)

READING: frozenset[Operation] = frozenset(GRADE_OF)
LITERAL: frozenset[Operation] = frozenset({"send", "get", "delete"})
CLOSURE: frozenset[Operation] = LITERAL | READING | {"subscribe", "trash"}
"""What "composing, reading and deleting" names: word for word, and as a usable client needs it."""


def i1() -> Invariant:
    """Disclosure only under a grant that was in force when it was decided."""

    def check(state: State, call: Called) -> bool:
        return state.decided_under is not None

    return Invariant("I1", "Nothing is shown without a grant in force when it is decided.", _reads(), check)


def i3(delta: float = 0.0) -> Invariant:
    """No disclosure later than `delta` virtual seconds after the grant ended; fires once it has ended."""

    def check(state: State, call: Called) -> bool | None:
        if state.delivered_under is not None:
            return None
        windows = state.windows.get((call.app, call.owner))
        if windows is None:
            return None
        ended = windows[-1].ended_at(call.time)
        if ended is None:
            return None
        return call.outcome == "refused" or call.time - ended <= delta

    name = "I3" if delta == 0 else f"I3:{delta:g}"
    after = "once a grant has ended" if delta == 0 else f"later than {delta:g} s after a grant ended"
    return Invariant(name, f"Nothing is shown {after}.", _reads(("shown", "refused")), check)


def i4() -> Invariant:
    """The grant is in force at delivery too; fires on calls that were in flight for a while."""

    def check(state: State, call: Called) -> bool | None:
        if call.opened == call.closed and call.decided_at == call.time:
            return None
        return call.outcome == "refused" or state.delivered_under is not None

    return Invariant(
        "I4", "Nothing is delivered when the grant has ended on the way.", _reads(("shown", "refused")), check
    )


def i5(reading: Extent, grade: Grade = Grade.BODY) -> Invariant:
    """Access within a reading: no message outside it is shown at `grade` or more."""
    holds = reading.holds

    def check(state: State, call: Called) -> bool:
        app, owner = call.app, call.owner
        for message in call.shown:
            if not holds(message, app, owner, state):
                return False
        return True

    what = "No body of a message" if grade is Grade.BODY else f"No {grade.name.lower()} of a message"
    return Invariant(
        _graded(f"I5:{reading.name}", grade),
        f'{what} outside "{reading.name}" is shown.',
        _reads(grade=grade),
        check,
    )


def i6(reading: Extent) -> Invariant:
    """Segment taint: no text is shown that was first written in a message outside the reading."""
    holds = reading.holds

    def check(state: State, call: Called) -> bool:
        app, owner, messages = call.app, call.owner, state.messages
        for message in call.shown:
            for segment in message.segments:
                if not holds(messages[segment.source], app, owner, state):
                    return False
        return True

    return Invariant(
        f"I6:{reading.name}",
        f'No text first written in a message outside "{reading.name}" is shown.',
        _reads(grade=Grade.BODY),
        check,
    )


def i8(limit: frozenset[Operation], name: str) -> Invariant:
    """The app succeeds with no other operation than those of the limit."""

    def check(state: State, call: Called) -> bool:
        return call.operation in limit

    listed = ", ".join(operation for operation in OPERATIONS if operation in limit)
    return Invariant(f"I8:{name}", f"The app does nothing but {listed}.", DONE, check)


def i9() -> Invariant:
    """Delete only what the owner authored via the app."""

    def check(state: State, call: Called) -> bool:
        return _own(call, state.messages[call.target or ""])

    return Invariant("I9", "The app deletes only what the owner sent via it.", DELETED, check)


def i10() -> Invariant:
    """An app's delete never alters a peer's copy."""

    def check(state: State, call: Called) -> bool:
        return call.holders == (call.owner,)

    return Invariant("I10", "The app's delete leaves everybody else's copy alone.", DELETED, check)


def i16() -> Invariant:
    """Nothing created before the grant is shown, unless the grant says backfill."""

    def check(state: State, call: Called) -> bool | None:
        window = state.decided_under
        if window is None:
            return None
        if window.grant.backfill:
            return True
        start = window.start
        for message in call.shown:
            if message.position < start:
                return False
        return True

    return Invariant("I16", "Nothing from before the grant is shown, unless the grant says so.", _reads(), check)


def i18() -> Invariant:
    """A counterpart's content only if its author ever granted or mentioned the app."""

    def check(state: State, call: Called) -> bool | None:
        app, owner = call.app, call.owner
        fired = None
        for message in call.shown:
            author = message.author
            if author != owner:
                if (app, author) not in state.windows and (app, author) not in state.mentioned:
                    return False
                fired = True
        return fired

    return Invariant(
        "I18",
        "What somebody else wrote is shown only if they ever granted or mentioned the app.",
        _reads(grade=Grade.PART),
        check,
    )


def u1() -> Invariant:
    """Compose is delivered: what the app asks to send under a grant is sent; a sent message is in every mailbox."""

    def check(state: State, call: Called) -> bool | None:
        if state.decided_under is None:
            return None
        return call.sent is not None

    return Invariant("U1", "What the app sends is delivered.", (("send", "done"), ("send", "refused")), check)


def _utility(name: str, sentence: str, wanted: Callable[[State, Called, Message], bool], labelled: bool) -> Invariant:
    """A utility of reading: a wanted message, created under the grant in force, is shown when it is got."""

    def check(state: State, call: Called) -> bool | None:
        message = state.messages.get(call.target or "")
        if message is None or message.id not in state.copies.get(call.owner, ()):
            return None
        window = state.delivered_under
        if window is None or message.position < window.start:
            return None
        if labelled and not state.labelled(message.id, call.app):
            return None
        return call.outcome == "shown" if wanted(state, call, message) else None

    return Invariant(name, sentence, (("get", "shown"), ("get", "refused")), check)


def _own(call: Called, message: Message) -> bool:
    return message.via == call.app and message.author == call.owner


def u2(*, labelled: bool = False) -> Invariant:
    """The owner's own message via the app is readable (`labelled`: once it bears the app's label)."""

    def wanted(state: State, call: Called, message: Message) -> bool:
        return _own(call, message)

    return _utility("U2", "The app can read back what the owner sent via it.", wanted, labelled)


def u3(*, labelled: bool = False) -> Invariant:
    """A counterpart's reply to the owner's message via the app is readable."""

    def wanted(state: State, call: Called, message: Message) -> bool:
        parent = message.in_reply_to
        return message.author != call.owner and parent is not None and _own(call, state.messages[parent])

    return _utility("U3", "The app can read a reply to what the owner sent via it.", wanted, labelled)


def u4(*, labelled: bool = False) -> Invariant:
    """What was said in the thread before the owner's message via the app is readable."""

    def wanted(state: State, call: Called, message: Message) -> bool:
        thread = state.threads[message.thread].messages
        later = thread[thread.index(message.id) + 1 :]
        return any(_own(call, state.messages[name]) for name in later)

    return _utility("U4", "The app can read what was said in the thread before.", wanted, labelled)


def _graded(name: str, grade: Grade) -> str:
    return name if grade is Grade.BODY else f"{name}@{grade.name.lower()}"


PLAIN: dict[str, Callable[[], Invariant]] = {
    "I1": i1,
    "I3": i3,
    "I4": i4,
    "I8:literal": lambda: i8(LITERAL, "literal"),
    "I8:closure": lambda: i8(CLOSURE, "closure"),
    "I9": i9,
    "I10": i10,
    "I16": i16,
    "I18": i18,
    "U1": u1,
    "U2": u2,
    "U3": u3,
    "U4": u4,
}
"""The invariants that take no reading, by the name that a claim's formula uses."""


def parse_invariant(text: str) -> Invariant:
    """The invariant that `I9`, `I5:reply`, `I5:reply@metadata` or `I6:reply | tagged` stands for.

    Raises `InputError` when there is none.
    """
    if text in PLAIN:
        return PLAIN[text]()
    family, _, rest = text.partition(":")
    reading, _, grade = rest.partition("@")
    if family == "I3" and rest.replace(".", "", 1).isdecimal():
        return i3(float(rest))
    if family == "I6" and reading and not grade:
        return i6(parse_extent(reading))
    if family == "I5" and reading:
        names = [each.name.lower() for each in Grade]
        if grade and grade not in names:
            raise InputError(f"there is no grade `{grade}`; use {', '.join(names)}")
        return i5(parse_extent(reading), Grade[grade.upper()] if grade else Grade.BODY)
    known = [*PLAIN, *(f"{family}:{name}" for family in ("I5", "I6") for name in READINGS)]
    raise unknown("invariant", text, known, "permiscope list invariants")
