"""Test that *kept* is said of nothing that breaks: the search follows what a policy looks at, whatever that is."""

import hashlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import Space
from permiscope.engine.values import parse_values, split_values
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Operation, Request
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.mail import Message, Thread
from permiscope.model.steps import Call, Compose, Consent, History, Remove, Revoke
from permiscope.questions.policies.compare import Relation, compare_policies
from permiscope.questions.policies.survey import survey_own
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, CY

pytestmark = pytest.mark.one_python


def verdict_of(policy: Policy, claim: str, bound: int) -> Verdict:
    """Search for a break of one claim with the steps that go by what is looked at."""
    return hunt_rules(Service(policy), [parse_rule(claim)], bound)[parse_rule(claim).name].verdict


def of_function(function: Callable[[Request], object], claim: str, bound: int) -> Verdict:
    """Search for a break under a policy that is a function."""
    return verdict_of(FunctionPolicy(function.__name__, "", function), claim, bound)


OF_OURS = [
    ("reply | session", "I5:reply", 4),
    ("reply | topical", "I5:reply", 3),
    ("reply | draft", "I5:reply", 3),
    ("reply | current-thread", "I5:reply", 4),
]


@pytest.mark.parametrize(("policy", "claim", "steps"), OF_OURS)
def test_a_policy_of_ours_is_searched_with_the_steps_that_its_extents_ask_about(
    policy: str, claim: str, steps: int
) -> None:
    """What a claim never speaks of is varied if the policy does."""
    found = verdict_of(ExtentPolicy(parse_extent(policy)), claim, steps)
    assert (found.kind, found.steps) == (Kind.REFUTED, steps)


def test_policies_that_differ_in_what_no_published_step_varies_are_told_apart() -> None:
    """The session is opened by a step that the published alphabet lacks."""
    *_, found = compare_policies(ExtentPolicy(parse_extent("reply | session")), BUILT_IN["reply"], 4)
    assert found.relation("read") is Relation.A_MORE


Condition = Callable[[Request], bool]
DIRECT: dict[str, tuple[int, Condition]] = {
    "attachments": (3, lambda r: bool(r.message.attachments)),
    "subject": (3, lambda r: r.message.subject == "Invoice"),
    "subject by regular expression": (3, lambda r: bool(re.search("invoice", r.message.subject))),
    "a word": (3, lambda r: "payroll" in r.message.body),
    "a link": (3, lambda r: r.app in r.message.links),
    "a mention": (3, lambda r: bool(r.message.mentions)),
    "about": (3, lambda r: r.app in r.message.about),
    "link and mention": (3, lambda r: bool(r.message.links and r.message.mentions)),
    "another app": (3, lambda r: r.message.via is not None),
    "two recipients": (3, lambda r: len(r.message.recipients) > 1),
    "a member more": (3, lambda r: len(r.facts.threads[r.message.thread].members) > 2),
    "a quote": (4, lambda r: len(r.message.segments) > 1),
    "an edit": (3, lambda r: r.message.body.startswith("On second")),
    "a draft": (3, lambda r: r.message.draft),
    "a forward": (4, lambda r: r.message.forwarded_from is not None),
    "a session": (4, lambda r: r.facts.interacting(r.app, r.owner, r.message.id)),
    "a session, by message": (4, lambda r: r.facts.interacting(r.app, r.owner, r.message)),
    "a label": (4, lambda r: r.facts.labelled(r.message, r.app)),
    "a label of its own": (4, lambda r: r.facts.labelled(r.message.id, "shared")),
    "who labelled": (4, lambda r: r.facts.labelled_by(r.message.id, r.app) == r.owner),
    "backfill": (3, lambda r: r.grant is not None and r.grant.backfill),
    "an end": (3, lambda r: r.grant is not None and r.grant.until is not None),
    "a purpose": (3, lambda r: r.grant is not None and "advice" in r.grant.purposes),
    "a narrow scope": (3, lambda r: r.grant is not None and "delete" not in r.grant.scope.actions),
    "a second grant": (4, lambda r: len(r.facts.grants(r.app, r.owner)) > 1),
    "another app's grant": (3, lambda r: r.facts.granted("OtherApp", r.owner) is not None),
    "an export": (3, lambda r: r.operation in ("thread", "export")),
    "a name": (3, lambda r: r.message.author == "Zoe"),
    "an id": (4, lambda r: r.message.id == "m2"),
    "a late time": (3, lambda r: r.message.time > 1000),
    "two messages": (4, lambda r: len(r.facts.messages) > 1),
    "a link to another app": (3, lambda r: bool(r.message.links) and r.app not in r.message.links),
    "a scope of two actions": (
        3,
        lambda r: (
            r.grant is not None
            and set(r.grant.scope.actions) == {"read", "send"}
            and r.grant.scope.extent.name == "everything"
        ),
    ),
    "the last message": (4, lambda r: r.facts.any_message(lambda each: each.author != r.message.author)),
}


def beside(condition: Condition) -> Condition:
    """A policy that permits what was sent via the app, or under a condition."""

    def policy(request: Request) -> bool:
        return request.grant is not None and (request.message.via == request.app or condition(request))

    return policy


@pytest.mark.parametrize("what", DIRECT)
def test_a_condition_beside_what_is_permitted_is_met(what: str) -> None:
    """Own mail or some condition: each is a hole, and each is found in the fewest steps."""
    steps, condition = DIRECT[what]
    found = of_function(beside(condition), "I5:via-app", steps)
    assert (found.kind, found.steps) == (Kind.REFUTED, steps)


def test_a_mailbox_without_a_grant_is_asked_for() -> None:
    """Permitting without a grant breaks every reading, and I1, in two steps."""

    def always(request: Request) -> bool:
        return True

    for claim in ("I1", "I5:reply", "I5:authored"):
        assert of_function(always, claim, 3).steps == 2


def test_what_was_never_so_is_named() -> None:
    """A verdict that rests on a branch that was never taken is none."""

    def policy(request: Request) -> bool:
        return request.grant is not None and (request.message.via == request.app or len(request.message.recipients) > 7)

    found = of_function(policy, "I5:via-app", 3)
    assert (found.kind, found.words) == (Kind.UNVARIED, "cannot say")
    assert found.unvaried == ("`len(request.message.recipients) > 7` was never true",)


def test_what_the_model_decides_by_itself_need_not_vary() -> None:
    """There always is a message, and it always is in a thread."""

    def policy(request: Request) -> bool:
        message: Message | None = request.message
        if request.grant is None or message is None or message.thread not in request.facts.threads:
            return False
        return message.via == request.app

    assert of_function(policy, "I5:via-app", 3).kind is Kind.EXHAUSTED


def test_what_a_policy_cannot_know_is_refused_with_what_to_ask() -> None:
    """The state has more than a policy may look at."""

    def policy(request: Request) -> bool:
        return bool(request.facts.windows)  # type: ignore[attr-defined]

    with pytest.raises(InputError, match=r"asked for `facts\.windows`, which it cannot know; ask `facts\.granted"):
        of_function(policy, "I5:via-app", 2)


def test_a_policy_that_counts_is_refused() -> None:
    """It is asked the same again in another order before a verdict is given."""
    asked = [0]

    def policy(request: Request) -> bool:
        asked[0] += 1
        return request.grant is not None and asked[0] % 7 == 0

    with pytest.raises(InputError, match="is not deterministic"):
        of_function(policy, "I5:via-app", 3)


def test_a_verdict_names_what_was_tried_and_what_is_looked_at() -> None:
    """People read the kinds of steps, and the attributes that the policy read."""

    def policy(request: Request) -> bool:
        return request.grant is not None and request.message.via == request.app and not request.message.draft

    found = hunt_rules(Service(FunctionPolicy("own", "", policy)), [parse_rule("I5:via-app")], 3)["I5:via-app"]
    assert isinstance(found.space, Space)
    assert found.space.looks == ("message.draft", "message.via", "request.grant")
    assert {"draft", "send-draft", "compose-other"} <= set(found.space.listed)


def test_a_call_of_each_kind_stands_for_those_that_a_policy_does_not_tell_apart() -> None:
    """Who compares the operation with one name asks for no attachments and no trash."""

    def policy(request: Request) -> bool:
        return request.message.via == request.app or request.operation == "thread"

    found = hunt_rules(Service(FunctionPolicy("f", "", policy)), [parse_rule("I5:via-app")], 3)["I5:via-app"]
    assert isinstance(found.space, Space)
    reading = {"get", "metadata", "thread", "search", "count"}
    assert found.space.operations == {*reading, "send", "delete", "label", "subscribe"}
    assert not {"attach", "trash", "restore"} & found.space.kinds
    assert found.verdict.steps == 2


NAMED = [("get",), ("thread",), ("export",), ("get", "thread"), ("get", "metadata"), ("get", "thread", "export")]


@pytest.mark.parametrize(("named", "claim"), [*((each, "I5:via-app") for each in NAMED), (("get",), "I26")])
def test_what_is_not_named_is_asked_too(named: tuple[Operation, ...], claim: str) -> None:
    """A policy may refuse the calls that it names and permit all others; what it hands over is stored, too."""

    def policy(request: Request) -> bool:
        operation = request.operation
        is_other = not any(operation == each for each in named)
        return request.grant is not None and (request.message.via == request.app or is_other)

    assert of_function(policy, claim, 4).kind is Kind.REFUTED


GRANT, BY_BEN = Consent(ANA, APP), Compose(BEN, (ANA,))


def after(given: History, policy: Policy, rule: str, bound: int, lag: float = 0.0) -> int | None:
    """In how many more steps a rule breaks after some that were taken."""
    found = hunt_rules(Service(policy, lag=lag), [parse_rule(rule)], bound, given=given)
    return found[parse_rule(rule).name].verdict.steps


def test_a_key_keeps_that_an_app_has_something() -> None:
    """The store must be empty two seconds after revocation, and is asked about once more then."""
    given = (GRANT, Compose(ANA, (BEN,), via=APP), Call(APP, "get", ANA, message="m1"))
    assert after(given, BUILT_IN["authored"], "I26:2", 3) == 3


@pytest.mark.parametrize("rule", ["I1", "I3"])
def test_a_key_keeps_what_a_service_still_believes(rule: str) -> None:
    """Of a message that is opened, and of a revocation that the service notices late."""
    assert after((BY_BEN, GRANT), ExtentPolicy(parse_extent("session")), rule, 3, lag=1.5) == 3


def test_a_key_keeps_the_order_of_threads() -> None:
    """A plain message directly after one with a link, directly after one via the app, each in its own thread."""

    def policy(request: Request) -> bool:
        message, messages = request.message, list(request.facts.messages.values())
        if request.grant is None:
            return False
        place = [each.id for each in messages].index(message.id)
        third = place >= 2 and bool(messages[place - 1].links) and messages[place - 2].via == request.app
        return message.via == request.app or third

    assert after((GRANT, Compose(ANA, (BEN,), via=APP)), FunctionPolicy("own", "", policy), "I5:via-app", 3) == 3


EITHER = {
    (own, one, other): own or (one and other)
    for own in (True, False)
    for one in (True, False)
    for other in (True, False)
}
"""A table has no branches, so that nothing in it is seen to have been true and false."""


def _second_app_of_one_author(request: Request) -> bool:
    message, facts = request.message, request.facts
    thread = facts.threads.get(message.thread, Thread())
    others = facts.any_message(lambda each: each.author != message.author, message.thread)
    is_root = message.via is None and thread.messages[:1] == (message.id,)
    return EITHER[message.via == request.app, thread.apps[1:] == (request.app,), is_root and not others]


def _first_and_late(request: Request) -> bool:
    message = request.message
    no_draft = not request.facts.any_message(lambda each: each.draft)
    return EITHER[message.via == request.app, message.id == "m1" and message.time > 4, no_draft]


def _labelled_by_both(request: Request) -> bool:
    message, setter = request.message, request.facts.labelled_by
    by_author, by_owner = setter(message, request.app) == message.author, setter(message, "OtherApp") == request.owner
    return EITHER[message.via == request.app, by_author, by_owner]


def _by_the_middle_one(request: Request) -> bool:
    message = request.message
    thread = request.facts.threads.get(message.thread, Thread())
    is_root_of_three = len(thread.members) > 2 and thread.messages[:1] == (message.id,)
    return EITHER[message.via == request.app, is_root_of_three, thread.members[1:2] == (message.author,)]


MERGED: dict[str, tuple[History, Condition, int]] = {
    "the order of a thread's apps": ((BY_BEN,), _second_app_of_one_author, 3),
    "ids beside times": ((Compose(BEN, (ANA,), draft=True),) * 2, _first_and_late, 3),
    "who set the label of which app": ((BY_BEN,), _labelled_by_both, 3),
    "the order of three members": ((Compose(CY, (ANA,)), Remove(CY, "t1", CY)), _by_the_middle_one, 3),
    "an attachment called as ours are": (
        (),
        lambda r: EITHER[r.message.via == r.app, "a7" in r.message.attachments, True],
        2,
    ),
    "somebody named in a question": (
        (),
        lambda r: EITHER[r.message.via == r.app, r.facts.consented(r.app, "Zoe"), True],
        2,
    ),
}
"""What a key must keep, or a search try: after a grant and these steps, a condition, and in how many more it is met."""


@pytest.mark.parametrize("what", MERGED)
def test_states_that_a_table_tells_apart_are_not_merged(what: str) -> None:
    """Each leak is hidden by another state that is the same but for this."""
    given, condition, steps = MERGED[what]
    policy = FunctionPolicy(what, "", lambda request: request.grant is not None and condition(request))
    assert after((GRANT, *given), policy, "I5:via-app", steps) == steps


@pytest.mark.parametrize(("rule", "steps"), [("I4", 4), ("I5:owner-granted", 4), ("I5:granted", 4), ("I15", 5)])
def test_a_call_in_flight_is_overtaken_by_whatever_changes(rule: str, steps: int) -> None:
    """By the end of a grant that ends by itself, which takes no step; and by an edit."""
    assert verdict_of(BUILT_IN["everything"], rule, steps).steps == steps


def test_a_grant_of_what_is_there_ends_in_flight() -> None:
    """A second and a half after it was given: between the call and its delivery."""
    assert after((BY_BEN,), BUILT_IN["everything"], "I4", 3) == 3


def test_a_grant_that_ended_by_itself_is_remembered() -> None:
    """A rule that asks whether there ever was one is broken without a revocation."""
    assert of_function(lambda r: len(r.facts.grants(r.app, r.owner)) > 0, "I1", 3).steps == 3


def test_a_purpose_is_never_declared_by_a_call() -> None:
    """So that every disclosure is for what was granted, of which nothing can be said."""
    assert verdict_of(BUILT_IN["everything"], "I19", 3).unvaried == ("`call.purpose`",)


def test_who_wrote_what_is_in_a_thread_is_of_three_people_too() -> None:
    """Two others write to each other in a thread that the owner is in."""

    def policy(request: Request) -> bool:
        facts = request.facts
        names = facts.threads["t1"].messages if "t1" in facts.threads else ()
        authors = {facts.messages[name].author for name in names}
        are_others = request.owner not in authors and len(authors) > 1
        return request.grant is not None and (request.message.via == request.app or are_others)

    assert after((GRANT,), FunctionPolicy("own", "", policy), "I5:via-app", 3) == 3


def test_what_was_written_long_ago_is_pushed() -> None:
    """A draft that is sent, or a message that is edited, is pushed when others were written after it."""

    def policy(request: Request) -> bool:
        names = list(request.facts.messages)
        is_first_policy = request.operation == "push" and len(names) > 1 and names[0] == request.message.id
        own = request.action != "read" or request.message.via == request.app
        return request.grant is not None and (own or is_first_policy)

    drafted = (GRANT, Compose(BEN, (ANA,), draft=True), BY_BEN)
    own = FunctionPolicy("own", "", policy)
    assert after((*drafted, Call(APP, "rule", ANA)), own, "I5:via-app", 1) == 1
    assert after((GRANT, BY_BEN, BY_BEN, Call(APP, "subscribe", ANA)), own, "I5:via-app@metadata", 1) == 1


def test_a_draft_that_is_sent_is_the_newest() -> None:
    """Its position is new, and its place among the messages is not."""

    def policy(request: Request) -> bool:
        message, messages = request.message, request.facts.messages
        if request.grant is None or message.thread not in request.facts.threads:
            return False
        root = messages[request.facts.threads[message.thread].messages[0]]
        return max((message, root), key=lambda each: each.position).via == request.app

    drafted = Compose(ANA, (BEN,), via=APP, draft=True)
    own = FunctionPolicy("own", "", policy)
    assert after((GRANT, drafted, Compose(BEN, thread="t1")), own, "I5:via-app", 2) == 2


def test_a_key_keeps_who_set_a_label_of_the_policys_own() -> None:
    """Of two people who can, the second one is let in."""

    def policy(request: Request) -> bool:
        message, facts = request.message, request.facts
        opens = facts.labelled_by(message.id, "vip") == "Cy" and facts.interacting(request.app, "Ana", message.id)
        return request.message.via == request.app or opens

    given = (GRANT, Compose(BEN, (ANA, CY)))
    assert after(given, FunctionPolicy("own", "", policy), "I5:via-app", 3) == 3


@pytest.mark.parametrize("rule", ["I3:60", "I3"])
def test_a_lag_is_waited_for(rule: str) -> None:
    """What a service believes for an hour, or a rule allows for a minute, is over after no few steps."""
    given = (GRANT, Compose(ANA, (BEN,), via=APP), Revoke(ANA, APP))
    assert after(given, BUILT_IN["authored"], rule, 1, lag=3600.0) == 1


def test_what_is_in_flight_at_the_end_of_a_grant_is_shown_after_it() -> None:
    """I3 is about when something is shown, whenever it was decided."""
    given = (GRANT, Compose(ANA, (BEN,), via=APP))
    assert after(given, BUILT_IN["authored"], "I3", 3) == 3


PREPARED: dict[str, Condition] = {
    "a forward to two": lambda r: (
        r.message.forwarded_from is not None and r.message.via is None and len(r.message.recipients) > 1
    ),
    "a forward via another app": lambda r: (
        r.message.forwarded_from is not None and r.message.via is not None and r.message.via != r.app
    ),
    "at one time": lambda r: r.facts.any_message(lambda each: each.time == r.message.time and each.id != r.message.id),
}


@pytest.mark.parametrize("what", PREPARED)
def test_a_form_of_a_step_that_a_policy_may_tell_apart_is_tried(what: str) -> None:
    """After a grant and a message, one step and a read."""
    assert after((GRANT, BY_BEN), FunctionPolicy(what, "", beside(PREPARED[what])), "I5:via-app", 2) == 2


def test_a_grant_that_ends_at_once_is_tried() -> None:
    """Nothing can be asked in between."""

    def policy(request: Request) -> bool:
        grants = request.facts.grants(request.app, request.owner)
        return bool(grants) and grants[-1].until is not None

    assert of_function(policy, "I2", 3).steps == 3


def test_sends_into_threads_and_to_two_people_are_tried() -> None:
    """A policy may refuse them, and break U1."""

    def none_in_threads(request: Request) -> bool:
        return request.grant is not None and (
            request.action != "send" or not request.facts.threads.get(request.message.thread)
        )

    def to_one(request: Request) -> bool:
        return request.grant is not None and len(request.message.recipients) == 1

    assert of_function(none_in_threads, "U1", 3).steps == 3
    assert of_function(to_one, "U1", 2).steps == 2


@pytest.mark.parametrize(
    ("rule", "is_refused"),
    [("U1", lambda r: "casino" in r.message.body), ("U1", lambda r: r.message.time > 1000)],
)
def test_what_is_sent_has_words_and_a_time_of_the_policys_own(rule: str, is_refused: Condition) -> None:
    """The app sends right after the grant."""
    found = of_function(lambda r: r.grant is not None and not (r.action == "send" and is_refused(r)), rule, 3)
    assert found.steps == 2


def test_more_words_than_are_tried_are_named() -> None:
    """Nobody knows what the policy does with the ninth."""
    words = ("a", "b", "c", "d", "e", "f", "g", "h", "i")

    def policy(request: Request) -> bool:
        message = request.message
        if request.grant is None:
            return False
        return message.via == request.app and not any(message.subject == word for word in words)

    assert of_function(policy, "I5:via-app", 3).kind is Kind.UNVARIED


def test_a_policy_may_ask_whether_a_grant_is_in_force_by_itself() -> None:
    """It is told what is so when it is asked, and not when something happened last."""

    def policy(request: Request) -> bool:
        return request.facts.granted(request.app, request.owner) is not None

    assert of_function(policy, "I1", 4).kind is Kind.EXHAUSTED


def test_declared_values_are_tried() -> None:
    """What no comparison shows, somebody has to say."""

    def policy(request: Request) -> bool:
        secret = hashlib.sha256(str(request.message.subject).encode()).hexdigest().startswith("b832")
        return request.grant is not None and (request.message.via == request.app or secret)

    own = Service(FunctionPolicy("own", "", policy))
    rules = [parse_rule("I5:via-app")]
    assert hunt_rules(own, rules, 3)["I5:via-app"].verdict.kind is Kind.UNVARIED
    declared = parse_values({"subject": ["Invoice"]})
    assert hunt_rules(own, rules, 3, values=declared)["I5:via-app"].verdict.steps == 3


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"colour": ["red"]}, "values of `colour` cannot be declared; declare some of subject, text"),
        ({"time": ["noon"]}, "`noon` are no times; write seconds"),
        ({"subject": [""]}, "`subject` is declared without a value"),
    ],
)
def test_what_cannot_be_declared_is_said(given: dict[str, list[str]], error: str) -> None:
    """One line, with what can be."""
    with pytest.raises(InputError, match=error):
        parse_values(given)
    with pytest.raises(InputError, match="`--vary subject` declares nothing"):
        split_values(["subject"])


def test_an_app_that_reads_all_but_what_nobody_wrote_is_not_said_to_read_all() -> None:
    """The policy keeps back what no message of the search has."""

    def policy(request: Request) -> bool:
        return request.grant is not None and not any([request.message.subject.isdigit()])

    *_, found = survey_own(FunctionPolicy("policy", "", policy), 3)
    assert found.read_all(FunctionPolicy("policy", "", policy), "RA2").kind is Kind.UNVARIED


def test_two_policies_that_nothing_told_apart_for_want_of_a_value_are_not_called_equivalent() -> None:
    """Neither was ever asked about a message to eight people."""

    def policy(request: Request) -> bool:
        message = request.message
        return request.grant is not None and (message.via == request.app or len(message.recipients) > 7)

    def other(request: Request) -> bool:
        return request.grant is not None and request.message.via == request.app

    *_, found = compare_policies(FunctionPolicy("one", "", policy), FunctionPolicy("two", "", other), 3)
    assert found.relation() is Relation.UNVARIED
    assert found.unvaried == ("`len(message.recipients) > 7` was never true",)


def test_a_cedar_policy_that_never_applied_is_named(tmp_path: Path) -> None:
    """It might permit anything."""
    text = """
        @id("own") permit (principal, action, resource) when {
            context.granted && resource has via && resource.via == principal };
        @id("many") permit (principal, action, resource) when {
            resource.recipients.contains(Person::"a") && resource.recipients.contains(Person::"b") &&
            resource.recipients.contains(Person::"c") && resource.recipients.contains(Person::"d") };
    """
    (tmp_path / "own.cedar").write_text(text, encoding="utf-8")
    found = verdict_of(load_policy(str(tmp_path / "own.cedar")), "I5:via-app", 3)
    third, fourth = (f'`(resource.recipients).contains(Person::"{name}")` was never' for name in "cd")
    assert found.kind is Kind.UNVARIED
    absent = [f"`{name}`, who takes no part in the search" for name in "cd"]
    assert found.unvaried == ("`many` never applied", f"{third} true", f"{fourth} asked", *absent)


GROUP = 'Group::"partners"'
OPERANDS: dict[str, tuple[str, str]] = {
    "a group": (f"resource.via == {GROUP}", f"`(resource.via) == {GROUP}` was never true"),
    "one of a set": (f"[principal, {GROUP}].contains(resource.via)", f"`(resource.via) == {GROUP}` was never true"),
    "in a set": (f"resource.via in [{GROUP}]", f"`(resource.via) in {GROUP}` was never true"),
    "any of a set": (f"resource.links.containsAny([{GROUP}])", f"`(resource.links).contains({GROUP})` was never true"),
    "a type in a group": (f"resource.via is App in {GROUP}", f"`(resource.via) is App in {GROUP}` was never true"),
    "not": (f"!(resource.via != {GROUP})", f"`(resource.via) != {GROUP}` was never false"),
    "if": (f"if resource.via == {GROUP} then true else false", f"`(resource.via) == {GROUP}` was never true"),
    "inside": (f"(resource.via == {GROUP} && context.granted) == true", f"`(resource.via) == {GROUP}` was never true"),
    "what stands elsewhere, too": ("resource.via == principal", "`(resource.via) == principal` was never true"),
    "untold": ('resource.subject like "Inv*"', "`subject`, of which no mapping tells it"),
    "untold, if it has it": ("resource has subject", "`subject`, of which no mapping tells it"),
}
"""What a Cedar text may ask beside what it permits anyway, and what is said of that."""


@pytest.mark.parametrize("asked", OPERANDS)
@pytest.mark.parametrize("sign", ["when", "unless"])
def test_an_operand_of_a_cedar_text_that_never_varied_is_named(tmp_path: Path, asked: str, sign: str) -> None:
    """It might permit anything, though the policy that it is in applies."""
    operand, said = OPERANDS[asked]
    own = "(resource has via && resource.via == principal)"
    condition = f"context.granted && ({own} || (resource has via && ({operand})))"
    if sign == "unless":
        condition = f"!({condition})"
    text = f"permit (principal, action, resource) {sign} {{ {condition} }};"
    (tmp_path / "own.cedar").write_text(text, encoding="utf-8")
    found = verdict_of(load_policy(str(tmp_path / "own.cedar")), "I5:via-app", 3)
    assert found.kind is Kind.UNVARIED
    assert said in found.unvaried


def test_an_app_that_a_policy_names_takes_part(tmp_path: Path) -> None:
    """A Cedar text and a function let it in; of two others, one does not."""
    own = "resource has via && (resource.via == principal || resource.via == App::"
    text = f'permit (principal, action, resource) when {{ context.granted && {own}"Foo") }};'
    (tmp_path / "own.cedar").write_text(text, encoding="utf-8")
    assert verdict_of(load_policy(str(tmp_path / "own.cedar")), "I5:via-app", 3).steps == 3
    assert of_function(beside(lambda r: r.message.via == "Foo"), "I5:via-app", 3).steps == 3
    found = of_function(beside(lambda r: r.message.via in ("Bar", "Foo") and r.message.via != "Bar"), "I5:via-app", 3)
    assert (found.kind, found.unvaried[-1]) == (Kind.UNVARIED, "`Foo`, who takes no part in the search")


def test_who_has_another_name_than_those_that_are_named_is_missed() -> None:
    """There are two apps and three people: none is left of no name, or not enough of them, and *kept* is not said."""

    def other(r: Request) -> bool:
        return r.app == APP and r.message.via is not None and r.message.via != "OtherApp"

    def opted_out(r: Request) -> bool:
        out, own = {"Ben", "Cy"}, r.message.via == r.app
        return own or (r.message.author not in out and r.owner not in out and r.message.author != r.owner)

    assert of_function(other, "I5:via-app", 2).unvaried == (
        "`an app of another name`, who takes no part in the search",
    )
    assert of_function(opted_out, "I5:via-app", 2).kind is Kind.UNVARIED


OF_ANY_APP: dict[str, tuple[Condition, str, int]] = {
    "a link": (lambda r: bool(r.message.links), "I5:linked", 2),
    "a number of links": (lambda r: len(r.message.links) > 0, "I5:linked", 2),
    "links, and not to it": (lambda r: r.message.links != () and r.app not in r.message.links, "I5:linked", 2),
    "a mention": (lambda r: bool(r.message.mentions), "I5:addressed", 2),
    "what it is about": (lambda r: bool(r.message.about), "I5:topical", 2),
    "a link beside a mention of it": (lambda r: bool(r.message.links) and r.app in r.message.mentions, "I5:linked", 2),
    "a link beside a subject": (lambda r: bool(r.message.links) and r.message.subject == "A film", "I5:linked", 2),
    "an app that got it": (
        lambda r: r.app in r.message.mentions or any(name not in (ANA, BEN, CY) for name in r.message.recipients),
        "I5:addressed",
        3,
    ),
}
"""What may be so of any app, where the claim is of the one that asks; and in how many steps that breaks."""


@pytest.mark.parametrize("what", OF_ANY_APP)
def test_what_is_so_of_another_app_is_tried(what: str) -> None:
    """A link that a policy asks for may be to another app than the one that the claim asks for."""
    policy, claim, steps = OF_ANY_APP[what]
    found = of_function(policy, claim, steps)
    assert (found.kind, found.steps) == (Kind.REFUTED, steps)


def test_a_cedar_text_that_asks_for_any_link_is_shown_one_to_another_app(tmp_path: Path) -> None:
    """Of what a text asks only its attributes are known."""
    text = "permit (principal, action, resource) when { context.granted && !(resource.links == []) };"
    (tmp_path / "own.cedar").write_text(text, encoding="utf-8")
    assert verdict_of(load_policy(str(tmp_path / "own.cedar")), "I5:linked", 3).steps == 3


def test_what_a_message_names_is_a_set() -> None:
    """So no policy can tell in which order it does, or how often."""
    twice = Compose(BEN, (ANA, ANA), links=("OtherApp", APP, "OtherApp"), attachments=("a", "a"))
    messaging = MessagingService(Service(BUILT_IN["everything"]), (ANA, BEN), (APP, "OtherApp"))
    messaging.do(twice)
    message = messaging.state.messages["m1"]
    assert (message.recipients, message.links, message.attachments) == ((ANA,), (APP, "OtherApp"), ("a",))


LOOKING: dict[str, Condition] = {
    "a function of a list": lambda r: any([r.message.subject.isdigit()]),
    "a regular expression": lambda r: re.fullmatch(r"Inv\d+", r.message.subject) is not None,
    "a dictionary": lambda r: {"a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "zz": 1}.get(r.message.subject, 0) > 0,
    "arithmetic": lambda r: bool(r.message.subject.startswith("Inv") * r.message.subject.endswith("9")),
    "a length": lambda r: bool(len(r.message.subject) // 10),
    "a label": lambda r: r.facts.labelled(r.message, r.message.subject),
    "another app": lambda r: bool(set(r.message.links) - {r.app}),
    "the type of a number": lambda r: str(r.message.position).isdigit() and r.message.author == "Nobody",
}


@pytest.mark.parametrize("what", LOOKING)
def test_what_is_looked_into_is_never_kept(what: str) -> None:
    """However the code hides its conditions; and a search that finds a break may say so."""
    condition = LOOKING[what]

    def policy(request: Request) -> bool:
        return request.grant is not None and (request.message.via == request.app) | condition(request)

    assert of_function(policy, "I5:via-app", 3).kind in (Kind.UNVARIED, Kind.REFUTED)


class Rules:
    """A policy with a word of its own, and no function."""

    word = "invoice"

    def __call__(self, request: Request) -> bool:
        """Let in what was sent via the app, and a subject."""
        return request.message.via == request.app or request.message.subject.lower() == self.word


@pytest.mark.parametrize("policy", [Rules(), partial(Rules.__call__, Rules())])
def test_the_words_of_what_is_no_plain_function_are_tried_too(policy: Callable[[Request], object]) -> None:
    """They stand in its class, or in what is bound to it."""
    found = verdict_of(FunctionPolicy("rules", "", policy), "I5:via-app", 3)
    assert found.kind in (Kind.UNVARIED, Kind.REFUTED)
    found = hunt_rules(
        Service(FunctionPolicy("rules", "", policy)),
        [parse_rule("I5:via-app")],
        3,
        values=parse_values({"subject": ["invoice"]}),
    )["I5:via-app"].verdict
    assert found.steps == 2


def test_four_attributes_of_a_message_at_once_are_tried() -> None:
    """And the policy's own words in an answer."""

    def policy(request: Request) -> bool:
        m, app = request.message, request.app
        four = (app in m.links) & (app in m.mentions) & (app in m.about) & (len(m.attachments) > 0)
        return (m.via == app) | four

    def answers(request: Request) -> bool:
        m = request.message
        return (m.via == request.app) | ((m.in_reply_to is not None) & (m.body == "Invoice"))

    assert of_function(policy, "I5:via-app", 2).steps == 2
    assert of_function(answers, "I5:via-app", 3).steps == 3
