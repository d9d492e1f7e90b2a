"""How often does a day break a rule? Independent draws of days, and what may be inferred from them.

The sampling unit is the replication: one day of the simulated world, all of it drawn anew from a seed of its own.
The calls within a day share its people, its grants and its mail, so they are no independent draws and are not
counted as such; a day in which a rule breaks ten times is one day that breaks it.

What is inferred speaks of one generator of days, which is no model of real traffic. Intervals are exact
(Clopper-Pearson, 95 %), each for one rule by itself, though all rules are judged on the same days. SciPy and joblib
are loaded when they are first needed, so that the rest of the search can do without.
"""

from collections import abc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from signal import SIG_IGN, SIGINT, signal
from warnings import catch_warnings

from attrs import evolve, field, frozen

from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.errors import InputError
from permiscope.model.extents import Atom, Facts
from permiscope.model.mail import Message
from permiscope.model.progress import Interruption, Tick, no_tick
from permiscope.model.state import State
from permiscope.model.steps import Compose
from permiscope.model.streams import DAY, Streams, stream
from permiscope.model.trace import Trace
from permiscope.service.door.build import service_for
from permiscope.service.policies.guarding import watched
from permiscope.service.policies.policy import Policy
from permiscope.world.apps import App
from permiscope.world.day import APP, curious, honest, people
from permiscope.world.people import Act, Deed, Person
from permiscope.world.simulation import Simulation

CONFIDENCE = 0.95
BATCH = 16
"""Draws that a worker makes at a time: some tenths of a second, so that handing them out costs little."""


@frozen
class Generator:
    """Where draws come from: a function from a seed to a trace, with the name and version that verdicts attach to.

    All chance in a draw comes from its seed, that of its policy too, or the draws are not independent. The version
    goes up when the same seed makes another trace.
    """

    name: str
    version: int
    draw: Callable[[int], Trace] = field(eq=False, repr=False)

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}"


@frozen
class Sample:
    """What came of one rule in independent draws.

    Of `draws` draws, `tested` put the rule to the test (its antecedent fired at least once) and `broken` broke it.
    `seed` is that of the sample, `first` that of the first draw that broke the rule.
    """

    invariant: Invariant
    generator: Generator
    seed: int
    draws: int
    tested: int
    broken: int
    first: int | None = None

    @property
    def rate(self) -> tuple[float, float]:
        """The two-sided interval for the probability that a draw breaks the rule, tested in it or not."""
        return interval(self.broken, self.draws)

    @property
    def verdict(self) -> Verdict:
        """REFUTED by any break, VACUOUS if no draw tested the rule, else HELD with an upper bound.

        The bound is from the draws that tested the rule, and no others: given which ones did, they are independent
        draws from the days that do. So it bounds the probability that such a day breaks the rule, and all the more
        that any day does, for a day that does not test it cannot break it. Days on which nothing was asked thus lend
        no confidence, and the fewer test the rule, the nearer the bound is to 1: a little short of VACUOUS.
        """
        verdict = Verdict(Kind.VACUOUS, self.tested, draws=self.draws, generator=str(self.generator))
        if self.broken:
            return evolve(verdict, kind=Kind.REFUTED)
        if self.tested:
            return evolve(verdict, kind=Kind.HELD, upper=upper_bound(self.tested))
        return verdict

    def replay(self) -> Trace | None:
        """The first draw that broke the rule, drawn again; None if none did."""
        return None if self.first is None else self.generator.draw(self.first)


def sample(
    generator: Generator,
    invariants: Iterable[Invariant],
    n: int,
    seed: int = 0,
    tick: Tick = no_tick,
    *,
    workers: int = 1,
) -> list[Sample]:
    """Judge `n` independent draws by each invariant.

    The number is fixed beforehand and no break ends it early, or the intervals would not hold. Ctrl-C does end it:
    what was drawn until then is kept, with the smaller n, unless that is nothing. Whoever presses it has not seen
    what was found, so it chooses no outcome. More workers are processes; the draws and their order are the same.
    Raises `InputError` for an `n` below 1.
    """
    if n < 1:
        raise InputError(f"a sample of {n} draws says nothing; draw 1 or more")
    judged = tuple(invariants)
    seeds = replications(seed, n)
    tested, broken = [0] * len(judged), [0] * len(judged)
    first: list[int | None] = [None] * len(judged)
    draws = 0
    with Interruption(lambda: draws), closing(_outcomes(generator, judged, seeds, workers)) as outcomes:
        for outcome in outcomes:
            for number, (fired, broke) in enumerate(outcome):
                tested[number] += fired
                broken[number] += broke
                if broke and first[number] is None:
                    first[number] = seeds[draws]
            draws += 1
            tick(draws, n)
    return [
        Sample(invariant, generator, seed, draws, tested[number], broken[number], first[number])
        for number, invariant in enumerate(judged)
    ]


def replications(seed: int, n: int) -> list[int]:
    """The seeds of the draws of a sample. A larger sample begins with the smaller one."""
    random = stream(seed, "sampler", "replications")
    return [int(random.random() * 2**53) for _ in range(n)]


def upper_bound(draws: int, broken: int = 0) -> float:
    """The one-sided 95 % upper bound on a probability: 1 − 0.05^(1/n) if none of the n draws broke the rule."""
    from scipy.stats import binomtest

    test = binomtest(broken, draws, alternative="less")
    return float(test.proportion_ci(CONFIDENCE, method="exact").high)


def interval(broken: int, draws: int) -> tuple[float, float]:
    """The two-sided 95 % interval for a probability, of which 2.5 % is left out at either end."""
    from scipy.stats import binomtest

    found = binomtest(broken, draws).proportion_ci(CONFIDENCE, method="exact")
    return float(found.low), float(found.high)


Outcome = list[tuple[bool, bool]]
"""Of one draw, for each invariant: whether it was tested, and whether it broke."""

Drawing = abc.Generator[Outcome, None, None]
"""The draws as they are made; it can be closed before its end."""


def _outcomes(generator: Generator, invariants: Sequence[Invariant], seeds: Sequence[int], workers: int) -> Drawing:
    """What came of each draw, in the order of the seeds, whoever is done first."""
    if workers == 1:
        for seed in seeds:
            yield _outcome(generator, invariants, seed)
        return
    from joblib import Parallel, delayed

    batches = (seeds[start : start + BATCH] for start in range(0, len(seeds), BATCH))
    parallel = Parallel(n_jobs=workers, return_as="generator", batch_size=1, initializer=_ignore_interruptions)
    made = parallel(delayed(_batch)(generator, invariants, batch) for batch in batches)
    try:
        for batch in made:
            yield from batch
    finally:
        # joblib warns that draws on their way are dropped; whoever interrupted meant that.
        with catch_warnings(action="ignore"):
            made.close()


def _ignore_interruptions() -> None:
    """Leave Ctrl-C, which a terminal sends to the workers as well, to the process that counts."""
    signal(SIGINT, SIG_IGN)


def _batch(generator: Generator, invariants: Sequence[Invariant], seeds: Sequence[int]) -> list[Outcome]:
    """The outcomes of some draws, in a worker: nobody else sees whether a policy gets stuck there."""
    with watched():
        return [_outcome(generator, invariants, seed) for seed in seeds]


def _outcome(generator: Generator, invariants: Sequence[Invariant], seed: int) -> Outcome:
    tallies = judge(generator.draw(seed).records, invariants)
    return [(tally.fired > 0, tally.broken > 0) for tally in tallies]


# The days of `permiscope.world.day`, each with a seed of its own.

PolicyOf = Callable[[int], Policy]
"""The policy of the draw with a seed; one that draws nothing itself is the same for all."""

VERSION = 1
SHARE = 0.1
"""How many of the messages that are not written via the app are about its content all the same."""

APPS: Mapping[str, Callable[[int], App]] = {
    "curious": lambda _: curious(),
    "honest": lambda seed: honest(seed=seed),
}
"""How the app of a day behaves, from the seed of the day."""


def days(policy: PolicyOf, app: str = "curious") -> Generator:
    """Days of Ana, Ben and Cy, of whom Ana grants the app at eight; the app is *curious* or *honest*.

    What a person writes via the app is about its content, and so is a tenth of the rest; an answer is not.
    """
    return Generator(f"days of 3 people and one {app} app", VERSION, partial(_day, policy, app))


def _day(policy: PolicyOf, app: str, seed: int) -> Trace:
    writers = {name: _on_topics(person) for name, person in people().items()}
    return Simulation(service_for(policy(seed)), writers, {APP: APPS[app](seed)}, seed).run(DAY)


def _on_topics(person: Person) -> Person:
    """The same person, whose messages are about something. The draws are from a stream that moves no other."""

    def acts(streams: Streams) -> Iterator[Act]:
        random = streams("topics")
        for act in person(streams):
            yield Act(act.at, partial(_on_topic, act.deed, random.random()))

    return acts


def _on_topic(deed: Callable[[State], Deed], chance: float, state: State) -> Deed:
    step = deed(state)
    if isinstance(step, Compose) and (step.via == APP or chance < SHARE):
        return evolve(step, about=(APP,))
    return step


def noisy_topical(sensitivity: float, false_positives: float, seed: int) -> Atom:
    """What a classifier takes for the app's content: most of what is about it, and some of the rest.

    It finds a message about the app with the probability `sensitivity`, and takes another one for it with the
    probability `false_positives`. The same message is always taken alike: there is one draw for each (seed, app,
    message), compared with one probability or the other. So let `seed` be that of the draw, as in
    `days(lambda seed: ExtentPolicy(noisy_topical(0.9, 0.02, seed)))`, or every day makes the same mistakes. Raises
    `InputError` for what is no probability.
    """
    for name, value in (("sensitivity", sensitivity), ("false-positive rate", false_positives)):
        if not 0.0 <= value <= 1.0:
            raise InputError(f"a {name} of {value:g} is no probability; use 0 to 1")

    @cache
    def drawn(app: str, name: str) -> float:
        return stream(seed, app, f"classifies {name}").random()

    def holds(message: Message, app: str, owner: str, facts: Facts) -> bool:
        return drawn(app, message.id) < (sensitivity if app in message.about else false_positives)

    return Atom(
        f"noisy-topical({sensitivity:g}, {false_positives:g})",
        f"a classifier says that it is about the app's content, which finds {sensitivity:.4g} of what is and takes "
        f"{false_positives:.4g} of the rest for it",
        holds,
    )
