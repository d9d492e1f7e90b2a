"""Search again, until nothing is looked at that the search did not go by.

What is looked at decides which steps are tried and which states are merged, and what is looked at is seen only while
policies are asked. So a search begins with what is known, and begins again, for shorter histories with other steps were
not tried, and states were merged that differ in what is looked at now. What can be looked at is finite, so this ends.
"""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from attrs import evolve

from permiscope.engine.bfs import StaleError, TimeUpError
from permiscope.engine.space import Space
from permiscope.engine.steadiness import Steadiness
from permiscope.engine.values import Values
from permiscope.engine.watching import watched
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.steps import History
from permiscope.service.build import Service
from permiscope.service.policy import said_by


class Watch:
    """What policies look at while they are searched.

    `plan` makes a space of what is looked at; `services` are those that were given, with policies that are watched if
    they do not say what they look at, as `watching` has them. At `until` (of Python's `monotonic`) a search ends.
    """

    def __init__(
        self,
        services: Sequence[Service],
        plan: Callable[[Looked], Space],
        until: float | None = None,
        tick: Tick = no_tick,
    ) -> None:
        self._plan, self._until, self._tick = plan, until, tick
        self.looked = Looked()
        self._known = 0
        watching = [watched(each.policy, self.looked) for each in services]
        pairs = zip(services, watching, strict=True)
        self.services = tuple([evolve(each, policy=policy) if policy else each for each, policy in pairs])
        self.watching = tuple([policy for policy in watching if policy])
        self._steadiness = [Steadiness(each) for each in services if said_by(each.policy).reads is None]

    def spaces(self) -> Iterator[Space]:
        """Yield what is to be searched, again as long as something new is looked at meanwhile."""
        while True:
            for each in self.watching:
                each.reset()
            space = self._plan(self.looked)
            self._known = self.looked.size
            yield space
            if not self.is_stale():
                return

    def is_stale(self) -> bool:
        """Whether something is looked at that the space does not go by."""
        return self.looked.size != self._known

    def tick(self, done: int, count: int) -> None:
        """Tell how far a level is. Raises `StaleError` and `TimeUpError` when it is of no use to go on."""
        self._tick(done, count)
        if self.is_stale():
            raise StaleError
        if self._until is not None and monotonic() > self._until:
            raise TimeUpError

    def check(self, space: Space, histories: Sequence[History]) -> None:
        """Ask whoever does not say what it looks at the same again.

        Raises `InputError` for a policy that answers otherwise then.
        """
        for each in self._steadiness:
            each.check(space, histories)

    def unvaried(self, declared: Values) -> tuple[str, ...]:
        """Return what is to be said of all that had one value only, but for what values are declared of."""
        return tuple([said for each in self.watching for said in each.unvaried(declared)])
