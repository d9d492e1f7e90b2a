"""Does guided search find what can be broken, soon, always the same, and as short as it can be?"""

import os
import subprocess
import sys
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permiscope.engine.actions import moves_of
from permiscope.engine.alphabet import ALL, KINDS, MATRIX, OF_APPS, PEOPLES, READ, steps_for
from permiscope.engine.bfs import messaging_for
from permiscope.engine.guided import Searched, guided, run
from permiscope.engine.shrinking import Trial
from permiscope.judge.invariants import parse_invariant
from permiscope.service.door.build import Service
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import counts, trace_of

MOVES = moves_of(frozenset(KINDS), ALL)
CLAIMS = [
    ("everything", "I5:authored", 3),
    ("threaded", "I5:reply", 4),
    ("tagged", "I5:threaded", 4),
    ("rooted", "I5:reply", 5),
    ("threaded & tagged", "I5:reply", 5),
    ("reply", "I6:reply", 5),
    ("everything", "I4", 5),
    ("everything", "I9", 3),
    ("authored", "I10", 3),
    ("everything", "I16", 3),
    ("reply", "I18", 3),
]
"""Policies and invariants, with the length of the shortest break as the exhaustive search has it."""


def search(policy: str, invariant: str, *args: Any, **options: Any) -> Searched:  # noqa: ANN401  # as `guided` has them
    """What came of a guided search for one invariant."""
    (found,) = guided(Service(load_policy(policy)), [parse_invariant(invariant)], *args, **options).values()
    return found


@pytest.mark.parametrize(("policy", "invariant", "shortest"), CLAIMS)
def test_a_break_is_found_and_is_as_short_as_can_be(policy: str, invariant: str, shortest: int) -> None:
    """From nearly any seed; and the judge, who knows nothing of the search, agrees that it is one."""
    lengths = []
    for seed in range(5):
        found = search(policy, invariant, *steps_for(invariant), seed=seed)
        assert counts(trace_of(found.witness, load_policy(policy)).records, [invariant])[invariant][1] == 1
        assert found.fired
        lengths.append(len(found.witness))
    assert median(lengths) == shortest
    assert max(lengths) <= shortest + 1


def test_what_cannot_be_broken_is_not() -> None:
    """All that were asked for are run, and the antecedent fired in them."""
    found = search("reply", "I5:reply", MATRIX, READ, examples=300)
    assert (found.witness, found.examples) == ((), 300)
    assert 100 < found.fired <= 300


def test_what_never_happens_tests_nothing() -> None:
    """A policy that refuses everything shows nothing that an invariant could be tested on."""
    assert search("deny-all", "I5:reply", MATRIX, READ, examples=50).fired == 0


def test_progress_is_told() -> None:
    """After each run."""
    told: list[tuple[int, int]] = []
    search("reply", "I5:reply", MATRIX, READ, examples=3, tick=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_alphabet_and_no_operations_are_no_search() -> None:
    """Nothing is possible, and that is no error."""
    assert search("reply", "I5:reply", frozenset(), frozenset(), examples=2).witness == ()


@given(st.integers(0, 2**32), st.integers(0, 25))
def test_a_run_has_at_most_as_many_steps_as_it_may(seed: int, max_steps: int) -> None:
    """And it plays."""
    policy = BUILT_IN["everything"]
    messaging, tally = Trial(Service(policy), parse_invariant("I1")).start()
    history = run(messaging, [tally], Random(seed).random, moves_of(PEOPLES), moves_of(OF_APPS, ALL), max_steps)
    assert len(history) <= max_steps
    messaging_for(Service(policy)).play(tuple(history))


SCRIPT = """
from permiscope.judge.invariants import parse_invariant
from permiscope.engine.alphabet import steps_for
from permiscope.engine.guided import guided
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
for seed in range(3):
    print(guided(Service(BUILT_IN["reply"]), [parse_invariant("I6:reply")], *steps_for("I6:reply"), seed=seed))
"""


def test_the_same_seed_finds_the_same_whatever_the_hashes_are() -> None:
    """No set is asked for its order."""
    told = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert told[0] == told[1]
    assert told[0].count("Searched") == 3
