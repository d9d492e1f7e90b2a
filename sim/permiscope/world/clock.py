"""What happens first? Virtual time, with an order for what happens at one time.

SimPy breaks ties by who came first, so that starting two processes in another order makes another run. Here
they break by priority and then by the name of the entity; what one entity does at one time stays in its order.
"""

from collections.abc import Generator
from heapq import heappush
from typing import Any

from simpy import Environment, Event, Process
from simpy.core import SimTime
from simpy.events import NORMAL, EventPriority

from permiscope.model.errors import InputError

Behaviour = Generator[Event, Any, None]
"""A process: it yields what it waits for and is sent its value, of whatever type that event has."""


class Entity(Process):
    """A process with a name of its own."""

    def __init__(self, clock: "Clock", name: str, behaviour: Behaviour) -> None:
        self.entity = name
        # The start of a process goes by its own name, not by that of whoever starts it.
        starter, clock._active_proc = clock._active_proc, self  # noqa: SLF001  # SimPy reads it, and offers no other way
        super().__init__(clock, behaviour)
        clock._active_proc = starter  # noqa: SLF001


class Clock(Environment):
    """A SimPy environment whose ties break by (time, priority, entity name)."""

    def start(self, name: str, behaviour: Behaviour) -> Entity:
        """Let a process begin now. Names are unique, or their order is that of starting again."""
        return Entity(self, name, behaviour)

    def at(self, time: float) -> Event:
        """The moment `time` (virtual seconds), exactly: a timeout of the difference could miss it by a rounding."""
        if time < self._now:
            raise InputError(f"its time {time:g} is before {self._now:g}, that of the step before")
        event = Event(self)
        event._ok, event._value = True, None  # noqa: SLF001  # as SimPy's own timeout does
        self.push(event, time, self._entity())
        return event

    def push(self, event: Event, time: float, entity: str) -> None:
        """Put an event in the queue for a moment, in the turn of an entity."""
        turn: Any = entity, next(self._eid)  # SimPy has an int in this place, and only compares it
        heappush(self._queue, (time, NORMAL, turn, event))

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: SimTime = 0) -> None:
        """Put an event in the queue, in the turn of the entity that acts."""
        turn: Any = self._entity(), next(self._eid)
        heappush(self._queue, (self._now + delay, priority, turn, event))

    def ahead(self) -> list[Event]:
        """The events that are still to come, in the order in which they were scheduled."""
        return [event for *_, event in sorted(self._queue, key=_scheduled)]

    def _entity(self) -> str:
        """Who acts now. What no entity schedules comes first."""
        name: str = getattr(self._active_proc, "entity", "")
        return name


def _scheduled(entry: Any) -> int:  # noqa: ANN401  # an entry of SimPy's queue, with a turn of ours
    _, _, (_, order), _ = entry
    number: int = order
    return number
