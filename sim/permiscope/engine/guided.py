"""Which history breaks a rule, when there are too many to run them all? Random ones, aimed.

Uniform steps rarely meet: who granted, the message that matters and the call that shows it must be of one story. So
each run goes without some kinds of steps, that the others may come together; it favours one app and one person, and
what was written last; and it sets up, with what people do, before it probes, with what the app can ask. What breaks
is shrunk. Runs are drawn with all these leanings, so nothing may be said of how probable a break is.
"""

from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import TypeVar, cast

from attrs import frozen

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import OF_APPS, PEOPLES, Kind
from permiscope.engine.moves import ImpossibleError, Moves
from permiscope.engine.shrinking import Trial, shrink
from permiscope.engine.space import APPS, PEOPLE
from permiscope.engine.steadiness import unsteady
from permiscope.engine.values import Values
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor, Tally
from permiscope.model.access import Operation
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import History, Step
from permiscope.model.streams import pick
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService

Item = TypeVar("Item")

STEPS = 20
"""How many steps a run has at most if nothing is said."""

ONCE = "a history broke an invariant once, and not again"

KEPT = 0.7
"""How probable it is that a run has a certain kind of people's steps."""

FOCUS = 0.7
"""How probable it is that the app or the person in focus is taken where one of them can be."""

SETUP = 8
"""How many steps a run sets up with at most."""

PROBING = 0.5
"""How probable it is, after that, that the app asks something; else people go on, for what they do next may matter."""


@frozen
class Searched:
    """What came of a guided search.

    `witness` is the shrunk history that breaks the invariant, or empty; `examples` counts the runs that it took, and
    `fired` in how many of them the antecedent did: if in none, nothing was tested.
    """

    witness: History
    examples: int
    fired: int


def guided(
    service: Service,
    invariants: Sequence[Invariant],
    alphabet: frozenset[Kind],
    operations: frozenset[Operation],
    *,
    apps: tuple[str, ...] = APPS,
    people: tuple[str, ...] = PEOPLE,
    values: Values | None = None,
    max_steps: int = STEPS,
    examples: int = 2000,
    seed: int = 0,
    tick: Tick = no_tick,
) -> dict[str, Searched]:
    """For each invariant the shrunk history of the first random run that breaks it, of at most so many `examples`.

    A run has at most `max_steps` steps of the alphabet and calls of the operations, in anybody's mailbox. The same seed
    makes the same runs. Raises `InputError` if the policy does not.
    """
    random = Random(seed).random
    deeds, calls = moves_of(alphabet & PEOPLES, values=values), moves_of(alphabet & OF_APPS, operations, values)
    found: dict[str, Searched] = {}
    tested = {invariant.name: 0 for invariant in invariants}
    monitor = Monitor(invariants)
    for example in range(1, examples + 1):
        for tally in monitor.tallies:
            tally.fired = tally.broken = 0
        history = run(
            MessagingService(service, people, apps, (monitor.observe,)),
            monitor.tallies,
            random,
            deeds,
            calls,
            max_steps,
        )
        for tally in monitor.tallies:
            name = tally.invariant.name
            tested[name] += tally.fired > 0
            if tally.broken:
                witness = shrink(Trial(service, tally.invariant, apps, people), history, (*deeds, *calls))
                if not witness:
                    raise unsteady(service.policy, ONCE)
                found[name] = Searched(witness, example, tested[name])
        tick(example, examples)
        if any(tally.broken for tally in monitor.tallies):
            monitor = Monitor([tally.invariant for tally in monitor.tallies if not tally.broken])
            if not monitor.tallies:
                break
    return found | {
        tally.invariant.name: Searched((), examples, tested[tally.invariant.name]) for tally in monitor.tallies
    }


def run(
    messaging: MessagingService,
    tallies: Sequence[Tally],
    random: Callable[[], float],
    deeds: Moves,
    calls: Moves,
    max_steps: int,
) -> list[Step]:
    """Play one random history on a service, up to the step that breaks an invariant of the tallies if one does.

    `deeds` are what sets up and `calls` what probes; `random` draws a number from 0 to 1 (exclusive).
    """
    choose = _Whim(random, (pick(messaging.people, random()), pick(messaging.apps, random())))
    kept = [move for move in deeds if random() < KEPT] or deeds
    setting_up = int(random() * SETUP) + 1
    history: list[Step] = []
    for turn in range(max_steps):
        moves = calls if turn >= setting_up and random() < PROBING else kept
        if turn == setting_up and not messaging.state.windows:
            # An app that nobody granted anything has nothing to ask: it would all have been in vain.
            moves = [move for move in deeds if move.name == "grant"] or kept
        if not moves:
            continue
        try:
            step = pick(moves, random())(messaging, choose)
        except ImpossibleError:
            continue
        history.append(step)
        messaging.do(step)
        if any(tally.broken for tally in tallies):
            break
    return history


class _Whim:
    """The chooser who leaves it to chance, but likes what is in focus, and what is last in a list."""

    __slots__ = ("focus", "random")

    def __init__(self, random: Callable[[], float], focus: Sequence[str]) -> None:
        self.random = random
        self.focus = focus

    def __call__(self, items: Collection[Item]) -> Item:
        count = len(items)
        if not count:
            raise ImpossibleError
        if count == 1:
            return next(iter(items))
        if self.random() < FOCUS:
            for name in self.focus:
                if name in items:
                    return cast("Item", name)
        # The square of a chance is rather small than large, and the last come first here.
        chance = self.random()
        return tuple(items)[count - 1 - int(count * chance * chance)]
