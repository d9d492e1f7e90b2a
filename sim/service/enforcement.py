"""What crosses to the app? The policy enforcement point: every channel, one door.

This is the hot path. A call passes through `begin` and `deliver`, which make one record and one request and
nothing else that they can do without; explanations and words for people are made elsewhere, on demand.
"""

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from sim.model.access import ACTION_OF, GRADE_OF, Decision, Grade, Grant, Operation, Request
from sim.model.errors import InputError
from sim.model.mail import Message
from sim.model.records import Called, Record
from sim.model.state import State, apply
from sim.service.policy import Policy
from sim.service.writing import write

BODY = Grade.BODY
NOTHING: Mapping[str, None] = {}
BY_ID: frozenset[Operation] = frozenset({"get", "delete", "label"})
"""The operations that name the one message that they are about."""

Observer = Callable[[State, Record], None]
"""Called after each record with the state that it led to."""


class EnforcementPoint:
    """The one door between apps and the mail.

    With `recheck` the policy is asked again at delivery. `lag` is for how many virtual seconds after a
    revocation the service still believes in the grant: what it believes lives here, apart from what is true.
    """

    __slots__ = ("_decide", "lag", "observers", "policy", "recheck", "records", "state")

    def __init__(
        self,
        policy: Policy,
        state: State,
        observers: Iterable[Observer] = (),
        *,
        recheck: bool = False,
        lag: float = 0.0,
    ) -> None:
        self.policy = policy
        self._decide = policy.decide
        self.state = state
        self.records: list[Record] = []
        self.observers = tuple(observers)
        self.recheck = recheck
        self.lag = lag

    def begin(
        self,
        app: str,
        operation: Operation,
        owner: str,
        target: str | None,
        time: float,
        draft: Message | None = None,
        everyone: bool = False,
    ) -> Called:
        """Decide a call (t1, virtual seconds).

        `target` is the message, thread or search term asked for; `draft` is what a send would send. The record
        stays open until `deliver`; one that is refused is closed already.
        """
        state = self.state
        record = Called(app, operation, owner, target, state.position, time)
        if draft is not None:
            candidates: tuple[Message, ...] = (draft,)
        elif operation in BY_ID:
            record.everyone = everyone
            mailbox: Mapping[str, None] = state.copies.get(owner, NOTHING)
            candidates = (state.messages[target],) if target and target in mailbox else ()
        else:
            candidates = self._found(operation, owner, target)
        record.pending = self._permitted(record, candidates, time)
        if not record.pending:
            record.outcome = "refused"
            self._close(record, time)
        return record

    def deliver(self, record: Called, time: float) -> Called:
        """Carry out a call that was permitted (t2), from the state as it is now. One that is closed stays so."""
        if record.outcome != "open":
            return record
        pending = record.pending
        record.pending = ()
        if self.recheck:
            pending = self._permitted(record, pending, time)
        operation = record.operation
        if operation == "send":
            self._send(record, pending, time)
        else:
            mailbox = self.state.copies[record.owner]
            for message in pending:
                if message.id not in mailbox:
                    pending = tuple([each for each in pending if each.id in mailbox])
                    if not pending:
                        record.reason = "not in the mailbox"
                    break
            if not pending:
                record.outcome = "refused"
            elif (grade := GRADE_OF.get(operation)) is None:
                record.outcome = "done"
                if operation == "delete":
                    record.holders = self._holders(record)
            else:
                record.outcome = "shown"
                if grade is BODY:
                    record.shown = pending
                else:
                    record.grade = grade
                    record.shown = tuple([evolve(message, segments=()) for message in pending])
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
        self.records.append(record)
        apply(state, record)
        for observer in self.observers:
            observer(state, record)

    def _close(self, record: Called, time: float) -> None:
        state = self.state
        record.closed = state.position
        record.time = time
        # What `tell` does, without a call in between.
        self.records.append(record)
        apply(state, record)
        for observer in self.observers:
            observer(state, record)

    def _found(self, operation: Operation, owner: str, target: str | None) -> tuple[Message, ...]:
        """The messages of the owner's mailbox that a call asks about without naming one; each is decided by itself."""
        messages = self.state.messages
        mailbox = [messages[name] for name in self.state.mailbox(owner)]
        if operation == "thread":
            return tuple([message for message in mailbox if message.thread == target])
        if operation == "search":
            term = (target or "").casefold()
            return tuple([message for message in mailbox if term in message.body.casefold()])
        return tuple(mailbox)

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        """Ask the policy about each message. The record keeps the reason: of a permission if there is one."""
        app, owner, state = record.app, record.owner, self.state
        action = ACTION_OF[record.operation]
        grant = self._believed(app, owner, time)
        decide = self._decide
        refused = []
        for message in candidates:
            try:
                decision = decide(Request(app, action, message, owner, grant, state))
            except InputError:
                raise
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a policy raises is a denial, and is recorded
                decision = Decision(permit=False, reason="the policy raised", error=f"{type(error).__name__}: {error}")
            if not decision.permit:
                refused.append(message.id)
                record.reason = decision.reason
                record.error = decision.error or record.error
        if not candidates:
            record.reason = "not in the mailbox"
        if refused:
            gone = frozenset(refused)
            candidates = tuple([message for message in candidates if message.id not in gone])
            if candidates:
                record.reason = "permitted"
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

    def _send(self, record: Called, pending: tuple[Message, ...], time: float) -> None:
        if not pending:
            record.outcome = "refused"
            return
        draft = pending[0]
        thread = draft.thread if self._was_there(draft.thread, record.opened) else None
        record.outcome = "done"
        record.sent = write(
            self.state, time, record.owner, draft.body, to=draft.recipients, thread=thread, via=record.app
        )

    def _was_there(self, thread: str, position: int) -> bool:
        """Whether a thread was older than a moment; one that a draft would have opened may be another's by now."""
        known = self.state.threads.get(thread)
        return known is not None and self.state.messages[known.messages[0]].position < position

    def _holders(self, record: Called) -> tuple[str, ...]:
        """Whose copies a delete removes: the owner's, or everyone's who still has one."""
        if not record.everyone:
            return (record.owner,)
        copies = self.state.copies
        return tuple([person for person in copies if record.target in copies[person]])
