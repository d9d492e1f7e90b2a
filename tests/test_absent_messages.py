"""Test that what is absent in the second run of a pair is hidden from everybody but the people."""

import pytest

from permiscope.engine.alphabet import BASE
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.pairs import run_pair
from permiscope.engine.space import PEOPLE
from permiscope.judge.noninterference import Noninterference, parse_noninterference, variation
from permiscope.model.access import Request
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS
from permiscope.model.steps import (
    Add,
    Begin,
    Call,
    Close,
    Compose,
    Consent,
    Deliver,
    Edit,
    Forward,
    History,
    Label,
    Open,
    Remove,
    Reply,
    Restore,
    SendDraft,
    Trash,
)
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.faults.fault import ideal
from permiscope.service.policies.loading import load_policy
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy
from tests.helpers import ANA, APP, BEN, CY, get

VIA = Compose(ANA, (BEN,), via=APP, text="See this film.")
PRIVATE = Compose(BEN, (ANA,), text="My results came.")
GRANT = Consent(ANA, APP)


def rule_of(text: str) -> Noninterference:
    """The rule of two runs that a text stands for."""
    rule = parse_noninterference(text)
    assert rule is not None
    return rule


def own(name: str, function: object) -> Service:
    """A service that goes by a function."""
    return Service(FunctionPolicy(name, name, function))  # type: ignore[arg-type]


def _only_while_alone(request: Request) -> bool:
    """Its own messages, while no other one lies in the owner's mailbox."""
    messages, owner = request.facts.messages.values(), request.owner
    private = any(owner in each.people and each.via is None for each in messages)
    return request.grant is not None and request.message.via == request.app and not private


def _by_number(request: Request) -> bool:
    return request.message.via == request.app and len(request.facts.messages) == 1


def _by_threads(request: Request) -> bool:
    return request.message.via == request.app and len(request.facts.threads) == 1


def _by_thread(request: Request) -> bool:
    thread = request.facts.threads[request.message.thread]
    return request.message.via == request.app and len(thread.messages) == 1


def _by_label(request: Request) -> bool:
    return request.message.via == request.app and not request.facts.labelled("m1", request.app)


def _by_session(request: Request) -> bool:
    return request.message.via == request.app and not request.facts.interacting(request.app, ANA, "m1")


@pytest.mark.parametrize(
    ("function", "history"),
    [
        (_only_while_alone, (GRANT, PRIVATE, VIA, get("m2"))),
        (_by_number, (GRANT, PRIVATE, VIA, get("m2"))),
        (_by_threads, (GRANT, PRIVATE, VIA, get("m2"))),
        (_by_thread, (GRANT, PRIVATE, Compose(ANA, thread="t1", via=APP, text="See this film."), get("m2"))),
        (_by_label, (GRANT, PRIVATE, Label(ANA, "m1", APP), VIA, get("m2"))),
        (_by_session, (GRANT, PRIVATE, Open(ANA, APP, "m1"), VIA, get("m2"))),
    ],
)
def test_a_policy_that_looks_at_hidden_messages_is_told_apart(function: object, history: History) -> None:
    """What the app is shown depends on whether there is m1, which it may not know."""
    pair = run_pair(own("mine", function), history, rule_of("I21:via-app"))
    assert pair.high == {"m1"}
    assert pair.divergence is not None
    assert pair.divergence.culprit == "m1"


def test_the_shortest_history_is_found() -> None:
    """Of the policy that permits its own messages while no other one is there; and none is shorter."""
    rule = rule_of("I21:via-app")
    found = hunt_rules(own("mine", _only_while_alone), [rule], 4, BASE, frozenset({"get"}))[rule.name]
    assert found.verdict.steps == 4


def test_a_policy_that_looks_at_nothing_hidden_is_not() -> None:
    """Neither by the names of messages and threads, nor by what is said to whom."""
    history = (
        GRANT,
        PRIVATE,
        Reply(ANA, "m1", text="So soon?"),
        VIA,
        get("m3"),
        Call(APP, "list", ANA),
        Call(APP, "send", ANA, to=(BEN,), text="And this one."),
        Call(APP, "thread", ANA, thread="t2"),
    )
    for policy in ("via-app", "reply", "authored"):
        pair = run_pair(Service(BUILT_IN[policy]), history, rule_of("I21:via-app"))
        assert (pair.high, pair.divergence) == (frozenset({"m1", "m2"}), None)


def test_a_draft_is_sent_to_those_who_are_members_still() -> None:
    """It brings nobody back, and whoever is no member sends nothing there."""
    messaging = MessagingService(Service(BUILT_IN["everything"]), PEOPLE, (APP,))
    drafted = (Compose(BEN, (ANA, CY), draft=True), Compose(CY, thread="t1", draft=True))
    messaging.play((*drafted, Remove(BEN, "t1", ANA), Remove(BEN, "t1", CY), Add(BEN, "t1", CY), Remove(BEN, "t1", CY)))
    with pytest.raises(InputError, match="`Cy` is no member of thread `t1`"):
        messaging.do(SendDraft(CY, "m2"))
    messaging.play((Add(BEN, "t1", CY), SendDraft(BEN, "m1")))
    state = messaging.state
    assert state.messages["m1"].recipients == (CY,)
    assert [person for person in PEOPLE if "m1" in state.mailbox(person)] == [BEN, CY]
    assert (state.threads["t1"].members, state.threads["t1"].past) == ((BEN, CY), (ANA,))


EVERYTHING_DONE_TO_IT: History = (
    GRANT,
    Compose(BEN, (ANA,), text="My results came.", attachments=("a1",)),
    Label(ANA, "m1", APP),
    Open(ANA, APP, "m1"),
    Close(ANA, APP, "m1"),
    Trash(ANA, "m1"),
    Restore(ANA, "m1"),
    Edit(BEN, "m1", "My results came today."),
    Add(ANA, "t1", CY),
    Remove(BEN, "t1", CY),
    Reply(ANA, "m1", quote="m1", text="So soon?"),
    Forward(ANA, "m1", (CY,), text="Look."),
    Compose(CY, (BEN,), text="Shall I?", draft=True),
    SendDraft(CY, "m4"),
    Compose(BEN, thread="t1", via=APP, text="See this film."),
    Compose(ANA, (CY,), via=APP, text="See this film, too."),
)


@pytest.mark.parametrize("hidden", [{"m1"}, {"m4"}, {"m1", "m4"}, {"m1", "m2", "m3", "m4"}, {"m2"}, {"m3"}])
def test_people_do_what_they_did_to_what_is_not_there_and_nobody_else_sees_it(hidden: set[str]) -> None:
    """Names stay as they are, and no fact says that there was anything."""
    base, other = (
        MessagingService(
            Service(BUILT_IN["everything"]), PEOPLE, (APP,), rewrite=variation(rule_of("I21:reply"), names)
        )
        for names in (set[str](), hidden)
    )
    base.play(EVERYTHING_DONE_TO_IT)
    other.play(EVERYTHING_DONE_TO_IT)
    there, state = base.state.messages.keys(), other.state
    assert state.messages.keys() == there - hidden
    assert state.absent.keys() == hidden
    shown = {name for thread in state.threads.values() for name in thread.messages}
    assert shown == state.messages.keys()
    assert all(thread.messages for thread in state.threads.values())
    assert not {name for held in (*state.copies.values(), *state.trashed.values()) for name in held} & hidden
    assert not hidden & (state.labels.keys() | state.edited.keys() | set(state.attachments.values()))
    assert not hidden & {message for _, _, message in state.opened}
    for name, message in state.messages.items():
        before = base.state.messages[name]
        assert (message.thread, message.recipients, message.in_reply_to) == (
            before.thread,
            before.recipients,
            before.in_reply_to,
        )
        assert state.threads[message.thread].members == tuple(
            sorted(base.state.threads[message.thread].members, key=state.threads[message.thread].members.index)
        )
    assert [message.id for message in state.written()] == [f"m{number}" for number in range(1, 7)]


def test_a_thread_that_is_hidden_keeps_its_members() -> None:
    """Somebody joins it, and is written to in the second run as in the first."""
    history = (GRANT, PRIVATE, Add(ANA, "t1", CY), Compose(ANA, thread="t1", via=APP, text="All three."), get("m2"))
    pair = run_pair(Service(BUILT_IN["via-app"]), history, rule_of("I21:via-app"))
    assert (pair.high, pair.divergence) == (frozenset({"m1"}), None)


def test_sequential_ids_do_not_count_what_is_absent() -> None:
    """So they tell the two runs apart, and the count of the app's own does not."""
    history = (GRANT, PRIVATE, VIA, get("m2"))
    for name, apart in (("L10", True), (None, False)):
        service = CATALOGUE[name].service if name else Service(ideal().policy, ids="per-app")
        found = run_pair(service, history, rule_of("I21:reply")).divergence
        assert (found is not None) is apart


def test_a_message_in_flight_finds_the_thread_that_it_is_for() -> None:
    """The thread of an absent message is as old as it was, also once somebody answered in it."""
    history = (
        GRANT,
        PRIVATE,
        Begin(Call(APP, "send", ANA, thread="t1", text="See this film.")),
        Reply(ANA, "m1", text="So soon?"),
        Deliver(1),
        get("m3"),
        Call(APP, "thread", ANA, thread="t1"),
    )
    pair = run_pair(Service(BUILT_IN["via-app"]), history, rule_of("I21:via-app"))
    assert (pair.high, pair.divergence) == (frozenset({"m1", "m2"}), None)


@pytest.mark.parametrize("reading", READINGS)
def test_no_reading_trips_over_a_parent_or_a_root_that_is_not_there(reading: str) -> None:
    """Nothing raises, whatever decides: an extent, Cedar, or a platform's scopes."""
    for policy in (BUILT_IN[reading], load_policy("gmail-addons:gmail.addons.current.message.readonly")):
        messaging = MessagingService(
            service_for(policy), PEOPLE, (APP,), rewrite=variation(rule_of("I21:reply"), {"m1", "m4"})
        )
        messaging.play(EVERYTHING_DONE_TO_IT)
        messaging.play(tuple(get(name, person) for person in PEOPLE for name in messaging.state.messages))
        calls = [record for record in messaging.door.records if hasattr(record, "error")]
        assert calls
        assert not [call for call in calls if call.error]


def test_a_person_who_never_held_it_cannot_answer_it() -> None:
    """What is not enabled in the first run is not in the second."""
    messaging = MessagingService(
        Service(BUILT_IN["everything"]), PEOPLE, (APP,), rewrite=variation(rule_of("I21:reply"), {"m1"})
    )
    messaging.play((PRIVATE,))
    with pytest.raises(InputError, match="holds no message `m1`"):
        messaging.do(Reply(CY, "m1"))
