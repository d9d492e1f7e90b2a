"""How soon do guided search and Hypothesis find a leak, and how small? Tuned on other leaks than are reported.

The constants of `permiscope.engine.guided` were chosen on the odd-numbered leaks of the catalogue, so that the
even-numbered ones are the measure. What was not found within its budget counts with the time that the budget took. Of
each leak the first check is taken that one run decides; those that take two runs are left to the paired hunt. Times are
of the processor.
"""

from contextlib import suppress
from random import Random
from statistics import median
from time import process_time
from typing import Any, cast

from attrs import frozen
from hypothesis import Phase, Verbosity, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import BASE, MATRIX, READ, Kind
from permiscope.engine.byte_codec import SLOT, Answers, spell
from permiscope.engine.guided import guided, run
from permiscope.engine.moves import ImpossibleError, Move, Moves
from permiscope.engine.shrinking import Trial, shrink
from permiscope.engine.strategies import histories
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.noninterference import parse_noninterference
from permiscope.model.access import Operation
from permiscope.model.steps import History
from permiscope.questions.checks.leaks import apps_of
from permiscope.service.door.build import Service
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.faults.fault import Fault
from permiscope.service.policies.policy import BUILT_IN
from tests.benchmarks.rounds import Job, Spread, spread, take_turns

STEPS = 20
RUNS = 20
"""Histories a round."""

SEEDS = 5
SHALLOW = 4
DEEP = frozenset({"L3", "L17", "L18", "L27", "L39"})
"""Leaks of which no history of four steps shows what one run decides, as `make leaks` has it."""

QUIET = settings(database=None, deadline=None, derandomize=False, report_multiple_bugs=False, verbosity=Verbosity.quiet)
BUDGET = settings(QUIET, max_examples=200, stateful_step_count=STEPS, phases=[Phase.generate, Phase.shrink])
"""What a state machine may try; guided search gets its default of examples."""


@frozen
class Leak:
    """A fault, with the first check that is to catch it in one run."""

    fault: Fault
    check: str

    @property
    def is_even(self) -> bool:
        """Whether nothing was tuned on it."""
        return int(self.fault.name.removeprefix("L")) % 2 == 0

    @property
    def is_deep(self) -> bool:
        """Whether its smallest history has five steps or more."""
        return self.fault.name in DEEP

    def trial(self) -> Trial:
        """What a history is tried for."""
        return Trial(self.fault.service, parse_invariant(self.check), apps_of(self.fault))

    def steps(self) -> tuple[frozenset[Kind], frozenset[Operation]]:
        """The steps that it is tested with."""
        return BASE | cast("frozenset[Kind]", frozenset(self.fault.kinds)), frozenset(self.fault.operations)

    def moves(self) -> Moves:
        """The same, to be made."""
        return moves_of(*self.steps())


def leaks() -> list[Leak]:
    """Every leak that one run shows."""
    checks = {
        fault: [each for each in fault.caught if parse_noninterference(each) is None] for fault in CATALOGUE.values()
    }
    return [Leak(fault, names[0]) for fault, names in checks.items() if names]


def generating() -> tuple[Spread, Spread]:
    """Drawing histories and running them, in running the same ones: by guided search, and off a tape."""
    trial = Trial(Service(BUILT_IN["reply"]), parse_invariant("I5:reply"))
    deeds, calls = moves_of(MATRIX), moves_of(frozenset(), READ)
    random = Random(0)
    tapes = [bytes([int(256 * random.random()) for _ in range(SLOT * STEPS)]) for _ in range(RUNS)]
    drawn: list[History] = []
    spelled = [spell(tape, trial.start()[0], (*deeds, *calls)) for tape in tapes]

    def draw() -> Job:
        drawn.clear()
        stream = Random(0).random

        def job() -> None:
            for _ in range(RUNS):
                messaging, tally = trial.start()
                drawn.append(tuple(run(messaging, [tally], stream, deeds, calls, STEPS)))

        return job

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
            messaging, _ = trial.start()
            for step in history:
                messaging.do(step)

    return job


@frozen
class Found:
    """A leak, the seconds that guided search took (a median over seeds), and how long its witnesses were."""

    leak: Leak
    seconds: float
    lengths: tuple[int, ...]


def search(leak: Leak) -> Found:
    """Look for a leak from several seeds, shrinking included."""
    times, lengths = [], []
    trial, steps = leak.trial(), leak.steps()
    for seed in range(SEEDS):
        start = process_time()
        searched = guided(trial.service, [trial.invariant], *steps, apps=trial.apps, max_steps=STEPS, seed=seed)
        times.append(process_time() - start)
        lengths += [len(each.witness) for each in searched.values()]
    if 0 < min(lengths) <= SHALLOW and leak.is_deep:
        raise SystemExit(f"{leak.fault.name} is said to take more than {SHALLOW} steps, and took {min(lengths)}")
    return Found(leak, median(times), tuple(lengths))


def machine(leak: Leak) -> tuple[float, float, bool]:
    """Let a plain state machine look for a leak: the seconds to a first break, to a shrunk one, and if there is one."""
    trial = leak.trial()
    breaks: list[float] = []

    class Machine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.messaging, self.tally = trial.start()

    for number, move in enumerate(leak.moves()):
        setattr(Machine, f"step_{number}", _rule(move, breaks))
    start = process_time()
    with suppress(AssertionError):
        run_state_machine_as_test(Machine, settings=BUDGET)
    end = process_time()
    return (breaks or [end])[0] - start, end - start, bool(breaks)


def _rule(move: Move, breaks: list[float]) -> object:
    """A move as a rule, with the answers that it has on a tape."""

    def take(self: Any, answers: bytes) -> None:  # noqa: ANN401  # a machine that is made anew for each leak
        try:
            step = move(self.messaging, Answers(answers))
        except ImpossibleError:
            return
        self.messaging.do(step)
        if self.tally.broken:
            breaks.append(process_time())
            raise AssertionError

    return rule(answers=st.binary(min_size=SLOT - 1, max_size=SLOT - 1))(take)


@frozen
class Shrunk:
    """How one history was shrunk: seconds and length, here and by Hypothesis."""

    ours: float
    theirs: float
    our_steps: int
    their_steps: int


def shrinking(leak: Leak) -> Shrunk | None:
    """Shrink the first break that Hypothesis finds on the tape, both ways; none if it finds none."""
    trial, moves = leak.trial(), leak.moves()
    first: list[tuple[float, History]] = []
    last: History = ()

    def breaks(tape: bytes) -> bool:
        nonlocal last
        messaging, tally = trial.start()
        history = spell(tape, messaging, moves)
        if tally.broken:
            last = history
            if not first:
                first.append((process_time(), history))
        return tally.broken > 0

    tapes = st.binary(min_size=SLOT * STEPS, max_size=SLOT * STEPS)
    try:
        find(tapes, breaks, settings=settings(QUIET, max_examples=2000), random=Random(0))
    except NoSuchExample:
        return None
    began, history = first[0]
    between = process_time()
    ours = shrink(trial, history, moves)
    return Shrunk(process_time() - between, between - began, len(ours), len(last))


def rows() -> list[str]:
    """The rows of the table."""
    drawing, reading = generating()
    lines = [
        f"| generating and running a {STEPS}-step history / running it | {drawing} | ≤ 2 | ≤ 1.5 |",
        f"| the same off a tape | {reading} | ≤ 2 | ≤ 1.5 |",
        f"| Hypothesis front end / running it | {front_end()} | ≤ 8 | ≤ 5 |",
    ]
    found = [search(leak) for leak in leaks()]
    for name, must, aim, deep in (("≤ 4 steps", 50, 10, False), ("≥ 5 steps", 2000, 100, True)):
        for numbers, is_even in (("odd, tuned on", False), ("even", True)):
            group = [each for each in found if each.leak.is_deep is deep and each.leak.is_even is is_even]
            missed = sum(length == 0 for each in group for length in each.lengths)
            lines.append(
                f"| guided search: leaks of {name}, {numbers} ({len(group)}; {missed} of {SEEDS * len(group)} runs "
                f"missed) | {1000 * median(each.seconds for each in group):.1f} ms | ≤ {must} ms | ≤ {aim} ms |"
            )
    even = [each for each in found if each.leak.is_even]
    machines = [machine(each.leak) for each in even]
    missed = sum(not hit for *_, hit in machines)
    first, last = (
        spread([theirs[place] / each.seconds for each, theirs in zip(even, machines, strict=True)]) for place in (0, 1)
    )
    lines += [
        f"| a plain state machine ({missed} of {len(even)} even leaks missed) / guided search | {last} | ≥ 15 | ≥ 30 |",
        f"| the same, if only guided search shrinks | {first} | report | |",
    ]
    shrunk = [each for leak in even if (each := shrinking(leak.leak))]
    larger = sum(each.our_steps > each.their_steps for each in shrunk)
    smaller = sum(each.our_steps < each.their_steps for each in shrunk)
    faster = spread([each.theirs / each.ours for each in shrunk])
    lines.append(
        f"| shrinking by Hypothesis / ours ({len(shrunk)} even leaks: {larger} larger, {smaller} smaller) "
        f"| {faster} | ≥ 20, 0 larger | ≥ 50 |"
    )
    left = [name for name in CATALOGUE if name not in {each.leak.fault.name for each in found}]
    lines.append(f"| left to the paired hunt, for they take two runs: {', '.join(left)} | | | |")
    return lines


if __name__ == "__main__":
    print("\n".join(rows()))
