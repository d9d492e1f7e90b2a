"""Does guided search find what can be broken, soon, always the same, and as short as it can be?"""

import os
import subprocess
import sys
from itertools import pairwise
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.judge.invariants import parse_invariant
from sim.model.access import OPERATIONS
from sim.model.steps import Begin, Call, Compose, Consent, Deliver, History, Reply, Revoke
from sim.search.alphabet import BASE, KINDS, MATRIX, READ, steps_for
from sim.search.exhaustive import platform_for
from sim.search.guided import guided, run
from sim.search.moves import moves_of
from sim.search.shrinking import Trial, shrink
from sim.search.tape import SLOT, spell
from sim.service.build import Service
from sim.service.policy import BUILT_IN, load_policy
from tests.helpers import ANA, APP, BEN, CY, counts, get, trace_of

MOVES = moves_of(KINDS, OPERATIONS)
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


def trial(policy: str, invariant: str) -> Trial:
    """What a history is tried for."""
    return Trial(Service(load_policy(policy)), parse_invariant(invariant))


@pytest.mark.parametrize(("policy", "invariant", "shortest"), CLAIMS)
def test_a_break_is_found_and_is_as_short_as_can_be(policy: str, invariant: str, shortest: int) -> None:
    """From nearly any seed; and the judge, who knows nothing of the search, agrees that it is one."""
    lengths = []
    for seed in range(5):
        found = guided(Service(load_policy(policy)), parse_invariant(invariant), *steps_for(invariant), seed=seed)
        assert counts(trace_of(found.witness, load_policy(policy)).records, [invariant])[invariant][1] == 1
        assert found.fired
        lengths.append(len(found.witness))
    assert median(lengths) == shortest
    assert max(lengths) <= shortest + 1


def test_what_cannot_be_broken_is_not() -> None:
    """All that were asked for are run, and the antecedent fired in them."""
    found = guided(Service(BUILT_IN["reply"]), parse_invariant("I5:reply"), MATRIX, READ, examples=300)
    assert (found.witness, found.examples) == ((), 300)
    assert found.fired > 300


def test_what_never_happens_tests_nothing() -> None:
    """A policy that refuses everything shows nothing that an invariant could be tested on."""
    assert guided(Service(BUILT_IN["deny-all"]), parse_invariant("I5:reply"), MATRIX, READ, examples=50).fired == 0


def test_progress_is_told() -> None:
    """After each run."""
    told: list[tuple[int, int]] = []
    guided(
        Service(BUILT_IN["reply"]),
        parse_invariant("I5:reply"),
        MATRIX,
        READ,
        examples=3,
        tick=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_alphabet_and_no_operations_are_no_search() -> None:
    """Nothing is possible, and that is no error."""
    assert (
        guided(Service(BUILT_IN["reply"]), parse_invariant("I5:reply"), frozenset(), frozenset(), examples=2).witness
        == ()
    )


@given(st.integers(0, 2**32), st.integers(0, 25))
def test_a_run_has_at_most_as_many_steps_as_it_may(seed: int, max_steps: int) -> None:
    """And it plays."""
    policy = BUILT_IN["everything"]
    platform, tally = Trial(Service(policy), parse_invariant("I1")).start()
    deeds, calls = moves_of(KINDS, frozenset()), moves_of(frozenset(), OPERATIONS)
    history = run(platform, tally, Random(seed).random, deeds, calls, max_steps)
    assert len(history) <= max_steps
    platform_for(Service(policy)).play(tuple(history))


SCRIPT = """
from sim.judge.invariants import parse_invariant
from sim.search.alphabet import steps_for
from sim.search.guided import guided
from sim.service.build import Service
from sim.service.policy import BUILT_IN
for seed in range(3):
    print(guided(Service(BUILT_IN["reply"]), parse_invariant("I6:reply"), *steps_for("I6:reply"), seed=seed))
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


@given(st.binary(min_size=15 * SLOT, max_size=15 * SLOT), st.sampled_from(["I5:authored", "I9", "I10", "I16", "I18"]))
def test_of_a_shrunk_history_no_step_can_be_left_out(tape: bytes, invariant: str) -> None:
    """It breaks with its last step, plays from its start, and speaks of what was made."""
    tried = trial("everything", invariant)
    history = spell(tape, platform_for(tried.service), MOVES)
    shrunk = shrink(tried, history, MOVES)
    assert bool(shrunk) is bool(tried.plan(history))
    plan = tried.plan(shrunk)
    assert len(plan) == len(shrunk) <= len(history)
    for place in range(len(plan)):
        assert not tried.play(plan[:place] + plan[place + 1 :]).broken


def test_a_message_is_known_by_the_step_that_made_it() -> None:
    """The third message is the second, and then the first, when those before it are dropped; it stays the same one."""
    history = (
        Compose(ANA, (BEN,), text="Lunch?"),
        Consent(ANA, APP),
        Compose(BEN, (CY,), text="Coffee?"),
        Compose(BEN, (ANA,), text="My results came."),
        get("m1"),
        get("m3"),
    )
    tried = trial("everything", "I18")
    plan = tried.plan(history)
    assert [deed.made[0] for deed in plan] == [("m1",), (), ("m2",), ("m3",), (), ()]
    played = tried.play(plan[1:])
    assert played.steps[-1] == get("m2")
    assert [deed.step for deed in played.deeds] == [*history[1:4], history[5]]
    assert shrink(tried, history, MOVES) == (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), text="My results came."),
        get("m1"),
    )


def test_who_speaks_of_what_was_not_made_is_left_out() -> None:
    """A reply without its message, and a delivery without its call, take nobody else's place."""
    history = (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), text="One."),
        Reply(ANA, "m1", text="Two."),
        Begin(get("m1")),
        Begin(get("m2")),
        Revoke(ANA, APP),
        Deliver(1),
    )
    tried = trial("everything", "I4")
    plan = tried.plan(history)
    without = tried.play(plan[:3] + plan[4:])
    assert without.steps == [*history[:3], history[4], history[5]]
    assert tried.play([plan[0], *plan[2:]]).steps == [history[0], history[5]]


def test_what_nobody_ever_made_keeps_its_name() -> None:
    """An app may ask for a message that is none, and that may be what breaks."""
    history = (Consent(ANA, APP), get("m9"), Compose(BEN, (ANA,), text="My results came."), get("m1"))
    tried = trial("everything", "I18")
    assert tried.play(tried.plan(history)).steps == list(history)


def test_a_call_in_flight_becomes_a_plain_call_where_that_breaks_too() -> None:
    """And a reply a message of its own; two people are enough for it."""
    history = (
        Consent(CY, APP),
        Compose(BEN, (CY,), via=APP, text="One."),
        Reply(CY, "m1", text="Two."),
        Compose(BEN, thread="t1", text="Three."),
        Begin(get("m3", CY)),
        Deliver(1),
    )
    shrunk = shrink(trial("everything", "I18"), history, moves_of(BASE, READ))
    assert [type(step) for step in shrunk] == [Consent, Compose, Call]
    assert not any(CY in (step.person, *step.to) for step in shrunk if isinstance(step, Compose))


def test_what_is_not_needed_in_a_step_is_left_out_of_it() -> None:
    """An app that is linked or written with, a delete of everyone's copies."""
    history = (
        Consent(ANA, APP),
        Compose(BEN, (ANA,), via=APP, links=(APP,), text="See this film."),
        Call(APP, "delete", ANA, message="m1", everyone=True),
    )
    plain = (history[0], Compose(BEN, (ANA,), text="See this film."), Call(APP, "delete", ANA, message="m1"))
    assert shrink(trial("everything", "I9"), history, MOVES) == plain
    assert shrink(trial("everything", "I10"), history, MOVES) == (*plain[:2], history[2])


def test_a_history_that_breaks_nothing_shrinks_to_nothing() -> None:
    """There is nothing to keep."""
    assert shrink(trial("reply", "I5:reply"), (Consent(ANA, APP),), MOVES) == ()


def test_two_messages_that_did_half_each_become_one() -> None:
    """A thread that an idle message opened is opened by the one that matters."""
    history: History = (
        Compose(BEN, (ANA,), text="Lunch?"),
        Compose(BEN, thread="t1", via=APP, text="See this film."),
        Consent(ANA, APP),
        get("m2"),
    )
    shrunk = shrink(trial("via-app", "I5:authored"), history, moves_of(*steps_for("I5:authored")))
    assert len(shrunk) == 3
    assert all(one != other for one, other in pairwise(shrunk))
