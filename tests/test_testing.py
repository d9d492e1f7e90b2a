"""Does a user's own test find what is wrong with a policy, and pass one with which nothing is?"""

import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis.stateful import run_state_machine_as_test

import permiscope
from permiscope.engine.strategies import histories as of_search
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.model.access import Request
from permiscope.model.errors import InputError
from permiscope.model.steps import Call, Compose, Consent, History, Revoke
from permiscope.questions.policies.conformance import OTHER, PROPERTIES, conform, world
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from permiscope.sources.scenario import load_scenario
from permiscope.testing import MailboxMachine, as_policy, check, histories
from tests.helpers import ANA, APP, BEN

ROOT = Path(permiscope.__file__).parents[1]
QUICK = settings(max_examples=30, stateful_step_count=12, derandomize=True, database=None, deadline=None)


def to_replies(request: Request) -> bool:
    """The app may see what was sent via it, and what answers that."""
    if request.grant is None or request.action not in request.grant.scope.actions:
        return False
    if request.action == "send":
        return True
    message, messages = request.message, request.facts.messages
    parent = message.in_reply_to
    return message.via == request.app or (parent is not None and messages[parent].via == request.app)


def to_everything(request: Request) -> bool:
    """The app may see all there is, once it is granted something: more than replies."""
    return request.grant is not None


def to_read(request: Request) -> bool:
    """The app may read whatever it likes."""
    return request.action == "read"


def granted(request: Request, app: str | None, owner: str | None) -> bool:
    """Whether such a grant was ever given; a policy finds out more than it is told."""
    windows: dict[tuple[str, str], object] = getattr(request.facts, "windows", {})
    return any(app in (None, one) and owner in (None, other) for one, other in windows)


def answers_a_grant(request: Request) -> bool:
    """What answers nothing makes it raise."""
    return request.grant is not None and request.facts.messages[request.message.in_reply_to or ""].via is None


def by_turns() -> Callable[[Request], bool]:
    """A policy that says yes and no by turns."""
    turns = count()
    return lambda _: next(turns) % 2 == 0


REPLIES = FunctionPolicy("replies", "", to_replies)
FAULTS: dict[str, Callable[[Request], bool]] = {
    "total": answers_a_grant,
    "deterministic": by_turns(),
    "default deny": lambda request: request.action == "send" or request.grant is not None,
    "revocation": lambda request: granted(request, request.app, request.owner),
    "others": lambda request: request.grant is not None or granted(request, request.app, None),
    "monotone": lambda request: request.grant is not None and request.grant.scope.extent.name != "everything",
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_policy_that_is_built_in_conforms(name: str) -> None:
    """All ten extents, and the policy that permits nothing."""
    assert conform(BUILT_IN[name], examples=25) == []


@pytest.mark.parametrize("name", PROPERTIES)
def test_each_property_is_seen_to_fail_on_a_policy_that_lacks_it(name: str) -> None:
    """By a history that can be played and is short; and no fault is taken for another.

    Only what is permitted without a grant is permitted after its end, too; and dice break what they like.
    """
    policy = FunctionPolicy("faulty", "", FAULTS[name])
    found = {departure.property: departure.history for departure in conform(policy)}
    assert name in found
    if name != "deterministic":
        assert found.keys() - {"revocation"} == {name} - {"revocation"}
    world(policy).play(found[name])
    assert len(found[name]) <= 4
    assert isinstance(found[name][-1], Call)


def test_a_grant_to_another_app_is_nobody_elses() -> None:
    """The shortest history grants something to the other app, and then this one reads."""
    policy = FunctionPolicy("any app", "", lambda request: granted(request, None, request.owner))
    (departure,) = [each for each in conform(policy) if each.property == "others"]
    assert [step.app for step in departure.history if isinstance(step, Consent)] == [OTHER]


def test_a_policy_may_ask_for_the_consent_of_others_too() -> None:
    """What it makes a condition it does not take for a permission."""

    def both(request: Request) -> bool:
        return request.grant is not None and granted(request, request.app, request.message.author)

    assert conform(FunctionPolicy("both", "", both), examples=50) == []


def test_a_policy_with_rules_that_forbid_need_not_be_monotone() -> None:
    """It says so itself."""
    assert conform(FunctionPolicy("narrow", "", FAULTS["monotone"]), permit_only=False) == []


def test_a_grant_that_is_remembered_is_found_after_it_was_taken_back() -> None:
    """The history asks once while the grant is there, so that there is something to remember."""
    seen: set[str] = set()

    def remembers(request: Request) -> bool:
        if request.grant is not None:
            seen.add(request.owner)
        return request.owner in seen

    found = {each.property: each.history for each in conform(FunctionPolicy("remembers", "", remembers))}
    assert any(isinstance(step, Revoke) for step in found["revocation"])


def test_a_policy_that_keeps_its_promise_passes() -> None:
    """A function, one of ours, and one by its name."""
    check(to_replies, reading="reply", max_steps=4, examples=50)
    check("reply | tagged", reading=None)


def test_a_policy_that_breaks_its_promise_fails_with_the_story_and_the_file(tmp_path: Path) -> None:
    """And the file shows the break again."""
    with pytest.raises(AssertionError) as failed:
        check(to_everything, reading="reply", max_steps=3, folder=tmp_path)
    (path,) = tmp_path.iterdir()
    told = str(failed.value)
    assert "broken in 3" in told
    assert "-> SHOWN: m1 (whole text)" in told
    assert f"permiscope run {path}" in told
    scenario = load_scenario(path)
    messaging = world(as_policy(to_everything))
    messaging.play(scenario.history)
    assert [tally.broken for tally in judge(messaging.door.records, map(parse_invariant, scenario.invariants))] == [1]


def test_a_departure_leaves_a_file_that_breaks_an_invariant_where_there_is_one(tmp_path: Path) -> None:
    """Default deny is I1, and what is taken back I3."""
    with pytest.raises(AssertionError, match="departs from default deny"):
        check(to_read, reading=None, folder=tmp_path)
    scenarios = [load_scenario(path) for path in sorted(tmp_path.iterdir())]
    assert [each.invariants for each in scenarios] == [("I1",), ("I3",)]
    for scenario in scenarios:
        messaging = world(as_policy(to_read))
        messaging.play(scenario.history)
        (tally,) = judge(messaging.door.records, map(parse_invariant, scenario.invariants))
        assert tally.broken == 1


def test_a_break_further_than_all_that_was_run_is_found_among_the_examples() -> None:
    """It takes three steps, and all of two are run."""
    with pytest.raises(AssertionError, match=r"None of at most 2 steps breaks\s+it"):
        check(to_everything, reading="reply", max_steps=2, examples=300)


def test_what_was_not_tested_does_not_pass() -> None:
    """A policy that shows nothing keeps everything, and that is no pass."""
    with pytest.raises(AssertionError, match="not tested"):
        check(lambda _: False, reading="reply", max_steps=3, examples=20)


@pytest.mark.parametrize(
    ("policy", "how", "says"),
    [
        (to_replies, {"reading": "repl"}, "did you mean `reply`?"),
        (to_replies, {"invariants": ["I77"]}, "there is no invariant `I77`"),
        ("none.py:policy", {}, "there is no file `none.py`"),
        (by_turns(), {}, "is not deterministic"),
        (lambda _: "yes", {}, "returned `'yes'`"),
    ],
)
def test_wrong_input_is_said_as_on_the_command_line(
    policy: str | Callable[[Request], object], how: dict[str, str], says: str
) -> None:
    """In one line, before anything is searched."""
    with pytest.raises(InputError) as wrong:
        check(policy, **how)  # type: ignore[arg-type]  # one dictionary for several kinds of options
    assert says in str(wrong.value)


def test_a_function_of_a_module_has_the_name_that_the_command_line_knows() -> None:
    """So that the file which is left can be replayed; a lambda has none."""
    policy = as_policy(to_replies)
    assert policy.name == f"{Path(__file__).relative_to(Path.cwd())}:to_replies"
    assert policy.text == Path(__file__).read_text(encoding="utf-8")
    assert as_policy(lambda _: False).name.endswith("<lambda>")


def test_the_strategy_is_that_of_the_search() -> None:
    """A user finds it where the rest is."""
    assert histories is of_search


@given(histories(max_steps=3))
def test_a_users_own_property_runs_on_histories(history: History) -> None:
    """As the README has it."""
    world(REPLIES).play(history)


class Whole(MailboxMachine):
    """A policy that shows more than it promises."""

    policy = to_everything
    reading = "reply"


class Replies(MailboxMachine):
    """A policy that keeps what it promises; it is not asked to quote."""

    policy = to_replies
    reading = "reply"
    promises = ("I1", "I3:0")


def test_a_machine_finds_a_break_and_tells_it() -> None:
    """A story, as everywhere."""
    with pytest.raises(AssertionError, match=r"to_everything breaks I5:reply in \d+ steps(.|\n)*SHOWN: m1"):
        run_state_machine_as_test(Whole, settings=settings(QUICK, max_examples=300))


def test_a_machine_passes_a_policy_that_keeps_its_promises() -> None:
    """Every kind of step, every operation."""
    run_state_machine_as_test(Replies, settings=QUICK)


def test_a_rule_of_ones_own_acts_on_the_machine() -> None:
    """With the same memory and the same judges."""
    machine = Whole()
    for step in (Consent(ANA, APP), Compose(BEN, (ANA,))):
        machine.do(step)
    machine.keeps_its_promises()
    machine.do(Call(APP, "get", ANA, message="m1"))
    with pytest.raises(AssertionError, match="breaks I5:reply in 3 steps"):
        machine.keeps_its_promises()


CONFTEST = "from permiscope.plugin import permiscope\n"
TESTS = """
def everything(request):
    return request.grant is not None

def test_it_shows_no_more_than_replies(permiscope):
    permiscope.check(everything, max_steps=3, examples=10)
"""


def test_the_fixture_tells_the_story_and_leaves_the_file_in_pytests_cache(tmp_path: Path) -> None:
    """The file stays there until the next run, and `permiscope run` breaks what it names."""
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_mine.py").write_text(TESTS, encoding="utf-8")
    path = f"import sys; sys.path.insert(0, {str(ROOT)!r})"
    pytest_ = [sys.executable, "-c", f"{path}; import pytest; sys.exit(pytest.main(['-q', '-p', 'no:permiscope']))"]
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}  # not this run's options
    done = subprocess.run(pytest_, cwd=tmp_path, capture_output=True, text=True, check=False, env=ours)
    assert "1 failed" in done.stdout
    file = ".pytest_cache/d/permiscope/test_mine.py_everything--I5_reply.toml"
    assert f"Replay  permiscope run {file}" in done.stdout
    run = [sys.executable, "-c", f"{path}; from permiscope.cli import main; main()", "run", file]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "I5:reply  broken" in done.stdout


def test_a_package_called_sim_of_ones_own_is_no_trouble(tmp_path: Path) -> None:
    """Whoever simulates something calls it that."""
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "__init__.py").touch()
    (tmp_path / "sim" / "rooms.py").write_text("BEDS = 3\n", encoding="utf-8")
    (tmp_path / "test_rooms.py").write_text(
        "from sim.rooms import BEDS\n\ndef test_beds(permiscope):\n    assert BEDS == 3 and permiscope.check\n", "utf-8"
    )
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False, env=ours)
    assert "1 passed" in done.stdout, done.stdout
