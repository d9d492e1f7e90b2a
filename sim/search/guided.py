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

from sim.judge.invariants import Invariant
from sim.judge.monitor import Tally
from sim.model.access import Operation
from sim.model.progress import Tick, no_tick
from sim.model.steps import History, Step
from sim.search.alphabet import Kind
from sim.search.moves import ImpossibleError, Move, moves_of
from sim.search.shrinking import Trial, shrink
from sim.service.build import Service
from sim.service.platform import Platform
from sim.world.streams import pick

Item = TypeVar("Item")

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
    `fired` how often the antecedent did in them: if never, nothing was tested.
    """

    witness: History
    examples: int
    fired: int


def guided(
    service: Service,
    invariant: Invariant,
    alphabet: frozenset[Kind],
    operations: frozenset[Operation],
    max_steps: int = 20,
    examples: int = 2000,
    seed: int = 0,
    tick: Tick = no_tick,
) -> Searched:
    """Run random histories of at most `max_steps` steps until one breaks the invariant, at most so many `examples`.

    The steps are of the alphabet, the calls of the operations. The same seed makes the same runs.
    """
    trial = Trial(service, invariant)
    random = Random(seed).random
    deeds, calls = moves_of(alphabet, frozenset()), moves_of(alphabet & {"deliver"}, operations)
    fired = 0
    for example in range(1, examples + 1):
        platform, tally = trial.start()
        history = run(platform, tally, random, deeds, calls, max_steps)
        fired += tally.fired
        if tally.broken:
            return Searched(shrink(trial, history, (*deeds, *calls)), example, fired)
        tick(example, examples)
    return Searched((), examples, fired)


def run(
    platform: Platform,
    tally: Tally,
    random: Callable[[], float],
    deeds: Sequence[Move],
    calls: Sequence[Move],
    max_steps: int,
) -> list[Step]:
    """Play one random history on a platform, up to the step that breaks the invariant of the tally if one does.

    `deeds` are what sets up and `calls` what probes; `random` draws a number from 0 to 1 (exclusive).
    """
    choose = _Whim(random, (pick(platform.people, random()), pick(platform.apps, random())))
    kept = [move for move in deeds if random() < KEPT] or deeds
    setting_up = int(random() * SETUP) + 1
    history: list[Step] = []
    for turn in range(max_steps):
        moves = calls if turn >= setting_up and random() < PROBING else kept
        if turn == setting_up and not platform.state.windows:
            # An app that nobody granted anything has nothing to ask: it would all have been in vain.
            moves = [move for move in deeds if move.name == "grant"] or kept
        if not moves:
            continue
        try:
            step = pick(moves, random())(platform, choose)
        except ImpossibleError:
            continue
        if step is not None:
            history.append(step)
            platform.do(step)
            if tally.broken:
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
