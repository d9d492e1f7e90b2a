"""What can an app do? Ask, and wait for the answer.

The app's half of the door. It hands over the messages that were shown and nothing else, for the record of a call
says why something was refused.
"""

from copy import copy
from random import Random
from typing import Any

from simpy import Event

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.model.steps import Call
from permiscope.model.streams import Draw, Streams
from permiscope.service.door.messaging import MessagingService
from permiscope.world.clock import Clock

Shown = tuple[Message, ...]
"""The value of an answer: what was shown, or the message that was sent; empty if that is nothing."""


class Answer(Event):
    """The delivery of a call: a timeout whose value is made when it is over, of what is true then."""

    def __init__(self, client: "Client", record: Called) -> None:
        clock = client.clock
        self.env = clock
        self.callbacks = [_arrive]
        self._ok = True
        self.door = client.door
        self.record = record
        clock.push(self, clock._now + client.latency(client.random), client.app)  # noqa: SLF001  # what `now` returns


def _arrive(answer: Any) -> None:  # noqa: ANN401  # SimPy calls back with any event; only an Answer has this callback
    record = answer.record
    answer.door.deliver(record, answer.env._now)  # noqa: SLF001  # what `now` returns, without a call in the hot path
    answer._value = record.shown or ((record.sent,) if record.sent else ())  # noqa: SLF001  # an answer's value is made here


class Client:
    """An app's connection to the service. Each call is one timeout: decided now, answered when the time has passed."""

    __slots__ = ("_messaging", "_people", "app", "clock", "door", "latency", "random", "streams")

    def __init__(self, app: str, messaging: MessagingService, clock: Clock, latency: Draw, streams: Streams) -> None:
        self.app = app
        self.streams = streams
        self.clock = clock
        self.door = messaging.door
        self.latency = latency
        self.random: Random = streams("latency")
        self._messaging = messaging
        self._people = frozenset(messaging.people)

    @property
    def now(self) -> float:
        """The time, in virtual seconds since the start."""
        return self.clock.now

    def until(self, time: float) -> Event:
        """Wait until a moment; not at all if it is past."""
        return self.clock.at(max(time, self.now))

    def get(self, owner: str, message: str) -> Event:
        """Ask for the body of a message."""
        if not message or owner not in self._people:
            return self.ask(Call(self.app, "get", owner, message=message))
        # The hot path: what `ask` does, without the questions in between.
        return Answer(self, self.door.begin(Call(self.app, "get", owner, message), self.clock._now))  # noqa: SLF001  # as above

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
        # A copy, for whoever made the call may change it while it is in flight.
        return Answer(self, self._messaging.begin(copy(call), self.clock.now))
