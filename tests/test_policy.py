"""Does a policy decide as it is written, and is its decision explained by what would have made it another?"""

import re
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import example, given

from permiscope.engine.alphabet import KINDS
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.strategies import histories
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.access import (
    ACTION_NOT_GRANTED,
    ACTION_OF,
    FULL,
    NO_GRANT,
    OUTSIDE_GRANT,
    OUTSIDE_POLICY,
    PERMIT,
    REFUSED,
    Action,
    Decision,
    Grant,
    Operation,
    Reason,
    Request,
    Scope,
)
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, Extent
from permiscope.model.mail import Message
from permiscope.model.state import State
from permiscope.model.steps import Compose, History, Reply
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.writing import write
from permiscope.service.policies.explain import explain
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import (
    BUILT_IN,
    ExtentPolicy,
    FunctionPolicy,
    Policy,
    Sayings,
    fingerprint,
    said_by,
)
from tests.helpers import ANA, APP, BEN, trace_of

EVERYTHING, REPLY = BUILT_IN["everything"], BUILT_IN["reply"]
MAIL = (
    Compose(BEN, (ANA,), text="Keep it quiet."),
    Compose(ANA, (BEN,), via=APP, text="See this film."),
    Reply(BEN, "m2", text="I did."),
)
ALWAYS = FunctionPolicy("always", "", lambda _: True)
NEVER = FunctionPolicy("never", "", lambda _: False)
PRIVATE, RECOMMENDED, ANSWER = "m1", "m2", "m3"
READ = Scope(("read",))
REPLIES = Scope(("read",), READINGS["reply"])


@pytest.fixture
def mail() -> State:
    """A private message to Ana, one of hers via the app, and the answer to that."""
    return trace_of(MAIL, EVERYTHING).final_state()


def request(state: State, message: str, scope: Scope | None = FULL, action: Action = "read") -> Request:
    """What the policy is asked when the app wants to do this in Ana's mailbox, under a grant of this scope."""
    return Request(APP, action, state.messages[message], ANA, Grant(APP, ANA, scope) if scope else None, state)


@pytest.mark.parametrize(
    ("policy", "message", "scope", "action", "decision"),
    [
        (EVERYTHING, PRIVATE, FULL, "read", PERMIT),
        (EVERYTHING, PRIVATE, None, "read", NO_GRANT),
        (EVERYTHING, PRIVATE, READ, "delete", ACTION_NOT_GRANTED),
        (EVERYTHING, PRIVATE, REPLIES, "read", OUTSIDE_GRANT),
        (EVERYTHING, ANSWER, REPLIES, "read", PERMIT),
        (REPLY, PRIVATE, FULL, "read", OUTSIDE_POLICY),
        (REPLY, PRIVATE, FULL, "delete", OUTSIDE_POLICY),
        (REPLY, PRIVATE, FULL, "label", OUTSIDE_POLICY),
        (REPLY, PRIVATE, FULL, "send", PERMIT),
        (REPLY, PRIVATE, READ, "send", ACTION_NOT_GRANTED),
        (REPLY, ANSWER, FULL, "read", PERMIT),
        (BUILT_IN["deny-all"], ANSWER, FULL, "send", REFUSED),
        (BUILT_IN["deny-all"], ANSWER, None, "read", REFUSED),
    ],
)
def test_a_policy_asks_the_grant_and_both_extents(
    mail: State, policy: Policy, message: str, scope: Scope | None, action: Action, decision: Decision
) -> None:
    """It permits what the grant covers and lies in both extents; of what is sent only the grant is asked."""
    assert policy.decide(request(mail, message, scope, action)) is decision


HOLD_THE_ANSWER = "reply` or `rooted` or `threaded` or `counterpart` or `everything"
HOLD_THE_OTHERS = "counterpart` or `everything"


@pytest.mark.parametrize(
    ("policy", "message", "scope", "action", "says"),
    [
        (REPLY, ANSWER, FULL, "read", "Ana's grant `all: everything` covers it, and so does `reply`, for {phrase}"),
        (REPLY, ANSWER, REPLIES, "read", "Ana's grant `read: reply` covers it, and so does `reply`, for {phrase}"),
        (REPLY, ANSWER, FULL, "send", "Ana's grant `all: everything` covers it, and so does `reply`"),
        (ALWAYS, ANSWER, FULL, "read", "Ana's grant `all: everything` covers it, and so does `always`"),
        (REPLY, ANSWER, None, "read", "there is {none}; a grant of `read: {hold}`"),
        (REPLY, ANSWER, READ, "label", "Ana's grant `read: everything` does not cover `label`; a scope with `label`"),
        (
            EVERYTHING,
            PRIVATE,
            REPLIES,
            "read",
            "m1 lies outside Ana's grant `read: reply`; a scope of `read: {others}`",
        ),
        (REPLY, PRIVATE, FULL, "read", "m1 lies outside `reply`; the rule `{others}`"),
        (BUILT_IN["deny-all"], ANSWER, FULL, "read", "`deny-all` refuses it"),
        (NEVER, ANSWER, FULL, "read", "`never` refuses it"),
    ],
)
def test_an_explanation_names_the_scope_that_allowed_it_or_would_have(
    mail: State, policy: Policy, message: str, scope: Scope | None, action: Action, says: str
) -> None:
    """Whose grant of what, which rule and why; or what was missing, and which extents hold the message."""
    asked = request(mail, message, scope, action)
    names = {
        "none": f"no grant of {ANA} to {APP}",
        "phrase": READINGS["reply"].phrase,
        "hold": HOLD_THE_ANSWER,
        "others": HOLD_THE_OTHERS,
    }
    told = says.format(**names) + " would have sufficed" * (";" in says)
    assert explain(policy, asked, policy.decide(asked)) == told


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("the policy raised", "`reply` raised KeyError: 'm9', and a policy that raises denies"),
        ("not in the mailbox", "Ana holds no such message"),
    ],
)
def test_what_the_door_decides_is_explained_too(mail: State, reason: Reason, says: str) -> None:
    """The two reasons that no policy gives."""
    decision = Decision(permit=False, reason=reason, error="KeyError: 'm9'")
    assert explain(REPLY, request(mail, PRIVATE), decision) == says


def mended(reason: Reason, extent: Extent) -> tuple[Policy, Scope]:
    """The rule and the scope with which a read would have been asked for, had this extent been in the right place."""
    match reason:
        case "no grant":
            return ExtentPolicy(extent), Scope(("read",), extent)
        case "outside the grant":
            return EVERYTHING, Scope(("read",), extent)
        case _:
            return ExtentPolicy(extent), FULL


@pytest.mark.parametrize(
    ("policy", "scope", "reason"),
    [(REPLY, None, "no grant"), (EVERYTHING, REPLIES, "outside the grant"), (REPLY, FULL, "outside the policy")],
)
@given(history=histories(frozenset(KINDS) - {"begin", "deliver"}, operations=frozenset()))
@example(history=MAIL)
def test_what_would_have_sufficed_does_and_nothing_else(
    policy: Policy, scope: Scope | None, reason: Reason, history: History
) -> None:
    """The extents that an explanation names are exactly those with which the read would have been permitted."""
    state = trace_of(history, EVERYTHING).final_state()
    for message in state.mailbox(ANA):
        asked = request(state, message, scope)
        decision = policy.decide(asked)
        if decision.reason == reason:
            *_, named = explain(policy, asked, decision).split("; ")
            mends = [(name, mended(reason, extent)) for name, extent in READINGS.items()]
            enough = [name for name, (rule, scope) in mends if rule.decide(request(state, message, scope)).permit]
            assert list(dict.fromkeys(re.findall(r"`(?:read: )?([a-z-]+)`", named))) == enough


@pytest.mark.parametrize(("scope", "action"), [(REPLIES, "read"), (READ, "delete")])
def test_an_explanation_names_all_that_is_missing(mail: State, scope: Scope, action: Action) -> None:
    """What lies outside the rule and is not granted either needs another rule and another grant."""
    asked = request(mail, PRIVATE, scope, action)
    _, needed = explain(REPLY, asked, REPLY.decide(asked)).split("; ")
    assert "rule" in needed
    assert "scope" in needed or "grant" in needed


def test_a_send_without_a_grant_is_explained(mail: State) -> None:
    """What is being sent is in no thread yet; a grant of sending would have sufficed."""
    draft = write(mail, 9.0, ANA, "See this film.", to=(BEN,), via=APP)
    asked = Request(APP, "send", draft, ANA, None, mail)
    assert "would have sufficed" in explain(EVERYTHING, asked, EVERYTHING.decide(asked))


@pytest.mark.parametrize("name", [*BUILT_IN, "exchange:role:Mail.Read"])
@pytest.mark.parametrize("operation", ["send", "subscribe", "rule"])
def test_what_is_about_no_message_yet_is_explained(mail: State, name: str, operation: Operation) -> None:
    """No extent is asked of it, whoever refuses."""
    draft = Message("", ANA, (), "", (), mail.position, 9.0)
    asked = Request(APP, ACTION_OF[operation], draft, ANA, None, mail, operation)
    policy = load_policy(name)
    for reason in ("no grant", "action not granted", "outside the grant"):
        assert explain(policy, asked, Decision(False, reason))


@pytest.mark.parametrize("name", READINGS)
def test_each_reading_is_a_policy_of_its_name(name: str) -> None:
    """Its text is the reading in a sentence, and the hash of that is what verdicts attach to."""
    policy = load_policy(name)
    assert (policy.name, policy.text) == (name, READINGS[name].sentence)
    assert fingerprint(policy) == sha256(READINGS[name].sentence.encode()).hexdigest()


def test_policies_of_different_texts_have_different_fingerprints() -> None:
    """All those that are built in."""
    assert len({fingerprint(policy) for policy in BUILT_IN.values()}) == len(BUILT_IN) == 11


class Careless:
    """A policy of a user's own, whose attributes happen to be called as what ours say."""

    name, text = "careless", ""
    extent, whole, others, channels = REPLY, REPLY, frozenset[str](), frozenset[str]()
    reads, function, parts, people, apps, words, scopes = frozenset[str](), None, (), (), (), (), ()
    asks_grant = permits_nothing = True
    says: object = "nothing"
    service: object = "mail"

    def decide(self, request: Request) -> Decision:
        """Permit what has been granted."""
        return REFUSED if request.grant is None else PERMIT


class PassesOn:
    """A policy of a user's own that stands before one of ours, and has all of its attributes."""

    name, text = "passes on", ""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __getattr__(self, name: str) -> object:
        return getattr(self.policy, name)

    def decide(self, request: Request) -> Decision:
        """Permit what has been granted."""
        return REFUSED if request.grant is None else PERMIT


@pytest.mark.parametrize("policy", [Careless(), PassesOn(REPLY)], ids=["careless", "passes on"])
def test_a_policy_of_a_users_own_says_nothing_by_accident(policy: Policy) -> None:
    """So it is watched, and what it permits is found."""
    assert said_by(policy) == Sayings()
    assert service_for(policy) == Service(policy)
    assert hunt_rules(service_for(policy), [parse_rule("I5:reply")], 3)["I5:reply"].verdict.kind is Kind.REFUTED


def test_an_expression_is_a_policy(mail: State) -> None:
    """It permits what the readings in it make of it."""
    policy = load_policy("via-app & ~reply | linked | ~threaded")
    assert [policy.decide(request(mail, each)) for each in (PRIVATE, ANSWER)] == [PERMIT, OUTSIDE_POLICY]


def test_a_function_answers_with_yes_no_or_a_decision(mail: State) -> None:
    """A decision passes as it is."""
    asked = request(mail, ANSWER)
    assert [ALWAYS.decide(asked), NEVER.decide(asked)] == [PERMIT, REFUSED]
    assert FunctionPolicy("own reason", "", lambda _: OUTSIDE_GRANT).decide(asked) is OUTSIDE_GRANT


@pytest.mark.parametrize("answer", [None, 1, "yes", [True]])
def test_a_function_that_answers_anything_else_is_named(mail: State, answer: object) -> None:
    """What is neither yes nor no is wrong input, and no permission."""
    with pytest.raises(InputError, match="the policy `vague` returned `"):
        FunctionPolicy("vague", "", lambda _: answer).decide(request(mail, ANSWER))


def test_a_function_is_loaded_from_its_file(tmp_path: Path, mail: State) -> None:
    """The text of the policy is the whole file, so that the hash changes with whatever it rests on."""
    path = tmp_path / "mine.py"
    path.write_text("WORD = 'film'\n\n\ndef about_films(request):\n    return WORD in request.message.body\n", "utf-8")
    policy = load_policy(f"{path}:about_films")
    assert [policy.decide(request(mail, each)).permit for each in (PRIVATE, RECOMMENDED)] == [False, True]
    assert policy.text == path.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("repl", "there is no policy or platform `repl`; did you mean `reply`?"),
        ("qqq", "there is no policy or platform `qqq`; see `permiscope list policies`"),
        ("reply |", "`reply |` is no reading"),
        ("none.py:policy", "there is no file `none.py`"),
        ("none.py", "names a file but no function"),
    ],
)
def test_a_name_that_stands_for_no_policy_is_answered_with_the_next_step(name: str, says: str) -> None:
    """The nearest name, or where to look."""
    with pytest.raises(InputError) as wrong:
        load_policy(name)
    assert says in str(wrong.value)
