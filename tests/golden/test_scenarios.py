"""Do the scenarios still say what `reports/` holds, and does the README show what the commands print?"""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from permiscope.report.text import LIMITS
from permiscope.teach.lessons import read_lesson

ROOT = Path(__file__).parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.py"))
FIGURES = (".png", ".svg")
DEMO = (Path(__file__).parent / "demo.txt").read_text(encoding="utf-8")
OF_COMPANIES = [path.stem for path in SCENARIOS if path.stem >= "11"]
HEADER = ("**Question.**", "**Covers.**", "**Predict.**", "**Expect.**")
"""Of a scenario that is no lesson; a lesson's is in `tests/teach/test_lessons.py`, and does not tell what to expect."""


def texts(folder: Path) -> dict[str, str]:
    """The files of a report that are text, by name; a figure's bytes depend on the fonts of a machine."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix not in FIGURES}


def figures(folder: Path) -> set[str]:
    """The names of the figures of a report that hold something."""
    return {path.name for path in folder.iterdir() if path.suffix in FIGURES and path.stat().st_size > 1000}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_writes_the_report_that_is_kept(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same texts to the letter, and the same figures by name; what it prints is its verdicts."""
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(scenario))
    printed = capsys.readouterr()
    assert printed.err == ""
    written, kept = tmp_path / "reports" / scenario.stem, ROOT / "reports" / scenario.stem
    assert texts(written) == texts(kept)
    assert figures(written) == figures(kept)
    assert printed.out.startswith((kept / "verdicts.txt").read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_every_report_has_its_scenario() -> None:
    """Nothing in `reports/` is left over from a scenario that is gone, but for what the long searches wrote."""
    kept = {path.name for path in (ROOT / "reports").iterdir()} - {
        "README.md",
        "invariants",
        "leaks",
        "mutants.txt",
        "replay.html",
        "teaching",
    }
    assert [path.stem for path in SCENARIOS] == sorted(kept)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_a_scenario_opens_with_a_question_and_something_to_predict(scenario: Path) -> None:
    """Percent format, so that it opens as a notebook; the header stands first."""
    text = scenario.read_text(encoding="utf-8")
    assert text.startswith('# %% [markdown]\n"""# ')
    assert read_lesson(scenario) or [text.count(part) for part in HEADER] == [1, 1, 1, 1]
    assert text.rstrip().endswith("sheet.end()")


@pytest.mark.parametrize("name", OF_COMPANIES)
def test_a_report_about_companies_is_dated_can_be_corrected_and_calls_none_broken(name: str) -> None:
    """It says as of when it is known, how to report a correction, and what it does not show."""
    said = " ".join((ROOT / "reports" / name / "verdicts.txt").read_text(encoding="utf-8").split())
    assert re.search(r"As of 20\d\d-\d\d-\d\d. To report a correction, open an issue with the source.", said)
    assert said.endswith(LIMITS)
    assert re.search(r"\[[VSA](: |\])", said) or name == "14_advertising"
    # The one about advertising names no company, and an invariant is broken in it.
    assert "broken" not in said or name == "14_advertising"


def test_the_demo_prints_what_is_kept_but_for_the_seconds() -> None:
    """The newcomer's first minute, whole and in 80 columns."""
    command = [
        sys.executable,
        "-c",
        f"import sys; sys.path.append({str(ROOT / 'sim')!r}); from permiscope.cli import main; main()",
        "demo",
    ]
    demo = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.sub(r"\d+ s$", "<t> s", demo, flags=re.MULTILINE) == DEMO
    assert max(map(len, demo.splitlines())) <= 80


def test_the_readme_shows_what_the_demo_prints() -> None:
    """Its first screen is no invention."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("```")[1].strip("\n")
    table, story = block.split("\n\n")
    assert table in DEMO
    assert story in DEMO
