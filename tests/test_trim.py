"""Is the least scope that is found one that keeps the feature, and is none smaller?"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permiscope.cli import main
from permiscope.engine.actions import reads
from permiscope.engine.alphabet import BASE
from permiscope.engine.bfs import messaging_for
from permiscope.engine.strategies import histories
from permiscope.judge.invariants import Invariant, u5
from permiscope.judge.monitor import judge
from permiscope.judge.verdicts import Kind
from permiscope.model.access import ACTIONS, Action, Operation, Request, Scope
from permiscope.model.extents import READINGS, Extent
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, History
from permiscope.questions.policies.compare import included
from permiscope.questions.policies.trim import FEATURES, Trimmed, also_shown, granting, least_scopes, scopes
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, hunt, trace_of

pytestmark = pytest.mark.one_python

NAMES = st.sampled_from(list(READINGS))
SCOPES = st.sampled_from(list(scopes()))
OPERATIONS: dict[str, Operation] = {"U1": "send", "U2": "get", "U3": "get", "U5": "delete"}


def trimmed(policy: Policy, *features: str, bound: int = 4) -> Trimmed:
    """What is known of the features at the bound."""
    needs = [need for feature in features for need in FEATURES[feature][1]]
    *_, found = least_scopes(policy, needs, bound)
    return found


def least(policy: Policy, *features: str) -> list[str]:
    """The least scopes, in words."""
    return [str(scope) for scope in trimmed(policy, *features).least]


def keeps(policy: Policy, scope: Scope, invariant: Invariant) -> bool:
    """The same by a hunt for each scope."""
    operations = frozenset({OPERATIONS[invariant.name]})
    return hunt(Service(policy, offers=scope), invariant, 4, BASE, operations).verdict.kind is Kind.EXHAUSTED


@given(NAMES, SCOPES, histories(max_steps=6))
@settings(max_examples=30)
def test_a_narrower_grant_never_permits_more(name: str, scope: Scope, history: History) -> None:
    """Of any policy that is an extent."""
    narrow, full = messaging_for(Service(BUILT_IN[name])), messaging_for(Service(BUILT_IN[name]))
    narrow.play(granting(history, scope))
    full.play(history)
    for call in reads(full, APP):
        one, other = narrow.do(call), full.do(call)
        assert isinstance(one, Called)
        assert isinstance(other, Called)
        assert set(one.shown) <= set(other.shown)


@pytest.mark.parametrize(("feature", "action"), [("readback", "read"), ("delete-sync", "delete")])
def test_the_least_scopes_are_those_that_single_hunts_find(feature: str, action: Action) -> None:
    """A hunt for each reading, but those that are wider than what is least over the published steps."""
    policy = BUILT_IN["everything"]
    invariants = [need.invariant for need in FEATURES[feature][1]]
    found = trimmed(policy, feature).least
    pairs = included(READINGS.values(), 4)

    def is_wider(extent: Extent) -> bool:
        return any((scope.extent.name, extent.name) in pairs for scope in found if scope.extent != extent)

    kept = [
        Scope((action,), extent)
        for extent in READINGS.values()
        if not is_wider(extent) and all(keeps(policy, Scope((action,), extent), each) for each in invariants)
    ]
    assert list(found) == kept
    without = Scope(tuple(each for each in ACTIONS if each != action))
    assert not all(keeps(policy, without, each) for each in invariants)


@pytest.mark.parametrize(
    ("policy", "features", "expected"),
    [
        ("everything", ["readback"], ["read: reply"]),
        ("everything", ["search"], ["read: reply"]),
        ("threaded", ["recommend", "readback"], ["read, send: reply"]),
        ("authored", ["delete-sync"], ["delete: authored"]),
        ("reply", ["delete-sync", "readback"], ["read, delete: reply"]),
    ],
)
def test_a_feature_needs_what_its_sentence_says(policy: str, features: list[str], expected: list[str]) -> None:
    """Two features in one grant need what each does."""
    assert least(BUILT_IN[policy], *features) == expected


def test_sending_needs_no_extent_so_each_least_reading_will_do() -> None:
    """Those within which no other reading lies."""
    found = least(BUILT_IN["reply"], "recommend")
    assert found == [f"send: {name}" for name in ("authored", "rooted", "addressed", "linked", "tagged")]


def test_a_policy_that_supports_no_replies_has_no_scope_for_them() -> None:
    """The smallest history is that of a hunt for U3."""
    found = trimmed(BUILT_IN["authored"], "readback")
    assert (found.least, list(found.broken), found.untested) == ((), ["U3"], [])
    assert len(found.broken["U3"].witness) == 4


def test_what_is_never_called_for_is_not_tested() -> None:
    """In three steps there is no time for a reply."""
    found = trimmed(BUILT_IN["everything"], "readback", bound=3)
    assert (found.least, found.broken, found.untested) == ((), {}, ["U3"])


def test_a_policy_may_ask_for_two_actions_at_once() -> None:
    """Sets of actions are tried, not one by one."""

    def policy(request: Request) -> bool:
        return request.grant is not None and {"read", "label"} <= set(request.grant.scope.actions)

    found = trimmed(FunctionPolicy("both", "", policy), "delete-sync", bound=3)
    assert {scope.actions for scope in found.least} == {("read", "label")}


def test_a_policy_that_does_not_look_at_grants_needs_none_of_their_actions() -> None:
    """It is found out."""
    found = trimmed(FunctionPolicy("careless", "", lambda request: request.grant is not None), "delete-sync", bound=3)
    assert {scope.actions for scope in found.least} == {()}


class Forgetful(EnforcementPoint):
    """A door that says that a delete is done and removes nothing."""

    __slots__ = ()

    def _holders(self, record: Called) -> tuple[str, ...]:
        return ()


@pytest.mark.parametrize(("door", "broken"), [(None, 0), (Forgetful, 1)])
def test_a_delete_counts_when_the_copy_is_gone(door: type[EnforcementPoint] | None, broken: int) -> None:
    """And not when the service says so."""
    history = (Consent(ANA, APP), Compose(ANA, (BEN,), via=APP), Call(APP, "delete", ANA, message="m1"))
    (tally,) = judge(trace_of(history, BUILT_IN["reply"], door=door).records, [u5()])
    assert (tally.fired, tally.broken) == (1, broken)


def test_every_scope_is_tried_once() -> None:
    """A full one and empty ones among them."""
    tried = list(scopes())
    assert len(tried) == len(set(tried)) == 320
    assert {Scope(), Scope((), READINGS["authored"])} <= set(tried)


def test_what_a_full_grant_shows_beyond_the_scope_is_the_smallest_such_history() -> None:
    """Shown on the one and not on the other; nothing, if the policy is as narrow itself."""
    scope = Scope(("read",), READINGS["reply"])
    history = also_shown(BUILT_IN["threaded"], scope, 4)
    assert history is not None
    assert len(history) == 4
    for granted, outcome in ((Scope(ACTIONS), "shown"), (scope, "refused")):
        messaging = messaging_for(Service(BUILT_IN["threaded"]))
        messaging.play(granting(history[:-1], granted))
        record = messaging.do(history[-1])
        assert isinstance(record, Called)
        assert record.outcome == outcome
    assert also_shown(BUILT_IN["threaded"], scope, 3) is None
    assert also_shown(BUILT_IN["reply"], scope, 4) is None


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit code, what it prints and what it complains of."""
    monkeypatch.setattr(sys, "argv", ["permiscope", "trim", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert all(len(line) <= 80 for line in out.splitlines())
    return int(ended.value.code or 0), out, err


def test_the_command_names_the_least_grant_and_what_more_would_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sentence, a story, and all of it in a file."""
    file = tmp_path / "t.json"
    code, out, err = run(capsys, monkeypatch, "everything", "--keep", "readback", "--json", str(file))
    assert (code, err) == (0, "")
    assert "\nread: reply  read a message when somebody sent it via the app, or it answers" in out
    assert "is not shown on `read: reply`:\n  1 Ana       grants StreamCo" in out
    assert "  3 StreamCo  reads m1 in Ana's mailbox -> SHOWN: m1 (whole text)\n" in out
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert (found["policy"], found["keep"], found["bound"], found["scopes"]) == ("everything", ["readback"], 4, 320)
    assert [(need["invariant"], need["fired"], need["broken"]) for need in found["needs"]] == [
        ("U2", 1002, False),
        ("U3", 24, False),
    ]
    (scope,) = found["least"]
    assert (scope["actions"], scope["extent"], len(scope["full grant also shows"])) == (["read"], "reply", 3)


def test_the_command_says_why_no_scope_will_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the story, and exit code 1."""
    code, out, _ = run(capsys, monkeypatch, "authored", "--keep", "readback")
    assert code == 1
    assert "No scope keeps readback under `authored`: U3 is broken in 4, on a full grant:\n  1 Ana " in out
    assert "  4 StreamCo  reads m2 in Ana's mailbox -> REFUSED: outside the policy\n" in out


def test_the_command_says_that_nothing_was_tested(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is no pass."""
    code, out, _ = run(capsys, monkeypatch, "everything", "--keep", "readback", "--max-steps", "3")
    assert code == 1
    assert "not tested: no history of at most 3 steps calls for U3" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("reply", "--keep", "serch"), "did you mean `search`?"),
        (("repl", "--keep", "search"), "did you mean `reply`?"),
        (("reply",), "--keep"),
        (("reply", "--keep", "search", "--max-steps", "0"), "use 1 or more"),
        (("reply", "--keep", "search", "--json", "."), "is a folder"),
    ],
)
def test_wrong_input_gets_one_clear_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    """And exit code 2."""
    code, out, err = run(capsys, monkeypatch, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_an_interrupted_search_prints_what_it_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is least in the histories that were run until then, with their bound, and exit code 130."""

    def interrupted(*arguments: Any) -> Iterator[Trimmed]:  # noqa: ANN401  # whatever the command passes
        for found in least_scopes(*arguments):
            yield found
            if found.bound == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["permiscope.cli.trim"], "least_scopes", interrupted)
    code, out, err = run(capsys, monkeypatch, "everything", "--keep", "delete-sync")
    assert code == 130
    assert err.startswith("permiscope: this was found with at most 3 steps\n")
    assert "delete: authored" in out
