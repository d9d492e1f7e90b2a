"""Which breaks did somebody accept, with a reason, and which of these are there no more?"""

from collections.abc import Sequence
from math import inf
from pathlib import Path

from attrs import define, field, frozen

from permiscope.claims import Cell, Claim
from permiscope.cli.run import set_up
from permiscope.engine.pairs import verdicts_in
from permiscope.judge.noninterference import parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.errors import InputError
from permiscope.report.own import is_promise
from permiscope.service.door.build import service_for
from permiscope.service.policies.policy import Policy
from permiscope.sources.config import Accepted
from permiscope.sources.scenario import Scenario, load_scenario


@frozen
class Entry:
    """Something that is accepted: the formulas that it is about, and the scenario that shows it, if it names one."""

    name: str
    reason: str
    formulas: tuple[str, ...]
    scenario: Scenario | None = None


@define
class Acceptance:
    """What is accepted of a policy: the reasons by formula, and the entries that are stale, with why."""

    reasons: dict[str, str] = field(factory=dict)
    stale: dict[str, str] = field(factory=dict)

    def excuses(self, cell: Cell) -> bool:
        """Whether the cell is of a break that is accepted."""
        return cell.verdict.kind is Kind.REFUTED and cell.formula in self.reasons


def entries(accepted: Sequence[Accepted], claims: Sequence[Claim], *, narrowed: bool = False) -> list[Entry]:
    """What the settings accept of these claims.

    Raises `InputError` for a scenario that cannot be read, or a claim that is not tested; but where the claims were
    `narrowed` by options, one that is left out is no mistake.
    """
    found = []
    for each in accepted:
        if each.scenario is not None:
            scenario = load_scenario(Path(each.scenario))
            if not scenario.invariants:
                raise InputError(f"`{each.scenario}` names no `invariants`, so it breaks none that could be accepted")
            names = tuple(parse_rule(name).name for name in scenario.invariants)
            found.append(Entry(each.scenario, each.reason, names, scenario))
        else:
            named = tuple(claim.formula for claim in claims if each.claim in (claim.name, claim.formula))
            if not named and not narrowed:
                tested = ", ".join(claim.formula for claim in claims)
                raise InputError(f"the claim `{each.claim}` is accepted, and not among those that are tested: {tested}")
            if named:
                found.append(Entry(each.claim or "", each.reason, named))
    return found


def accept(policy: Policy, cells: Sequence[Cell], accepted: Sequence[Entry]) -> Acceptance:
    """Hold what is accepted against what was found.

    An entry that names a claim is stale when the claim is not broken. One that names a scenario is stale when the
    policy does not break in it what it says; it excuses no shorter break.
    """
    found = Acceptance()
    lengths = {cell.formula: len(cell.verdict.witness) for cell in cells if is_promise(cell) and cell.verdict.witness}
    for entry in accepted:
        if entry.scenario is None:
            broken = [formula for formula in entry.formulas if formula in lengths]
            why = "no history that was run breaks it any more"
        else:
            broken = _replay(policy, entry.scenario)
            why = f"the policy does not break {', '.join(entry.formulas)} in it any more"
        if not broken:
            found.stale[entry.name] = why
        for formula in broken:
            # The search need not have found what is longer than all that it ran; the scenario shows it nevertheless.
            if entry.scenario is None or len(entry.scenario.history) <= lengths.get(formula, inf):
                found.reasons[formula] = entry.reason
    return found


def _replay(policy: Policy, scenario: Scenario) -> list[str]:
    """The invariants that the policy breaks in a scenario; none if it cannot be played to its end any more."""
    service = set_up(service_for(policy), scenario)
    rules = map(parse_rule, scenario.invariants)
    try:
        verdicts = verdicts_in(service, scenario.history, rules, scenario.people, scenario.apps)
    except InputError:
        return []
    return [name for name, verdict in verdicts.items() if verdict.kind is Kind.REFUTED]
