"""Does the core run where the heavy libraries do not exist?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "scipy", "matplotlib", "rich", "typer", "jinja2", "joblib")
WINGS = ("model", "service", "world", "judge", "engine", "questions", "statistics")
PROBE = f"""
import importlib, os, sys

class Absent:
    asked = []

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            self.asked.append(name)
            raise ModuleNotFoundError(f"no module named {{name}}", name=name)

sys.meta_path.insert(0, Absent())
sys.path[:0] = sys.argv[1].split(os.pathsep)
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*sorted({{*Absent.asked, *(name for name in sys.modules if name in {HEAVY!r})}}))
"""


def heavy_imports(*modules: str, folder: Path = ROOT) -> str:
    """Which of the heavy libraries the modules ask for or load, in a Python that has none of them."""
    command = [sys.executable, "-c", PROBE, f"{folder}{os.pathsep}{ROOT}", *modules]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def rooms(wing: str) -> list[str]:
    """The modules of a wing, by the name that they are imported with."""
    found = [
        path.relative_to(ROOT).with_suffix("").parts
        for path in sorted((ROOT / "sim" / "permiscope" / wing).rglob("*.py"))
    ]
    return [".".join(parts).removesuffix(".__init__") for parts in found]


def test_the_package_asks_for_nothing_heavy() -> None:
    """`import permiscope` is quick wherever it is done."""
    assert heavy_imports("permiscope") == ""


@pytest.mark.parametrize("wing", WINGS)
def test_a_wing_of_the_core_asks_for_nothing_heavy(wing: str) -> None:
    """Each of its rooms can be imported, in a browser for instance."""
    assert len(rooms(wing)) > 1
    assert heavy_imports(*rooms(wing)) == ""


@pytest.mark.parametrize("library", HEAVY)
def test_a_room_that_asks_for_something_heavy_is_found(tmp_path: Path, library: str) -> None:
    """The check can fail, even for a room that would do without the library."""
    (tmp_path / "greedy.py").write_text(f"import {library}\n", "utf-8")
    (tmp_path / "modest.py").write_text(f"try:\n    import {library}\nexcept ImportError:\n    pass\n", "utf-8")
    assert library in heavy_imports("greedy", folder=tmp_path)
    assert heavy_imports("modest", folder=tmp_path) == library


HELP = """
import sys
from permiscope.cli import main

sys.argv = ["permiscope", "--help"]
try:
    main()
finally:
    print("loaded:", *(name for name in ("numpy", "scipy", "matplotlib") if name in sys.modules))
"""


def test_the_help_of_the_command_needs_nothing_that_counts_or_draws() -> None:
    """So it is there at once."""
    done = subprocess.run([sys.executable, "-c", HELP], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["loaded:"]
