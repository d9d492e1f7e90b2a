"""Is what people read at a terminal laid out for them, and what programs read whole?"""

import json
import re
import shutil
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from permiscope.claims import assess, content_scoped
from permiscope.cli.progress import progress
from permiscope.cli.searching import so_far
from permiscope.model.extents import READINGS
from permiscope.service.policies.policy import BUILT_IN
from tests.helpers import Command, Done

ROOT = Path(__file__).parents[1]
Typed = Callable[[str, Path], Done]
COMMANDS = ("test", "explain", "run", "list", "audit", "diff", "trim", "show", "learn", "init")
"""All but the demo, which is its own example and has a golden text."""


@pytest.fixture
def typed(command: Command, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """What becomes of a line that is typed in a folder of a wide and colourful terminal, and piped on."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")

    def run(line: str, folder: Path) -> Done:
        words = [
            path.relative_to(folder).as_posix() if "*" in word else word
            for word in line.split()
            for path in (sorted(folder.glob(word)) if "*" in word else [folder])
        ]
        return command(*words, folder=folder)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the examples run: with a report, a counterexample and a mailbox."""
    (tmp_path / "reports").mkdir()
    shutil.copytree(ROOT / "reports" / "01_inbox_api", tmp_path / "reports" / "01_inbox_api")
    shutil.copy(ROOT / "reports" / "leaks" / "L1.toml", tmp_path / "counterexample.toml")
    head = "From a Thu Jan  1 10:00:00 2015\nFrom: ben@example.org\nTo: ana@example.org\nMessage-ID: <1@example.org>"
    (tmp_path / "mail.mbox").write_text(f"{head}\n\nHello.\n", encoding="utf-8")
    return tmp_path


@pytest.mark.one_python
@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_in_the_help_of_a_command_works(typed: Typed, name: str, folder: Path) -> None:
    """It ends with 0 or, where what it names is broken, 1; in 80 columns, without colours, and without a traceback."""
    told = typed(f"{name} --help", folder).stdout
    (example,) = re.findall(r"Example: permiscope ([^\n]+)", told)
    assert example.split()[0] == name
    done = typed(example, folder)
    assert done.returncode == (1 if name in ("test", "diff", "run") else 0)
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout
    assert len(done.stdout) > 10


def test_every_command_is_looked_at(typed: Typed, tmp_path: Path) -> None:
    """The list above is that of the help."""
    told = typed("--help", tmp_path)
    assert set(re.findall(r"^  ([a-z]+)  ", told.stdout.partition("Commands")[2], re.MULTILINE)) == {*COMMANDS, "demo"}


@pytest.mark.parametrize(
    ("words", "has"),
    [
        ("explain threaded/reply", {"bound", "alphabet", "cells"}),
        ("run counterexample.toml", {"policy", "records", "invariants", "claims"}),
        ("list leaks", {"name", "text"}),
        ("list lessons", {"name", "text"}),
    ],
)
def test_what_a_command_found_is_there_for_programs(typed: Typed, words: str, has: set[str], folder: Path) -> None:
    """By `--json`, beside what is printed."""
    typed(f"{words} --json found.json", folder)
    found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    assert has <= (found[0] if isinstance(found, list) else found).keys()


def test_a_run_tells_programs_where_it_broke(typed: Typed, folder: Path) -> None:
    """The exact name of the verdict, and the number of the record."""
    typed("run counterexample.toml --json found.json", folder)
    (found,) = json.loads((folder / "found.json").read_text(encoding="utf-8"))["invariants"]
    assert found == {"name": "I5:reply", "verdict": "REFUTED", "fired": 1, "first": 4}


def test_whoever_waits_sees_how_many_histories_and_the_shortest_break_so_far() -> None:
    """Beside the bar; after each length what is known then."""
    policies, claims = [BUILT_IN["threaded"]], [content_scoped(READINGS["reply"])]
    said = [so_far(cells) for cells in assess(policies, claims, 4, published=True)]
    assert said[-1].endswith(" histories, broken in 4")
    assert said[2].endswith(" histories")
    screen = StringIO()
    with progress("searching", "states", Console(file=screen, force_terminal=True, width=100)) as bar:
        for done in range(1, 5):
            bar(done, 4)
            bar.note(said[-1])
    assert "searching 4 states" in screen.getvalue()
    assert said[-1] in screen.getvalue()
