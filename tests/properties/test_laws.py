"""Does the checker obey its own laws? On histories that Hypothesis makes by execution."""

from collections.abc import Callable
from functools import cache
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from permiscope.engine.alphabet import MATRIX, steps_for
from permiscope.engine.pairs import run_pair
from permiscope.engine.space import APPS, PEOPLE
from permiscope.engine.strategies import histories
from permiscope.judge.invariants import Invariant, i5, i6, parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import LENSES, Lens, Noninterference
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import GRADE_OF, Operation
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, Extent
from permiscope.model.mail import Message
from permiscope.model.records import Called, Granted, Record
from permiscope.model.steps import Begin, Compose, Consent, History, Step
from permiscope.model.trace import dump, load
from permiscope.questions.checks.mutants import NEXT
from permiscope.questions.policies.survey import survey
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import BUILT_IN
from permiscope.world.simulation import play
from tests.helpers import ANA, APP, BEN, INVARIANTS, UTILITIES, counts, get, hunt, trace_of
from tests.properties.days import REPORTS, Day, days, golden, golden_too, renamed

pytestmark = pytest.mark.one_python

Cells = dict[tuple[str, str], Verdict]
TIMELESS = ("authored", "via-app", "reply")
"""Readings in which a message is from its first moment on, or never."""
MANY = settings(max_examples=3 * settings().max_examples)  # one day in ten has what a law is about


def test_what_is_kept_is_tried() -> None:
    """All that the scenarios recorded, and the leaks' smallest histories that people with one app can play.

    But for two days with a second app, one under a rule of its own, and those on platforms.
    """
    alone = sum(fault.apps == 1 for fault in CATALOGUE.values())
    others = {"prompt", "late", "reply_delete_authored"}
    platforms = {"13_partners", "16_incidents"}
    recorded = [
        path for path in REPORTS.glob("*/*.jsonl") if path.stem not in others and path.parent.name not in platforms
    ]
    assert len(golden()) == len(recorded) + alone


@MANY
@given(day=days())
@golden_too
def test_both_drivers_leave_the_same_records(day: Day) -> None:
    """SimPy's clock changes nothing of what a history does, whatever its times, the lag and the recheck."""
    theirs = play(day.history, Service(day.policy, lag=day.lag, recheck=day.recheck), PEOPLE, APPS)
    assert theirs.records == day.trace().records


@MANY
@given(day=days())
@golden_too
def test_the_history_of_a_trace_leaves_the_same_trace(day: Day) -> None:
    """A trace can be played again, with all that was in flight or cut off."""
    trace = day.trace()
    assert evolve(day, history=trace.history).trace() == trace


@given(day=days())
@golden_too
def test_a_saved_trace_is_the_same_trace(day: Day, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is read from the file has the same records, leads to the same state and gets the same verdicts."""
    path = tmp_path_factory.getbasetemp() / "day.jsonl"
    trace = day.trace()
    path.write_text(dump(trace), encoding="utf-8")
    loaded, complaint = load(path)
    assert complaint is None
    assert loaded == trace
    assert loaded.final_state() == trace.final_state()
    assert counts(loaded.records) == counts(trace.records)


@MANY
@given(days(), st.permutations(PEOPLE))
def test_renaming_people_preserves_verdicts(day: Day, people: list[str]) -> None:
    """Whoever plays which part, each check fires and breaks as often."""
    others = evolve(day, history=renamed(day.history, dict(zip(PEOPLE, people, strict=True))))
    assert counts(others.trace().records) == counts(day.trace().records)


@cache
def cells(bound: int) -> list[Cells]:
    """What the survey says of every policy and reading after 1, 2, ..., `bound` steps."""
    return [
        {
            (name, other): found.content_scoped(policy, READINGS[other])
            for name, policy in BUILT_IN.items()
            for other in READINGS
        }
        for found in survey(list(BUILT_IN.values()), list(READINGS.values()), bound)
    ]


def included(bound: int) -> list[tuple[str, str]]:
    """The pairs of readings of which no history of so many steps shows that the one is not in the other."""
    verdicts = cells(bound)[-1]
    return [pair for pair in permutations(READINGS, 2) if verdicts[pair].kind is not Kind.REFUTED]


def test_an_inclusion_within_a_bound_may_fail_at_the_next() -> None:
    """The trap of the bound: only the fifth step tells that a rooted message need not be a reply."""
    assert set(included(4)) - set(included(5)) == {("rooted", "reply")}
    assert len(included(5)) == 21


def test_mutants_go_up_and_down_the_order_of_readings() -> None:
    """To compute it takes longer than to judge a mutant, so it is written down there, and computed here."""
    pairs = set(included(5))
    between = {(one, other) for one, middle in pairs for also, other in pairs if middle == also}
    assert set(NEXT) == pairs - between


@MANY
@given(day=days())
@golden_too
def test_what_keeps_a_reading_keeps_a_wider_one(day: Day) -> None:
    """Whatever is outside the wider of two readings is outside the narrower, and each access break is a taint break."""
    records = day.trace().records
    access = broken(records, i5)
    taint = broken(records, i6)
    assert [(narrow, wide) for narrow, wide in included(5) if access[wide] > access[narrow]] == []
    assert [name for name in READINGS if access[name] > taint[name]] == []


def broken(records: tuple[Record, ...], scope: Callable[[Extent], Invariant]) -> dict[str, int]:
    """How often scope invariants of one kind broke, by reading."""
    tallies = judge(records, map(scope, READINGS.values()))
    return {name: tally.broken for name, tally in zip(READINGS, tallies, strict=True)}


@MANY
@given(days(st.just(BUILT_IN["deny-all"])))
def test_refusing_everything_breaks_no_invariant(day: Day) -> None:
    """The policy that is safe and useless: no invariant breaks, and whatever calls for a utility fails it."""
    tallies = counts(day.trace().records)
    assert not any(tallies[name][1] for name in INVARIANTS)
    assert all(tallies[name][1] == tallies[name][0] for name in UTILITIES)


@MANY
@given(days(st.just(BUILT_IN["deny-all"])), st.sampled_from(LENSES), st.sampled_from(TIMELESS))
def test_refusing_everything_tells_nothing(day: Day, lens: Lens, reading: str) -> None:
    """Whatever is varied, the app sees the same refusals at the same times; with the test above, no I breaks."""
    rule = Noninterference(lens, READINGS[reading])
    assert run_pair(day.service, day.history, rule).divergence is None


@MANY
@given(days())
@example(Day((Consent(ANA, APP), Compose(BEN, (ANA,), text="My results came."), get("m1")), BUILT_IN["everything"]))
def test_an_access_violation_is_one_of_noninterference(day: Day) -> None:
    """Under a reading that does not grow with time: what was shown was outside it from first to last."""
    records = day.trace().records
    granters = {record.grant.user for record in records if isinstance(record, Granted)}
    for name, count in broken(records, i5).items():
        # What one grantor authored is outside "authored" in the mailbox of another, and yet no secret of theirs.
        if count and name in TIMELESS and (name != "authored" or len(granters) == 1):
            found = run_pair(day.service, day.history, Noninterference("I20", READINGS[name]))
            assert found.divergence is not None


@MANY
@given(days(), st.sampled_from(sorted(SERVICES)), st.sampled_from(LENSES), st.sampled_from(sorted(GRADE_OF)))
def test_removing_a_channel_never_adds_a_violation(day: Day, name: str, lens: Lens, channel: Operation) -> None:
    """A channel for reading that always refuses tells nothing, and changes nothing of what another tells."""
    rule = Noninterference(lens, READINGS["reply"])
    service, history = SERVICES[name], at_once(day.history, SERVICES[name])
    if run_pair(service, history, rule).divergence is None:
        without = evolve(service, parts=(closed(channel), *service.parts))
        assert run_pair(without, history, rule).divergence is None


def at_once(history: History, service: Service) -> History:
    """The history with every call delivered at once, without what is not possible under this service."""
    messaging = MessagingService(service, PEOPLE, APPS)
    taken: list[Step] = []
    for each in history:
        step = evolve(each.call, at=each.at) if isinstance(each, Begin) else each
        try:
            messaging.do(step)
        except InputError:
            continue
        taken.append(step)
    return tuple(taken)


@cache
def closed(channel: Operation) -> type[EnforcementPoint]:
    """A part of a service that refuses all calls of a channel."""

    class Closed(EnforcementPoint):
        def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
            if record.operation != channel:
                return super()._permitted(record, candidates, time)
            record.reason = "no grant"
            return ()

    return Closed


@MANY
@given(histories(max_steps=4))
@example((Consent(ANA, APP), Compose(BEN, (ANA,)), get("m1")))
def test_what_was_done_could_be_done(history: History) -> None:
    """If a history shows a body outside a reading, the survey refutes that reading with no more steps."""
    for policy in BUILT_IN.values():
        for name, count in broken(trace_of(history, policy).records, i5).items():
            if count:
                steps = cells(4)[-1][policy.name, name].steps
                assert steps is not None
                assert steps <= len(history)


@pytest.mark.parametrize("bound", [1, 2, 3, 4])
def test_a_larger_bound_never_unrefutes_a_cell(bound: int) -> None:
    """What is broken in k is broken in k under every larger bound, in the same sweep or in a new one."""
    alone, after = cells(bound)[-1], cells(bound + 1)
    assert alone == after[bound - 1]
    for cell, verdict in alone.items():
        if verdict.kind is Kind.REFUTED:
            assert after[-1][cell].witness == verdict.witness


@pytest.mark.parametrize(
    ("name", "policy", "lengths"),
    [
        ("I6:reply", "reply", [None, None, None, None, 5]),
        ("I6:reply", "everything", [None, None, 3, 3, 3]),
        ("I18", "reply", [None, None, 3, 3, 3]),
        ("I18", "authored", [None] * 4),
        ("I4", "everything", [None, None, None, None, 5]),
        ("I16", "via-app", [None, None, 3, 3, 3]),
        ("I16", "deny-all", [None] * 4),
    ],
)
def test_a_larger_bound_never_unrefutes_a_hunt(name: str, policy: str, lengths: list[int | None]) -> None:
    """Once it is broken it stays so, with the same number of steps."""
    found = [
        hunt(Service(BUILT_IN[policy]), parse_invariant(name), bound, *steps_for(name))
        for bound in range(1, len(lengths) + 1)
    ]
    assert [hunted.verdict.steps for hunted in found] == lengths


@pytest.mark.parametrize("policy", ["threaded", "counterpart", "everything"])
def test_the_hunt_and_the_survey_find_breaks_of_one_length(policy: str) -> None:
    """Two searches that share the steps and little else."""
    for name, reading in READINGS.items():
        hunted = hunt(Service(BUILT_IN[policy]), i5(reading), 4, MATRIX, frozenset({"get"}))
        surveyed = cells(4)[-1][policy, name]
        assert (hunted.verdict.kind, hunted.verdict.steps) == (surveyed.kind, surveyed.steps)
