"""Does the survey of invariants that is kept still hold, break by break?

`make invariants` searches for minutes; to replay the histories that it found takes a second.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from permiscope.engine.pairs import verdicts_in
from permiscope.engine.space import PEOPLE
from permiscope.judge.verdicts import Kind
from permiscope.model.codec import Codec
from permiscope.questions.checks.keeping import CHECKS, apps_for, check_of, steps_in
from permiscope.service.door.services import SERVICES

KEPT = Path(__file__).parents[2] / "reports" / "invariants"
CELLS: list[dict[str, Any]] = json.loads((KEPT / "verdicts.json").read_text(encoding="utf-8"))["cells"]
WORDS = {Kind.REFUTED: ("no",), Kind.EXHAUSTED: ("kept", "yes"), Kind.VACUOUS: ("-",), Kind.NOT_TESTABLE: ("?",)}


def test_every_check_of_every_service_has_its_cell() -> None:
    """Once."""
    assert {(cell["policy"], cell["invariant"]) for cell in CELLS} == {
        (name, check) for name in SERVICES for check in CHECKS
    }
    assert len(CELLS) == len(SERVICES) * len(CHECKS)


@pytest.mark.parametrize("name", SERVICES)
def test_each_history_that_is_kept_breaks_what_it_is_kept_for(name: str) -> None:
    """Under its service, with as many steps as are said."""
    service, codec = SERVICES[name], Codec()
    broken = [cell for cell in CELLS if cell["policy"] == name and cell["verdict"] == Kind.REFUTED]
    assert broken
    for cell in broken:
        check = cell["invariant"]
        history = tuple(map(codec.read_step, cell["witness"]))
        verdicts = verdicts_in(
            service, history, [check_of(check, service)], PEOPLE, apps_for(steps_in(check, service)[0])
        )
        assert [verdict.kind for verdict in verdicts.values()] == [Kind.REFUTED], check
        assert len(history) == cell["steps"]


def test_the_table_that_is_kept_says_what_the_cells_say() -> None:
    """A check a row, a service a column."""
    heads, *rows = (KEPT / "verdicts.txt").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    assert heads.split() == list(SERVICES)
    assert max(map(len, rows)) <= 80
    told: Mapping[tuple[str, str], str] = {
        (name, row.split()[0]): word for row in rows for name, word in zip(SERVICES, row.split()[1:], strict=True)
    }
    for cell in CELLS:
        word = told[cell["policy"], cell["invariant"]]
        assert word == str(cell["steps"]) or word in WORDS[Kind(cell["verdict"])], cell["invariant"]
