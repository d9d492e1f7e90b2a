"""Which single grant would have sufficed? A message is with who wrote it and who got it; each may open it alone."""

from collections import Counter
from collections.abc import Iterator

from attrs import Factory, define

from permiscope.engine.alphabet import BASE, READ
from permiscope.engine.bfs import Levels, Node, explore, messaging_for
from permiscope.engine.pairs import APP
from permiscope.engine.result import Result
from permiscope.engine.space import Space
from permiscope.model.progress import Tick, no_tick
from permiscope.model.records import Called
from permiscope.model.steps import Call, Consent, History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService

Sides = tuple[bool, bool]  # whether its author's grant alone opens a message, whether that of somebody who got it does


@define
class Sufficing(Result):
    """How often each of them opens a message, and the first history after which it does."""

    times: Counter[Sides] = Factory(Counter)
    first: dict[Sides, History] = Factory(dict)


@define
class _AnyGrant:
    """The question whose single grant opens a message, put after every history of people that has no grant yet."""

    found: Sufficing

    def look(self, messaging: MessagingService, node: Node) -> list[Sides]:
        """Let each holder grant alone, and the app read every message there."""
        opened: dict[str, set[str]] = {name: set() for name in messaging.state.messages}
        for person in messaging.people:
            granted = messaging.copy()
            granted.do(Consent(person, APP))
            for name in messaging.state.mailbox(person):
                records = granted.attempt(Call(APP, "get", person, message=name))
                opened[name] |= {person for each in records if isinstance(each, Called) and each.shown}
        messages = messaging.state.messages.values()
        return [(each.author in opened[each.id], bool(opened[each.id] - {each.author})) for each in messages]

    def count(self, node: Node, seen: list[Sides]) -> int:
        """Count each message, for all histories that lead there."""
        for sides in seen:
            self.found.times[sides] += node.weight
            self.found.first.setdefault(sides, node.history)
        return len(seen)


def sufficing(service: Service, bound: int, tick: Tick = no_tick) -> Iterator[Sufficing]:
    """Yield what is known of a service after every history of at most 0, 1, ..., `bound` - 1 steps by people."""
    space = Space(BASE - {"grant"}, READ, frozenset())
    return explore(_AnyGrant(Sufficing(space=space)), Levels(messaging_for(service), space), bound, tick)
