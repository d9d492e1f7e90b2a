"""Test that a policy that never answers, or answers at random, ends every command with one line and exit code 2."""

from functools import partial
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

from permiscope.judge.invariants import parse_invariant
from permiscope.model.access import Request
from permiscope.model.errors import InputError
from permiscope.model.steps import Compose, Consent
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import FunctionPolicy
from permiscope.sources.scenario import Scenario, dump_scenario
from permiscope.statistics import sampling
from tests.helpers import ANA, APP, CY, Command, get

AT_ONCE = """
    def policy(request):
        while True:
            pass
"""
LATER = """
    def policy(request):
        message = request.message
        while message.author == "Cy" and (message.id == "m1" or message.time > 60):
            pass
        return request.grant is not None
"""
"""It answers all that it is asked in its rehearsal, where Ben writes m1, and which takes half a minute."""
DICE = """
    import random
    def policy(request):
        return random.random() < 0.5
"""
TURNS = """
    asked = []
    def policy(request):
        if request.message.id == "m1" and request.message.author == "Cy" and request.action == "read":
            asked.append(1)
            return len(asked) % 2 == 0
        return request.grant is not None
"""
"""It is found out by a replay alone."""

COMMANDS = {
    "diff": "diff mine.py:policy everything --max-steps 3",
    "diff, second": "diff everything mine.py:policy --max-steps 3",
    "trim": "trim mine.py:policy --keep readback --max-steps 3",
    "explain": "explain mine.py:policy/reply --max-steps 3",
    "run": "run day.toml",
    "run, could": "run day.toml --could",
    "explain, scenario": "explain day.toml",
    "test": "test mine.py:policy --reading reply --max-steps 3 --examples 0",
    "test, drawn": "test mine.py:policy --reading reply --draws 5",
}
DAY = (Consent(ANA, APP), Compose(CY, (ANA,), text="Tell nobody."), get("m1"))


GUARDED = ("diff", "explain", "run", "sampling", "test", "trim")
"""The commands' modules that guard what they load, or run."""


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy has half a second for an answer in its rehearsal, and a quarter in a search."""
    for name in GUARDED:
        module = import_module(f"permiscope.cli.{name}")
        monkeypatch.setattr(module, "watched", partial(watched, 0.25))
        if hasattr(module, "load_guarded"):
            monkeypatch.setattr(module, "load_guarded", partial(load_guarded, limit=0.5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario in it whose policy is in `mine.py`."""
    scenario = Scenario("mine.py:policy", ("I5:reply",), history=DAY)
    (tmp_path / "day.toml").write_text(dump_scenario(scenario), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(AT_ONCE, "did not answer within 0.5 seconds", id="at once"),
        pytest.param(LATER, "did not answer within 0.25 seconds", id="later"),
        pytest.param(DICE, "is not deterministic", id="dice"),
    ],
)
def test_a_policy_that_cannot_be_asked_ends_each_command(
    words: str, text: str, says: str, command: Command, folder: Path
) -> None:
    """In one line that says what is wrong with it, with exit code 2 and nothing on the screen."""
    (folder / "mine.py").write_text(dedent(text), encoding="utf-8")
    done = command(*words.split(), folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("words", [words for words in COMMANDS.values() if words.startswith(("diff", "trim"))])
def test_a_history_that_does_not_replay_is_not_told(words: str, command: Command, folder: Path) -> None:
    """A policy that takes turns passes its rehearsal, and is found out when what it broke is played again."""
    (folder / "mine.py").write_text(dedent(TURNS), encoding="utf-8")
    done = command(*words.split(), folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`mine.py:policy`" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_policy_that_is_stuck_in_a_worker_ends_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that counts sees nothing of it; what runs in a worker looks itself."""

    def stuck(request: Request) -> bool:
        while request.message.id:
            pass
        return True

    def always(seed: int) -> FunctionPolicy:
        return FunctionPolicy("stuck", "", stuck)

    monkeypatch.setattr(sampling, "watched", partial(watched, 0.1))
    with pytest.raises(InputError, match="the policy `stuck` did not answer within"):
        sampling._batch(sampling.days(always), [parse_invariant("I5:reply")], [1, 2])
