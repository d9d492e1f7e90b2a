"""Search again, until nothing is looked at that the search did not go by.

What is looked at decides which steps are tried and which states are merged, and what is looked at is seen only while
policies are asked. So a search begins with what is known, and begins again, for shorter histories with other steps were
not tried, and states were merged that differ in what is looked at now. What can be looked at is finite, so this ends.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from time import monotonic

from attrs import evolve

from permiscope.engine.bfs import Found, Levels, Question, Seen, StaleError, TimeUpError, explore, histories_of
from permiscope.engine.space import Space
from permiscope.engine.steadiness import ASKED_AGAIN, Steadiness
from permiscope.engine.values import NO_VALUES, Values
from permiscope.engine.watching import watched
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.steps import History
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import said_by

Asked = tuple[Question[Seen, Found], Levels, MessagingService | None]
"""A question, the levels that it is put to, and perhaps another start."""


class Watch:
    """What policies look at while they are searched.

    `plan` makes a space of what is looked at; `services` are those that were given, with policies that are watched if
    they do not say what they look at, as `watching` has them. Some `values` are declared for what they look at. At
    `until` (of Python's `monotonic`) a search ends. All histories begin with what is `given`.
    """

    def __init__(
        self,
        services: Sequence[Service],
        plan: Callable[[Looked], Space],
        values: Values = NO_VALUES,
        until: float | None = None,
        tick: Tick = no_tick,
        given: History = (),
    ) -> None:
        self._plan, self._values, self._until, self._tick, self._given = plan, values, until, tick, given
        self.looked = Looked()
        self._known = 0
        watching = [watched(each.policy, self.looked) for each in services]
        pairs = zip(services, watching, strict=True)
        self.services = tuple([evolve(each, policy=policy) if policy else each for each, policy in pairs])
        self.watching = tuple([policy for policy in watching if policy])
        self._steadiness = [Steadiness(each) for each in services if said_by(each.policy).reads is None]

    def explore(self, ask: Callable[[Space], "Asked[Seen, Found]"], bound: int) -> Iterator[Found]:
        """Yield what a question finds after each length, and begin again when something new is looked at.

        When the time is up, or somebody interrupts the search, what was yielded last has `begun` the next level. What
        begins again takes its bound from what was yielded before. Raises `InputError` for a policy that answers
        otherwise when it is asked again.
        """
        while True:
            for each in self.watching:
                each.reset()
            space = self._plan(self.looked)
            self._known = self.looked.size
            question, levels, start = ask(space)
            last, interrupted = question.found, None
            try:
                for found in explore(question, levels, bound, self._go_on, start):
                    if self._is_stale():
                        break
                    found.unvaried = (*self._unvaried(), *space.untried)
                    last = found
                    yield found
            except StaleError:
                pass
            except TimeUpError:
                last.begun = True
            except KeyboardInterrupt as error:
                last.begun, interrupted = True, error
            # Of less than is looked at, and of a policy that may answer otherwise, nothing is known.
            reached, last.bound = last.bound, 0
            if not self._is_stale():
                first = islice(histories_of(levels, len(levels.known)), ASKED_AGAIN)
                self._ask_again(space, [(*self._given, *each) for each in first])
                last.bound = reached
            if interrupted is not None:
                raise interrupted
            if not self._is_stale():
                return

    def _is_stale(self) -> bool:
        """Whether something is looked at that the space does not go by."""
        return self.looked.size != self._known

    def _go_on(self, done: int, count: int) -> None:
        """Tell how far a level is. Raises `StaleError` and `TimeUpError` when it is of no use to go on."""
        self._tick(done, count)
        if self._is_stale():
            raise StaleError
        if self._until is not None and monotonic() > self._until:
            raise TimeUpError

    def _ask_again(self, space: Space, histories: Sequence[History]) -> None:
        """Ask whoever does not say what it looks at the same again.

        Raises `InputError` for a policy that answers otherwise then.
        """
        for each in self._steadiness:
            each.check(space, histories)

    def _unvaried(self) -> tuple[str, ...]:
        """Return what is to be said of all that had one value only, but for what values are declared of."""
        return tuple([said for each in self.watching for said in each.unvaried(self._values)])
