"""Are two policies told apart exactly when a history does it?"""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from permiscope.cli import main
from permiscope.engine.alphabet import MATRIX
from permiscope.engine.bfs import messaging_for
from permiscope.engine.strategies import histories
from permiscope.model.access import PERMIT, REFUSED, Decision, Request
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, parse_extent
from permiscope.model.records import Called
from permiscope.model.steps import Call, Compose, Consent, History
from permiscope.questions.policies import compare
from permiscope.questions.policies.compare import (
    Comparison,
    Relation,
    asking,
    compare_policies,
    included,
    questions,
    request_of,
)
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy, permits

pytestmark = pytest.mark.one_python

MIRRORED = {Relation.A_MORE: Relation.B_MORE, Relation.B_MORE: Relation.A_MORE}
NAMES = st.sampled_from(list(READINGS))
EXTENTS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.builds("({} | {})".format, inner, inner),
        st.builds("({} & {})".format, inner, inner),
        inner.map("~{}".format),
    ),
    max_leaves=3,
).map(lambda text: ExtentPolicy(parse_extent(text)))


def compared(a: Policy, b: Policy, bound: int) -> Comparison:
    """What is known of two policies at the bound."""
    *_, found = compare_policies(a, b, bound)
    return found


def _is_reply(request: Request) -> bool:
    """What `reply` permits, written by somebody else."""
    if request.grant is None or request.action not in request.grant.scope.actions:
        return False
    if request.action in ("send", "settings"):
        return True
    if not request.facts.covered(request.app, request.owner, request.message):
        return False
    message, messages = request.message, request.facts.messages
    parent = messages[message.in_reply_to] if message.in_reply_to else message
    return request.app in (message.via, parent.via)


def _reads_no_reply(request: Request) -> bool:
    """The same, but for replies to a native message of a thread, which it raises at."""
    if request.message.in_reply_to and request.facts.messages[request.message.in_reply_to].via is None:
        raise LookupError("I know no such thing")
    return _is_reply(request)


IS_REPLY = FunctionPolicy("is-reply", "", _is_reply)
SHY = FunctionPolicy("shy", "", _reads_no_reply)
PREFIXES = histories(MATRIX, 4, frozenset())


@given(EXTENTS, EXTENTS)
@settings(max_examples=15)
def test_who_is_called_a_makes_no_difference(a: Policy, b: Policy) -> None:
    """The verdict is mirrored, in all and in each action; what is counted is the same."""
    one, other = compared(a, b, 3), compared(b, a, 3)
    for action in (None, "read", "send", "delete", "label"):
        relation = one.relation(action)
        assert other.relation(action) is MIRRORED.get(relation, relation)
    assert (one.histories, one.states) == (other.histories, other.states)


@given(NAMES, NAMES)
@settings(max_examples=15)
def test_a_union_permits_no_less_and_an_intersection_no_more(one: str, other: str) -> None:
    """So neither is ever incomparable with what it is made of."""
    alone = BUILT_IN[one]
    union, both = (ExtentPolicy(parse_extent(f"{one} {sign} {other}")) for sign in "|&")
    assert compared(union, alone, 3).relation() in (Relation.EQUIVALENT, Relation.A_MORE)
    assert compared(both, alone, 3).relation() in (Relation.EQUIVALENT, Relation.B_MORE)


@given(EXTENTS, EXTENTS)
@settings(max_examples=15)
def test_every_difference_is_one_at_the_door_and_one_step_less_shows_none(a: Policy, b: Policy) -> None:
    """The door of the one lets the last call through, that of the other does not."""
    for difference in compared(a, b, 3).differences():
        assert _lets(a, difference.witness) is difference.only_a
        assert _lets(b, difference.witness) is not difference.only_a
        shorter = [
            (each.action, each.only_a)
            for bound in range(1, len(difference.witness))
            for each in compared(a, b, bound).differences()
        ]
        assert (difference.action, difference.only_a) not in shorter


@given(PREFIXES)
def test_what_is_asked_past_the_door_is_answered_as_at_the_door(history: History) -> None:
    """Also by a policy that raises."""
    for policy in (BUILT_IN["threaded"], IS_REPLY, SHY):
        messaging = messaging_for(Service(policy))
        messaging.play(history)
        for call in questions(messaging):
            record = messaging.copy().do(call)
            assert isinstance(record, Called)
            assert permits(policy, request_of(messaging, call)) is (record.outcome != "refused")


@given(histories(MATRIX, 3, frozenset()))
def test_no_history_in_the_bound_tells_equivalent_policies_apart(history: History) -> None:
    """The search visits one of many states; these are drawn from all."""
    for one, other in ((IS_REPLY, BUILT_IN["reply"]), (SHY, BUILT_IN["reply"])):
        messaging = messaging_for(Service(one))
        messaging.play(history)
        for call in questions(messaging):
            request = request_of(messaging, call)
            assert permits(one, request) is permits(other, request)


def test_a_function_that_says_the_same_as_a_built_in_policy_is_equivalent_to_it() -> None:
    """Four steps, in the space that goes by what both look at, narrow grants among it."""
    found = compared(IS_REPLY, BUILT_IN["reply"], 4)
    assert found.relation() is Relation.EQUIVALENT
    assert "grant-narrowly" in found.space.kinds
    assert sum(found.answers.values()) == found.histories
    assert found.answers["read", True, True] > 0


def test_to_ask_leaves_the_state_as_it_was() -> None:
    """Also at later times: what can happen next must not depend on what was asked."""
    messaging = messaging_for(Service(BUILT_IN["everything"]))
    messaging.play((Consent("Ana", "StreamCo", until=30.0), Compose("Ben", ("Ana",))))
    before = messaging.state.copy()
    with asking(messaging):
        request_of(messaging, Call("StreamCo", "send", "Ana", to=("Ben",), at=60.0))
        assert messaging.state.granted("StreamCo", "Ana") is None
    assert messaging.state == before


def test_what_was_handed_over_stays_as_it_was() -> None:
    """Whoever is interrupted while the next length is counted keeps whole numbers."""
    found = list(compare_policies(BUILT_IN["linked"], BUILT_IN["tagged"], 3))
    assert [each.bound for each in found] == [1, 2, 3]
    assert [each.histories for each in found] == [sum(each.answers.values()) for each in found] == [9, 240, 5_553]


def test_of_equally_short_differences_that_of_a_comes_first() -> None:
    """So that the same input gives the same text."""
    found = compared(BUILT_IN["linked"], BUILT_IN["addressed"], 3)
    assert [(each.action, each.only_a) for each in found.differences()][:2] == [("read", True), ("read", False)]


@pytest.mark.parametrize(
    ("a", "b", "relation", "steps"),
    [
        ("threaded", "reply", Relation.A_MORE, [4]),
        ("authored", "via-app", Relation.B_MORE, [3]),
        ("tagged", "linked", Relation.INCOMPARABLE, [3, 4]),
        ("everything", "everything", Relation.EQUIVALENT, []),
        ("reply & ~reply", "deny-all", Relation.A_MORE, [2]),
        ("deny-all", "deny-all", Relation.UNTESTED, []),
    ],
)
def test_the_smallest_histories_are_those_that_follow_from_the_definitions(
    a: str, b: str, relation: Relation, steps: list[int]
) -> None:
    """Reading comes first; an empty extent still lets an app send."""
    one, other = (BUILT_IN[name] if name in BUILT_IN else ExtentPolicy(parse_extent(name)) for name in (a, b))
    found = compared(one, other, 4)
    assert found.relation() is relation
    first = {each.only_a: each for each in reversed(found.differences())}
    assert sorted(len(each.witness) for each in first.values()) == steps
    assert {each.action for each in first.values()} <= ({"send"} if b == "deny-all" else {"read"})


@pytest.mark.parametrize("action", ["read", "send", "delete", "label"])
def test_a_difference_in_one_action_alone_is_found_there(action: str) -> None:
    """Whatever it is that a policy can be asked about."""
    strict = FunctionPolicy("strict", "", lambda request: _is_reply(request) and request.action != action)
    found = compared(strict, IS_REPLY, 3)
    assert found.relation() is Relation.B_MORE
    assert [each.action for each in found.differences()] == [action]


def test_a_policy_that_permits_without_a_grant_is_told_apart() -> None:
    """In a mailbox whose owner never granted anything."""
    found = compared(FunctionPolicy("open", "", lambda _: True), BUILT_IN["everything"], 2)
    assert found.relation() is Relation.A_MORE
    assert [len(each.witness) for each in found.differences()] == [1, 1, 2, 2, 2]


def _not_cy(request: Request) -> bool:
    """Leave Cy out."""
    return _is_reply(request) and request.owner != "Cy"


def _younger(request: Request) -> bool:
    """Leave out all but the newest message."""
    wrote = len(request.facts.messages)
    return _is_reply(request) and (request.action == "send" or request.message.position >= wrote)


# A position that is compared with a number is searched at many times, which takes a minute.
@pytest.mark.parametrize("policy", [_not_cy, pytest.param(_younger, marks=pytest.mark.nightly)])
def test_names_and_the_age_of_messages_are_told_apart_for_a_policy_of_somebodys(
    policy: Callable[[Request], bool],
) -> None:
    """The states are the same but for that."""
    assert compared(FunctionPolicy("", "", policy), BUILT_IN["reply"], 3).relation() is Relation.B_MORE


def test_a_policy_that_asks_for_no_scope_permits_more_than_one_of_ours() -> None:
    """A grant for less is a step like another."""
    granted = FunctionPolicy("granted", "", lambda request: request.grant is not None)
    found = compared(BUILT_IN["everything"], granted, 3)
    assert [found.relation(action) for action in ("read", "send")] == [Relation.B_MORE, Relation.EQUIVALENT]


def test_policies_that_may_push_otherwise_are_not_called_equivalent() -> None:
    """No call asks for a push."""

    def permits(*operations: str) -> FunctionPolicy:
        return FunctionPolicy("own", "", lambda request: request.grant is not None and request.operation in operations)

    found = compared(permits("list", "subscribe", "push"), permits("list", "subscribe"), 3)
    assert found.relation() is Relation.UNVARIED
    assert found.unvaried[-1] == "what is pushed, which is not compared"


def test_a_policy_that_changes_its_mind_is_wrong_input() -> None:
    """It is asked again at the door for what is told."""
    answers = iter([True] * 6 + [False] * 1000)
    fickle = FunctionPolicy("fickle", "", lambda _: next(answers))
    with pytest.raises(InputError, match="the policy `fickle` is not deterministic"):
        compared(fickle, BUILT_IN["everything"], 3)


def test_the_computed_order_of_readings_is_that_of_comparing_them_two_by_two() -> None:
    """Each pair of the ten, three steps."""
    pairs = included(READINGS.values(), 3)
    for one in READINGS.values():
        for other in READINGS.values():
            apart = compare.compare_extents(one, other, 3)
            assert ((one.name, other.name) in pairs) is (apart is None)


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    """Run the command: its exit code, what it prints and what it complains of."""
    monkeypatch.setattr(sys, "argv", ["permiscope", "diff", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert all(len(line) <= 80 for line in out.splitlines())
    return int(ended.value.code or 0), out, err


def test_the_command_tells_what_each_answers_and_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The verdict, a story, a line for A and one for B, and all of it in a file."""
    code, out, err = run(
        capsys, monkeypatch, "threaded", "reply", "--max-steps", "4", "--json", str(tmp_path / "d.json")
    )
    assert (code, err) == (1, "")
    assert "\nA permits more\n" in out
    assert "1,200,312 histories,\n1,029 states" in out
    assert "  4 StreamCo  reads m1 in Ana's mailbox -> SHOWN: m1 (whole text)\n  A permits: Ana's grant" in out
    assert "\n  B refuses: m1 lies outside `reply`; the rule `threaded` or" in out
    assert "Likewise after the same steps: delete, label." in out
    found: dict[str, Any] = json.loads((tmp_path / "d.json").read_text("utf-8"))
    assert (found["bound"], found["verdict"], found["histories"]) == (4, "A permits more", 1_200_312)
    assert [found[side]["policy"] for side in "AB"] == ["threaded", "reply"]
    assert len(found["A"]["hash"]) == 64
    assert [each["action"] for each in found["differences"]] == ["read", "delete", "label"]
    assert all(each["permitted by"] == "A" and each["steps"] == 4 for each in found["differences"])
    assert found["differences"][0]["witness"][-1] == {
        "do": "call",
        "app": "StreamCo",
        "operation": "get",
        "owner": "Ana",
        "message": "m1",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("reply", "reply"), 0, "equivalent within the bound"),
        (("linked", "tagged"), 1, "incomparable"),
        (("deny-all", "deny-all"), 1, "not tested"),
        (("deny-all", "deny-all", "--allow-untested"), 0, "not tested"),
        (("open.py:policy", "deny-all"), 1, "Ana granted StreamCo nothing"),
    ],
)
def test_the_exit_code_says_whether_they_differ(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    code: int,
    says: str,
) -> None:
    """0 if no history does it, 1 if one does or nothing was tested."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "open.py").write_text("def policy(request):\n    return True\n", "utf-8")
    ended, out, _ = run(capsys, monkeypatch, *arguments, "--max-steps", "4" if "linked" in arguments else "2")
    assert ended == code
    assert says in " ".join(out.split())


OWN = """
def whole(request):
    return request.grant is not None


def part(request):
    return request.grant is not None and request.message.via == request.app
"""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("own.py:whole", "own.py:part"), "Asked: every history of at most 3 steps; "),
        (("own.py:whole", "own.py:part", "--max-steps", "4"), "Asked: every history of at most 4 steps; "),
        (("own.py:part", "own.py:part", "--seconds", "0"), "Asked: every history of at most 0 steps (1 were begun); "),
    ],
)
def test_policies_of_ones_own_are_compared_until_reads_differ_or_the_time_is_up(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    """What is found then is the smallest history; with a bound that is named, all of it is asked."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(OWN, "utf-8")
    ended, out, _ = run(capsys, monkeypatch, *arguments)
    assert ended == 1
    assert says in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("repl", "reply"), "did you mean `reply`?"),
        (("reply", "missing.py:policy"), "there is no file `missing.py`"),
        (("reply", "authored", "--max-steps", "0"), "use 1 or more"),
        (("reply", "authored", "--json", "."), "is a folder"),
        (("reply",), "Missing argument"),
    ],
)
def test_wrong_input_gets_one_clear_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    """And exit code 2."""
    code, out, err = run(capsys, monkeypatch, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert says in err


def test_an_interrupted_comparison_prints_what_it_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was run until then, with its bound, and exit code 130."""

    def interrupted(*arguments: Any, **named: Any) -> Iterator[Comparison]:  # noqa: ANN401  # what the command passes
        for found in compare_policies(*arguments, **named):
            yield found
            if found.bound == 3:
                raise KeyboardInterrupt

    # By its name among modules, for in the package that name is the command's.
    monkeypatch.setattr(sys.modules["permiscope.cli.diff"], "compare_policies", interrupted)
    code, out, err = run(capsys, monkeypatch, "everything", "reply")
    assert code == 130
    assert err.startswith("permiscope: this was found with at most 3 steps\n")
    assert "\nA permits more\n" in out


def test_a_difference_in_what_names_no_message_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attachment that is fetched by its name from a mailbox of somebody who granted nothing."""
    code, out, _ = run(capsys, monkeypatch, "exchange:Mail.Read", "exchange:role:Mail.Read", "--max-steps", "3")
    assert code == 1
    assert re.search("^attachment +A permits more", out, re.MULTILINE)
    assert "fetches attachment a1 in Ben's mailbox -> SHOWN" in out
    assert " ".join(out.split()).count("a grant of `read: everything` would have sufficed") == 2


def _lets(policy: Policy, history: History) -> bool:
    messaging = messaging_for(Service(policy))
    messaging.play(history[:-1])
    record = messaging.do(history[-1])
    assert isinstance(record, Called)
    return record.outcome != "refused"


@frozen
class Granted:
    """A policy that is no function: whoever granted anything granted everything."""

    name: str = "granted"
    text: str = "A grant is a grant."

    def decide(self, request: Request) -> Decision:
        """Ask for a grant, and not for its scope; and for a word."""
        return PERMIT if request.grant is not None and request.message.subject != "Payslip" else REFUSED


def test_a_policy_that_is_an_object_is_told_apart_as_a_function_is() -> None:
    """It asks for no scope, and its words stand in the code that decides."""
    *_, found = compare_policies(BUILT_IN["everything"], Granted(), 3)
    assert found.relation() is Relation.INCOMPARABLE
