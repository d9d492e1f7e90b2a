"""What crosses to the app? The policy enforcement point: every channel, one door.

This is the hot path. A call passes through `begin` and `deliver`, which make one record and one request and
nothing else that they can do without; explanations and words for people are made elsewhere, on demand.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import ClassVar

from attrs import evolve

from permiscope.model.access import (
    ACTION_OF,
    FOUND,
    GRADE_OF,
    OLDER,
    PERMIT,
    Grade,
    Grant,
    Observation,
    Operation,
    Request,
)
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Called, Edited, Record, Wrote
from permiscope.model.state import State, apply
from permiscope.model.steps import Call
from permiscope.service.door.build import Service
from permiscope.service.door.writing import forward, write
from permiscope.service.policies.policy import decision_of

BODY = Grade.BODY
NOTHING: Mapping[str, None] = {}
BY_ID: frozenset[Operation] = frozenset({"get", "metadata", "forward", "delete", "trash", "label"})
"""The operations that name the one message of the mailbox that they are about."""

WITHOUT_COPY: frozenset[Operation] = frozenset({"send", "forward", "subscribe", "rule"})
"""The operations that hand over or change no copy in the mailbox."""

UNTOLD = frozenset({"no grant", "action not granted", "not in the mailbox"})
"""The reasons of a refusal for which no service looks at the message that was asked for."""

Observer = Callable[[State, Record], None]
"""Called after each record with the state that it led to."""


class EnforcementPoint:
    """The one door between apps and the mail, as a service builds it.

    What the service believes lives here, apart from what is true. `unrecorded` is what left without a record; nothing
    does, unless a part of the service is at fault. A part overrides the methods whose names begin with one underscore.
    """

    __slots__ = (
        "_indexes",
        "_new_only",
        "_redacts",
        "_tells",
        "app_ids",
        "lag",
        "observers",
        "policy",
        "recheck",
        "records",
        "service",
        "state",
        "unrecorded",
    )

    telling: ClassVar[bool] = False
    """Whether answers tell more than plain ones; a part that overrides `_observe` says so."""
    grades: ClassVar[Mapping[Operation, Grade]] = GRADE_OF
    """How much of a message each channel hands over."""

    def __init__(self, service: Service, state: State, observers: Iterable[Observer] = ()) -> None:
        self.service = service
        self.policy = service.policy
        self.state = state
        self.records: list[Record] = []
        self.unrecorded: list[tuple[str, str, Message]] = []
        self.observers = tuple(observers)
        self.recheck = service.recheck
        self.lag = service.lag
        self._new_only = not service.old
        self._indexes = "index" in service.obligations
        self._redacts = "view" in service.obligations
        self._tells = self.telling or service.ids != "opaque" or service.denials != "absent"
        self.app_ids: dict[tuple[str, str], int] = {}

    def twin(self, state: State, service: Service | None = None) -> "EnforcementPoint":
        """A door over another state that remembers what this one does, with nobody observing."""
        other = door(service or self.service, state)
        other.records = self.records.copy()
        other.unrecorded = self.unrecorded.copy()
        other.app_ids = self.app_ids.copy()
        return other

    def begin(self, call: Call, time: float, draft: Message | None = None) -> Called:
        """Decide a call, which has no time of its own, at a time (t1, virtual seconds).

        `draft` is what a send would send, or an empty message that a setting is asked about. The record stays open
        until `deliver`; one that is refused is closed already.
        """
        state = self.state
        operation = call.operation
        record = Called(call, state.position, time)
        if operation in BY_ID:
            target = call.message
            mailbox: Mapping[str, None] = state.copies.get(call.owner, NOTHING)
            candidates = (state.messages[target],) if target and target in mailbox else self._beyond(record)
        elif draft is not None:
            candidates = (draft,)
        else:
            candidates = self._found(operation, call.owner, call.target)
        record.pending = self._permitted(record, candidates, time)
        if operation == "forward":
            record.pending = self._forwardable(record, record.pending, time)
        if not record.pending:
            self._refuse(record, time)
        return record

    def deliver(self, record: Called, time: float) -> Called:
        """Carry out a call that was permitted (t2), from the state as it is now. One that is closed stays so."""
        if record.outcome != "open":
            return record
        pending = record.pending
        record.pending = ()
        operation = record.asked.operation
        if self.recheck:
            pending = self._permitted(record, pending, time)
            if operation == "forward":
                pending = self._forwardable(record, pending, time)
        grade = self.grades.get(operation)
        if grade is None and operation in WITHOUT_COPY:
            self._carry_out(record, pending, time)
            return record
        mailbox = self._box(record)
        for message in pending:
            if message.id not in mailbox:
                pending = tuple([each for each in pending if each.id in mailbox])
                if not pending:
                    record.reason = "not in the mailbox"
                break
        if not pending:
            self._refuse(record, time)
            return record
        if grade is BODY:
            record.outcome = "shown"
            record.shown = self._shown(record, pending) if self._redacts or operation == "attachment" else pending
        elif grade is None:
            record.outcome = "done"
            if operation == "delete":
                record.holders = self._holders(record)
        else:
            record.outcome = "shown"
            record.grade = grade
            if operation == "count":
                record.told = evolve(FOUND, total=self._counted(record, pending))
            else:
                record.shown = tuple([self._row(record, message) for message in pending])
        self._close(record, time)
        return record

    def cut_off(self, record: Called, time: float) -> None:
        """Close a call that the horizon overtook: nothing was delivered."""
        record.pending = ()
        record.outcome = "cut off"
        self._close(record, time)

    def tell(self, record: Record) -> None:
        """Remember a record, apply it to the state, and show it to the observers."""
        state = self.state
        before = state.messages.get(record.message.id) if isinstance(record, Edited) else None
        self.records.append(record)
        apply(state, record)
        for observer in self.observers:
            observer(state, record)
        if (state.subscribed or state.rules) and isinstance(record, Wrote | Edited) and not record.message.absent:
            self._notify(record.message, before, record.time)

    def _close(self, record: Called, time: float) -> None:
        state = self.state
        record.closed = state.position
        record.time = time
        if self._tells:
            record.told = self._observe(record)
        # What `tell` does, without a call in between.
        self.records.append(record)
        apply(state, record)
        for observer in self.observers:
            observer(state, record)

    def _refuse(self, record: Called, time: float) -> None:
        """Close a call with a refusal, in the style of the service."""
        record.outcome = "refused"
        if self.service.denials == "empty" and record.operation == "get" and record.reason.startswith("outside"):
            record.outcome, record.grade = "shown", Grade.METADATA
            record.shown = (self.state.messages[record.target or ""].headers,)
        self._close(record, time)

    def _beyond(self, record: Called) -> tuple[Message, ...]:
        """What a call may name that is not in the mailbox: nothing."""
        return ()

    def _forwardable(self, record: Called, messages: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        """What the app may pass on, if it may send at all: what it may read."""
        return self._readable(record, messages, time)

    def _found(self, operation: Operation, owner: str, target: str | None) -> tuple[Message, ...]:
        """The messages that a call asks about without naming one; each is decided by itself."""
        state = self.state
        messages = state.messages
        if operation == "undelete":
            return (messages[target],) if target and target in state.trashed.get(owner, NOTHING) else ()
        mailbox = self._mailbox(owner)
        match operation:
            case "thread":
                return tuple([message for message in mailbox if message.thread == target])
            case "search":
                term = (target or "").casefold()
                return tuple(
                    [message for message in mailbox if term in f"{message.subject}\n{message.body}".casefold()]
                )
            case "attachment":
                return tuple([message for message in mailbox if target in message.attachments])[:1]
            case _:
                return tuple(mailbox)

    def _mailbox(self, owner: str) -> list[Message]:
        """The messages in a mailbox, oldest first."""
        messages = self.state.messages
        return [messages[name] for name in self.state.mailbox(owner)]

    def _box(self, record: Called) -> Collection[str]:
        """The copies that the service hands something over of, at delivery."""
        asked, state = record.asked, self.state
        return (state.trashed if asked.operation == "undelete" else state.copies).get(asked.owner, NOTHING)

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        """Ask the policy about each message. The record keeps the reason: of a permission if there is one."""
        call, state = record.asked, self.state
        app, owner, operation = call.app, call.owner, call.operation
        # It is asked now, which may be later than what happened last: a grant can have run out since.
        state.time = time
        action = ACTION_OF[operation]
        grant = self._believed(app, owner, time)
        policy = self.policy
        refused = []
        for message in candidates:
            decision = decision_of(policy, Request(app, action, message, owner, grant, state, operation))
            if decision is PERMIT:  # nearly always, and there is nothing to keep
                continue
            record.error = decision.error or record.error
            if not decision.permit:
                refused.append(message.id)
                record.reason = decision.reason
        if not candidates:
            record.reason = "not in the mailbox"
        if refused:
            gone = frozenset(refused)
            candidates = tuple([message for message in candidates if message.id not in gone])
            if candidates:
                record.reason = "permitted"
        if self._new_only and action == "read":
            candidates = self._new(record, candidates)
        if self._indexes and operation == "search":
            candidates = self._indexed(record, candidates, time)
        return candidates

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        """The owner's active grant as far as the service knows: a revocation is noticed `lag` seconds late."""
        windows = self.state.windows.get((app, owner))
        if windows is None:
            return None
        window = windows[-1]
        grant = window.grant
        if window.revoked_at is not None and time >= window.revoked_at + self.lag:
            return None
        if grant.until is not None and time >= grant.until:
            return None
        return grant

    def _new(self, record: Called, candidates: tuple[Message, ...]) -> tuple[Message, ...]:
        """What was written since the grant, for a service that shows nothing older."""
        windows = self.state.windows.get((record.app, record.owner))
        if windows is None or windows[-1].grant.backfill:
            return candidates
        start = windows[-1].start
        new = tuple([message for message in candidates if message.position >= start])
        if candidates and not new:
            record.reason = OLDER.reason
        return new

    def _readable(self, record: Called, messages: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        """Those messages that the app may read; the call is about something else, and keeps its own reason."""
        asked = evolve(record, asked=evolve(record.asked, operation="get"))
        permitted = self._permitted(asked, messages, time)
        if messages and not permitted:
            record.reason, record.error = asked.reason, asked.error
        return permitted

    def _shown(self, record: Called, permitted: tuple[Message, ...]) -> tuple[Message, ...]:
        """The bodies as they leave: without foreign text where that is redacted; of an attachment, the file."""
        if record.operation == "attachment":
            permitted = tuple([self._file(record.target or "", message) for message in permitted])
        if self._redacts:
            return tuple([self._redacted(record, message, record.decided_at) for message in permitted])
        return permitted

    def _redacted(self, record: Called, message: Message, time: float) -> Message:
        """A message without the text that was first written in another one which the app may not read."""
        messages = self.state.messages
        kept = tuple(
            [
                segment
                for segment in message.segments
                if segment.source == message.id or self._readable(record, (messages[segment.source],), time)
            ]
        )
        return message if len(kept) == len(message.segments) else evolve(message, segments=kept)

    def _indexed(self, record: Called, hits: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        """The hits that remain when a search looks at what the app may read, and at no more."""
        term = (record.target or "").casefold()
        seen = [(message, self._redacted(record, message, time)) for message in hits]
        return tuple([message for message, view in seen if term in f"{view.subject}\n{view.body}".casefold()])

    def _file(self, attachment: str, carrier: Message) -> Message:
        """An attachment, as text of the message that first had it."""
        source = self.state.attachments[attachment]
        return evolve(carrier, segments=(Segment(f"[{attachment}]", source),))

    def _observe(self, record: Called) -> Observation:
        """What the answer tells besides the messages."""
        service, state = self.service, self.state
        told = record.told or record.observation
        is_there = record.target in state.copies.get(record.owner, NOTHING)
        if record.outcome == "refused" and is_there and record.reason not in UNTOLD:
            if service.denials == "forbidden":
                told = evolve(told, status=403)
            elif service.denials == "silent":
                told = evolve(told, status=None)
        if service.ids == "opaque":
            return told
        named = record.shown if record.sent is None else (*record.shown, record.sent)
        return evolve(told, ids=tuple([self._visible_id(record.app, message) for message in named])) if named else told

    def _visible_id(self, app: str, message: Message) -> str:
        """How a message is called in an answer to the app: by its number, or by the number of the app's own."""
        if self.service.ids == "sequential":
            sent = list(self.state.messages)
            # What the call itself sends is the next one.
            return str((sent.index(message.id) if message.id in sent else len(sent)) + 1)
        known = sum(1 for who, _ in self.app_ids if who == app)
        return str(self.app_ids.setdefault((app, message.id), known + 1))

    def _row(self, record: Called, message: Message) -> Message:
        """What is handed over of a message that does not leave whole: who and when."""
        return message.headers

    def _holders(self, record: Called) -> tuple[str, ...]:
        """Whose copies a delete removes: the owner's, or everyone's who still has one."""
        if not record.asked.everyone or self.service.own_copies:
            return (record.owner,)
        copies = self.state.copies
        return tuple([person for person in copies if record.target in copies[person]])

    def _counted(self, record: Called, permitted: tuple[Message, ...]) -> int:
        """How many messages a counter says there are: those that the app may read."""
        return len(permitted)

    def _notify(self, message: Message, before: Message | None, time: float) -> None:
        """Tell those who subscribed to a mailbox that a message came to it or was edited, and follow the rules."""
        for subscribers, grade in ((self.state.subscribed, Grade.METADATA), (self.state.rules, BODY)):
            for app, owner in subscribers:
                if message.id in self.state.mailbox(owner) and (grade is not BODY or before is None):
                    self._push(app, owner, message, before, grade, time)

    def _push(self, app: str, owner: str, message: Message, before: Message | None, grade: Grade, time: float) -> None:
        """Push a message if the app may read it; what it may not read leaves no trace, for nothing leaves."""
        message, grade = self._carried(message, before, grade)
        record = self._of_push(app, owner, message, time)
        permitted = self._permitted(record, (message,), time)
        if permitted:
            self._pushed(record, permitted, grade, time)

    def _of_push(self, app: str, owner: str, message: Message, time: float, operation: Operation = "push") -> Called:
        """The record of a push: the app asked for it once, and not for this message."""
        return Called(Call(app, operation, owner, message.id), self.state.position, time)

    def _carried(self, message: Message, before: Message | None, grade: Grade) -> tuple[Message, Grade]:
        """What a push about a message has in it, and how much of that: the message as it is now."""
        return message, grade

    def _pushed(self, record: Called, messages: tuple[Message, ...], grade: Grade, time: float) -> None:
        record.outcome, record.grade = "shown", grade
        if grade is BODY:
            record.shown = self._shown(record, messages)
        else:
            record.shown = tuple([message.headers for message in messages])
        self._close(record, time)

    def _carry_out(self, record: Called, pending: tuple[Message, ...], time: float) -> None:
        """What is about no copy in the mailbox: to send, to pass on, to change a setting."""
        state, operation = self.state, record.operation
        is_gone = operation == "forward" and record.target not in state.copies.get(record.owner, NOTHING)
        if not pending or is_gone:
            self._refuse(record, time)
            return
        (message,) = pending
        record.outcome = "done"
        if operation == "forward":
            if record.app in record.asked.to:
                # The app is a recipient, and what it gets is the body of the message that is passed on.
                record.shown = self._shown(record, pending)
            record.sent = forward(state, time, record.owner, message, to=record.asked.to, via=record.app)
        elif operation == "send":
            thread = message.thread if self._was_there(message.thread, record.opened) else None
            record.sent = write(
                state, time, record.owner, message.body, to=message.recipients, thread=thread, via=record.app
            )
        self._close(record, time)
        if record.sent is not None and (state.subscribed or state.rules):
            self._notify(record.sent, None, time)

    def _was_there(self, thread: str, position: int) -> bool:
        """Whether a thread was older than a moment; one that a draft would have opened may be another's by now."""
        first = next((message for message in self.state.written() if message.thread == thread), None)
        return first is not None and first.position < position


@cache
def door_of(parts: tuple[type, ...]) -> type[EnforcementPoint]:
    """The enforcement point with the parts of a service laid over it, the first on top."""
    return type("Door", (*parts, EnforcementPoint), {}) if parts else EnforcementPoint


def door(service: Service, state: State, observers: Iterable[Observer] = ()) -> EnforcementPoint:
    """The enforcement point of a service."""
    return door_of(service.parts)(service, state, observers)
