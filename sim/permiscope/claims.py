"""Which sentence is put to the test, who said it, and what comes of it?

A claim has a formula: the name of an invariant (`I5:reply`, `I8:literal`) or of a reading-all (`RA2`; `RA4:reply`
asks for some message outside a reading). What a claim says *could* happen is searched for within a bound; what
*did* happen is judged on a trace; what *was meant* cannot be tested here.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Literal

from attrs import evolve, frozen

from permiscope.engine.alphabet import steps_for
from permiscope.engine.hunting import Hunted, hunt_rules
from permiscope.engine.space import Space
from permiscope.engine.values import NO_VALUES, Values
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import parse_noninterference, parse_rule
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Grade
from permiscope.model.codec import Codec, read_toml
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, Extent, parse_extent
from permiscope.model.progress import Tick, no_tick
from permiscope.model.trace import Trace
from permiscope.questions.policies.beyond import Tried, beyond
from permiscope.questions.policies.survey import READ_ALL, Survey, check_witness, survey, survey_own
from permiscope.service.door.build import service_for
from permiscope.service.policies.policy import Policy, said_by

Mode = Literal["could", "did", "was meant"]
Expectation = Literal["always", "sometimes"]
SOMETIMES = "RA4:"
"""So begins a formula that expects that something outside a reading is shown sometimes: that I5 is not kept."""


@frozen
class Claim:
    """A sentence that can be refuted.

    `who`, `when` and `source` say where it was heard, and `mark` how well that is known (V seen in a primary
    text, S in a secondary one, A as quoted only, R recalled, I inferred); a claim of our own has none.
    """

    name: str
    sentence: str
    formula: str
    mode: Mode = "could"
    who: str = ""
    when: str = ""
    mark: str = ""
    source: str = ""

    @property
    def attribution(self) -> str:
        """Of what it is our model: who said what, when, and how well that is known; empty for a claim of our own."""
        return f"{self.who}, {self.when} [{self.mark}: {self.source}]" if self.who else ""

    @property
    def expected(self) -> Expectation:
        """Whether its rule is to be kept always, or to be broken sometimes: then a witness is for it."""
        return "sometimes" if self.formula.startswith(SOMETIMES) else "always"

    @property
    def rule(self) -> str:
        """The name of the rule that it is about."""
        return f"I5:{self.formula.removeprefix(SOMETIMES)}" if self.expected == "sometimes" else self.formula


@frozen
class Cell:
    """What came of one claim under one policy, and how much was run for it.

    `space` is what was searched, if not the published matrix; `beyond` what was tried of longer histories than all that
    were run.
    """

    policy: str
    claim: str
    formula: str
    sentence: str
    reading: str | None
    grade: str | None
    verdict: Verdict
    histories: int
    states: int
    expected: Expectation = "always"
    space: Space | None = None
    beyond: Tried | None = None

    @property
    def words(self) -> str:
        """The verdict as it stands on the screen: what was looked for and not found is not kept."""
        if self.expected == "sometimes" and self.verdict.kind is Kind.EXHAUSTED:
            return "not shown"
        return self.verdict.words


def content_scoped(reading: Extent) -> Claim:
    """The claim that all an app is shown lies within a reading of "the app's content"."""
    return Claim(
        "content-scoped",
        f"Every body that the app is shown is the app's content: {reading.phrase}.",
        f"I5:{reading.name}",
        who="an aggregator's paraphrase of the platform's 2018 post, \"strictly limited to composing, reading, and "
        "deleting messages related to the third-party app's content\"",
        when="2024",
        mark="S",
        source="unitedlatestnews.com; no text of the platform that was found limits reading by content",
    )


def read_all() -> list[Claim]:
    """The claims that the app alone can read everything, by quantifier."""
    who = 'the New York Times, of three partners that could "read, write and delete users\' private messages"'
    source = "quoted in salon.com 2018-12-19"
    return [
        Claim(name, sentence, name, who=who, when="2018-12-18", mark="S", source=source)
        for name, sentence in READ_ALL.items()
    ]


def keeps(formula: str) -> Claim:
    """The claim that an invariant holds. Raises `InputError` if there is no invariant of that name."""
    rule = parse_rule(formula)
    return Claim(formula, rule.sentence, rule.name)


def some_private(reading: Extent) -> Claim:
    """The weakest claim against the app: it can read some message outside a reading."""
    return Claim("RA4", f'The app alone can read some message outside "{reading.name}".', f"{SOMETIMES}{reading.name}")


COMPOSE_READ_DELETE = (
    Claim("compose-read-delete", "The app does nothing but send, get and delete.", "I8:literal"),
    Claim("as clients need it", "The app also lists and searches, and no more.", "I8:closure"),
)


def of_scopes(readings: Iterable[Extent] = READINGS.values()) -> list[Claim]:
    """What a grant of a real platform's scopes is put to: what was said of it, what it shows, and what else it does."""
    return [
        keeps("I1"),
        Claim("as it was said", "The words of the scopes, as we read them, speak of all that is shown.", "I5:granted"),
        Claim("not from elsewhere", "They speak of every message that a text was first written in.", "I6:granted"),
        *map(content_scoped, readings),
        keeps("I7:reply"),
        *COMPOSE_READ_DELETE,
        keeps("I9"),
        keeps("I12"),
    ]


def shipped(readings: Iterable[Extent] = READINGS.values()) -> list[Claim]:
    """Every claim that comes with Permiscope, for these readings."""
    readings = list(readings)
    return [
        *map(content_scoped, readings),
        *read_all(),
        *map(some_private, readings),
        *COMPOSE_READ_DELETE,
    ]


def load_claims(path: Path) -> list[Claim]:
    """The claims in a TOML file, a table `[[claim]]` each. Raises `InputError` that names the claim."""
    tables = read_toml(path).get("claim")
    if not isinstance(tables, list) or not tables:
        raise InputError(f"`{path}` has no claims; write each as a table `[[claim]]` with name, sentence and formula")
    claims: list[Claim] = []
    for number, table in enumerate(tables, start=1):
        try:
            claim: Claim = Codec().read(table, Claim)
            if not _is_surveyed(claim):
                parse_rule(claim.rule)
        except InputError as error:
            raise InputError(f"`{path}`, claim {number}: {error}") from None
        claims.append(claim)
    return claims


def assess(
    policies: Sequence[Policy],
    claims: Sequence[Claim],
    bound: int,
    tick: Tick = no_tick,
    *,
    published: bool = False,
    seconds: float | None = None,
    values: Values = NO_VALUES,
) -> Iterator[list[Cell]]:
    """Put every claim to the test under every policy, with every history of at most `bound` steps.

    The steps go by what the policy and the claim look at; but of the `published` matrix, of policies of ours, all cells
    come of one sweep over its fixed alphabet, and what it does not decide of that of each invariant. All that is known
    so far is yielded each time that there is more, so that whoever is interrupted keeps it. With `seconds` a search
    that takes longer ends with the bound that it reached, and claims that are yet to be tested have what is left.
    Raises `InputError` for a policy that is no function of its request.
    """
    cells: list[Cell] = []
    if published:
        swept = [claim for claim in claims if claim.mode == "could" and _is_surveyed(claim)]
        for cells in _assess_published(policies, swept, bound, tick):
            yield cells
        claims = [claim for claim in claims if claim not in swept]
    end = None if seconds is None else monotonic() + seconds
    pairs = list(product(claims, policies))
    known: dict[tuple[str, str], Hunted] = {}
    for number, (claim, policy) in enumerate(pairs):
        limit = None if end is None else monotonic() + max(end - monotonic(), 1.0) / (len(pairs) - number)
        if claim.mode != "could":
            cells.append(_cell(policy.name, claim, Verdict(Kind.NOT_TESTABLE, 0), 0, 0))
        elif claim.formula in READ_ALL:
            cells.append(_from_sweep(policy, claim, bound, tick, values))
        else:
            rule = parse_rule(claim.rule)
            if (policy.name, rule.name) not in known:
                steps = steps_for(rule.name) if published else ()
                found = hunt_rules(
                    service_for(policy), [rule], bound, *steps, until=limit, values=values, tick=tick, partial=True
                )
                known[policy.name, rule.name] = found[rule.name]
            cells.append(_from_hunt(policy, claim, known[policy.name, rule.name]))
            if known[policy.name, rule.name].interrupted:
                yield cells
                raise KeyboardInterrupt  # the hunt kept what it had found
        yield cells


def _assess_published(
    policies: Sequence[Policy], claims: Sequence[Claim], bound: int, tick: Tick
) -> Iterator[list[Cell]]:
    """The cells of the published matrix, more with each length of the histories that were run."""
    readings = {extent.name: extent for claim in claims if (extent := _reading(claim))}
    for found in survey(policies, list(readings.values()), bound, tick):
        yield [_from_survey(found, policy, claim) for policy in policies for claim in claims]


def assess_beyond(
    policies: Iterable[Policy], cells: Iterable[Cell], bound: int, examples: int, seed: int, tick: Tick = no_tick
) -> list[Cell]:
    """The cells once more, after runs and examples of more than `bound` steps for each promise not broken within it."""
    cells = list(cells)
    tried: dict[tuple[str, str], Tried] = {}
    for policy in policies:
        kept = {
            cell.formula: (parse_invariant(cell.formula), cell.space)
            for cell in cells
            if cell.policy == policy.name and cell.space and _is_unbroken(cell)
        }
        found = beyond(policy, kept.values(), bound, examples, seed, tick)
        tried |= {(policy.name, formula): found[rule.name] for formula, (rule, _) in kept.items()}
    return [_extended(cell, tried.get((cell.policy, cell.formula))) for cell in cells]


def _is_unbroken(cell: Cell) -> bool:
    """Whether the cell is of an invariant for which no history was found that breaks it."""
    searched = cell.verdict.kind in (Kind.EXHAUSTED, Kind.VACUOUS, Kind.UNVARIED)
    of_one_run = cell.formula not in READ_ALL and not _is_paired(cell.formula)
    return searched and of_one_run and cell.expected == "always"


def _extended(cell: Cell, tried: Tried | None) -> Cell:
    """The cell with what came of longer histories."""
    if tried and tried.witness:
        cell = evolve(cell, verdict=evolve(cell.verdict, kind=Kind.REFUTED, witness=tried.witness))
    return evolve(cell, beyond=tried)


def assess_trace(trace: Trace, claims: Iterable[Claim]) -> list[Cell]:
    """Judge one trace: what did happen in it, and nothing about what could."""
    cells = []
    for claim in claims:
        if claim.formula in READ_ALL or _is_paired(claim.formula) or claim.mode == "was meant":
            verdict = Verdict(Kind.NOT_TESTABLE, 0)
        else:
            (tally,) = judge(trace.records, [parse_invariant(claim.rule)])
            verdict = tally.verdict()
            if claim.expected == "sometimes" and not tally.broken:
                # That something was not done in a trace says nothing of whether it could have been.
                verdict = Verdict(Kind.NOT_TESTABLE, tally.fired)
        cells.append(_cell(trace.header.policy, claim, verdict, 1, 1))
    return cells


def _from_survey(found: Survey, policy: Policy, claim: Claim) -> Cell:
    reading = _reading(claim)
    if reading is None:
        verdict = found.read_all(policy, claim.formula)
    else:
        verdict = found.content_scoped(policy, reading)
        if verdict.witness:
            check_witness(policy, reading, verdict.witness)
    return _cell(policy.name, claim, verdict, found.histories, found.states)


def _from_sweep(policy: Policy, claim: Claim, bound: int, tick: Tick, values: Values) -> Cell:
    """What came of a claim that an app can read all mail: of every state that people can bring about, within the bound.

    Of scopes of a platform it cannot be said, for there gets are not the only way to read.
    """
    if said_by(policy).channels is not None:
        return _cell(policy.name, claim, Verdict(Kind.NOT_TESTABLE, 0), 0, 0)
    *_, found = survey_own(policy, bound, tick, values)
    return _from_survey(found, policy, claim)


def _from_hunt(policy: Policy, claim: Claim, hunted: Hunted) -> Cell:
    return evolve(_cell(policy.name, claim, hunted.verdict, hunted.histories, hunted.states), space=hunted.space)


def _cell(policy: str, claim: Claim, verdict: Verdict, histories: int, states: int) -> Cell:
    family, _, rest = claim.rule.partition(":")
    reading, _, grade = rest.partition("@") if family in ("I5", "I6") else ("", "", "")
    if claim.expected == "sometimes" and verdict.kind is Kind.REFUTED:
        verdict = evolve(verdict, kind=Kind.WITNESSED)
    return Cell(
        policy=policy,
        claim=claim.name,
        formula=claim.formula,
        sentence=claim.sentence,
        reading=reading or None,
        grade=(grade or Grade.BODY.name.lower()) if reading else None,
        verdict=verdict,
        histories=histories,
        states=states,
        expected=claim.expected,
    )


def _reading(claim: Claim) -> Extent | None:
    """The reading that the claim puts bodies under, if that is what its formula does."""
    family, _, rest = claim.rule.partition(":")
    return parse_extent(rest) if family == "I5" and "@" not in rest else None


def _is_surveyed(claim: Claim) -> bool:
    """Whether the formula is none of a rule, but of what the published sweep decides."""
    return claim.formula in READ_ALL or _reading(claim) is not None


def _is_paired(formula: str) -> bool:
    """Whether the claim takes two runs of each history."""
    return parse_noninterference(formula) is not None
