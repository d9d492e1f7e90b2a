"""Do the histories that Hypothesis makes play, and does it shrink a break to one that can be read?"""

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase
from hypothesis.errors import NoSuchExample

from permiscope.engine.alphabet import KINDS, MATRIX, Kind, steps_for
from permiscope.engine.bfs import messaging_for
from permiscope.engine.space import SECOND
from permiscope.engine.strategies import histories
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.access import OPERATIONS, Operation
from permiscope.model.steps import Call, Compose, History, Step
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, Policy
from tests.helpers import APP, hunt, kinds_of, trace_of

pytestmark = pytest.mark.one_python

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=5000)


def breaks(policy: Policy, name: str) -> Callable[[History], bool]:
    """Whether a history breaks an invariant under a policy."""

    def broken(history: History) -> bool:
        (tally,) = judge(trace_of(history, policy).records, [parse_invariant(name)])
        return tally.broken > 0

    return broken


@given(st.data())
def test_each_step_of_a_history_is_enabled(data: st.DataObject) -> None:
    """Under the policy that it was drawn for, a history plays to its end, whatever it is made of."""
    policy = data.draw(st.sampled_from(list(BUILT_IN.values())))
    kinds = data.draw(st.frozensets(st.sampled_from(KINDS)))
    operations = data.draw(st.frozensets(st.sampled_from(OPERATIONS)))
    history = data.draw(histories(kinds, 10, operations, policy))
    assert len(history) <= 10
    messaging_for(Service(policy)).play(history)


@given(histories(frozenset({"grant", "compose", "begin"}), operations=frozenset({"list"})))
def test_a_history_has_only_what_it_was_asked_for(history: History) -> None:
    """The kinds of steps and the operations, and no other."""
    assert {type(step).__name__ for step in history} <= {"Consent", "Compose", "Begin", "Call"}
    assert not any(step.via or step.links or step.mentions for step in history if isinstance(step, Compose))
    assert {step.operation for step in history if isinstance(step, Call)} <= {"list"}


@given(histories(max_steps=0))
def test_a_history_of_no_steps_is_empty(history: History) -> None:
    """Nothing is drawn in vain but the end."""
    assert history == ()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_step_is_found(kind: Kind) -> None:
    """There is a history with it, and it is shrunk to little more than makes it possible."""
    strategy = histories(frozenset(KINDS), operations=frozenset(), apps=(APP, SECOND))
    found = find(strategy, lambda history: any(kind in kinds_of(step) for step in history), settings=STEADY)
    assert kinds_of(found[-1]) == {kind}
    assert len(found) <= 6


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each != "push"])
def test_each_operation_is_found(operation: Operation) -> None:
    """There is a history with such a call by an app that was granted something."""
    strategy = histories(MATRIX | {"attach"}, operations=frozenset({operation}))
    found = find(strategy, lambda history: any(_calls(operation, step) for step in history), settings=STEADY)
    assert _calls(operation, found[-1])
    assert len(found) <= 6


@pytest.mark.parametrize(
    ("policy", "name", "shortest"),
    [
        ("threaded", "I5:reply", 4),
        ("everything", "I5:threaded", 3),
        ("reply", "I6:reply", 5),
        ("reply", "I18", 3),
        ("everything", "I16", 3),
        ("everything", "I4", 5),
        ("everything", "I9", 3),
    ],
)
def test_a_break_is_found_and_shrunk_to_nearly_the_shortest(policy: str, name: str, shortest: int) -> None:
    """The exhaustive search says how short a break can be; Hypothesis soon has one with a step more at most."""
    kinds, operations = steps_for(name)
    exact = hunt(Service(BUILT_IN[policy]), parse_invariant(name), shortest, kinds, operations).verdict.steps
    assert exact == shortest
    tries = [math.inf]
    while tries[-1] > shortest + 1 and len(tries) < 10:
        # What Hypothesis draws depends on the modules that are loaded, so one seed is not one history.
        random = Random(len(tries))
        try:
            found = find(
                histories(kinds, operations=operations),
                breaks(BUILT_IN[policy], name),
                settings=STEADY,
                random=random,
            )
        except NoSuchExample:
            found = ()
        tries.append(len(found) or math.inf)
    assert shortest <= min(tries) <= shortest + 1


def test_what_cannot_be_broken_is_not_found() -> None:
    """A search that finds a break in everything would be found out here."""
    few = settings(STEADY, max_examples=300)
    with pytest.raises(NoSuchExample):
        find(histories(), breaks(BUILT_IN["reply"], "I5:reply"), settings=few)


def test_the_statistics_show_which_steps_there_were(tmp_path: Path) -> None:
    """As events of ours, in the report that users of Hypothesis know."""
    file = tmp_path / "test_shown.py"
    file.write_text(
        "from hypothesis import given\n"
        "from permiscope.engine.strategies import histories\n"
        "@given(histories())\n"
        "def test_shown(history): pass\n"
    )
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--hypothesis-show-statistics", str(file)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.search(r"\d%, step: Consent", shown)
    assert re.search(r"\d%, step: Call get", shown)
    assert re.search(r"\b0 invalid", shown)


def test_the_example_database_brings_a_break_back_at_once() -> None:
    """What broke yesterday is tried first today."""
    database = InMemoryExampleDatabase()
    tried: list[History] = []

    @settings(database=database, deadline=None, max_examples=500, derandomize=False)
    @given(histories())
    def test_scoped(history: History) -> None:
        tried.append(history)
        assert not breaks(BUILT_IN["everything"], "I5:authored")(history)

    with pytest.raises(AssertionError):
        test_scoped()
    shrunk = tried[-1]
    tried.clear()
    with pytest.raises(AssertionError):
        test_scoped()
    assert tried[0] == shrunk


def test_health_checks_are_met_and_none_is_suppressed() -> None:
    """With long histories of every kind of step, and Hypothesis's own settings but for the deadline."""
    assert not any(settings.get_profile(name).suppress_health_check for name in ("ci", "nightly"))

    @settings(settings.get_profile("default"), database=None, deadline=None, suppress_health_check=())
    @given(histories(frozenset(KINDS), 40, frozenset(OPERATIONS)))
    def test_played(history: History) -> None:
        messaging_for(Service(BUILT_IN["everything"])).play(history)

    test_played()


def test_the_profile_of_ci_repeats_itself_and_the_nightly_one_does_not() -> None:
    """A build fails for what was changed; a night looks elsewhere, and longer."""
    ci, nightly = settings.get_profile("ci"), settings.get_profile("nightly")
    assert ci.derandomize
    assert not nightly.derandomize
    assert nightly.max_examples > ci.max_examples


def _calls(operation: Operation, step: Step) -> bool:
    """Whether a step is such a call."""
    return isinstance(step, Call) and step.operation == operation
