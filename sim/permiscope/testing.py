"""What does a test of your own import, to put your own policy to the test?

`check` finds the shortest history in which a policy breaks a promise, and checks what every policy should keep. The
pytest plugin hands it to your tests as the fixture `permiscope`. `histories` and `MailboxMachine` are for tests of
your own with Hypothesis.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import ClassVar, TypedDict, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from permiscope.claims import assess, assess_beyond, keeps
from permiscope.engine.actions import calls, enabled
from permiscope.engine.alphabet import KINDS
from permiscope.engine.alphabet import Kind as StepKind
from permiscope.engine.bfs import messaging_for
from permiscope.engine.strategies import histories
from permiscope.engine.values import parse_values
from permiscope.judge.invariants import Invariant, parse_invariant
from permiscope.judge.monitor import Monitor
from permiscope.judge.verdicts import Kind
from permiscope.model.access import OPERATIONS, Operation, Request
from permiscope.model.extents import parse_extent
from permiscope.model.steps import History, Step
from permiscope.questions.policies.beyond import OWN_BOUND
from permiscope.questions.policies.conformance import conform
from permiscope.report.files import file_name, write_text
from permiscope.report.own import counterexample, is_tested, scenario_of, told, told_departure
from permiscope.report.story import story
from permiscope.service.door.build import service_for
from permiscope.service.policies.guarding import examine, load_guarded, watched
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from permiscope.sources.scenario import Scenario, dump_scenario

__all__ = ["MailboxMachine", "as_policy", "check", "histories"]


class How(TypedDict, total=False):
    """What else can be said to `check`, for those who pass it on."""

    invariants: Iterable[str]
    max_steps: int
    examples: int
    seed: int
    permit_only: bool
    vary: Mapping[str, Iterable[str]]


AnyPolicy = Policy | Callable[[Request], object] | str
"""A policy of ours, a function of a request that returns True or False, or a POLICY as on the command line."""


def as_policy(policy: AnyPolicy) -> Policy:
    """The policy that is meant. Raises `InputError` if there is none of its name, or if it cannot be searched."""
    if isinstance(policy, str):
        return load_guarded(policy)
    # What decides is a policy, though it may be callable, too.
    found = cast("Policy", policy) if hasattr(policy, "decide") else _of_function(policy)
    examine(found)
    return found


def check(
    policy: AnyPolicy,
    reading: str | None = "reply",
    *,
    invariants: Iterable[str] = (),
    max_steps: int = OWN_BOUND,
    examples: int = 500,
    seed: int = 0,
    permit_only: bool = True,
    vary: Mapping[str, Iterable[str]] = {},
    folder: Path | None = None,
) -> None:
    """Fail with a story unless the policy conforms, and shows nothing outside the reading of "the app's content".

    It is tested on every history of at most `max_steps` steps and on `examples` of longer ones; on each of the
    `invariants` likewise, by name (`I3`, `I6:reply`). Without a reading or invariants it only has to conform: to answer
    each request, the same each time; to permit nothing without a grant, after its end, or for a grant of somebody else;
    and, being `permit_only` (no rule that forbids), nothing less for a larger grant. `vary` has values that the policy
    compares with and the search would not guess, as `{"subject": ["Invoice"]}`.

    The files that `permiscope run` replays are put into the `folder`.

    Raises:
        AssertionError: It breaks something, or something was not tested.
        InputError: There is no such policy, reading or invariant, or the policy cannot be searched.
    """
    __tracebackhide__ = True
    claims = [keeps(formula) for formula in _formulas(reading, invariants)]
    with watched():
        tested = as_policy(policy)
        departures = conform(tested, seed=seed, permit_only=permit_only)
        *_, cells = [[], *assess([tested], claims, max_steps, values=parse_values(vary))]
        cells = assess_beyond([tested], cells, max_steps, examples, seed)
    failures = [
        _failure(told_departure(each, tested), scenario_of(each, tested), each.property, folder) for each in departures
    ]
    for cell in cells:
        if cell.verdict.kind is Kind.REFUTED:
            failures.append(_failure(told(cell, tested), counterexample(cell), cell.formula, folder))
        elif not is_tested(cell):
            failures.append(told(cell, tested))
    if failures:
        raise AssertionError("\n\n".join(failures))


def _formulas(reading: str | None, invariants: Iterable[str]) -> list[str]:
    return [*([f"I5:{reading}"] if reading else []), *invariants]


def _failure(story: str, scenario: Scenario, what: str, folder: Path | None) -> str:
    """The story of a failure, and the file to replay."""
    if folder is None:
        return story
    path = folder / f"{file_name(scenario.policy, what)}.toml"
    write_text(path, dump_scenario(scenario))
    again = f"Replay  permiscope run {_from_here(path)}"
    if ".py:" not in scenario.policy:
        again += "\n        (once its `policy` is one that the command line can name, as `my_policy.py:policy`)"
    return f"{story}\n\n{again}"


def _of_function(function: Callable[[Request], object]) -> Policy:
    """The function as a policy, by the name that `permiscope run` can load it by if it has one."""
    name: str = getattr(function, "__qualname__", repr(function))
    module = sys.modules.get(getattr(function, "__module__", ""))
    file = getattr(module, "__file__", None)
    if file is None or getattr(module, name, None) is not function:
        return FunctionPolicy(name, _source(function), function)
    path = Path(file)
    return FunctionPolicy(f"{_from_here(path)}:{name}", path.read_text(encoding="utf-8"), function)


def _source(function: Callable[[Request], object]) -> str:
    try:
        return inspect.getsource(function)
    except (OSError, TypeError):
        return repr(function)


def _from_here(path: Path) -> str:
    """The path as one writes it in the folder in which the tests run."""
    path, here = path.resolve(), Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


class MailboxMachine(RuleBasedStateMachine):
    """Three people, an app and their mailboxes, for Hypothesis to play with: a step at a time, judged at once.

    Subclass it, say which `policy`, `reading` and `promises` (other invariants, by name), perhaps add rules of your own
    that act by `self.do(step)` on `self.messaging`, and let pytest collect its `TestCase`.
    """

    policy: ClassVar[AnyPolicy] = "everything"
    reading: ClassVar[str | None] = "reply"
    promises: ClassVar[tuple[str, ...]] = ()
    kinds: ClassVar[tuple[StepKind, ...]] = KINDS
    operations: ClassVar[tuple[Operation, ...]] = OPERATIONS
    _tested: ClassVar[Policy] = BUILT_IN["everything"]
    _invariants: ClassVar[list[Invariant]] = [parse_invariant("I5:reply")]

    def __init_subclass__(cls) -> None:
        """Examine the policy once, and not anew for every example."""
        super().__init_subclass__()
        cls._tested = as_policy(cls.policy)
        cls._invariants = [parse_invariant(name) for name in _formulas(cls.reading, cls.promises)]

    def __init__(self) -> None:
        super().__init__()
        self.messaging = messaging_for(service_for(self._tested))
        self.monitor = Monitor(self._invariants)
        self.messaging.door.observers = (self.monitor.observe,)
        self.history: History = ()

    def do(self, step: Step) -> None:
        """Take a step and remember it."""
        self.messaging.do(step)
        self.history = (*self.history, step)

    @rule(kind=st.integers(0, len(KINDS) - 1), which=st.integers(0, 999))
    def act(self, kind: int, which: int) -> None:
        """A person does something, or a call that an app began is delivered."""
        chosen = frozenset(self.kinds[kind % len(self.kinds) :][:1]) if self.kinds else frozenset()
        if possible := list(enabled(self.messaging, chosen)):
            self.do(possible[which % len(possible)])

    @rule(operation=st.integers(0, len(OPERATIONS) - 1), which=st.integers(0, 999))
    def call(self, operation: int, which: int) -> None:
        """An app asks for something."""
        chosen = frozenset(self.operations[operation % len(self.operations) :][:1]) if self.operations else frozenset()
        for app in self.messaging.apps:
            if possible := list(calls(self.messaging, app, chosen)):
                self.do(possible[which % len(possible)])

    @invariant()
    def keeps_its_promises(self) -> None:
        """None of the promises is broken by what was done so far."""
        for tally in self.monitor.tallies:
            if tally.broken:
                policy = self._tested
                reading = parse_extent(self.reading) if self.reading else None
                name, sentence = tally.invariant.name, tally.invariant.sentence
                head = f"{policy.name} breaks {name} in {len(self.history)} steps: {sentence}"
                trace = messaging_for(service_for(policy)).played(self.history)
                raise AssertionError(f"{head}\n\n{story(trace, policy, reading)}")
