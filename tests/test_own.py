"""Does `permiscope test` say of somebody's own policy what breaks, what was accepted, and what is no test at all?"""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import permiscope
from permiscope.claims import assess, content_scoped
from permiscope.cli import app
from permiscope.engine.alphabet import steps_for
from permiscope.engine.bfs import PUBLISHED
from permiscope.engine.guided import Searched
from permiscope.engine.space import Space
from permiscope.judge.invariants import PLAIN, parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.steps import History
from permiscope.questions.policies.beyond import beyond
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from permiscope.sources.scenario import load_scenario
from tests.helpers import trace_of

pytestmark = pytest.mark.one_python

POLICY = """
def policy(request):
    if request.grant is None or request.action == "send":
        return request.grant is not None
    return request.message.via == request.app

def whole(request):
    return request.grant is not None

def nothing(request):
    return False
"""
QUICK = ("--max-steps", "3", "--examples", "20")
TABLE = """
[tool.permiscope]
policy = "mine.py:{policy}"
readings = ["reply"]
invariants = ["I16"]
max-steps = 3
"""
ACCEPTED = """
[[tool.permiscope.accepted]]
{what} = "{name}"
reason = "Known since spring."
"""


CONFTEST = """
from hypothesis import settings

from permiscope.plugin import permiscope

settings.register_profile("short", max_examples=10)
settings.load_profile("short")
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a policy, and nothing else."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(POLICY, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> int:
    """The exit code of the command."""
    return app([*arguments], standalone_mode=False) or 0


def project(policy: str = "policy", **accepted: str) -> None:
    """Write the settings: what is accepted by claim or scenario."""
    entries = [ACCEPTED.format(what=what, name=name) for what, name in accepted.items()]
    Path("pyproject.toml").write_text(TABLE.format(policy=policy) + "".join(entries), encoding="utf-8")


def test_what_is_kept_says_what_was_searched_and_how_often_it_was_tested(capsys: pytest.CaptureFixture[str]) -> None:
    """Of what was all run, of the guided runs and of the examples beyond."""
    assert run("test", "mine.py:policy", "--reading", "reply", *QUICK) == 0
    said = capsys.readouterr().out
    assert "Tested: every history of at most 3 steps; 3 people, 2 apps; 3,186 histories" in said
    assert "Beyond: 20 guided runs of at most 20 steps, seed 0, of what is kept" in said
    assert "Then: 20 examples of at most 8 steps, of what still is" in said
    assert "it was put to the test in" in said.replace("\n", " ")
    assert "Longer ones were not examined" not in said.replace("\n", " ")


@pytest.mark.parametrize(("out", "where"), [((), ""), (("--out", "found"), "found/")])
def test_what_is_broken_is_told_and_can_be_replayed(
    folder: Path, capsys: pytest.CaptureFixture[str], out: tuple[str, ...], where: str
) -> None:
    """The file that is named is there, and running it breaks what it names."""
    assert run("test", "mine.py:whole", "--reading", "reply", *out, *QUICK) == 1
    said = capsys.readouterr().out
    file = f"{where}counterexamples/mine.py_whole--I5_reply.toml"
    assert "-> SHOWN: m1 (whole text)" in said
    assert f"Replay  permiscope run {file}" in said
    assert run("run", file) == 1
    assert load_scenario(folder / file).policy == "mine.py:whole"


def test_nothing_is_left_of_a_policy_that_keeps_its_promise(folder: Path) -> None:
    """Nor of a break that is accepted."""
    before = set(folder.iterdir())
    assert run("test", "mine.py:policy", "--reading", "reply", *QUICK) == 0
    assert set(folder.iterdir()) - {folder / "__pycache__"} == before


def test_a_break_beyond_the_bound_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is an example, so a shorter one may exist; and what is not broken in the bound is in the file."""
    examples = ("--max-steps", "2", "--examples", "300")
    assert run("test", "mine.py:whole", "--reading", "reply", *examples, "--json", "found.json") == 1
    assert "None of at most 2 steps breaks it" in capsys.readouterr().out
    (cell,) = json.loads((folder / "found.json").read_text(encoding="utf-8"))["cells"]
    assert cell["verdict"] == "REFUTED"
    assert cell["steps"] == len(cell["witness"]) >= 3
    assert cell["beyond"].keys() == {"guided", "guided_fired", "steps", "examples", "seed", "fired"}


def test_what_was_named_and_not_tested_fails_unless_that_is_allowed(folder: Path) -> None:
    """A policy that shows nothing keeps all, and that is no pass; CI sees it as skipped where it is allowed."""
    named = ("test", "mine.py:nothing", "--reading", "reply", "--junit", "found.xml", *QUICK[2:], "--max-steps", "2")
    assert run(*named) == 1
    assert outcomes(folder) == {"I5:reply": "failure"}
    assert run(*named, "--allow-untested") == 0
    assert outcomes(folder) == {"I5:reply": "skipped"}


def outcomes(folder: Path) -> dict[str, str]:
    """What CI is told of each claim."""
    root = ET.fromstring((folder / "found.xml").read_bytes())  # noqa: S314  # our own
    return {
        case.attrib["name"]: next((each.tag for each in case if each.tag != "system-out"), "passed")
        for case in root.iter("testcase")
    }


def test_all_invariants_are_those_that_take_no_reading(folder: Path) -> None:
    """Beside what is named."""
    run("test", "reply", "--reading", "reply", "--invariant", "all", "--junit", "found.xml", *QUICK)
    assert outcomes(folder).keys() == {"I5:reply", *(name for name in PLAIN if name.startswith("I"))}


def test_a_policy_that_fails_is_told_why_nothing_was_tested(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt name denies, and without a word of it one would look elsewhere."""
    (folder / "slip.py").write_text("def policy(request):\n    return request.mesage.via is None\n", encoding="utf-8")
    assert run("test", "slip.py:policy", "--reading", "reply", "--max-steps", "3", "--examples", "20") == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "requests of a rehearsal, and a policy that fails denies" in told
    assert "AttributeError: 'Request' object has no attribute 'mesage'" in told


def test_settings_are_used_where_nothing_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line says so."""
    project()
    assert run("test", "--junit", "found.xml", "--examples", "20") == 1
    assert capsys.readouterr().out.startswith("Settings: [tool.permiscope] in pyproject.toml\n")
    assert outcomes(folder) == {"I5:reply": "passed", "I16": "failure"}


def test_a_policy_that_is_named_is_tested_without_the_settings(capsys: pytest.CaptureFixture[str]) -> None:
    """What is said on the command line is all that is said."""
    project(policy="whole")
    assert run("test", "mine.py:policy", "--reading", "reply", *QUICK) == 0
    assert "Settings" not in capsys.readouterr().out


def test_options_go_before_settings(folder: Path) -> None:
    """What is accepted and not asked about then is no mistake."""
    project(claim="I16")
    assert run("test", "--invariant", "I12", "--junit", "found.xml", "--examples", "20") == 1
    assert outcomes(folder) == {"I5:reply": "passed", "I12": "failure"}


def test_what_is_accepted_and_still_broken_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With its reason; CI sees it as skipped."""
    project(claim="I16")
    assert run("test", "--junit", "found.xml", "--examples", "20") == 0
    assert "Accepted: I16 is broken. Known since spring." in capsys.readouterr().out
    assert outcomes(folder) == {"I5:reply": "passed", "I16": "skipped"}


def test_what_is_accepted_and_not_broken_any_more_is_stale(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It fails, so that the list stays true."""
    project(claim="I5:reply")
    assert run("test", "--reading", "reply", "--junit", "found.xml", "--examples", "20") == 1
    assert "Stale: I5:reply is accepted, and no history" in capsys.readouterr().out
    assert outcomes(folder)["accepted I5:reply"] == "failure"


def test_a_new_break_fails_beside_one_that_is_accepted(folder: Path) -> None:
    """Only what is named is accepted."""
    project(policy="whole", claim="I16")
    assert run("test", "--junit", "found.xml", "--examples", "20") == 1
    assert outcomes(folder) == {"I5:reply": "failure", "I16": "skipped"}


def saved() -> str:
    """A scenario file that shows what the policy breaks: a counterexample that was saved."""
    assert run("test", "mine.py:policy", "--invariant", "I16", "--out", "found", *QUICK) == 1
    return "found/counterexamples/mine.py_policy--I16.toml"


def test_a_scenario_is_accepted_as_long_as_it_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    """A counterexample that was saved; and it is stale under a policy that does not break in it."""
    file = saved()
    project(scenario=file)
    assert run("test", "--examples", "20") == 0
    project(policy="nothing", scenario=file)
    assert run("test", "--examples", "20", "--allow-untested") == 1
    assert f"Stale: {file} is accepted, and the policy does not break I16" in " ".join(capsys.readouterr().out.split())


def test_a_scenario_excuses_no_shorter_break(folder: Path) -> None:
    """What is longer than need be may hide another way."""
    file = folder / saved()
    aside = '[[step]]\ndo = "compose"\nperson = "Ben"\nto = ["Cy"]\n\n'
    text = file.read_text(encoding="utf-8")
    last = text.rindex("[[step]]")
    file.write_text(text[:last] + aside + text[last:], encoding="utf-8")
    project(scenario=str(file))
    assert run("test", "--junit", "found.xml", "--examples", "20") == 1
    assert outcomes(folder) == {"I5:reply": "passed", "I16": "failure"}


@pytest.mark.parametrize(
    ("accepted", "says"),
    [
        ({"claim": "I9"}, "the claim `I9` is accepted, and not among those that are tested: I5:reply, I16"),
        ({"scenario": "none.toml"}, "there is no file `none.toml`"),
    ],
)
def test_what_cannot_be_accepted_is_said_before_anything_is_searched(accepted: dict[str, str], says: str) -> None:
    """In one line."""
    project(**accepted)
    with pytest.raises(InputError) as wrong:
        run("test")
    assert says in str(wrong.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("mine.py:policy", "--invariant", "I77"), "there is no invariant `I77`"),
        (("mine.py:policy", "--examples", "-1"), "use 0 or more"),
        (("mine.py:policy", "--junit", "."), "is a folder"),
        (("mine.py:policy", "--claims", "x.toml", "--invariant", "I3"), "leave out `--reading` and `--invariant`"),
    ],
)
def test_wrong_options_are_one_line(arguments: tuple[str, ...], says: str) -> None:
    """Before anything is searched."""
    with pytest.raises(InputError) as wrong:
        run("test", *arguments)
    assert says in str(wrong.value)


def test_the_same_seed_is_the_same_bytes_whatever_pythons_hashes(folder: Path) -> None:
    """Verdicts, witnesses, counts and JUnit."""
    root = str(Path(permiscope.__file__).parents[1])
    start = f"import sys; sys.path.insert(0, {root!r}); from permiscope.cli import main; main()"
    options = ("--reading", "reply", "--invariant", "I3", "--max-steps", "2", "--examples", "60", "--seed", "3")
    found = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", start, "test", "mine.py:whole", *options, "--json", "a.json", "--junit", "a.xml"],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=False,
        )
        found.append((done.stdout, (folder / "a.json").read_bytes(), (folder / "a.xml").read_bytes()))
    assert found[0] == found[1]
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == [
        "a.json",
        "a.xml",
        "counterexamples",
        "mine.py",
    ]


def test_a_policy_that_changes_its_mind_in_the_midst_of_a_search_is_named() -> None:
    """The door, run on a sample, then does otherwise than what was noted; of a policy of ours that is our defect."""
    asked = count()
    policy = FunctionPolicy("tired", "", lambda _: next(asked) < 300)
    with pytest.raises(InputError, match="the policy `tired` is not deterministic"):
        list(assess([policy], [content_scoped(READINGS["everything"])], 4))


def test_a_policy_that_breaks_once_and_not_again_is_named() -> None:
    """Guided search plays what it found once more; here the policy has answered often enough by then."""
    asked = count()
    policy = FunctionPolicy("tired", "", lambda _: next(asked) < 1)
    with pytest.raises(InputError, match="the policy `tired` is not deterministic"):
        beyond(policy, [(parse_invariant("I5:reply"), PUBLISHED)], 2, 300, seed=0)


@pytest.mark.parametrize("engine", ["guided", "Hypothesis"])
def test_examples_are_cut_where_the_invariant_breaks(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness ends in the call that breaks it, and each of several invariants gets its own, by either engine."""
    names = ("I5:reply", "I9", "I16")
    if engine == "Hypothesis":
        monkeypatch.setattr(
            "permiscope.questions.policies.beyond.guided", lambda *_, **__: dict.fromkeys(names, Searched((), 0, 0))
        )
    spaces = [(parse_invariant(name), Space(*steps_for(name), frozenset())) for name in names]
    found = beyond(BUILT_IN["everything"], spaces, 2, 300, seed=0)
    for name in names:
        tried = found[name]
        assert (tried.examples > 0, tried.fired > 0) == (engine == "Hypothesis",) * 2
        assert (tried.guided > 0, tried.guided_fired > 0) == (engine == "guided",) * 2
        witness: History = tried.witness
        assert [breaks(witness[:length], name) for length in range(len(witness) + 1)] == [False] * len(witness) + [True]


def breaks(history: History, name: str) -> bool:
    """Whether a history breaks an invariant under the rule that shows everything."""
    (tally,) = judge(trace_of(history, BUILT_IN["everything"]).records, [parse_invariant(name)])
    return tally.broken > 0


def test_a_start_for_pytest_runs_as_it_is(folder: Path) -> None:
    """And is not written over."""
    assert run("init", "--pytest") == 0
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    start = f"import sys; sys.path.insert(0, {str(Path(permiscope.__file__).parents[1])!r}); import pytest"
    command = [sys.executable, "-c", f"{start}; sys.exit(pytest.main(['-q', '-p', 'no:permiscope']))"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout
    with pytest.raises(InputError, match="is there already"):
        run("init", "--pytest", "--cedar")
    assert not (folder / "policy.cedar").exists()


def test_a_start_for_cedar_runs_as_it_is() -> None:
    """Where Cedar is there."""
    pytest.importorskip("permiscope.service.policies.engines.cedar")
    assert run("init", "--cedar") == 0
    assert run("test", "policy.cedar", "--reading", "reply", "--max-steps", "4", "--examples", "20") == 0


def test_a_start_needs_to_know_what_of() -> None:
    """There are two."""
    with pytest.raises(InputError, match="say `--pytest` or `--cedar`"):
        run("init")
