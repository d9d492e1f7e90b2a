"""Test that the search agrees with a brute force about random services, invariants and runs told apart in pairs."""

import os
from collections.abc import Iterator

import pytest

from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import parties
from permiscope.judge.verdicts import Kind
from tests.oracle.services import OF_TWO_RUNS, RULES, Scene, breaks, draw_scene, shortest

pytestmark = pytest.mark.one_python

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SCENES = 300 if NIGHTLY else 4
PAIRED_SCENES = 100 if NIGHTLY else 10


def differences(scene: Scene, bound: int) -> Iterator[str]:
    """Return how the two differ on a scene: a paragraph for each rule."""
    right = shortest(scene, bound)
    found = hunt_rules(scene.service, scene.rules, bound, given=scene.before)
    for rule in scene.rules:
        verdict = found[rule.name].verdict
        length = verdict.steps if verdict.kind is Kind.REFUTED else None
        shorter = len(right[rule.name]) if rule.name in right else None
        # The search combines attributes of a message, which the brute force does not: what it finds sooner is played.
        is_sooner = length is not None and (shorter is None or length < shorter)
        if is_sooner and breaks(scene, rule, verdict.witness, *parties((*scene.before, *verdict.witness))):
            continue
        if length != shorter:
            steps = "\n  ".join(map(str, right.get(rule.name, verdict.witness)))
            yield f"{scene}\n{rule.name}: the search says {verdict.kind.name} in {length}, not {shorter}:\n  {steps}"


@pytest.mark.parametrize("seed", range(SCENES))
def test_search_agrees_on_random_services(seed: int) -> None:
    """Start from a random state, and go two steps further."""
    found = list(differences(draw_scene(seed, 6, RULES, 4), 2))
    assert found == [], "\n\n".join(found)


@pytest.mark.parametrize("seed", range(PAIRED_SCENES))
def test_search_agrees_on_runs_told_apart(seed: int) -> None:
    """The second run is played anew for each history."""
    found = list(differences(draw_scene(1000 + seed, 3, OF_TWO_RUNS, 4), 1))
    assert found == [], "\n\n".join(found)
