"""Does the survey give "The matrix, exactly"? Every cell against an independent brute force."""

from collections.abc import Iterator
from itertools import product

import pytest
from attrs import frozen

from permiscope.engine.bfs import messaging_for
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.extents import READINGS
from permiscope.model.records import Called
from permiscope.questions.policies.survey import check_witness, survey
from permiscope.service.door.build import Service
from permiscope.service.policies.policy import BUILT_IN
from tests.properties import brute_force

pytestmark = pytest.mark.one_python

BOUND = 5
CELLS = list(product(BUILT_IN, READINGS))
Counts = tuple[int, dict[str, int]]


@frozen
class Both:
    """The matrix twice over: counts and verdicts after each length, from ours and from the brute force."""

    ours: list[Counts]
    theirs: list[Counts]
    verdicts: dict[tuple[str, str], Verdict]
    broken_in: dict[tuple[str, str], int]


def compare(bound: int) -> Both:
    """Run both to the same bound."""
    ours, theirs = [], []
    verdicts: dict[tuple[str, str], Verdict] = {}
    for found in survey(list(BUILT_IN.values()), list(READINGS.values()), bound):
        ours.append((found.histories, {name: found.fired(policy) for name, policy in BUILT_IN.items()}))
        for policy, reading in CELLS:
            verdicts[policy, reading] = found.content_scoped(BUILT_IN[policy], READINGS[reading])
    histories, fired = 0, dict.fromkeys(BUILT_IN, 0)
    broken_in: dict[tuple[str, str], int] = {}
    for steps, level in enumerate(brute_force.matrix(bound), start=1):
        histories += level.histories
        fired = {policy: count + level.fired[policy] for policy, count in fired.items()}
        theirs.append((histories, fired))
        broken_in |= {cell: steps for cell in level.broken if cell not in broken_in}
    return Both(ours, theirs, verdicts, broken_in)


@pytest.fixture(scope="module")
def both() -> Both:
    """The two matrices, made once."""
    return compare(BOUND)


def _verdict(both: Both, policy: str, reading: str) -> tuple[Kind, int | None, int]:
    """What the brute force says of a cell."""
    _, fired = both.theirs[-1]
    steps = both.broken_in.get((policy, reading))
    held = Kind.EXHAUSTED if fired[policy] else Kind.VACUOUS
    return Kind.REFUTED if steps else held, steps, fired[policy]


def test_every_history_is_counted_once(both: Both) -> None:
    """After each length both count the same raw histories, and the same that showed a body under each policy."""
    assert both.ours == both.theirs
    assert [histories for histories, _ in both.ours] == [0, 0, 144, 13536, 979488]


@pytest.mark.parametrize(("policy", "reading"), CELLS)
def test_each_cell_agrees_with_the_brute_force(both: Both, policy: str, reading: str) -> None:
    """The verdict, the length of the shortest break, and how often the policy showed anything."""
    ours = both.verdicts[policy, reading]
    assert (ours.kind, ours.steps, ours.fired) == _verdict(both, policy, reading)


def _refuted(both: Both) -> Iterator[tuple[str, str, Verdict]]:
    for (policy, reading), verdict in both.verdicts.items():
        if verdict.kind is Kind.REFUTED:
            yield policy, reading, verdict


def test_every_witness_replays_through_the_door(both: Both) -> None:
    """Nothing but the last step shows anything, and it shows the one message that the policy allows."""
    for policy, reading, verdict in _refuted(both):
        check_witness(BUILT_IN[policy], READINGS[reading], verdict.witness)
        messaging = messaging_for(Service(BUILT_IN[policy]))
        records = [messaging.do(step) for step in verdict.witness]
        calls = [record for record in records if isinstance(record, Called)]
        assert calls == records[-1:]
        assert [message.id for message in calls[0].shown] == [calls[0].target]
        assert calls[0].shown[0].body


def test_no_witness_is_longer_than_the_shortest(both: Both) -> None:
    """The brute force, which tries every shorter history, found no break before."""
    lengths = {(policy, reading): len(verdict.witness) for policy, reading, verdict in _refuted(both)}
    assert lengths == both.broken_in


def test_the_two_agree_on_something_to_agree_on(both: Both) -> None:
    """Cells of each kind are there: broken, kept, and not tested."""
    assert {verdict.kind for verdict in both.verdicts.values()} == {Kind.REFUTED, Kind.EXHAUSTED, Kind.VACUOUS}
    assert [policy for policy, (kind, *_) in _tested(both) if kind is Kind.VACUOUS] == ["deny-all"]


def _tested(both: Both) -> Iterator[tuple[str, tuple[Kind, int | None, int]]]:
    for policy in BUILT_IN:
        yield policy, _verdict(both, policy, "everything")
