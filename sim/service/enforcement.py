"""What crosses to the app? The policy enforcement point: every channel, one door.

This is the hot path. A call passes through `begin` and `deliver`, which make one record and one request and
nothing else that they can do without; explanations and words for people are made elsewhere, on demand.
"""

from collections.abc import Callable, Iterable

from attrs import evolve

from sim.model.access import ACTION_OF, GRADE_OF, Grade, Grant, Operation, Request
from sim.model.errors import InputError
from sim.model.mail import Message
from sim.model.records import Called, Record
from sim.model.state import State, apply
from sim.service.policy import Policy
from sim.service.writing import write

Observer = Callable[[State, Record], None]
"""Called after each record with the state that it led to."""


class EnforcementPoint:
    """The one door between apps and the mail.

    With `recheck` the policy is asked again at delivery. `lag` is for how many virtual seconds after a
    revocation the service still believes in the grant: what it believes lives here, apart from what is true.
    """

    __slots__ = ("lag", "observers", "policy", "recheck", "state")

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
        self.state = state
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
            candidates: Iterable[Message] = (draft,)
        else:
            record.everyone = everyone
            candidates = self._candidates(operation, owner, target)
        record.pending = self._permitted(record, candidates, time)
        if not record.pending:
            record.outcome = "refused"
            self._close(record, time)
        return record

    def deliver(self, record: Called, time: float) -> Called:
        """Carry out a call that was permitted (t2), from the state as it is now. One that is closed stays so."""
        if record.outcome != "open":
            return record
        state = self.state
        pending = record.pending
        record.pending = ()
        if self.recheck:
            pending = self._permitted(record, pending, time)
        operation = record.operation
        if operation == "send":
            self._send(record, pending, time)
        else:
            mailbox = state.copies[record.owner]
            here = tuple([message for message in pending if message.id in mailbox])
            if not here:
                record.outcome = "refused"
                if pending:
                    record.reason = "not in the mailbox"
            elif operation == "delete":
                record.outcome = "done"
                record.holders = self._holders(record)
            elif operation == "label":
                record.outcome = "done"
            else:
                record.outcome = "shown"
                grade = GRADE_OF[operation]
                if grade is Grade.BODY:
                    record.shown = here
                else:
                    record.grade = grade
                    record.shown = tuple([evolve(message, segments=()) for message in here])
        self._close(record, time)
        return record

    def cut_off(self, record: Called, time: float) -> None:
        """Close a call that the horizon overtook: nothing was delivered."""
        record.pending = ()
        record.outcome = "cut off"
        self._close(record, time)

    def tell(self, record: Record) -> None:
        """Apply a record to the state and show it to the observers."""
        apply(self.state, record)
        for observer in self.observers:
            observer(self.state, record)

    def _close(self, record: Called, time: float) -> None:
        record.closed = self.state.position
        record.time = time
        self.tell(record)

    def _candidates(self, operation: Operation, owner: str, target: str | None) -> Iterable[Message]:
        """The messages of the owner's mailbox that a call asks about, each to be decided by itself."""
        messages = self.state.messages
        mailbox = self.state.mailbox(owner)
        if operation == "thread":
            return [messages[name] for name in mailbox if messages[name].thread == target]
        if operation == "list":
            return [messages[name] for name in mailbox]
        if operation == "search":
            term = (target or "").casefold()
            return [messages[name] for name in mailbox if term in messages[name].body.casefold()]
        return (messages[target],) if target in mailbox else ()

    def _permitted(self, record: Called, candidates: Iterable[Message], time: float) -> tuple[Message, ...]:
        """Ask the policy about each message. The record keeps the reason: of a permission if there is one."""
        app, owner, state, decide = record.app, record.owner, self.state, self.policy.decide
        action = ACTION_OF[record.operation]
        grant = self._believed(app, owner, time)
        permitted = []
        decision = None
        for message in candidates:
            try:
                decision = decide(Request(app, action, message, owner, grant, state))
            except InputError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever a policy raises is a denial, and is recorded
                record.reason = "the policy raised"
                record.error = f"{type(error).__name__}: {error}"
                continue
            if decision.permit:
                permitted.append(message)
            else:
                record.reason = decision.reason
                record.error = decision.error
        if permitted:
            record.reason = "permitted"
        elif record.reason == "permitted":
            record.reason = "not in the mailbox"
        return tuple(permitted)

    def _believed(self, app: str, owner: str, time: float) -> Grant | None:
        """The owner's active grant as far as the service knows: a revocation is noticed `lag` seconds late."""
        windows = self.state.windows.get((app, owner))
        if windows is None:
            return None
        window = windows[-1]
        if window.revoked_at is not None and time >= window.revoked_at + self.lag:
            return None
        until = window.grant.until
        return window.grant if until is None or time < until else None

    def _send(self, record: Called, pending: tuple[Message, ...], time: float) -> None:
        if not pending:
            record.outcome = "refused"
            return
        draft = pending[0]
        thread = draft.thread if draft.thread in self.state.threads else None
        record.outcome = "done"
        record.sent = write(
            self.state, time, record.owner, draft.body, to=draft.recipients, thread=thread, via=record.app
        )

    def _holders(self, record: Called) -> tuple[str, ...]:
        """Whose copies a delete removes: the owner's, or everyone's who still has one."""
        if not record.everyone:
            return (record.owner,)
        copies = self.state.copies
        return tuple([person for person in copies if record.target in copies[person]])
