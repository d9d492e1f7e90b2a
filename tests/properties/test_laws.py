"""Does the checker obey its own laws? On histories that Hypothesis makes by execution."""

from hypothesis import given

from sim.judge.invariants import i1, i3, i4, i5, i6, i9, i10, i16, i18, u2
from sim.judge.monitor import judge
from sim.model.extents import READINGS
from sim.model.history import history_of
from sim.model.records import Record
from sim.model.steps import History
from sim.model.trace import Header, Trace
from sim.search.alphabet import KINDS
from sim.search.exhaustive import APPS, PEOPLE
from sim.search.strategies import histories
from sim.service.platform import Platform
from sim.service.policy import BUILT_IN, Policy, fingerprint
from sim.world.simulation import play

EVERY_KIND = frozenset(KINDS)
REPLY, THREADED = READINGS["reply"], READINGS["threaded"]


def trace_of(history: History, policy: Policy) -> Trace:
    """The trace of a history, by the driver without a clock."""
    records: list[Record] = []
    platform = Platform(policy, PEOPLE, APPS, [lambda _, record: records.append(record)])
    platform.play(history)
    platform.end(platform.clock)
    return Trace(Header(policy.name, policy.text, fingerprint(policy), PEOPLE, APPS), tuple(records))


@given(histories(EVERY_KIND))
def test_both_drivers_leave_the_same_records(history: History) -> None:
    """SimPy's clock changes nothing of what a history does."""
    policy = BUILT_IN["everything"]
    assert play(history, policy, PEOPLE, APPS).records == trace_of(history, policy).records


@given(histories(EVERY_KIND))
def test_the_history_of_a_trace_leaves_the_same_trace(history: History) -> None:
    """A trace can be played again."""
    trace = trace_of(history, BUILT_IN["everything"])
    assert trace_of(history_of(trace), BUILT_IN["everything"]) == trace


@given(histories(EVERY_KIND))
def test_what_keeps_a_reading_keeps_a_wider_one(history: History) -> None:
    """Reply is included in threaded, so whatever breaks threaded breaks reply; and access breaks are taint breaks."""
    records = trace_of(history, BUILT_IN["everything"]).records
    narrow, wide, taint = judge(records, [i5(REPLY), i5(THREADED), i6(REPLY)])
    assert wide.broken <= narrow.broken <= taint.broken


@given(histories(EVERY_KIND))
def test_refusing_everything_breaks_no_invariant(history: History) -> None:
    """The policy that is safe and useless: no invariant breaks, and whatever calls for U2 fails it."""
    history = tuple(step for step in history if type(step).__name__ not in ("Begin", "Deliver"))
    records = trace_of(history, BUILT_IN["deny-all"]).records
    *safe, useful = judge(records, [i1(), i3(), i4(), i5(REPLY), i6(REPLY), i9(), i10(), i16(), i18(), u2()])
    assert not any(tally.broken for tally in safe)
    assert useful.broken == useful.fired
