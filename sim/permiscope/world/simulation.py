"""What happens in a day? People and apps on one clock, and a trace of it.

The other driver of a history: `MessagingService.play` has no clock, this one has SimPy's. Both use the same door, so
the same history leaves the same records.
"""

from collections.abc import Iterable, Mapping
from functools import partial

from attrs import evolve

from permiscope.model.errors import InputError
from permiscope.model.steps import Call, History
from permiscope.model.streams import Draw, constant, stream
from permiscope.model.trace import Trace
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import Observer
from permiscope.service.door.messaging import MessagingService, Rewrite, as_written
from permiscope.world.apps import App, dormant
from permiscope.world.client import Answer, Client
from permiscope.world.clock import Behaviour, Clock
from permiscope.world.people import Person, idle

AT_ONCE = constant(0.0)


class Simulation:
    """A service with people and apps that use it, each by name. It runs once.

    `latency` is drawn for each call, in virtual seconds. Observers see each record with the state that it led to.
    `rewrite` says what becomes of the messages that people write, in the second run of a pair.
    """

    def __init__(
        self,
        service: Service,
        people: Mapping[str, Person],
        apps: Mapping[str, App],
        seed: int = 0,
        *,
        latency: Draw = AT_ONCE,
        observers: Iterable[Observer] = (),
        rewrite: Rewrite = as_written,
    ) -> None:
        self.seed = seed
        self.messaging = MessagingService(service, people, apps, observers, rewrite)
        self.clock = Clock()
        self.clients: dict[str, Client] = {}
        for name, person in people.items():
            self.clock.start(name, self._live(name, person))
        for name, app in apps.items():
            streams = partial(stream, seed, name)
            client = Client(name, self.messaging, self.clock, latency, streams)
            self.clients[name] = client
            self.clock.start(name, app(client))

    def run(self, until: float) -> Trace:
        """Let it happen up to a horizon (virtual seconds). What is in flight then is cut off, and recorded as such."""
        self.clock.run(until)
        return self._end(until)

    def play(self, history: History) -> Trace:
        """Take the steps of a history at their times; it ends with the last one. For people and apps that are idle."""
        self.clock.start("history", self._take(history))
        self.clock.run()
        return self._end(self.clock.now)

    def _live(self, name: str, person: Person) -> Behaviour:
        for at, deed in person(partial(stream, self.seed, name)):
            yield self.clock.at(at)
            try:
                self.messaging.do(evolve(deed(self.messaging.state), at=at))
            except InputError as error:
                raise InputError(f"what `{name}` does at {at:g} is not possible: {error}") from None

    def _take(self, history: History) -> Behaviour:
        messaging, clock = self.messaging, self.clock
        for number, step in enumerate(history, start=1):
            try:
                yield clock.at(clock.now + 1.0 if step.at is None else step.at)
                if isinstance(step, Call):
                    yield self.clients[step.app].ask(step)
                else:
                    messaging.do(evolve(step, at=clock.now))
            except InputError as error:
                raise InputError(f"step {number} is not possible: {error}") from None

    def _end(self, time: float) -> Trace:
        messaging = self.messaging
        messaging.end(time)
        for event in self.clock.ahead():
            if isinstance(event, Answer) and event.record.outcome == "open":
                messaging.door.cut_off(event.record, time)
        return messaging.trace(self.seed)


def play(
    history: History,
    service: Service,
    people: Iterable[str],
    apps: Iterable[str],
    observers: Iterable[Observer] = (),
) -> Trace:
    """The trace of a history, driven by SimPy. Raises `InputError` that names the first step that is not enabled."""
    silent = dict.fromkeys(people, idle), dict.fromkeys(apps, dormant)
    return Simulation(service, *silent, observers=observers).play(history)
