"""Which rules must every record keep? One predicate each, over a closed record and the state that it led to.

A predicate answers True (kept), False (broken) or None: its antecedent did not fire, so that it tested
nothing; or that the record leaves it open (`UNSTATED`). The memory that it needs is in the state, hence it says
the same in a run, in a replay and in a search. The numbers are those of the project's list of invariants; the
utilities U1 to U5 are what a useful service does, so that refusing everything is no solution.
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal

from attrs import field, frozen

from permiscope.model.access import ABSENT, ACTION_OF, GRADE_OF, OPERATIONS, Grade, Operation
from permiscope.model.errors import InputError, unknown
from permiscope.model.extents import ATOMS, Extent, parse_extent
from permiscope.model.mail import Message, Segment
from permiscope.model.reads import OF_STATE, Read, Reads
from permiscope.model.records import Called, Forgot, Granted, Handed, Labelled, Outcome, Record, Revoked
from permiscope.model.state import State

CONTENT = (Grade.BODY, Grade.PART)


class Unstated:
    """The record does not say what would decide it."""

    def __bool__(self) -> bool:
        """Not that it is kept."""
        return False


UNSTATED = Unstated()

Answer = bool | Unstated | None
Check = Callable[[State, Any], Answer]
"""Of a state and a record of a kind that is watched."""

End = Outcome | Literal["handed over"]
"""An outcome of a call; or that it is done, and the answer has messages in it besides."""

Watched = tuple[Operation, End] | type[Record]
"""Calls of an operation that end in a way, or records of another kind."""


@frozen
class Invariant:
    """A rule, what it watches, and the predicate that decides whether a record keeps it.

    `reads` is what of the state the predicate looks at; a rule that does not say may look at anything. `delta` is for
    how many virtual seconds it allows what it forbids.
    """

    name: str
    sentence: str
    watches: tuple[Watched, ...] = field(repr=False)
    check: Check = field(eq=False, repr=False)
    reads: Reads = field(default=OF_STATE, eq=False, repr=False)
    delta: float = 0.0


def _looks(*reads: Read) -> Reads:
    return frozenset(reads)


GIVEN, EVER, ENDED, AGE, HELD = "grant.given", "grant.ever", "grant.ended", "message.age", "message.held"
VIA, AUTHOR = "message.via", "message.author"


def _reads(outcomes: Iterable[Outcome] = ("shown",)) -> tuple[Watched, ...]:
    """The calls that can hand over messages: those that read, and whatever is done with an answer that has some."""
    changing = [operation for operation in OPERATIONS if operation not in GRADE_OF] if "shown" in outcomes else []
    ends: list[Watched] = [(operation, "handed over") for operation in changing]
    return (*((operation, outcome) for operation in GRADE_OF for outcome in outcomes), *ends)


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

    sentence = "Nothing is shown without a grant in force when it is decided."
    return Invariant("I1", sentence, _reads(), check, _looks(GIVEN, "call.flight"))


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
    watches = _reads(("shown", "refused"))
    looks = _looks(EVER, ENDED, "grant.until", "call.flight")
    return Invariant(name, f"Nothing is shown {after}.", watches, check, looks, delta)


def i4() -> Invariant:
    """The grant is in force at delivery too; fires on calls that were in flight for a while."""

    def check(state: State, call: Called) -> bool | None:
        if call.opened == call.closed and call.decided_at == call.time:
            return None
        return call.outcome == "refused" or state.delivered_under is not None

    return Invariant(
        "I4",
        "Nothing is delivered when the grant has ended on the way.",
        _reads(("shown", "refused")),
        check,
        _looks(GIVEN, "call.flight"),
    )


def _flight(reading: Extent) -> Reads:
    """What a message can cease to belong to, it can leave while a call is in flight."""
    return _looks("call.flight") if reading.falls else _looks()


def i5(reading: Extent, grade: Grade = Grade.BODY, *, reads: bool = False) -> Invariant:
    """Access within a reading: no message outside it is shown at `grade` or more.

    With `reads` only verbs of reading are watched, as a monitor does that has forgotten what else makes data flow.
    """
    holds = reading.holds
    # A tuple of the few grades is asked faster than which of two is greater, and this is asked at every call.
    grades = tuple(each for each in Grade if each >= grade)

    def check(state: State, call: Called) -> bool | None:
        if call.grade not in grades:
            return None
        asked = call.asked
        app, owner = asked.app, asked.owner
        for message in call.shown:
            if not holds(message, app, owner, state):
                return False
        return True

    what = "No body of a message" if grade is Grade.BODY else f"No {grade.name.lower()} of a message"
    name = _graded(f"I5:{reading.name}", grade)
    return Invariant(
        f"{name}, reads" if reads else name,
        f'{what} outside "{reading.name}" is shown{" by a call that reads" if reads else ""}.',
        tuple((operation, "shown") for operation in READING - {"push"}) if reads else _reads(),
        check,
        reading.reads | _flight(reading),
    )


def i6(reading: Extent) -> Invariant:
    """Segment taint: no text is shown that was first written in a message outside the reading."""
    holds = reading.holds

    def check(state: State, call: Called) -> bool | None:
        if call.grade is not Grade.BODY:
            return None
        asked, messages = call.asked, state.messages
        app, owner = asked.app, asked.owner
        for message in call.shown:
            for segment in message.segments:
                if not holds(messages[segment.source], app, owner, state):
                    return False
        return True

    return Invariant(
        f"I6:{reading.name}",
        f'No text first written in a message outside "{reading.name}" is shown.',
        _reads(),
        check,
        reading.reads | _flight(reading) | _looks("message.sources"),
    )


def i2() -> Invariant:
    """Disclosure only inside the window: after its start and before its end; fires if the grant has an end."""

    def check(state: State, call: Called) -> bool | None:
        windows = state.windows.get((call.app, call.owner), ())
        if not any(window.grant.until is not None for window in windows):
            return None
        return call.outcome == "refused" or state.decided_under is not None

    sentence, watches = "Nothing is shown outside the time that was granted.", _reads(("shown", "refused"))
    return Invariant("I2", sentence, watches, check, _looks(EVER, "grant.until"))


def i7(reading: Extent) -> Invariant:
    """Metadata scope: of no message outside the reading is it told who, when and to whom."""
    plain = i5(reading, Grade.METADATA)
    return Invariant(
        f"I7:{reading.name}",
        f'Of no message outside "{reading.name}" is it told who and when.',
        _reads(),
        plain.check,
        plain.reads,
    )


def i8(limit: frozenset[Operation], name: str) -> Invariant:
    """The app succeeds with no other operation than those of the limit."""

    def check(state: State, call: Called) -> bool:
        return call.operation in limit

    listed = ", ".join(operation for operation in OPERATIONS if operation in limit)
    return Invariant(f"I8:{name}", f"The app does nothing but {listed}.", DONE, check, _looks("call.operation"))


def i8_granted() -> Invariant:
    """The app succeeds with no action that the grant, as it was shown to the person, does not name."""

    def check(state: State, call: Called) -> bool | None:
        window = state.decided_under
        return None if window is None else ACTION_OF[call.operation] in window.grant.scope.actions

    sentence, looks = (
        "The app does nothing that the grant does not name.",
        _looks(GIVEN, "grant.scope", "call.operation"),
    )
    return Invariant("I8:granted", sentence, DONE, check, looks)


def i9() -> Invariant:
    """Delete only what the owner authored via the app."""

    def check(state: State, call: Called) -> bool:
        return is_own(state, call, state.messages[call.target or ""])

    return Invariant("I9", "The app deletes only what the owner sent via it.", DELETED, check, _looks(VIA, AUTHOR))


def i10() -> Invariant:
    """An app's delete never alters a peer's copy."""

    def check(state: State, call: Called) -> bool:
        return call.holders == (call.owner,)

    return Invariant("I10", "The app's delete leaves everybody else's copy alone.", DELETED, check, _looks())


def i11() -> Invariant:
    """Nothing trashed or purged is disclosed; fires when there is such a copy in the mailbox's owner's past."""

    def check(state: State, call: Called) -> bool | None:
        owner, messages = call.owner, state.messages
        if call.outcome == "refused":
            message = messages.get(call.target or "")
            gone = message is not None and owner in message.people and message.id not in state.copies.get(owner, ())
            return True if gone and not (message is None or message.draft) else None
        held = state.copies.get(owner, {})
        for message in call.shown:
            was_theirs = owner in message.people and not message.draft and message.id in messages
            if was_theirs and message.id not in held:
                return False
        return True if state.trashed.get(owner) else None

    sentence, watches = "Nothing is shown that is in the trash or deleted.", _reads(("shown", "refused"))
    return Invariant("I11", sentence, watches, check, _looks("message.trashed", HELD))


def i12() -> Invariant:
    """Sends only on a fresh act of the person: they are using the app when it sends in their name."""

    def check(state: State, call: Called) -> bool:
        return any(app == call.app and person == call.owner for app, person, _ in state.opened)

    sentence = "The app sends only while the person is using it."
    return Invariant("I12", sentence, (("send", "done"),), check, _looks("message.opened"))


def i13() -> Invariant:
    """Scope labels cannot be set by the app or a third party: not by the app itself, nor on somebody else's copy.

    A person who labels is a third party to the others who hold the message and granted the app something.
    """

    def check(state: State, record: Called | Labelled) -> bool | None:
        if isinstance(record, Called):
            return record.outcome == "refused"
        holders = [person for person, held in state.copies.items() if record.message in held]
        granters = [person for person in holders if state.granted(record.app, person) is not None]
        return all(person == record.person for person in granters) if granters and record.person else None

    watches: tuple[Watched, ...] = (("label", "done"), ("label", "refused"), Labelled)
    sentence = "No label that opens a message is set by the app or by somebody else."
    return Invariant("I13", sentence, watches, check, _looks("message.labels", GIVEN))


def i14() -> Invariant:
    """No foreign drafts: what somebody else has not sent yet is not disclosed; fires when such a draft is asked for."""

    def check(state: State, call: Called) -> bool | None:
        if any(message.draft and message.author != call.owner for message in call.shown):
            return False
        asked = state.messages.get(call.target or "")
        return True if asked is not None and asked.draft and asked.author != call.owner else None

    return Invariant(
        "I14", "Nobody else's draft is shown.", _reads(("shown", "refused")), check, _looks("message.draft", AUTHOR)
    )


def i15() -> Invariant:
    """Only the current version of an edited message is disclosed; fires when one was edited."""

    def is_old(segment: Segment, message: Message, state: State, grade: Grade) -> bool:
        if segment.source != message.id:
            return False
        now = [each.text for each in state.messages[message.id].segments if each.source == message.id]
        # A part of a text is judged by how the current one begins.
        return segment.text not in now and not (
            grade is Grade.PART and any(text.startswith(segment.text) for text in now)
        )

    def check(state: State, call: Called) -> bool | None:
        fired = None
        for message in call.shown if call.operation != "attachment" else ():  # a file is no version of a text
            if message.id in state.edited and message.segments:
                if any(is_old(segment, message, state, call.grade) for segment in message.segments):
                    return False
                fired = True
        return fired

    sentence = "Of an edited message only the current version is shown."
    return Invariant("I15", sentence, _reads(), check, _looks("message.edited", "call.flight"))


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

    sentence = "Nothing from before the grant is shown, unless the grant says so."
    return Invariant("I16", sentence, _reads(), check, _looks(AGE, "grant.backfill"))


def i17() -> Invariant:
    """Only content sent while the grantor was a member of the conversation is disclosed."""

    def check(state: State, call: Called) -> bool:
        return all(call.owner in message.people for message in call.shown)

    sentence = "Nothing is shown that was sent when the owner was no member."
    return Invariant("I17", sentence, _reads(), check, _looks(AUTHOR, "message.recipients", "thread.members"))


def i18() -> Invariant:
    """A counterpart's content only if its author ever granted or mentioned the app."""

    def check(state: State, call: Called) -> bool | None:
        if call.grade not in CONTENT:
            return None
        asked, fired = call.asked, None
        app, owner = asked.app, asked.owner
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
        _reads(),
        check,
        _looks(AUTHOR, EVER, "message.mentions"),
    )


def i19() -> Invariant:
    """Declared purpose: each disclosure is for a purpose that the grant names.

    A grant that names none is not tested, and a call that names none leaves it open. What a call says that it is for
    is all that can be seen: whether it was, is for a contract.
    """

    def check(state: State, call: Called) -> Answer:
        window = state.decided_under
        if window is None or not window.grant.purposes:
            return None
        return UNSTATED if call.asked.purpose is None else call.asked.purpose in window.grant.purposes

    sentence = "What is shown is for a purpose that was declared."
    return Invariant("I19", sentence, _reads(), check, _looks(GIVEN, "grant.purposes", "call.purpose"))


def i24() -> Invariant:
    """Forbidden and nonexistent answer alike; fires when a message that exists is refused."""

    def check(state: State, call: Called) -> bool | None:
        if call.target not in state.messages:
            return None
        return call.observation.status == ABSENT.status

    asked: tuple[Operation, ...] = ("get", "metadata", "delete", "trash", "label", "forward")
    watches: tuple[Watched, ...] = tuple((operation, "refused") for operation in asked)
    return Invariant("I24", "What is forbidden answers like what is not there.", watches, check, _looks())


def i25() -> Invariant:
    """No onward flow to an ungranted app: what an app hands on is handed to one that the owner granted something."""

    def check(state: State, record: Handed) -> bool | None:
        return state.granted(record.to, record.owner) is not None if record.messages else None

    sentence = "Nothing is handed on to an app without a grant."
    return Invariant("I25", sentence, (Handed,), check, _looks("app.stored", "other.grant"))


def i26(delta: float = 0.0) -> Invariant:
    """The app's store is empty `delta` virtual seconds after the grant has ended; fires once it has."""

    def check(state: State, record: Record) -> bool | None:
        fired = None
        for key, windows in state.windows.items():
            ended = windows[-1].ended_at(record.time)
            if ended is not None and record.time - ended >= delta:
                if key in state.stored:
                    return False
                fired = True
        return fired

    name = "I26" if delta == 0 else f"I26:{delta:g}"
    calls: tuple[Watched, ...] = tuple(
        (operation, outcome) for operation in OPERATIONS for outcome in ("shown", "done", "refused")
    )
    watches: tuple[Watched, ...] = (*calls, Revoked, Forgot, Granted, Handed)
    sentence = "Once a grant has ended, the app keeps nothing of the mailbox."
    return Invariant(name, sentence, watches, check, _looks("app.stored", EVER, ENDED, "grant.until"), delta)


def i27() -> Invariant:
    """Every disclosure has a record: what an app hands on, some record says that it was shown or handed.

    The state keeps of whose mail an app has something, so the judge of a trace sees an app with what nothing gave it.
    """

    def check(state: State, record: Handed) -> bool | None:
        return (record.app, record.owner) in state.stored if record.messages else None

    sentence = "What an app has, a record says that it got."
    return Invariant("I27", sentence, (Handed,), check, _looks("app.stored", "other.grant"))


def u1() -> Invariant:
    """Compose is delivered: what the app asks to send under a grant is sent; a sent message is in every mailbox."""

    def check(state: State, call: Called) -> bool | None:
        if state.decided_under is None:
            return None
        return call.sent is not None

    watches: tuple[Watched, ...] = (("send", "done"), ("send", "refused"))
    return Invariant("U1", "What the app sends is delivered.", watches, check, _looks(GIVEN))


def _utility(
    name: str,
    sentence: str,
    wanted: Callable[[State, Called, Message], bool],
    labelled: bool,
    operation: Operation = "get",
    good: Outcome = "shown",
) -> Invariant:
    """A utility: what the app asks of a wanted message, created under the grant in force, comes to a good end.

    When a message is said to be deleted, the copy has to be gone.
    """

    def check(state: State, call: Called) -> bool | None:
        message = state.messages.get(call.target or "")
        if message is None:
            return None
        held = message.id in state.copies.get(call.owner, ())
        if call.outcome != good and not held:
            return None
        window = state.delivered_under
        if window is None or message.position < window.start:
            return None
        if labelled and not state.labelled(message.id, call.app):
            return None
        if not wanted(state, call, message):
            return None
        return call.outcome == good and not (held and good == "done")

    looks = _looks(VIA, AUTHOR, AGE, "message.in_reply_to", "thread.order")
    looks |= _looks("message.labels") if labelled else _looks()
    return Invariant(name, sentence, ((operation, good), (operation, "refused")), check, looks)


def is_own(state: State, call: Called, message: Message) -> bool:
    """Whether the owner of the mailbox wrote the message via the app."""
    return message.via == call.app and message.author == call.owner


def answers_own(state: State, call: Called, message: Message) -> bool:
    """Whether somebody else wrote it, in reply to what the owner wrote via the app."""
    parent = message.in_reply_to
    return message.author != call.owner and parent is not None and is_own(state, call, state.messages[parent])


def u2(*, labelled: bool = False) -> Invariant:
    """The owner's own message via the app is readable (`labelled`: once it bears the app's label)."""
    return _utility("U2", "The app can read back what the owner sent via it.", is_own, labelled)


def u3(*, labelled: bool = False) -> Invariant:
    """A counterpart's reply to the owner's message via the app is readable."""
    return _utility("U3", "The app can read a reply to what the owner sent via it.", answers_own, labelled)


def u4(*, labelled: bool = False) -> Invariant:
    """What was said in the thread before the owner's message via the app is readable."""

    def wanted(state: State, call: Called, message: Message) -> bool:
        thread = state.threads[message.thread].messages
        later = thread[thread.index(message.id) + 1 :]
        return any(is_own(state, call, state.messages[name]) for name in later)

    return _utility("U4", "The app can read what was said in the thread before.", wanted, labelled)


def u5(*, labelled: bool = False) -> Invariant:
    """An in-app delete of the owner's own message via the app propagates: the copy in the mailbox goes."""
    sentence = "What the owner sent via the app and deletes in it is deleted."
    return _utility("U5", sentence, is_own, labelled, "delete", "done")


def _graded(name: str, grade: Grade) -> str:
    return name if grade is Grade.BODY else f"{name}@{grade.name.lower()}"


PLAIN: dict[str, Callable[[], Invariant]] = {
    "I1": i1,
    "I2": i2,
    "I3": i3,
    "I4": i4,
    "I8:literal": lambda: i8(LITERAL, "literal"),
    "I8:closure": lambda: i8(CLOSURE, "closure"),
    "I8:granted": i8_granted,
    "I9": i9,
    "I10": i10,
    "I11": i11,
    "I12": i12,
    "I13": i13,
    "I14": i14,
    "I15": i15,
    "I16": i16,
    "I17": i17,
    "I18": i18,
    "I19": i19,
    "I24": i24,
    "I25": i25,
    "I26": i26,
    "I27": i27,
    "U1": u1,
    "U2": u2,
    "U3": u3,
    "U4": u4,
    "U5": u5,
}
"""The invariants that take no reading, by the name that a claim's formula uses."""

OF_A_READING = ("I5", "I6", "I7")
OF_TWO_RUNS = ("I20", "I21", "I22", "I23")


def parse_invariant(text: str) -> Invariant:
    """The invariant that `I9`, `I5:reply`, `I5:reply@metadata` or `I6:reply | tagged` stands for.

    Raises `InputError` when there is none.
    """
    if text in PLAIN:
        return PLAIN[text]()
    family, _, rest = text.partition(":")
    rest, _, reads = rest.partition(", ")
    reading, _, grade = rest.partition("@")
    if family in ("I3", "I26") and rest.replace(".", "", 1).isdecimal():
        return (i3 if family == "I3" else i26)(float(rest))
    if family in ("I6", "I7") and reading and not grade and not reads:
        return (i6 if family == "I6" else i7)(parse_extent(reading))
    if family == "I5" and reading and reads in ("", "reads"):
        names = [each.name.lower() for each in Grade]
        if grade and grade not in names:
            raise InputError(f"there is no grade `{grade}`; use {', '.join(names)}")
        return i5(parse_extent(reading), Grade[grade.upper()] if grade else Grade.BODY, reads=bool(reads))
    if family in OF_TWO_RUNS:
        raise InputError(f"`{text}` takes two runs of a history, and here there is one; use `permiscope test` or `run`")
    known = [*PLAIN, *(f"{family}:{name}" for family in OF_A_READING for name in ATOMS)]
    raise unknown("invariant", text, known, "permiscope list invariants")
