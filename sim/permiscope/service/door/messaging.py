"""What does the messaging service do with a step, whoever takes it?

People's steps take effect at once; apps' calls go through the enforcement point. This is one of the two
drivers of a history, the one without a clock of its own; the other is `permiscope.world.simulation`.
"""

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from math import inf
from typing import assert_never

from attrs import evolve

from permiscope import __version__
from permiscope.model import records, steps
from permiscope.model.access import GRADE_OF, NAMED_BY
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.records import Called, Record
from permiscope.model.state import State
from permiscope.model.steps import Call, Deed, History, Step, Writing, untimed
from permiscope.model.trace import Header, Trace
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import Observer, door
from permiscope.service.door.writing import forward, write
from permiscope.service.policies.policy import fingerprint

Rewrite = Callable[[Message], Message]
"""What becomes of a message that a person writes, in the second run of a pair."""


def as_written(message: Message) -> Message:
    """In every other run: nothing."""
    return message


class MessagingService:
    """A messaging service with its people, and the apps that are registered.

    A step that is not enabled raises `InputError`: the history is ill-formed.
    """

    __slots__ = ("apps", "begun", "clock", "door", "people", "rewrite", "state")

    def __init__(
        self,
        service: Service,
        people: Iterable[str],
        apps: Iterable[str],
        observers: Iterable[Observer] = (),
        rewrite: Rewrite = as_written,
    ) -> None:
        self.people = tuple(people)
        self.apps = tuple(apps)
        self.state = State()
        self.door = door(service, self.state, observers)
        self.begun: list[Called] = []
        self.clock = 0.0
        self.rewrite = rewrite

    def copy(self, service: Service | None = None) -> "MessagingService":
        """A service in the same state that goes its own way, with nobody observing, perhaps of another service."""
        other = object.__new__(MessagingService)
        other.people, other.apps, other.rewrite = self.people, self.apps, self.rewrite
        other.state = self.state.copy()
        other.door = self.door.twin(other.state, service)
        other.begun = [copy(record) for record in self.begun]
        other.clock = self.clock
        return other

    def play(self, history: History) -> None:
        """Take every step in turn. Raises `InputError` that names the first step that is not enabled."""
        for number, step in enumerate(history, start=1):
            self.do_numbered(number, step)

    def do_numbered(self, number: int, step: Step) -> Record | None:
        """Take the step that is the `number`-th of a history; if it is not enabled, the error says so."""
        try:
            return self.do(step)
        except InputError as error:
            raise InputError(f"step {number} is not possible: {error}") from None

    def do(self, step: Step) -> Record | None:
        """Take one step and return its record; None for a begin that is open now."""
        time = self._time(step)
        record = self._take(step, time)
        self.clock = time
        return record

    def _time(self, step: Step) -> float:
        """When the step is taken. Raises `InputError` if that is before the step before, or never."""
        time = self.clock + 1.0 if step.at is None else step.at
        if not self.clock <= time < inf:
            raise InputError(f"its time {time:g} is before {self.clock:g}, that of the step before")
        return time

    def _take(self, step: Step, time: float) -> Record | None:
        match step:
            case Call():
                return self.door.deliver(self.begin(step, time), time)
            case steps.Begin():
                record = self.begin(step.call, time)
                self.begun.append(record)
                # A refused call is over; one that is open makes its record when it is delivered.
                return None if record.outcome == "open" else record
            case steps.Deliver():
                if not 1 <= step.begun <= len(self.begun):
                    raise InputError(f"call {step.begun} was never begun")
                if (record := self.begun[step.begun - 1]).outcome != "open":
                    raise InputError(f"call {step.begun} is over")
                return self.door.deliver(record, time)
            case steps.Hand():
                self.door.tell(handed := self._hand(step, time))
                return handed
            case steps.Forget():
                self._known(step.app, self.apps, "app")
                self.door.tell(forgot := records.Forgot(time, step.app, step.owner))
                return forgot
            case _:
                act = self._act(step, time)
                if isinstance(act, records.Revoked) and "forget" in self.door.service.obligations:
                    self.door.tell(records.Forgot(time, act.app, act.person, obliged=True))
                self.door.tell(act)
                return act

    def begin(self, call: Call, time: float) -> Called:
        """Decide an app's call; deliver it with `self.door.deliver`."""
        self._known(call.app, self.apps, "app")
        self._known(call.owner, self.people, "person")
        draft: Message | None = None
        named = NAMED_BY[call.operation]
        match call.operation:
            case "push":
                raise InputError("no app can ask for a push; let it `subscribe`")
            case "subscribe" | "rule":
                draft = Message("", call.owner, (), "", (), self.state.position, time)
            case "send":
                self._addressable(call.owner, call.to, call.thread)
                draft = write(self.state, time, call.owner, call.text, to=call.to, thread=call.thread, via=call.app)
            case _ if named and not call.target:
                raise InputError(f"a `{call.operation}` needs a {named}")
            case "forward":
                self._forwardable(call)
            case _:
                pass
        return self.door.begin(untimed(call), time, draft)

    def attempt(self, step: Step, observers: Iterable[Observer] = ()) -> list[Record]:
        """The records that a step would leave; the service stays as it is. Observers see what they led to."""
        count = len(self.door.records)
        if not isinstance(step, Call):
            other = self.copy()
            other.door.observers = tuple(observers)
            other.do(step)
            return other.door.records[count:]
        # To be refused, or to read, changes next to nothing, and to put that back is much faster than a copy.
        state, door = self.state, self.door
        before = state.position, state.time, state.decided_under, state.delivered_under
        stored, app_ids, watching = state.stored.copy(), door.app_ids.copy(), door.observers
        door.observers = tuple(observers)
        try:
            time = self._time(step)
            record = self.begin(step, time)
            if record.outcome == "open" and step.operation not in GRADE_OF:
                door = self.copy().door
                door.observers = tuple(observers)
            door.deliver(record, time)
            return door.records[count:]
        finally:
            door = self.door
            door.observers, door.app_ids, state.stored = watching, app_ids, stored
            state.position, state.time, state.decided_under, state.delivered_under = before
            del door.records[count:]

    def in_flight(self) -> Iterator[tuple[int, Called]]:
        """The calls that were begun and not delivered, with their numbers."""
        for number, record in enumerate(self.begun, start=1):
            if record.outcome == "open":
                yield number, record

    def end(self, time: float) -> None:
        """The horizon: what is in flight will not be delivered, and its record says so."""
        for _, record in self.in_flight():
            self.door.cut_off(record, time)

    def played(self, history: History) -> Trace:
        """The trace up to the end of a history, which is its last step."""
        self.play(history)
        self.end(self.clock)
        return self.trace()

    def trace(self, seed: int | None = None) -> Trace:
        """What happened so far, with all that a verdict on it attaches to."""
        service = self.door.service
        return Trace(
            Header(
                policy=service.name,
                text=service.policy.text,
                hash=fingerprint(service.policy),
                people=self.people,
                apps=self.apps,
                seed=seed,
                recheck=service.recheck,
                lag=service.lag,
                permiscope=__version__,
                faults=service.faults,
            ),
            tuple(self.door.records),
        )

    def _act(self, step: Deed, time: float) -> Record:
        state, person = self.state, step.person
        self._known(person, self.people, "person")
        match step:
            case steps.Compose() | steps.SendDraft() | steps.Forward() | steps.Reply():
                return records.Wrote(time, self.rewrite(self._written(step, time)), untimed(step))
            case steps.Edit():
                return records.Edited(time, self.rewrite(self._written(step, time)))
            case steps.Label():
                self._held(person, step.message)
                if not step.app:
                    raise InputError("a label needs a name: that of an app, or another word")
                if state.labelled(step.message, step.app):
                    raise InputError(f"`{step.message}` already bears the label of `{step.app}`")
                return records.Labelled(time, person, step.message, step.app)
            case steps.Trash():
                self._held(person, step.message)
                return records.Moved(time, person, step.message, trashed=True)
            case steps.Restore():
                if step.message not in state.trashed.get(person, ()) and step.message not in state.absent:
                    raise InputError(f"`{person}` has no message `{step.message}` in the trash")
                return records.Moved(time, person, step.message, trashed=False)
            case steps.Add() | steps.Remove():
                return self._membership(step, time)
            case steps.Open() | steps.Close():
                self._held(person, step.message)
                self._known(step.app, self.apps, "app")
                opened = isinstance(step, steps.Open)
                using = state.interacting(step.app, person, step.message)
                if using is opened and step.message not in state.absent:
                    raise InputError(f"`{person}` is {'already' if opened else 'not'} using `{step.app}` on it")
                return records.Session(time, person, step.app, step.message, opened)
            case steps.Consent():
                self._known(step.app, self.apps, "app")
                if state.window(step.app, person, state.position, time):
                    raise InputError(f"`{person}` has granted `{step.app}` already; revoke first")
                return records.Granted(time, step.grant)
            case steps.Revoke():
                if not state.window(step.app, person, state.position, time):
                    raise InputError(f"`{person}` has no grant to `{step.app}` to revoke")
                return records.Revoked(time, person, step.app)
            case _:
                assert_never(step)

    def _written(self, step: Writing, time: float) -> Message:
        """The message that a person writes, or the new version of it."""
        state, person = self.state, step.person
        match step:
            case steps.Compose():
                self._addressable(person, step.to, step.thread)
                if step.via:
                    self._known(step.via, self.apps, "app")
                quoted = self._held(person, step.quote).segments if step.quote else ()
                message = write(
                    state,
                    time,
                    person,
                    step.text,
                    to=step.to,
                    thread=step.thread,
                    via=step.via,
                    quoted=quoted,
                    links=self._apps_of(step.links),
                    mentions=self._apps_of(step.mentions),
                    about=self._apps_of(step.about),
                )
                if step.subject or step.attachments or step.draft:
                    message = evolve(
                        message,
                        subject=step.subject,
                        attachments=tuple(dict.fromkeys(step.attachments)),
                        draft=step.draft,
                    )
                return message
            case steps.SendDraft():
                draft = self._own(person, step.message)
                if not draft.draft:
                    raise InputError(f"`{step.message}` is no draft")
                self._addressable(person, (), draft.thread)
                members = self._members(draft.thread)
                to = tuple([each for each in draft.recipients if each in members])
                return evolve(draft, recipients=to, draft=False, position=state.position, time=time)
            case steps.Forward():
                original = self._held(person, step.message)
                self._addressable(person, step.to, None)
                if step.via:
                    self._known(step.via, self.apps, "app")
                return forward(state, time, person, original, to=step.to, via=step.via, text=step.text)
            case steps.Reply():
                parent = self._held(person, step.message)
                self._addressable(person, (), parent.thread)
                quoted = self._held(person, step.quote).segments if step.quote else ()
                return write(state, time, person, step.text, thread=parent.thread, in_reply_to=parent.id, quoted=quoted)
            case steps.Edit():
                old = self._own(person, step.message)
                own, *rest = old.segments
                return evolve(old, segments=(evolve(own, text=step.text), *rest))
            case _:
                assert_never(step)

    def _membership(self, step: steps.Add | steps.Remove, time: float) -> records.Membership:
        self._known(step.member, self.people, "person")
        members = self._members(step.thread)
        if step.person not in members:
            raise InputError(f"`{step.person}` is no member of thread `{step.thread}`")
        joined = isinstance(step, steps.Add)
        if (step.member in members) is joined:
            raise InputError(f"`{step.member}` is {'already' if joined else 'no'} member of thread `{step.thread}`")
        return records.Membership(time, step.person, step.thread, step.member, joined)

    def _hand(self, step: steps.Hand, time: float) -> records.Handed:
        """All that the app has from the mailbox: what it was shown or handed by the records, and what left besides."""
        for app in (step.app, step.to):
            self._known(app, self.apps, "app")
        if step.app == step.to:
            raise InputError(f"`{step.app}` has it already; hand it to another app")
        self._known(step.owner, self.people, "person")
        door = self.door
        had: dict[str, Message] = {}
        for record in door.records:
            match record:
                case Called(app=step.app, owner=step.owner, shown=shown):
                    had |= {message.id: message for message in shown}
                case records.Handed(to=step.app, owner=step.owner, messages=shown):
                    had |= {message.id: message for message in shown}
                case records.Forgot(app=step.app, owner=step.owner):
                    had.clear()
                case _:
                    pass
        had |= {
            message.id: message for app, owner, message in door.unrecorded if (app, owner) == (step.app, step.owner)
        }
        withheld = "withhold" in door.service.obligations and self.state.granted(step.to, step.owner) is None
        return records.Handed(time, step.app, step.to, step.owner, () if withheld else tuple(had.values()))

    def _known(self, name: str, names: tuple[str, ...], kind: str) -> None:
        if name not in names:
            raise InputError(f"there is no {kind} `{name}`; there are {', '.join(names)}")

    def _apps_of(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The apps that a message names, as a set: in an order of ours, each once."""
        for name in names:
            self._known(name, self.apps, "app")
        return tuple([app for app in self.apps if app in names]) if names else ()

    def _held(self, person: str, name: str) -> Message:
        message = self.state.messages.get(name) or self.state.absent.get(name)
        if message is None or not self.state.would_hold(person, message):
            raise InputError(f"`{person}` holds no message `{name}`")
        return message

    def _own(self, person: str, name: str) -> Message:
        message = self._held(person, name)
        if message.author != person:
            raise InputError(f"`{person}` did not write `{name}`")
        return message

    def _forwardable(self, call: Call) -> None:
        if not call.to:
            raise InputError("a `forward` needs somebody in `to`: people, or the app itself")
        for name in call.to:
            if name != call.app:
                self._known(name, self.people, "person")

    def _addressable(self, author: str, to: tuple[str, ...], thread: str | None) -> None:
        """Make sure that there is somebody to write to: `to` for a new thread, or the others of an old one."""
        if thread is None:
            if not to:
                raise InputError("a message in a new thread needs somebody in `to`")
            for person in to:
                self._known(person, self.people, "person")
                if person == author:
                    raise InputError(f"`{author}` cannot write to themself")
            return
        if to:
            raise InputError("a message goes to a thread or to people, not both; leave out `to` or `thread`")
        if author not in self._members(thread):
            raise InputError(f"`{author}` is no member of thread `{thread}`")

    def _members(self, name: str) -> tuple[str, ...]:
        thread = self.state.thread_of(name)
        if thread is None:
            raise InputError(f"there is no thread `{name}`")
        return thread.members
