"""What does the messaging service do with a step, whoever takes it?

People's steps take effect at once; apps' calls go through the enforcement point. This is one of the two
drivers of a history, the one without a clock of its own; the other is `sim.world.simulation`.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from math import inf
from typing import assert_never

from sim import __version__
from sim.model.access import Grant
from sim.model.errors import InputError
from sim.model.mail import Message
from sim.model.records import Called, Granted, Labelled, Record, Revoked, Wrote
from sim.model.state import State
from sim.model.steps import Begin, Call, Compose, Consent, Deliver, History, Label, Reply, Revoke, Step
from sim.model.trace import Header, Trace
from sim.service.enforcement import EnforcementPoint, Observer
from sim.service.policy import Policy, fingerprint
from sim.service.writing import write


class Platform:
    """A messaging service with its people, the apps that are registered, and one policy.

    A step that is not enabled raises `InputError`: the history is ill-formed.
    """

    __slots__ = ("apps", "begun", "clock", "door", "people", "state")

    def __init__(
        self,
        policy: Policy,
        people: Iterable[str],
        apps: Iterable[str],
        observers: Iterable[Observer] = (),
        *,
        recheck: bool = False,
        lag: float = 0.0,
    ) -> None:
        self.people = tuple(people)
        self.apps = tuple(apps)
        self.state = State()
        self.door = EnforcementPoint(policy, self.state, observers, recheck=recheck, lag=lag)
        self.begun: list[Called] = []
        self.clock = 0.0

    def copy(self, policy: Policy | None = None) -> "Platform":
        """A platform in the same state that goes its own way, with nobody observing, perhaps under another policy."""
        other = object.__new__(Platform)
        other.people, other.apps = self.people, self.apps
        other.state = self.state.copy()
        door = self.door
        other.door = EnforcementPoint(policy or door.policy, other.state, recheck=door.recheck, lag=door.lag)
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
        time = self.clock + 1.0 if step.at is None else step.at
        if not self.clock <= time < inf:
            raise InputError(f"its time {time:g} is before {self.clock:g}, that of the step before")
        record = self._take(step, time)
        self.clock = time
        return record

    def _take(self, step: Step, time: float) -> Record | None:
        match step:
            case Call():
                return self.door.deliver(self.begin(step, time), time)
            case Begin():
                record = self.begin(step.call, time)
                self.begun.append(record)
                # A refused call is over; one that is open makes its record when it is delivered.
                return None if record.outcome == "open" else record
            case Deliver():
                if not 1 <= step.begun <= len(self.begun):
                    raise InputError(f"call {step.begun} was never begun")
                if (record := self.begun[step.begun - 1]).outcome != "open":
                    raise InputError(f"call {step.begun} is over")
                return self.door.deliver(record, time)
            case _:
                act = self._act(step, time)
                self.door.tell(act)
                return act

    def begin(self, call: Call, time: float) -> Called:
        """Decide an app's call; deliver it with `self.door.deliver`."""
        self._known(call.app, self.apps, "app")
        self._known(call.owner, self.people, "person")
        target: str | None
        draft: Message | None = None
        match call.operation:
            case "get" | "delete" | "label":
                target = self._given(call.message, call.operation, "message")
            case "thread":
                target = self._given(call.thread, call.operation, "thread")
            case "search":
                target = self._given(call.text, call.operation, "text")
            case "list":
                target = None
            case "send":
                target = None
                self._addressable(call.owner, call.to, call.thread)
                draft = write(self.state, time, call.owner, call.text, to=call.to, thread=call.thread, via=call.app)
            case _:
                assert_never(call.operation)
        return self.door.begin(call.app, call.operation, call.owner, target, time, draft, call.everyone)

    def in_flight(self) -> Iterator[tuple[int, Called]]:
        """The calls that were begun and not delivered, with their numbers."""
        for number, record in enumerate(self.begun, start=1):
            if record.outcome == "open":
                yield number, record

    def end(self, time: float) -> None:
        """The horizon: what is in flight will not be delivered, and its record says so."""
        for _, record in self.in_flight():
            self.door.cut_off(record, time)

    def trace(self, seed: int | None = None) -> Trace:
        """What happened so far, with all that a verdict on it attaches to."""
        door = self.door
        policy = door.policy
        return Trace(
            Header(
                policy=policy.name,
                text=policy.text,
                hash=fingerprint(policy),
                people=self.people,
                apps=self.apps,
                seed=seed,
                recheck=door.recheck,
                lag=door.lag,
                permiscope=__version__,
            ),
            tuple(door.records),
        )

    def _act(self, step: Compose | Reply | Label | Consent | Revoke, time: float) -> Record:
        state, person = self.state, step.person
        self._known(person, self.people, "person")
        match step:
            case Compose():
                self._addressable(person, step.to, step.thread)
                for app in (*step.links, *step.mentions, *((step.via,) if step.via else ())):
                    self._known(app, self.apps, "app")
                message = write(
                    state,
                    time,
                    person,
                    step.text,
                    to=step.to,
                    thread=step.thread,
                    via=step.via,
                    links=step.links,
                    mentions=step.mentions,
                )
                return Wrote(time, message)
            case Reply():
                parent = self._held(person, step.message)
                self._addressable(person, (), parent.thread)
                quoted = self._held(person, step.quote).segments if step.quote else ()
                message = write(
                    state, time, person, step.text, thread=parent.thread, in_reply_to=parent.id, quoted=quoted
                )
                return Wrote(time, message)
            case Label():
                self._held(person, step.message)
                self._known(step.app, self.apps, "app")
                if state.labelled(step.message, step.app):
                    raise InputError(f"`{step.message}` already bears the label of `{step.app}`")
                return Labelled(time, person, step.message, step.app)
            case Consent():
                self._known(step.app, self.apps, "app")
                if state.window(step.app, person, state.position, time):
                    raise InputError(f"`{person}` has granted `{step.app}` already; revoke first")
                return Granted(time, Grant(step.app, person, step.scope, step.until, step.backfill))
            case Revoke():
                if not state.window(step.app, person, state.position, time):
                    raise InputError(f"`{person}` has no grant to `{step.app}` to revoke")
                return Revoked(time, person, step.app)
            case _:
                assert_never(step)

    def _known(self, name: str, names: tuple[str, ...], kind: str) -> None:
        if name not in names:
            raise InputError(f"there is no {kind} `{name}`; there are {', '.join(names)}")

    def _given(self, value: str | None, operation: str, what: str) -> str:
        if not value:
            raise InputError(f"a `{operation}` needs a {what}")
        return value

    def _held(self, person: str, name: str) -> Message:
        if name not in self.state.mailbox(person):
            raise InputError(f"`{person}` holds no message `{name}`")
        return self.state.messages[name]

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
        if thread not in self.state.threads:
            raise InputError(f"there is no thread `{thread}`")
        if author not in self.state.threads[thread].members:
            raise InputError(f"`{author}` is no member of thread `{thread}`")
