"""Which check catches which fault? A day for each fault, and for each what a sound service does instead.

A check counts once it was seen to fail, to be kept, and not to be tested; the table below has all three in every
column.
"""

import math
from collections.abc import Callable

import pytest
from attrs import evolve, frozen

from permiscope.judge.invariants import Invariant, i3, parse_invariant, u2, u3, u4
from permiscope.judge.monitor import Monitor, judge
from permiscope.model.access import Request, Scope
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.model.steps import Begin, Call, Compose, Consent, Deliver, History, Label, Reply, Revoke
from permiscope.model.trace import Trace
from permiscope.service.door.enforcement import EnforcementPoint, Observer
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, INVARIANTS, UTILITIES, counts, get, trace_of


class LeakyThread(EnforcementPoint):
    """A door whose thread channel forgets the filter: what the policy allows one message of, it shows whole."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        return candidates if permitted and record.operation == "thread" else permitted


class PurgingDoor(EnforcementPoint):
    """A door that takes every delete for a delete of everyone's copies."""

    def _holders(self, record: Called) -> tuple[str, ...]:
        record.asked = evolve(record.asked, everyone=True)
        return super()._holders(record)


def _careless(request: Request) -> bool:
    """Permit, granted or not."""
    return True


CARELESS = FunctionPolicy("careless", "Everybody may do everything.", _careless)

GRANT = Consent(ANA, APP)
PRIVATE = Compose(BEN, (ANA,), text="My results came.")
MENTIONING = Compose(BEN, (ANA,), mentions=(APP,), text="My results came, tell the app.")
VIA = Compose(ANA, (BEN,), via=APP, text="See this film.")
SEND = Call(APP, "send", ANA, to=(BEN,), text="See this film.")
DELETE = Call(APP, "delete", ANA, message="m1")
IN_FLIGHT = (GRANT, VIA, Begin(get("m1")))


@frozen
class Case:
    """A history, and the service that it meets."""

    history: History
    policy: str | Policy = "everything"
    lag: float = 0.0
    recheck: bool = False
    door: type[EnforcementPoint] | None = None

    def trace(self, *observers: Observer) -> Trace:
        """What the history leaves."""
        policy = BUILT_IN[self.policy] if isinstance(self.policy, str) else self.policy
        return trace_of(self.history, policy, lag=self.lag, recheck=self.recheck, door=self.door, observers=observers)


CASES = {
    "nobody calls": Case((GRANT, PRIVATE, VIA)),
    "own mail is read back": Case((GRANT, VIA, get("m1")), "authored"),
    "everything is read as reply": Case((GRANT, PRIVATE, get("m1"))),
    "a rule that forgets the grant": Case((VIA, get("m1")), CARELESS),
    "a rule that asks for the grant": Case((VIA, get("m1"))),
    # revocation
    "revocation, noticed at once": Case((GRANT, VIA, Revoke(ANA, APP), get("m1"))),
    "revocation, noticed late": Case((GRANT, VIA, Revoke(ANA, APP), get("m1")), lag=5),
    "revocation, never noticed": Case((GRANT, VIA, Revoke(ANA, APP), get("m1")), lag=math.inf),
    "revoked, then granted again": Case((GRANT, VIA, Revoke(ANA, APP), GRANT, get("m1"))),
    "a grant that ran out": Case((Consent(ANA, APP, until=2.5), VIA, get("m1"))),
    # in flight
    "a read on its way, undisturbed": Case((*IN_FLIGHT, PRIVATE, Deliver(1))),
    "a read on its way, revoked": Case((*IN_FLIGHT, Revoke(ANA, APP), Deliver(1))),
    "a read on its way, rechecked": Case((*IN_FLIGHT, Revoke(ANA, APP), Deliver(1)), recheck=True),
    "a read on its way, granted anew": Case((*IN_FLIGHT, Revoke(ANA, APP), GRANT, Deliver(1))),
    "a read on its way, revoked twice": Case((*IN_FLIGHT, Revoke(ANA, APP), GRANT, Revoke(ANA, APP), Deliver(1))),
    "a read on its way, ran out": Case((Consent(ANA, APP, until=3.5), VIA, Begin(get("m1")), Deliver(1))),
    "a read on its way, cut off": Case((*IN_FLIGHT, PRIVATE)),
    # quotes
    "a private message quoted in a reply": Case(
        (GRANT, MENTIONING, VIA, Reply(BEN, "m2", quote="m1", text="Yes."), get("m3")), "reply"
    ),
    "an app message quoted in a reply": Case(
        (GRANT, VIA, Reply(BEN, "m1", quote="m1", text="Yes."), get("m2")), "reply"
    ),
    # channels
    "a thread channel that filters": Case(
        (GRANT, MENTIONING, Compose(ANA, thread="t1", via=APP, text="Look."), Call(APP, "thread", ANA, thread="t1")),
        "reply",
    ),
    "a thread channel that leaks": Case(
        (GRANT, MENTIONING, Compose(ANA, thread="t1", via=APP, text="Look."), Call(APP, "thread", ANA, thread="t1")),
        "reply",
        door=LeakyThread,
    ),
    "a thread that ends outside the scope": Case(
        (GRANT, VIA, Compose(ANA, thread="t1", text="An aside."), Call(APP, "thread", ANA, thread="t1"))
    ),
    "a list": Case((GRANT, VIA, Call(APP, "list", ANA))),
    "a search": Case((GRANT, VIA, Call(APP, "search", ANA, text="film"))),
    "a label": Case((GRANT, VIA, Call(APP, "label", ANA, message="m1"))),
    "a send": Case((GRANT, SEND)),
    "a send without the scope": Case((Consent(ANA, APP, Scope(("read",))), SEND)),
    "a send without a grant": Case((SEND,)),
    # deletes
    "own copy of own mail deleted": Case((GRANT, VIA, DELETE)),
    "own copy of other mail deleted": Case((GRANT, PRIVATE, DELETE)),
    "own mail deleted for everyone": Case((GRANT, VIA, Call(APP, "delete", ANA, message="m1", everyone=True))),
    "a door that deletes for everyone": Case((GRANT, VIA, DELETE), door=PurgingDoor),
    "a delete that the rule refuses": Case((GRANT, PRIVATE, DELETE), "reply"),
    # age
    "mail from before the grant": Case((VIA, GRANT, get("m1"))),
    "mail from before, with backfill": Case((VIA, Consent(ANA, APP, backfill=True), get("m1"))),
    # the counterpart
    "a reply by one who never granted": Case((GRANT, VIA, Reply(BEN, "m1", text="Thanks."), get("m2")), "reply"),
    "a reply by one who granted once": Case(
        (GRANT, Consent(BEN, APP), Revoke(BEN, APP), VIA, Reply(BEN, "m1", text="Thanks."), get("m2")), "reply"
    ),
    "a mention by the counterpart": Case((GRANT, MENTIONING, get("m1"))),
    # usefulness
    "a reply that is refused": Case((GRANT, VIA, Reply(BEN, "m1", text="Thanks."), get("m2")), "authored"),
    "what was said before, shown": Case((GRANT, MENTIONING, Compose(ANA, thread="t1", via=APP), get("m1")), "threaded"),
    "what was said before, refused": Case((GRANT, MENTIONING, Compose(ANA, thread="t1", via=APP), get("m1")), "reply"),
    "everything refused": Case((GRANT, VIA, get("m1"), Call(APP, "list", ANA), SEND, DELETE), "deny-all"),
}

CHECKS = INVARIANTS + UTILITIES
TABLE = """
fault                                 I1   I3   I4   I5   I6   I8   I8'  I9   I10  I16  I18  U1   U2   U3   U4
nobody calls                          .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
own mail is read back                 +    .    .    +    +    +    +    .    .    +    .    .    +    .    .
everything is read as reply           +    .    .    X    X    +    +    .    .    +    X    .    .    .    .
a rule that forgets the grant         X    .    .    +    +    +    +    .    .    .    .    .    .    .    .
a rule that asks for the grant        .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
revocation, noticed at once           .    +    .    .    .    .    .    .    .    .    .    .    .    .    .
revocation, noticed late              X    X    .    +    +    +    +    .    .    .    .    .    .    .    .
revocation, never noticed             X    X    .    +    +    +    +    .    .    .    .    .    .    .    .
revoked, then granted again           +    .    .    +    +    +    +    .    .    X    .    .    .    .    .
a grant that ran out                  .    +    .    .    .    .    .    .    .    .    .    .    .    .    .
a read on its way, undisturbed        +    .    +    +    +    +    +    .    .    +    .    .    +    .    .
a read on its way, revoked            +    X    X    +    +    +    +    .    .    +    .    .    .    .    .
a read on its way, rechecked          .    +    +    .    .    .    .    .    .    .    .    .    .    .    .
a read on its way, granted anew       +    .    +    +    +    +    +    .    .    +    .    .    .    .    .
a read on its way, revoked twice      +    X    X    +    +    +    +    .    .    +    .    .    .    .    .
a read on its way, ran out            +    X    X    +    +    +    +    .    .    +    .    .    .    .    .
a read on its way, cut off            .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
a private message quoted in a reply   +    .    .    +    X    +    +    .    .    +    +    .    .    +    .
an app message quoted in a reply      +    .    .    +    +    +    +    .    .    +    X    .    .    +    .
a thread channel that filters         +    .    .    +    +    X    +    .    .    +    .    .    .    .    .
a thread channel that leaks           +    .    .    X    X    X    +    .    .    +    +    .    .    .    .
a thread that ends outside the scope  +    .    .    X    X    X    +    .    .    +    .    .    .    .    .
a list                                +    .    .    .    .    X    +    .    .    +    .    .    .    .    .
a search                              +    .    .    .    .    X    +    .    .    +    .    .    .    .    .
a label                               .    .    .    .    .    X    X    .    .    .    .    .    .    .    .
a send                                .    .    .    .    .    +    +    .    .    .    .    +    .    .    .
a send without the scope              .    .    .    .    .    .    .    .    .    .    .    X    .    .    .
a send without a grant                .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
own copy of own mail deleted          .    .    .    .    .    +    +    +    +    .    .    .    .    .    .
own copy of other mail deleted        .    .    .    .    .    +    +    X    +    .    .    .    .    .    .
own mail deleted for everyone         .    .    .    .    .    +    +    +    X    .    .    .    .    .    .
a door that deletes for everyone      .    .    .    .    .    +    +    +    X    .    .    .    .    .    .
a delete that the rule refuses        .    .    .    .    .    .    .    .    .    .    .    .    .    .    .
mail from before the grant            +    .    .    +    +    +    +    .    .    X    .    .    .    .    .
mail from before, with backfill       +    .    .    +    +    +    +    .    .    +    .    .    .    .    .
a reply by one who never granted      +    .    .    +    +    +    +    .    .    +    X    .    .    +    .
a reply by one who granted once       +    .    .    +    +    +    +    .    .    +    +    .    .    +    .
a mention by the counterpart          +    .    .    X    X    +    +    .    .    +    +    .    .    .    .
a reply that is refused               .    .    .    .    .    .    .    .    .    .    .    .    .    X    .
what was said before, shown           +    .    .    X    X    +    +    .    .    +    +    .    .    .    +
what was said before, refused         .    .    .    .    .    .    .    .    .    .    .    .    .    .    X
everything refused                    .    .    .    .    .    .    .    .    .    .    .    X    X    .    .
"""
"""Broken (X), kept (+) or not tested (.); I8 is the literal reading of compose, read, delete, and I8' the closure."""


def marks(case: Case) -> str:
    """The row of a case, as the judge has it."""
    tallies = counts(case.trace().records, CHECKS)
    return " ".join("X" if broken else "+" if fired else "." for fired, broken in tallies.values())


ROWS = {line[:38].rstrip(): " ".join(line[38:].split()) for line in TABLE.strip().splitlines()[1:]}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_breaks_the_checks_of_its_row_and_no_other(name: str) -> None:
    """The row says of every check whether it is broken, kept or not tested."""
    assert marks(CASES[name]) == ROWS[name]


def test_the_table_has_a_row_for_each_case() -> None:
    """Neither a day without a row nor a row without a day."""
    assert list(ROWS) == list(CASES)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_was_seen_to_fail_to_be_kept_and_not_to_be_tested(check: str) -> None:
    """A check that cannot fail, or that always fires, would show in its column."""
    column = {row.split()[CHECKS.index(check)] for row in ROWS.values()}
    assert column == {"X", "+", "."}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_monitor_at_the_door_says_what_the_judge_of_the_trace_says(case: Case) -> None:
    """While it runs or afterwards, each check fires, breaks and points alike."""
    monitor = Monitor(map(parse_invariant, CHECKS))
    trace = case.trace(monitor.observe)
    assert monitor.tallies == judge(trace.records, map(parse_invariant, CHECKS))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_break_points_to_the_call_last(case: Case) -> None:
    """The records that a break rests on end with the call, and lie in the trace in order."""
    trace = case.trace()
    for tally in judge(trace.records, map(parse_invariant, CHECKS)):
        positions = tally.positions
        assert bool(positions) == bool(tally.broken)
        if positions:
            assert positions == tuple(sorted(set(positions)))
            assert isinstance(trace.records[positions[-1]], Called)


@pytest.mark.parametrize(("delta", "broken"), [(0, True), (0.5, True), (1, False), (5, False)])
def test_a_delay_that_is_allowed_for_breaks_nothing(delta: float, broken: bool) -> None:
    """What is shown one second after the grant ended is too late for less than a second."""
    (tally,) = judge(CASES["revocation, noticed late"].trace().records, [i3(delta)])
    assert (tally.fired, tally.broken) == (1, broken)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (get("m1"), "X X X X"),
        (Call(APP, "thread", ANA, thread="t1"), "X X X X"),
        (Call(APP, "search", ANA, text="results"), "X X X ."),
        (Call(APP, "list", ANA), "X X . ."),
        (SEND, ". . . ."),
    ],
    ids=lambda value: value.operation if isinstance(value, Call) else None,
)
def test_a_channel_breaks_a_reading_at_the_grades_that_it_hands_over(call: Call, expected: str) -> None:
    """The same private message: present, its metadata, part of it, its body."""
    grades = [f"I5:reply@{grade}" for grade in ("presence", "metadata", "part", "body")]
    tallies = judge(Case((GRANT, PRIVATE, call)).trace().records, map(parse_invariant, grades))
    assert " ".join("X" if tally.broken else "." for tally in tallies) == expected


@pytest.mark.parametrize(
    ("utility", "message"),
    [(u2, "m2"), (u3, "m3"), (u4, "m1")],
    ids=["U2", "U3", "U4"],
)
def test_a_utility_can_wait_for_the_label(utility: Callable[..., Invariant], message: str) -> None:
    """Where a service goes by labels, what bears none is no failure yet; what bears one is shown."""
    mail = (GRANT, MENTIONING, Compose(ANA, thread="t1", via=APP, text="Look."), Reply(BEN, "m2", text="Thanks."))
    plain = Case((*mail, get(message)), "tagged").trace()
    labelled = Case((*mail, Label(ANA, message, APP), get(message)), "tagged").trace()
    checks = [utility(), utility(labelled=True)]
    assert [(tally.fired, tally.broken) for tally in judge(plain.records, checks)] == [(1, 1), (0, 0)]
    assert [(tally.fired, tally.broken) for tally in judge(labelled.records, checks)] == [(1, 0), (1, 0)]
