"""Do the smallest histories of the leaks, which `make leaks` found, still show what they are kept for?

The search that found them takes minutes; to replay what it found takes a second.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from permiscope.cli.run import service_of
from permiscope.engine.pairs import verdicts_in
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.service.door.build import Service
from permiscope.service.faults.catalogue import CATALOGUE, NOT_STATED
from permiscope.sources.scenario import Scenario, load_scenario

ROOT = Path(__file__).parents[2]
LEAKS = ROOT / "reports" / "leaks"


def broken(service: Service, scenario: Scenario, checks: Iterable[str]) -> set[str]:
    """Which of the checks the history breaks under a service."""
    verdicts = verdicts_in(service, scenario.history, map(parse_rule, checks), scenario.people, scenario.apps)
    return {name for name, verdict in verdicts.items() if verdict.kind is Kind.REFUTED}


def test_each_leak_has_its_smallest_history_and_there_is_no_other() -> None:
    """One file a fault."""
    assert {path.stem for path in LEAKS.glob("*.toml")} == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_smallest_history_of_a_leak_breaks_what_it_is_kept_for(name: str) -> None:
    """Under the fault, and not without it; a check that is said to be blind sees nothing in it."""
    fault, scenario = CATALOGUE[name], load_scenario(LEAKS / f"{name}.toml")
    assert scenario.invariants
    assert set(scenario.invariants) <= set(fault.caught)
    faulty = service_of(scenario)
    assert faulty.faults == (name,)
    assert broken(faulty, scenario, (*scenario.invariants, *fault.blind)) == set(scenario.invariants)
    assert broken(fault.sound, scenario, scenario.invariants) == set()


def test_the_readme_shows_the_table_that_is_kept() -> None:
    """Every leak, stated or not, is in it; and all promises were kept."""
    text = (LEAKS / "leaks.txt").read_text(encoding="utf-8")
    table = text[: text.index("\n\n")]
    assert [line.split()[0] for line in table.splitlines()[1:]] == [*CATALOGUE, *NOT_STATED]
    assert max(map(len, text.splitlines())) <= 80
    assert "All 38 leaks are caught as promised" in text
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")
