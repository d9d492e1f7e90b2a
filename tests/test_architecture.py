"""Do the imports go one way? The table of the README, held."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SIM = Path(__file__).parents[1] / "sim" / "permiscope"
MODEL = {"model"}
SERVICE = MODEL | {"service"}
ENGINE = SERVICE | {"judge", "engine"}
QUESTIONS = ENGINE | {"questions"}
STATISTICS = SERVICE | {"world", "judge", "statistics"}
CLAIMS = QUESTIONS | STATISTICS | {"claims"}
REPORT = CLAIMS | {"sources", "report"}
MAY_IMPORT = {
    "model": MODEL,
    "service": SERVICE,
    "world": SERVICE | {"world"},
    "judge": MODEL | {"judge"},
    "engine": ENGINE,
    "questions": QUESTIONS,
    "statistics": STATISTICS,
    "sources": MODEL | {"sources"},
    "claims": CLAIMS,
    "report": REPORT,
    "testing": REPORT | {"testing"},
    "plugin": {"plugin", "testing"},
    "teach": REPORT | {"teach"},
    "cli": REPORT | {"teach", "cli"},
}


def imported(source: str) -> Iterator[str]:
    """The wings of ours that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from (name.split(".")[1] for name in names if name.startswith("permiscope."))


def trespasses(wing: str, source: str) -> list[str]:
    """The wings that a module of `wing` imports and may not."""
    return sorted(set(imported(source)) - MAY_IMPORT[wing])


@pytest.mark.parametrize("path", sorted(SIM.rglob("*.py")), ids=lambda path: path.relative_to(SIM).as_posix())
def test_a_module_imports_what_its_wing_may(path: Path) -> None:
    """The drawing cannot drift from the code."""
    wing = path.relative_to(SIM).parts[0].removesuffix(".py")
    if wing not in ("__init__", "__main__"):
        assert trespasses(wing, path.read_text(encoding="utf-8")) == []


def test_a_judge_that_asks_the_service_is_found() -> None:
    """The check can fail."""
    assert trespasses("judge", "from permiscope.service.policies.policy import Policy") == ["service"]
    assert trespasses("model", "def f():\n    import permiscope.world.people") == ["world"]
