"""What is somebody told of their own policy? What was searched, what broke, and which file shows it again."""

from collections.abc import Iterable, Mapping

from permiscope.claims import Cell
from permiscope.engine.bfs import messaging_for
from permiscope.engine.guided import STEPS
from permiscope.engine.pairs import run_pair
from permiscope.engine.space import APPS, PEOPLE, Space, parties
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import parse_noninterference
from permiscope.judge.verdicts import Kind
from permiscope.model.extents import parse_extent
from permiscope.questions.policies.conformance import Departure, world
from permiscope.report.story import story
from permiscope.report.text import number, printable, sentence, table, wrap
from permiscope.service.door.build import service_for
from permiscope.service.policies.guarding import failures, questions
from permiscope.service.policies.policy import Policy
from permiscope.sources.scenario import Scenario


def is_promise(cell: Cell) -> bool:
    """Whether a policy answers for the claim. What the app can read of everything (RA) is no promise of a policy."""
    return not cell.formula.startswith("RA")


def is_tested(cell: Cell) -> bool:
    """Whether the claim was put to the test at all."""
    return cell.verdict.kind not in (Kind.VACUOUS, Kind.NOT_TESTABLE, Kind.UNVARIED)


def searched(cells: Iterable[Cell]) -> str:
    """What was run for these cells: the histories of each length, and the runs and examples beyond."""
    lines = []
    cells = list(cells)
    if run := [cell for cell in cells if cell.histories]:
        most = max(run, key=lambda cell: cell.histories)
        bound = max(cell.verdict.bound or 0 for cell in run)
        lines.append(
            f"Tested: every history of at most {bound} steps; {who_acts(most.space)}; "
            f"{number(most.histories)} histories"
        )
        lines += [wrap(tried_with(most))] if most.space else []
    if tried := [cell.beyond for cell in cells if cell.beyond]:
        runs, examples = max(each.guided for each in tried), max(each.examples for each in tried)
        lines.append(
            f"Beyond: {number(runs)} guided runs of at most {STEPS} steps, seed {tried[0].seed}, of what is kept"
        )
        if examples:
            lines.append(f"Then: {number(examples)} examples of at most {tried[0].steps} steps, of what still is")
    return "\n".join(lines) or "Nothing of this is searched for."


def who_acts(space: Space | None) -> str:
    """How many people and apps act in what was searched; without a space, in the published matrix."""
    people, apps = (PEOPLE, APPS) if space is None else (space.people, space.apps)
    return f"{len(people)} people, {len(apps)} app{'s' if len(apps) > 1 else ''}"


def tried_with(cell: Cell) -> str:
    """Which steps and calls were tried, and what the policy looks at."""
    if cell.space is None:
        return ""
    looks = ", ".join(cell.space.looks) or "nothing"
    return f"Tried: {', '.join(cell.space.listed)}; it looks at {looks}."


def verdict_table(cells: Iterable[Cell], accepted: Mapping[str, str]) -> str:
    """A line a claim: its verdict, and in how many histories, guided runs and examples it was put to the test.

    `accepted` has the formulas of which a break is accepted.
    """
    rows = [
        (
            cell.formula if is_promise(cell) else cell.claim,
            cell.words + (", accepted" if cell.formula in accepted and cell.verdict.kind is Kind.REFUTED else ""),
            number(cell.verdict.fired),
            number(cell.beyond.guided_fired) if cell.beyond else "",
            number(cell.beyond.fired) if cell.beyond else "",
        )
        for cell in cells
    ]
    return table(["CLAIM", "VERDICT", "TESTED IN", "GUIDED", "EXAMPLES"], rows)


def told(cell: Cell, policy: Policy) -> str:
    """The verdict in sentences, with the story of what breaks it."""
    verdict = cell.verdict
    what = cell.reading if cell.formula == f"I5:{cell.reading}" else cell.claim
    lines = [f"{cell.policy}/{what}: {cell.words}", wrap(sentence(cell))]
    if (tried := cell.beyond) and tried.witness:
        lines.append(
            wrap(
                f"None of at most {verdict.bound} steps breaks it. This one was met beyond, in a guided run or an "
                "example; a shorter one may exist."
            )
        )
    elif tried and tried.fired + tried.guided_fired:
        lines.append(
            wrap(
                f"Of {number(tried.guided)} guided runs, and {number(tried.examples)} examples of at most "
                f"{tried.steps} steps (seed {tried.seed}), none breaks it either; it was put to the test in "
                f"{number(tried.guided_fired)} and {number(tried.fired)} of them."
            )
        )
    if not is_tested(cell) and (errors := failures(policy)):
        lines.append(
            wrap(
                f"It failed in {number(len(errors))} of {number(sum(1 for _ in questions()))} requests of a rehearsal, "
                f"and a policy that fails denies. The first time it said: {printable(errors[0])}"
            )
        )
    if verdict.witness:
        reading = parse_extent(cell.reading) if cell.reading else None
        trace = messaging_for(service_for(policy), verdict.witness).played(verdict.witness)
        lines.append(story(trace, policy, reading))
        if rule := parse_noninterference(cell.formula):
            pair = run_pair(service_for(policy), verdict.witness, rule, *parties(verdict.witness))
            lines += [wrap(pair.divergence.infers(rule))] if pair.divergence else []
    return "\n\n".join(lines)


def told_departure(departure: Departure, policy: Policy) -> str:
    """A property that the policy does not keep, with the story of a history that shows it."""
    head = wrap(f"{policy.name} departs from {departure.property}: {departure.sentence}")
    found = wrap(f"After this history {departure.found}.")
    return "\n\n".join([head, found, story(world(policy).played(departure.history), policy)])


def counterexample(cell: Cell) -> Scenario:
    """The scenario that shows again what breaks a claim."""
    people, apps = parties(cell.verdict.witness)
    return Scenario(
        cell.policy, (cell.formula,), sentence(cell), people=people, apps=apps, history=cell.verdict.witness
    )


def scenario_of(departure: Departure, policy: Policy) -> Scenario:
    """The scenario that shows again how a policy departs from a property, and breaks an invariant if there is one."""
    trace = world(policy).played(departure.history)
    tallies = judge(trace.records, map(parse_invariant, departure.invariants))
    broken = tuple(tally.invariant.name for tally in tallies if tally.broken)
    title = f"Departs from {departure.property}: {departure.sentence}"
    return Scenario(policy.name, broken, title, apps=trace.header.apps, history=departure.history)
