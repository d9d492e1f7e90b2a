"""Does each channel of the door let through what the rule says, at its grade, and nothing else?"""

from typing import get_args

import pytest
from attrs import evolve

from permiscope.engine.bfs import messaging_for
from permiscope.model.access import ACTION_OF, OPERATIONS, Action, Grade, Operation, Reason, Request, Scope
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.records import Outcome
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, Label, Reply, Revoke, Step, Trash
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, CY, calls_in, get, ids, last_call, trace_of

EVERYTHING, REPLY = BUILT_IN["everything"], BUILT_IN["reply"]
UNTAGGED = ExtentPolicy(parse_extent("~tagged"))
MAIL = (
    Compose(BEN, (ANA,), text="Keep it quiet."),  # m1 in t1
    Compose(ANA, (BEN,), via=APP, text="See this film."),  # m2 in t2
    Reply(BEN, "m2", quote="m1", text="I did."),  # m3, which quotes m1
    Compose(ANA, thread="t2", text="An aside."),  # m4
    Compose(CY, (BEN,), via=APP, text="Another film."),  # m5 in t3, of which Ana holds no copy ...
    Compose(CY, (BEN,), text="Between us."),  # ... nor of m6 in t4, which is outside every rule but the widest
)
MORE = (
    *MAIL,
    Compose(ANA, (BEN,), via=APP, text="Look!", attachments=("a1",)),  # m7 in t5
    Compose(ANA, (BEN,), via=APP, text="Never mind."),  # m8 in t6, which Ana trashes
    Trash(ANA, "m8"),
)
GRANT = Consent(ANA, APP)
LIST = Call(APP, "list", ANA)
THREAD = Call(APP, "thread", ANA, thread="t2")
FILMS = Call(APP, "search", ANA, text="FILM")
SEND = Call(APP, "send", ANA, to=(BEN,), text="Hear this record.")
DELETE = Call(APP, "delete", ANA, message="m2")
LABEL = Call(APP, "label", ANA, message="m2")
ASKED: dict[Operation, Call] = {
    "get": get("m2"),
    "metadata": Call(APP, "metadata", ANA, message="m2"),
    "thread": THREAD,
    "list": LIST,
    "search": FILMS,
    "count": Call(APP, "count", ANA),
    "attachment": Call(APP, "attachment", ANA, attachment="a1"),
    "export": Call(APP, "export", ANA),
    "send": SEND,
    "forward": Call(APP, "forward", ANA, message="m2", to=(BEN,)),
    "delete": DELETE,
    "trash": Call(APP, "trash", ANA, message="m2"),
    "undelete": Call(APP, "undelete", ANA, message="m8"),
    "label": LABEL,
    "subscribe": Call(APP, "subscribe", ANA),
    "rule": Call(APP, "rule", ANA),
}
ASKABLE = [operation for operation in OPERATIONS if operation != "push"]


@pytest.mark.parametrize(
    ("call", "shown", "grade", "segments"),
    [
        (get("m2"), ["m2"], Grade.BODY, [1]),
        (get("m3"), ["m3"], Grade.BODY, [2]),
        (THREAD, ["m2", "m3"], Grade.BODY, [1, 2]),
        (LIST, ["m2", "m3"], Grade.METADATA, [0, 0]),
        (FILMS, ["m2"], Grade.PART, [0]),
        (Call(APP, "search", ANA, text="quiet"), ["m3"], Grade.PART, [0]),
    ],
)
def test_a_channel_shows_what_the_rule_holds_at_its_grade(
    call: Call, shown: list[str], grade: Grade, segments: list[int]
) -> None:
    """Replies under the rule for replies: whole in a body, and without a word of text below that."""
    record = last_call((*MAIL, GRANT, call), REPLY)
    assert (record.outcome, record.reason, record.grade) == ("shown", "permitted", grade)
    assert ids(record) == shown
    assert [len(message.segments) for message in record.shown] == segments


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (get("m1"), "outside the policy"),
        (get("m4"), "outside the policy"),
        (get("m5"), "not in the mailbox"),
        (get("m6"), "not in the mailbox"),
        (get("m9"), "not in the mailbox"),
        (Call(APP, "thread", ANA, thread="t1"), "outside the policy"),
        (Call(APP, "thread", ANA, thread="t4"), "not in the mailbox"),
        (Call(APP, "thread", ANA, thread="t9"), "not in the mailbox"),
        (Call(APP, "search", ANA, text="aside"), "outside the policy"),
        (Call(APP, "search", ANA, text="zebra"), "not in the mailbox"),
        (Call(APP, "delete", ANA, message="m1"), "outside the policy"),
        (Call(APP, "delete", ANA, message="m5", everyone=True), "not in the mailbox"),
        (Call(APP, "label", ANA, message="m4"), "outside the policy"),
        (get("m2", BEN), "no grant"),
    ],
)
def test_a_channel_refuses_the_rest_and_says_why(call: Call, reason: Reason) -> None:
    """What lies outside the rule, what others hold, what nobody wrote: nothing crosses."""
    record = last_call((*MAIL, GRANT, call), REPLY)
    assert (record.outcome, record.reason, record.shown) == ("refused", reason, ())
    assert (record.sent, record.holders) == (None, ())


@pytest.mark.parametrize("operation", ASKABLE)
def test_nothing_is_done_without_a_grant_of_the_action(operation: Operation) -> None:
    """Each channel asks: without a grant, and with one of every other action."""
    call, action = ASKED[operation], ACTION_OF[operation]
    assert last_call((*MORE, call), EVERYTHING).reason == "no grant"
    others = tuple(each for each in get_args(Action) if each != action)
    refused = last_call((*MORE, Consent(ANA, APP, Scope(others)), call), EVERYTHING)
    assert (refused.outcome, refused.reason, refused.shown) == ("refused", "action not granted", ())
    needed: tuple[Action, ...] = ("send", "read") if operation == "forward" else (action,)
    only = last_call((*MORE, Consent(ANA, APP, Scope(needed)), call), EVERYTHING)
    assert only.outcome in ("shown", "done")


def test_a_message_outside_the_grant_is_refused_by_itself() -> None:
    """The extents of rule and grant meet, message by message."""
    replies = Consent(ANA, APP, Scope(("read",), parse_extent("reply")))
    assert last_call((*MAIL, replies, get("m1")), EVERYTHING).reason == "outside the grant"
    assert ids(last_call((*MAIL, replies, LIST), UNTAGGED)) == ["m2", "m3"]
    assert ids(last_call((*MAIL, replies, Label(ANA, "m3", APP), LIST), UNTAGGED)) == ["m2"]


@pytest.mark.parametrize(
    ("call", "people", "thread"), [(SEND, (ANA, BEN), "t5"), (evolve(SEND, to=(), thread="t2"), (ANA, BEN), "t2")]
)
def test_what_is_sent_is_the_owners_and_reaches_everybody(call: Call, people: tuple[str, ...], thread: str) -> None:
    """In a new thread or in an old one, by the owner and via the app."""
    trace = trace_of((*MAIL, GRANT, call), REPLY)
    sent = calls_in(trace)[-1].sent
    assert sent is not None
    assert (sent.author, sent.via, sent.people, sent.thread) == (ANA, APP, people, thread)
    assert sent.body == "Hear this record."
    assert [person for person in trace.header.people if sent.id in trace.final_state().mailbox(person)] == list(people)


@pytest.mark.parametrize(("everyone", "holders", "left"), [(False, {ANA}, {BEN}), (True, {ANA, BEN}, set())])
def test_a_delete_takes_the_owners_copy_or_everyones(everyone: bool, holders: set[str], left: set[str]) -> None:
    """Only the copies change, and the record says whose."""
    trace = trace_of((*MAIL, GRANT, evolve(DELETE, everyone=everyone)), REPLY)
    record, state = calls_in(trace)[-1], trace.final_state()
    assert (record.outcome, set(record.holders), record.asked.everyone) == ("done", holders, everyone)
    assert {person for person in trace.header.people if "m2" in state.mailbox(person)} == left
    assert "m2" in state.messages


def test_a_label_is_on_the_message_for_all() -> None:
    """Once, however often it is set."""
    trace = trace_of((*MAIL, GRANT, LABEL, LABEL), REPLY)
    assert [record.outcome for record in calls_in(trace)] == ["done", "done"]
    assert trace.final_state().labels == {"m2": (APP,)}


@pytest.mark.parametrize(
    ("policy", "asked", "meanwhile", "outcome", "reason"),
    [
        (REPLY, get("m2"), Compose(CY, (ANA,)), "shown", "permitted"),
        (REPLY, get("m2"), Revoke(ANA, APP), "refused", "no grant"),
        (REPLY, LIST, Revoke(ANA, APP), "refused", "no grant"),
        (REPLY, SEND, Revoke(ANA, APP), "refused", "no grant"),
        (REPLY, DELETE, Revoke(ANA, APP), "refused", "no grant"),
        (UNTAGGED, get("m2"), Label(BEN, "m2", APP), "refused", "outside the policy"),
        (UNTAGGED, LABEL, Label(BEN, "m2", APP), "refused", "outside the policy"),
        (UNTAGGED, THREAD, Label(BEN, "m2", APP), "shown", "permitted"),
    ],
)
def test_a_recheck_asks_again_at_delivery(
    policy: Policy, asked: Call, meanwhile: Step, outcome: Outcome, reason: Reason
) -> None:
    """What has changed on the way counts with a recheck, and does not without."""
    history = (*MAIL, GRANT, Begin(asked), meanwhile, Deliver(1))
    rechecked = last_call(history, policy, recheck=True)
    assert (rechecked.outcome, rechecked.reason) == (outcome, reason)
    hasty = last_call(history, policy)
    assert hasty.outcome == ("shown" if ACTION_OF[asked.operation] == "read" else "done")
    assert hasty.reason == "permitted"


def test_a_recheck_filters_message_by_message() -> None:
    """Of a thread on its way, what is outside the rule by now stays behind."""
    history = (*MAIL, GRANT, Begin(THREAD), Label(BEN, "m2", APP), Deliver(1))
    assert ids(last_call(history, UNTAGGED, recheck=True)) == ["m3", "m4"]
    assert ids(last_call(history, UNTAGGED)) == ["m2", "m3", "m4"]


@pytest.mark.parametrize(("lag", "outcome"), [(0.5, "refused"), (1, "refused"), (1.5, "shown")])
def test_a_recheck_is_as_late_as_what_the_service_knows(lag: float, outcome: Outcome) -> None:
    """Delivered one second after the revocation, which is noticed `lag` seconds after."""
    history = (*MAIL, GRANT, Begin(get("m2")), Revoke(ANA, APP), Deliver(1))
    assert last_call(history, REPLY, recheck=True, lag=lag).outcome == outcome


@pytest.mark.parametrize(
    ("asked", "left"),
    [(get("m2"), []), (THREAD, ["m3"]), (LIST, ["m3"]), (FILMS, []), (DELETE, []), (LABEL, [])],
    ids=lambda value: value.operation if isinstance(value, Call) else None,
)
@pytest.mark.parametrize("recheck", [False, True])
def test_what_left_the_mailbox_on_the_way_is_not_delivered(asked: Call, left: list[str], recheck: bool) -> None:
    """A message is deleted while a call is in flight: the rest comes, or the call finds nothing."""
    record = last_call((*MAIL, GRANT, Begin(asked), DELETE, Deliver(1)), REPLY, recheck=recheck)
    assert ids(record) == left
    assert (record.outcome, record.reason) == (("shown", "permitted") if left else ("refused", "not in the mailbox"))
    assert record.holders == ()


def test_a_delete_for_everyone_leaves_out_who_has_no_copy_by_now() -> None:
    """The holders are those at delivery."""
    history = (
        *MAIL,
        GRANT,
        Consent(BEN, APP),
        Begin(evolve(DELETE, everyone=True)),
        evolve(DELETE, owner=BEN),
        Deliver(1),
    )
    assert last_call(history, REPLY).holders == (ANA,)


@pytest.mark.parametrize("asked", [THREAD, LIST, FILMS], ids=lambda call: call.operation)
@pytest.mark.parametrize("recheck", [False, True])
def test_what_arrives_on_the_way_is_not_delivered(asked: Call, recheck: bool) -> None:
    """Nobody has decided on it."""
    alone = last_call((*MAIL, GRANT, asked), REPLY)
    late = Compose(BEN, thread="t2", via=APP, text="A third film.")
    assert ids(last_call((*MAIL, GRANT, Begin(asked), late, Deliver(1)), REPLY, recheck=recheck)) == ids(alone)


def test_a_call_in_flight_is_one_record_with_both_times() -> None:
    """Decided at the one, delivered at the other, with as many records before each."""
    history = (*MAIL, GRANT, Begin(get("m2"), at=10.0), Label(ANA, "m1", APP), LIST, Deliver(1, at=12.5))
    trace = trace_of(history, REPLY)
    record = trace.records[-1]
    assert calls_in(trace)[-1] is record
    assert [(call.decided_at, call.time) for call in calls_in(trace)] == [(12.0, 12.0), (10.0, 12.5)]
    assert [(call.opened, call.closed) for call in calls_in(trace)] == [(8, 8), (7, 9)]
    assert trace.records.index(record) == 9


def test_a_call_is_delivered_once() -> None:
    """Not twice, not if it was refused, and not if it was never begun."""
    messaging = messaging_for(Service(REPLY))
    messaging.play((*MAIL, GRANT, Begin(get("m2")), Begin(get("m1")), Deliver(1)))
    for number, says in [(1, "call 1 is over"), (2, "call 2 is over"), (3, "call 3 was never begun")]:
        with pytest.raises(InputError, match=says):
            messaging.do(Deliver(number))
    assert [(call.target, call.outcome) for call in messaging.begun] == [("m2", "shown"), ("m1", "refused")]


@pytest.mark.parametrize("operation", ASKABLE)
def test_what_is_cut_off_does_nothing(operation: Operation) -> None:
    """The horizon comes before the delivery: nothing is shown, sent, deleted or labelled."""
    before = trace_of((*MORE, GRANT), REPLY)
    after = trace_of((*MORE, GRANT, Begin(ASKED[operation])), REPLY)
    (record,) = calls_in(after)
    assert (record.outcome, record.shown, record.sent, record.holders, record.pending) == ("cut off", (), None, (), ())
    was, became = before.final_state(), after.final_state()
    assert (became.messages, became.copies, became.labels) == (was.messages, was.copies, was.labels)


@pytest.mark.parametrize("operation", ASKABLE)
def test_a_policy_that_raises_denies_and_the_record_says_so(operation: Operation) -> None:
    """On every channel, with the kind of error and its words."""

    def fragile(request: Request) -> bool:
        raise LookupError("no such table")

    record = last_call((*MORE, GRANT, ASKED[operation]), FunctionPolicy("fragile", "", fragile))
    assert (record.outcome, record.reason) == ("refused", "the policy raised")
    assert record.error == "LookupError: no such table"


def test_a_policy_that_raises_at_delivery_denies_then() -> None:
    """With a recheck; the error is in the same record."""

    def brittle(request: Request) -> bool:
        if request.facts.labelled("m1", APP):
            raise LookupError("no such table")
        return True

    history = (*MAIL, GRANT, Begin(get("m2")), Label(ANA, "m1", APP), Deliver(1))
    record = last_call(history, FunctionPolicy("brittle", "", brittle), recheck=True)
    assert (record.outcome, record.reason) == ("refused", "the policy raised")
    assert record.error == "LookupError: no such table"


@pytest.mark.parametrize("raising", ["m4", "m3"])
def test_a_policy_that_raises_for_one_message_denies_that_one(raising: str) -> None:
    """The others are shown or refused as ever, and the error is in the record all the same."""

    def fragile(asked: Request) -> bool:
        if asked.message.id == raising:
            raise LookupError("no such table")
        return asked.message.via is not None

    record = last_call((*MAIL, GRANT, LIST), FunctionPolicy("fragile", "", fragile))
    assert ids(record) == ["m2"]
    assert record.error == "LookupError: no such table"


@pytest.mark.parametrize("meanwhile", [Compose(ANA, (CY,), text="Secret."), Compose(BEN, (CY,), text="Secret.")])
def test_a_send_in_flight_goes_to_whom_it_was_addressed(meanwhile: Compose) -> None:
    """Whatever thread is opened on the way."""
    sent = last_call((GRANT, Begin(SEND), meanwhile, Deliver(1)), REPLY).sent
    assert sent is not None
    assert (sent.recipients, sent.thread) == ((BEN,), "t2")
