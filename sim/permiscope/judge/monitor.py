"""How often was each invariant tested in a run, and where did it first break?"""

from collections.abc import Iterable

from attrs import define, field

from permiscope.judge.invariants import Check, End, Invariant
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import OPERATIONS, Operation
from permiscope.model.records import Called, Record
from permiscope.model.state import State, apply


@define
class Tally:
    """What became of one invariant: how often it fired, broke or was left open, and the records of the first break.

    If nothing broke, `positions` are those of the first record that leaves it open. `shown` and `refused` are those of
    the trace, if that was judged as a whole.
    """

    invariant: Invariant
    fired: int = 0
    broken: int = 0
    open: int = 0
    positions: tuple[int, ...] = ()
    shown: int | None = field(default=None, eq=False)
    refused: int | None = field(default=None, eq=False)

    def verdict(self) -> Verdict:
        """What may be said of the trace, and of no other."""
        if self.broken:
            return Verdict(Kind.REFUTED, self.fired, positions=self.positions)
        if self.open:
            return Verdict(Kind.UNDERDETERMINED, self.fired, positions=self.positions)
        kind = Kind.NOT_BROKEN if self.fired else Kind.VACUOUS
        return Verdict(kind, self.fired, shown=self.shown, refused=self.refused)


class Monitor:
    """Counts and checks; `observe` is the observer of records.

    A table from (operation, end) to the invariants that watch it is built once, so that a call costs
    nothing for the invariants that it does not concern.
    """

    def __init__(self, invariants: Iterable[Invariant]) -> None:
        self.tallies = [Tally(invariant) for invariant in invariants]
        self._table: dict[Operation, dict[End, list[tuple[Check, Tally]]]] = {each: {} for each in OPERATIONS}
        self._others: dict[type[Record], list[tuple[Check, Tally]]] = {}
        for tally in self.tallies:
            check = tally.invariant.check
            for watched in tally.invariant.watches:
                if isinstance(watched, type):
                    self._others.setdefault(watched, []).append((check, tally))
                else:
                    operation, end = watched
                    self._table[operation].setdefault(end, []).append((check, tally))

    def observe(self, state: State, record: Record) -> None:
        """Judge a record; `state` is the one that it led to."""
        if record.__class__ is Called:
            table = self._table[record.asked.operation]
            checks = table.get(record.outcome, ())
            if record.outcome == "done" and record.shown:
                checks = (*checks, *table.get("handed over", ()))
        else:
            checks = self._others.get(record.__class__, ())
        for check, tally in checks:
            kept = check(state, record)
            if kept:
                tally.fired += 1
            elif kept is not None:
                tally.fired += 1
                if not tally.broken if kept is False else not tally.positions:
                    tally.positions = witness(state, record)
                if kept is False:
                    tally.broken += 1
                else:
                    tally.open += 1


def witness(state: State, record: Record) -> tuple[int, ...]:
    """The positions of the records that a break rests on: the grants, the messages concerned and the record itself."""
    if not isinstance(record, Called):
        return (state.position - 1,)
    call = record
    names = [message.id for message in call.shown] or [call.target or ""]
    positions = {state.messages[name].position for name in names if name in state.messages}
    for window in state.windows.get((call.app, call.owner), ()):
        positions.add(window.start - 1)
        if window.revoked is not None:
            positions.add(window.revoked - 1)
    return tuple(sorted({position for position in positions if position <= call.closed} | {call.closed}))


def judge(records: Iterable[Record], invariants: Iterable[Invariant]) -> list[Tally]:
    """Judge a whole trace, from its records alone."""
    state, monitor = State(), Monitor(invariants)
    shown = refused = 0
    for record in records:
        apply(state, record)
        monitor.observe(state, record)
        if isinstance(record, Called):
            shown += bool(record.shown) or record.outcome == "shown"
            refused += record.outcome == "refused"
    for tally in monitor.tallies:
        tally.shown, tally.refused = shown, refused
    return monitor.tallies
