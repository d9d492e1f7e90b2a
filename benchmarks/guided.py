"""How soon do guided search and Hypothesis find a break, and how small? Tuned on other claims than are reported.

Claims are numbered as they come; the constants of `sim.search.guided` were chosen on the odd ones, and the even ones
are measured. What was not found within its budget counts with the time that the budget took.
"""

from random import Random
from statistics import median
from time import perf_counter
from typing import Any

from attrs import frozen
from hypothesis import Phase, Verbosity, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from benchmarks.rounds import Job, Spread, spread, take_turns
from sim.judge.invariants import parse_invariant
from sim.model.extents import READINGS
from sim.model.steps import History
from sim.search.alphabet import MATRIX, READ, steps_for
from sim.search.guided import guided, run
from sim.search.moves import ImpossibleError, Move, moves_of
from sim.search.shrinking import Trial, shrink
from sim.search.strategies import histories
from sim.search.tape import SLOT, Answers, spell
from sim.service.build import Service
from sim.service.policy import BUILT_IN, load_policy

STEPS = 20
RUNS = 20
"""Histories a round."""

SEEDS = 5
SAMPLE = 12
"""Claims for what is slow."""

QUIET = settings(database=None, deadline=None, derandomize=False, report_multiple_bugs=False, verbosity=Verbosity.quiet)
BUDGET = settings(QUIET, max_examples=200, stateful_step_count=STEPS, phases=[Phase.generate, Phase.shrink])
"""What a state machine may try; guided search gets its default of examples."""


@frozen
class Claim:
    """An invariant that a policy breaks; the shortest break of a deep one has five steps or more."""

    policy: str
    invariant: str
    deep: bool = False

    def trial(self) -> Trial:
        """What a history is tried for."""
        return Trial(Service(load_policy(self.policy)), parse_invariant(self.invariant))

    def moves(self) -> tuple[Move, ...]:
        """The steps that the claim is tested with."""
        return moves_of(*steps_for(self.invariant))


def claims() -> list[Claim]:
    """Shallow ones first: readings that a policy breaks, and rules that all do. Then pairs of deep ones, much alike."""
    shallow = [
        Claim(policy, f"I5:{reading}")
        for policy in ("threaded", "counterpart", "tagged", "reply", "everything")
        for reading in READINGS
        if policy != reading and (policy, reading) not in KEPT
    ]
    shallow += [Claim(policy, name) for policy in ("reply", "everything") for name in ("I9", "I16", "I18")]
    deep = [
        Claim("reply", "I4", deep=True),
        Claim("everything", "I4", deep=True),
        Claim("reply", "I6:reply", deep=True),
        Claim("threaded", "I6:threaded", deep=True),
        Claim("threaded & tagged", "I5:reply", deep=True),
        Claim("counterpart & tagged", "I5:threaded", deep=True),
        Claim("rooted & tagged", "I5:reply", deep=True),
        Claim("rooted & tagged", "I5:via-app", deep=True),
        Claim("rooted", "I5:reply", deep=True),
        Claim("threaded & tagged", "I5:via-app", deep=True),
    ]
    return shallow + deep


KEPT = {
    ("threaded", "counterpart"),
    ("reply", "threaded"),
    ("reply", "counterpart"),
    *((policy, "everything") for policy in READINGS),
}
"""Pairs that nothing breaks: the first is included in the second."""


def generating() -> tuple[Spread, Spread]:
    """Drawing histories and running them, in running the same ones: by guided search, and off a tape."""
    trial = Trial(Service(BUILT_IN["reply"]), parse_invariant("I5:reply"))
    deeds, calls = moves_of(MATRIX, frozenset()), moves_of(frozenset(), READ)
    random = Random(0)
    tapes = [bytes([int(256 * random.random()) for _ in range(SLOT * STEPS)]) for _ in range(RUNS)]
    drawn: list[History] = []
    spelled = [spell(tape, trial.start()[0], (*deeds, *calls)) for tape in tapes]

    def draw() -> Job:
        drawn.clear()
        stream = Random(0).random
        return lambda: drawn.extend(tuple(run(*trial.start(), stream, deeds, calls, STEPS)) for _ in range(RUNS))

    def read() -> Job:
        return lambda: [spell(tape, trial.start()[0], (*deeds, *calls)) for tape in tapes]

    rounds = take_turns(draw, lambda: _rerun(trial, drawn), read, lambda: _rerun(trial, spelled))
    return (
        spread([drawing / rerun for drawing, rerun, _, _ in rounds]),
        spread([reading / rerun for _, _, reading, rerun in rounds]),
    )


def front_end() -> Spread:
    """A property of Hypothesis that runs each history, all told, in running the same ones."""
    trial = Trial(Service(BUILT_IN["reply"]), parse_invariant("I5:reply"))
    drawn: list[History] = []

    @settings(QUIET, max_examples=100)
    @given(histories(max_steps=STEPS))
    def property_(history: History) -> None:
        drawn.append(history)
        trial.start()[0].play(history)

    def hypothesis() -> Job:
        drawn.clear()
        return property_

    return spread([told / rerun for told, rerun in take_turns(hypothesis, lambda: _rerun(trial, drawn), rounds=15)])


def _rerun(trial: Trial, drawn: list[History]) -> Job:
    def job() -> None:
        for history in drawn:
            platform, _ = trial.start()
            for step in history:
                platform.do(step)

    return job


@frozen
class Found:
    """A claim, the seconds that guided search took (a median over seeds), and how long its witnesses were."""

    claim: Claim
    seconds: float
    lengths: tuple[int, ...]


def search(claim: Claim) -> Found:
    """Look for a break of a claim from several seeds, shrinking included."""
    times, lengths = [], []
    trial, steps = claim.trial(), steps_for(claim.invariant)
    for seed in range(SEEDS):
        start = perf_counter()
        found = guided(trial.service, trial.invariant, *steps, STEPS, seed=seed)
        times.append(perf_counter() - start)
        lengths.append(len(found.witness))
    return Found(claim, median(times), tuple(lengths))


def machine(claim: Claim) -> tuple[float, bool]:
    """Let a plain state machine look for a break and shrink it: the seconds, and whether it found one."""
    trial = claim.trial()

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.platform, self.tally = trial.start()

    for number, move in enumerate(claim.moves()):
        setattr(Machine, f"step_{number}", _rule(move))
    start = perf_counter()
    try:
        run_state_machine_as_test(Machine, settings=BUDGET)
    except AssertionError:
        return perf_counter() - start, True
    return perf_counter() - start, False


def _rule(move: Move) -> object:
    """A move as a rule, with the answers that it has on a tape."""

    def take(self: Any, answers: bytes) -> None:  # noqa: ANN401  # a machine that is made anew for each claim
        try:
            step = move(self.platform, Answers(answers))
        except ImpossibleError:
            return
        if step is not None:
            self.platform.do(step)
            if self.tally.broken:
                raise AssertionError

    return rule(answers=st.binary(min_size=SLOT - 1, max_size=SLOT - 1))(take)


@frozen
class Shrunk:
    """How one history was shrunk: seconds and length, here and by Hypothesis."""

    ours: float
    theirs: float
    our_steps: int
    their_steps: int


def shrinking(claim: Claim) -> Shrunk | None:
    """Shrink the first break that Hypothesis finds on the tape, both ways; none if it finds none."""
    trial = claim.trial()
    first: list[tuple[float, History]] = []

    def breaks(history: History) -> bool:
        platform, tally = trial.start()
        platform.play(history)
        if tally.broken and not first:
            first.append((perf_counter(), history))
        return tally.broken > 0

    alphabet, operations = steps_for(claim.invariant)
    strategy = histories(alphabet, STEPS, operations, trial.service.policy)
    try:
        theirs = find(strategy, breaks, settings=settings(QUIET, max_examples=2000), random=Random(0))
    except NoSuchExample:
        return None
    began, history = first[0]
    between = perf_counter()
    ours = shrink(trial, history, claim.moves())
    return Shrunk(perf_counter() - between, between - began, len(ours), len(theirs))


def rows() -> list[str]:
    """The rows of the table, on the even-numbered claims."""
    drawing, reading = generating()
    measured = claims()[1::2]
    found = [search(claim) for claim in measured]
    lines = [
        f"| generating and running a {STEPS}-step history / running it | {drawing} | ≤ 2 | ≤ 1.5 |",
        f"| the same off a tape | {reading} | ≤ 2 | ≤ 1.5 |",
        f"| Hypothesis front end / running it | {front_end()} | ≤ 8 | ≤ 5 |",
    ]
    for name, must, aim, deep in (("≤ 4 steps", 50, 10, False), ("≥ 5 steps", 2000, 100, True)):
        group = [each for each in found if each.claim.deep is deep]
        missed = sum(length == 0 for each in group for length in each.lengths)
        lines.append(
            f"| guided search: a break in {name} ({len(group)} claims, {missed} of {SEEDS * len(group)} runs missed) "
            f"| {1000 * median(each.seconds for each in group):.1f} ms | ≤ {must} ms | ≤ {aim} ms |"
        )
    sample = found[:: len(found) // SAMPLE]
    machines = [machine(each.claim) for each in sample]
    faster = spread([theirs / each.seconds for each, (theirs, _) in zip(sample, machines, strict=True)])
    missed = sum(not hit for _, hit in machines)
    lines.append(
        f"| a plain state machine ({missed} of {len(sample)} missed) / guided search | {faster} | ≥ 15 | ≥ 30 |"
    )
    shrunk = [each for claim in measured[:: len(measured) // SAMPLE] if (each := shrinking(claim))]
    larger = sum(each.our_steps > each.their_steps for each in shrunk)
    smaller = sum(each.our_steps < each.their_steps for each in shrunk)
    faster = spread([each.theirs / each.ours for each in shrunk])
    lines.append(
        f"| shrinking by Hypothesis / ours ({len(shrunk)} tapes: {larger} larger, {smaller} smaller) "
        f"| {faster} | ≥ 20, 0 larger | ≥ 50 |"
    )
    return lines


if __name__ == "__main__":
    print("\n".join(rows()))
