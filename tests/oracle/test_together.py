"""Test that *kept* is not said of a policy that asks for several things at once which some history has.

A brute force has every combination of them. It is asked one way only: a search may find a shorter history of its own.
"""

import os

import pytest

from permiscope.engine.hunting import hunt_rules
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.service.door.build import Service
from tests.oracle.test_policies import breaks
from tests.oracle.together import FAMILIES, beside_own, is_broken, witness

pytestmark = pytest.mark.one_python

CLAIM = "I5:via-app"
POLICIES = 300 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 4


@pytest.mark.parametrize("name", FAMILIES)
def test_what_is_asked_for_at_once_is_found(name: str) -> None:
    """Break the claim whenever the brute force does, and never later; its history is played."""
    family = FAMILIES[name]
    formulas = [beside_own(seed, family.atoms) for seed in range(POLICIES)]
    broken = [formula for formula in formulas if is_broken(name, formula)]
    assert len(broken) > len(formulas) // 4
    for formula in broken:
        history = witness(name, formula)
        assert breaks(formula, CLAIM, history), formula.text
        found = hunt_rules(Service(formula.policy), [parse_rule(CLAIM)], len(history))[CLAIM].verdict
        assert found.kind is Kind.REFUTED, f"{found.kind.name} {found.unvaried}\n{formula.text}\n{history}"
