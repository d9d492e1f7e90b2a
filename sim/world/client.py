"""What can an app do? Ask, and wait for the answer.

The app's half of the door. It hands over the messages that were shown and nothing else, for the record of a call
says why something was refused.
"""

from random import Random

from simpy import Event
from simpy.events import NORMAL

from sim.model.mail import Message
from sim.model.records import Called
from sim.model.steps import Call
from sim.service.enforcement import EnforcementPoint
from sim.service.platform import Platform
from sim.world.clock import Clock
from sim.world.streams import Draw, Streams

Shown = tuple[Message, ...]
"""The value of an answer: what was shown, or the message that was sent; empty if that is nothing."""


class Answer(Event):
    """The delivery of a call: a timeout whose value is made when it is over, of what is true then."""

    def __init__(self, clock: Clock, delay: float, door: EnforcementPoint, record: Called) -> None:
        self.env = clock
        self.callbacks = [self._arrive]
        self._ok = True
        self._value = ()
        self._door = door
        self._record = record
        clock.schedule(self, NORMAL, delay)

    def _arrive(self, event: Event) -> None:
        record = self._record
        self._door.deliver(record, self.env.now)
        self._value = (record.sent,) if record.sent else record.shown


class Client:
    """An app's connection to the service. Each call is one timeout: decided now, answered when the time has passed.

    `calls` collects the records, so that whoever owns the clock can cut off what is in flight at the end.
    """

    __slots__ = ("_calls", "_clock", "_door", "_latency", "_platform", "_random", "app", "streams")

    def __init__(
        self, app: str, platform: Platform, clock: Clock, latency: Draw, streams: Streams, calls: list[Called]
    ) -> None:
        self.app = app
        self.streams = streams
        self._platform = platform
        self._door = platform.door
        self._clock = clock
        self._latency = latency
        self._random: Random = streams("latency")
        self._calls = calls

    @property
    def now(self) -> float:
        """The time, in virtual seconds since the start."""
        return self._clock.now

    def until(self, time: float) -> Event:
        """Wait until a moment; not at all if it is past."""
        return self._clock.at(max(time, self.now))

    def get(self, owner: str, message: str) -> Event:
        """Ask for the body of a message."""
        if not message or owner not in self._platform.people:
            return self.ask(Call(self.app, "get", owner, message=message))
        # The hot path: what `ask` does, without a `Call` in between.
        return self._answer(self._door.begin(self.app, "get", owner, message, self._clock.now))

    def thread(self, owner: str, thread: str) -> Event:
        """Ask for the bodies of a thread."""
        return self.ask(Call(self.app, "thread", owner, thread=thread))

    def list(self, owner: str) -> Event:
        """Ask for the headers of the mailbox."""
        return self.ask(Call(self.app, "list", owner))

    def search(self, owner: str, text: str) -> Event:
        """Ask for the headers of the messages that contain a text."""
        return self.ask(Call(self.app, "search", owner, text=text))

    def send(self, owner: str, text: str, *, to: tuple[str, ...] = (), thread: str | None = None) -> Event:
        """Write in the owner's name: to people in a new thread, or to all others of an old one."""
        return self.ask(Call(self.app, "send", owner, to=to, thread=thread, text=text))

    def delete(self, owner: str, message: str, *, everyone: bool = False) -> Event:
        """Remove the owner's copy of a message, or everyone's."""
        return self.ask(Call(self.app, "delete", owner, message=message, everyone=everyone))

    def label(self, owner: str, message: str) -> Event:
        """Put the app's label on a message."""
        return self.ask(Call(self.app, "label", owner, message=message))

    def ask(self, call: Call) -> Event:
        """Have a call decided now; what comes back is the event of its delivery, which the app can yield."""
        return self._answer(self._platform.begin(call, self._clock.now))

    def _answer(self, record: Called) -> Answer:
        self._calls.append(record)
        return Answer(self._clock, self._latency(self._random), self._door, record)
