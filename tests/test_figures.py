"""Are the figures what they say: text that can be found, the same bytes each time, and numbers that were drawn?"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attrs import evolve
from matplotlib import image

from permiscope.judge.invariants import i5
from permiscope.model.extents import READINGS
from permiscope.questions.checks.detection import detect
from permiscope.report.captions import CAPTIONS
from permiscope.report.figures import detection, save, telling_apart
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import BUILT_IN
from permiscope.statistics.apart import Apart, tell_apart
from tests.helpers import Command

ROOT = Path(__file__).parents[1]
COMMAND = [
    sys.executable,
    "-c",
    f"import sys; sys.path.append({str(ROOT / 'sim')!r}); from permiscope.cli import main; main()",
]
DAYS = sorted((ROOT / "reports" / "00_first_look").glob("*.jsonl"))
DRAWN = sorted((ROOT / "reports").glob("*/*.svg"))


def show(*words: object, folder: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    """What `permiscope show` does."""
    return subprocess.run(
        [*COMMAND, "show", *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )


# %% Files


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_figure_that_is_kept_can_be_read(path: Path) -> None:
    """Its title is text, it has no date, its picture is large enough for a projector, and a caption lies beside it."""
    drawn, said = path.read_text(encoding="utf-8"), path.with_suffix(".md").read_text(encoding="utf-8")
    title = said.partition("\n")[0].removeprefix("# ")
    assert title.replace("'", "&#x27;") in drawn or title in drawn
    assert len(re.findall("<text", drawn)) > 3
    assert "<dc:date>" not in drawn
    height, width, *_ = image.imread(path.with_suffix(".png")).shape
    assert (width, height) == (1280, 720)
    assert "**Notice.**" in said
    assert "**What it does not show.**" in said
    assert path.stem in CAPTIONS


def test_a_figure_of_every_kind_is_kept_and_has_its_caption() -> None:
    """Staircase, raster, matrix, claims told apart, rules against tests, reach, notice; claimants, dates, sums."""
    of_models = {"exposure", "knowledge", "matrix", "apart", "rules", "told", "noticed"}
    of_sources = {"claimants", "timeline", "money", "outlived", "incidents"}
    assert {path.stem for path in DRAWN} == set(CAPTIONS) == of_models | of_sources


def test_a_figure_of_traces_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    """Whatever the hash seed; the name of each rule is in it."""
    for seed in ("1", "2"):
        done = show(*DAYS, "--figure", "exposure", "-o", f"{seed}.svg", folder=tmp_path, seed=seed)
        assert done.stdout == f"Open  {seed}.svg\n"
    drawn = (tmp_path / "1.svg").read_bytes()
    assert drawn == (tmp_path / "2.svg").read_bytes()
    assert all(path.stem.encode() in drawn for path in DAYS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.md", "1.svg", "2.md", "2.svg"]


def test_a_reading_decides_what_is_a_leak(command: Command, tmp_path: Path) -> None:
    """Under the widest one nothing is."""
    for reading, leaks in (("reply", 3), ("everything", 0)):
        command("show", *DAYS, "--figure", "matrix", "--reading", reading, "-o", "m.svg", folder=tmp_path)
        assert (tmp_path / "m.svg").read_text(encoding="utf-8").count(">LEAK<") == leaks


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--figure", "matrix", "-o", "x.html"), "`x.html` is no figure; name a file that ends in .svg or .png"),
        (("-o", "x.svg"), "`x.svg` is no page; name a file that ends in .html, or say which figure by `--figure`"),
        (("--figure", "stairs", "-o", "x.svg"), "there is no figure `stairs`; use exposure, knowledge, matrix"),
        (("--figure", "apart", "-o", "x.svg"), "`python scenarios/10_two_claims.py` draws it"),
        (("--figure", "rules", "-o", "x.svg"), "`python scenarios/09_write_the_rule.py` draws it"),
        (("--figure", "knowledge", "-o", "x.svg"), "`knowledge` is a figure of one trace, and there are 3"),
        (("--figure", "matrix", "--reading", "repli", "-o", "x.svg"), "there is no reading `repli`"),
    ],
)
def test_a_figure_that_cannot_be_made_is_told_why(
    command: Command, words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    """In one line, with exit code 2, and nothing written."""
    done = command("show", *DAYS, *words, folder=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_matrix_of_more_messages_than_fit_is_refused(command: Command, tmp_path: Path) -> None:
    """A day has dozens."""
    day = ROOT / "reports" / "02_capability_without_use" / "day_curious.jsonl"
    assert (
        "messages cannot be read" in command("show", day, "--figure", "matrix", "-o", "x.svg", folder=tmp_path).stderr
    )


# %% Numbers

RULES = {"weak": ("I5:threaded",), "strong": ("I5:threaded", "I5:reply", "I6:reply", "I1", "I3", "I20:reply")}
SOME = [CATALOGUE[name] for name in ("L1", "L3", "L6", "L15", "L21", "L29")]


def test_a_strong_rule_catches_what_a_weak_one_does_and_more() -> None:
    """Each system no later, for it has all its checks; and a check that speaks of something else catches nothing."""
    caught = detect(SOME, RULES, 60)
    assert [each.fault for each in caught] == [fault.name for fault in SOME]
    for each in caught:
        weak, strong = each.days["weak"], each.days["strong"]
        assert weak is None or (strong is not None and strong <= weak)
    assert {each.fault for each in caught if each.days["weak"]} == {"L29"}
    assert {each.fault for each in caught if each.days["strong"]} == {"L1", "L6", "L15", "L29"}, "L3 is rare"


def test_more_days_begin_with_the_fewer() -> None:
    """So that they never catch less, and a catch is on the day on which it was."""
    few, many = detect(SOME, RULES, 10), detect(SOME, RULES, 40)
    for before, after in zip(few, many, strict=True):
        for rule, day in before.days.items():
            assert after.days[rule] == day if day else (after.days[rule] or 99) > 10


def test_a_fault_that_is_switched_off_is_not_caught() -> None:
    """No check breaks for another reason."""
    off = [evolve(fault, change=lambda service: service) for fault in SOME]
    assert all(day is None for each in detect(off, RULES, 40) for day in each.days.values())


def test_claims_are_told_apart_where_there_is_something_to_differ_about() -> None:
    """With no private mail, two contents that differ in private mail alone do not; the interval holds the estimate."""
    pair = (i5(READINGS["reply"]), i5(READINGS["threaded"]))
    (found,) = tell_apart(BUILT_IN["threaded"], [pair], READINGS["reply"], 60, via=(0.0, 0.4, 1.0))
    all_private, mixed, none_private = found
    assert (all_private.share, all_private.apart) == (1.0, 0)
    assert (none_private.share, none_private.apart) == (0.0, 0)
    assert 0.3 < mixed.share < 0.7
    assert mixed.apart > 20
    for each in found:
        low, high = each.interval
        assert low <= each.apart / each.draws <= high
    (same,) = tell_apart(BUILT_IN["threaded"], [pair[:1] * 2], READINGS["reply"], 30, via=(0.4,))
    assert same[0].apart == 0, "a claim and itself"


def test_the_band_and_the_curves_are_those_of_the_numbers(tmp_path: Path) -> None:
    """Another number, another picture; and the counts stand at the ends of the lines."""
    for name, day in (("one", 3), ("other", 9)):
        save(detection("x", {"weak": [day, None], "strong": [1, 2]}, 20), tmp_path / name, (".svg",))
    one, other = ((tmp_path / f"{name}.svg").read_text(encoding="utf-8") for name in ("one", "other"))
    assert one != other
    assert "weak: 1" in one
    assert "strong: 2" in one
    assert "all faulty systems: 2" in one
    for name, draws in (("few", 10), ("many", 1000)):
        points = [Apart(share, draws, draws // 2) for share in (0.1, 0.9)]
        save(telling_apart("x", {"a pair": points}), tmp_path / name, (".svg",))
    assert (tmp_path / "few.svg").read_bytes() != (tmp_path / "many.svg").read_bytes()
