"""What do people read of verdicts? Tables and sentences, 80 columns wide."""

from collections.abc import Iterable, Sequence
from io import StringIO
from textwrap import fill

from attrs import asdict
from attrs.filters import exclude
from rich.console import Console
from rich.table import Table

from permiscope.claims import Cell
from permiscope.engine.alphabet import KINDS, MATRIX
from permiscope.engine.pairs import Pair
from permiscope.judge.monitor import Tally
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.codec import Plain
from permiscope.model.extents import parse_extent
from permiscope.model.trace import Trace
from permiscope.questions.policies.survey import READ_ALL

WIDTH = 80
LIMITS = (
    "What this does not show: what any real platform deployed, what any partner did, what a contract meant, or "
    "which reading is legally right. It is a model of sentences, within the bound that is named."
)
OF_A_CONTRACT = {
    Kind.REFUTED: "inconsistent",
    Kind.NOT_BROKEN: "consistent",
    Kind.UNDERDETERMINED: "underdetermined",
}
"""What a record of calls can be with a declared purpose (I19); no more can be said of a contract from a log alone."""
LEGEND = """\
broken in k, in the matrix k alone: the shortest counterexample has k steps.
kept: none in the bound; longer ones untried.
not tested (–): nothing was shown, so no pass."""


def wrap(text: str, indent: str = "") -> str:
    """Text in lines of at most 80 columns; those after the first are indented."""
    return fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def printable(text: str) -> str:
    """The text without what could command the terminal, or cannot be written: half a character, for instance."""
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]], gap: int = 2) -> str:
    """Columns of text without lines, each as wide as it needs to be, together at most 80 columns."""
    grid = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="", show_header=any(headers))
    for header in headers:
        grid.add_column(header, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    out = StringIO()
    Console(file=out, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False).print(grid)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def number(count: int) -> str:
    """A count with thousands set apart, as in 979,488."""
    return f"{count:,}"


def survey_table(cells: Iterable[Cell]) -> str:
    """Policy × reading for the content-scoped claims: a number is *broken in k*."""
    scoped = {(cell.policy, cell.reading): cell.verdict for cell in cells if is_scoped(cell)}
    policies = list(dict.fromkeys(policy for policy, _ in scoped))
    readings = list(dict.fromkeys(reading for _, reading in scoped if reading))
    rows = [(policy, *(_short(scoped[policy, reading]) for reading in readings)) for policy in policies]
    # Ten long names do not fit side by side; six letters tell those of the readings apart, and numbers the rest.
    heads = [reading[:6] for reading in readings]
    if len(set(heads)) == len(heads):
        return table(["", *heads], rows, gap=1)
    numbers = [f"({number})" for number in range(1, len(readings) + 1)]
    return table(["", *numbers], rows) + "\n\n" + table(["", ""], zip(numbers, readings, strict=True))


def is_scoped(cell: Cell) -> bool:
    """Whether the cell is one of the survey's: a claim that what is shown is the app's content."""
    return cell.claim == "content-scoped" and cell.formula == f"I5:{cell.reading}"


def is_read_all(cell: Cell) -> bool:
    """Whether the cell is of a shipped claim that the app can read all there is."""
    return cell.claim == cell.formula and cell.claim in READ_ALL


def _short(verdict: Verdict) -> str:
    match verdict.kind:
        case Kind.REFUTED:
            return str(verdict.steps)
        case Kind.VACUOUS:
            return "–"
        case _:
            return verdict.words


def read_all_table(cells: Iterable[Cell]) -> str:
    """Whether the app alone can read all mail: a rule a row, how much "all" is a column."""
    found = {(cell.policy, cell.claim): cell.words for cell in cells if is_read_all(cell)}
    policies = dict.fromkeys(policy for policy, _ in found)
    heads = ("every user's (RA1)", "every granter's (RA2)", "some granter's (RA3)")
    return table(["", *heads], [(policy, *(found[policy, name] for name in READ_ALL)) for policy in policies])


def cell_lines(cells: Iterable[Cell]) -> str:
    """A line a claim: its verdict in words, and how many histories put it to the test."""
    rows = [(cell.policy, cell.claim, cell.words, number(cell.verdict.fired)) for cell in cells]
    return table(["RULE", "CLAIM", "VERDICT", "TIMES TESTED"], rows)


def policy_lines(cells: Iterable[Cell]) -> str:
    """What came of every claim under the one policy: first the meanings of "the app's content", then the rest."""
    scoped, others, verdicts = [], [], []
    for cell in cells:
        if is_scoped(cell) and cell.reading:
            scoped.append((cell.reading, _in_table(cell), parse_extent(cell.reading).phrase))
        elif cell.claim != "RA4" or not cell.formula.startswith("RA4"):
            others.append((cell.claim, _in_table(cell), cell.sentence))
        verdicts.append(cell.verdict)
    parts = [
        table(["MEANING", "VERDICT", "OF ALL THAT IT SHOWS:"], scoped) if scoped else "",
        table(["CLAIM", "VERDICT", "IN WORDS"], others) if others else "",
        _of_one_trace(verdicts),
    ]
    return "\n\n".join(filter(None, parts))


def _in_table(cell: Cell) -> str:
    return cell.verdict.short if cell.verdict.kind is Kind.NOT_BROKEN else cell.words


def _of_one_trace(verdicts: Iterable[Verdict]) -> str:
    """What *not broken* in a table says and does not say; empty if it is not there."""
    for verdict in verdicts:
        if verdict.kind is Kind.NOT_BROKEN:
            return wrap(f"{verdict.words.capitalize()}: it says nothing of others.")
    return ""


def sentence(cell: Cell) -> str:
    """What may be said after a test, and no more."""
    verdict = cell.verdict
    longer = "" if cell.beyond else " Longer ones were not examined."
    within = f' under the reading "{cell.reading}" (body)' if cell.reading else ""
    match verdict.kind:
        case Kind.REFUTED:
            return (
                f'Rule "{cell.policy}" does not satisfy "{cell.claim}"{within}: here is a {verdict.steps}-step '
                "history. It shows what the rule allows, not that anyone did it."
            )
        case Kind.WITNESSED:
            return f'Under rule "{cell.policy}" an app obtains such a message in {verdict.steps} steps.'
        case Kind.EXHAUSTED if cell.expected == "sometimes":
            return (
                f"In none of the {number(cell.histories)} histories with at most {verdict.bound} steps an app obtains "
                f'such a message under rule "{cell.policy}". Longer ones were not examined.'
            )
        case Kind.EXHAUSTED:
            return (
                f"None of the {number(cell.histories)} histories with at most {verdict.bound} steps breaks "
                f'"{cell.claim}"{within} for rule "{cell.policy}"; it was put to the test in '
                f"{number(verdict.fired)} of them.{longer}"
            )
        case Kind.UNVARIED:
            return (
                f"None of the {number(cell.histories)} histories with at most {verdict.bound} steps breaks "
                f'"{cell.claim}"{within} for rule "{cell.policy}". But nothing in them varied all that it looks at: '
                f"{'; '.join(map(printable, verdict.unvaried))}. Run longer histories{_values_for(verdict.unvaried)}."
            )
        case Kind.HELD:
            return (
                f'"{cell.claim}"{within} for rule "{cell.policy}": {verdict.words}. That is a 95 % upper bound on '
                f"the probability of a violation under this generator ({verdict.generator}), which is no model of real "
                "traffic."
            )
        case Kind.SEARCHED:
            return (
                f'"{cell.claim}"{within} for rule "{cell.policy}": {verdict.words}, of which '
                f"{number(verdict.fired)} put it to the test. No probability attaches."
            )
        case Kind.VACUOUS:
            return (
                f'The test did not exercise "{cell.claim}"{within}: of {number(cell.histories)} histories, rule '
                f'"{cell.policy}" showed nothing that it speaks of in any.'
            )
        case Kind.NOT_BROKEN:
            return f"It is {verdict.words}, where it was tested {number(verdict.fired)} times."
        case Kind.UNDERDETERMINED:
            return "The records do not say what would decide it."
        case Kind.NOT_TESTABLE:
            return f'"{cell.claim}" cannot be tested here: no search finds out what did happen, nor what was meant.'


def _values_for(unvaried: Iterable[str]) -> str:
    """What may help, too, where something that never varied has a value of the policy's own: a text or a time."""
    said = " ".join(unvaried)
    if "time" in said or "clock" in said:
        return ", or declare times in seconds, as in `--vary time=60,3600`"
    has_text = any(each in said for each in ("'", '"', "looked into"))
    return ", or declare values, as in `--vary subject=Invoice,Hello`" if has_text else ""


def tally_lines(tallies: Iterable[Tally], pairs: Iterable[Pair] = ()) -> str:
    """A line an invariant: what became of it in one trace, or in two runs of a history; then what the app can tell."""
    rows, inferred, verdicts = [], [], []
    for tally in tallies:
        verdict = tally.verdict()
        verdicts.append(verdict)
        where = f"first at record {tally.positions[-1] + 1}" if tally.positions else ""
        name = tally.invariant.name
        words = OF_A_CONTRACT.get(verdict.kind, verdict.words) if name == "I19" else verdict.short
        rows.append((name, words, f"tested {tally.fired}", where, tally.invariant.sentence))
    for pair in pairs:
        where = f"first at answer {pair.divergence.call + 1}" if pair.divergence else ""
        rows.append((pair.rule.name, pair.verdict().short, f"tested {pair.fired}", where, pair.rule.sentence))
        if pair.divergence:
            inferred.append(wrap(f"{pair.rule.name}: {pair.divergence.infers(pair.rule)}", "  "))
    parts = table(["", "", "", "", ""], rows), _of_one_trace(verdicts), "\n".join(inferred)
    return "\n\n".join(filter(None, parts))


def cells_plain(cells: Iterable[Cell], bound: int) -> Plain:
    """The cells for a program: the exact names of verdicts, witnesses as steps, no timings.

    A cell that was not searched with the steps of the survey names its own; one of which longer histories were tried
    says how many (`beyond`).
    """
    plain = [
        {
            "policy": cell.policy,
            "claim": cell.claim,
            "reading": cell.reading,
            "grade": cell.grade,
            "verdict": cell.verdict.kind.value,
            "steps": cell.verdict.steps,
            "witness": cell.verdict.witness,
            "fired": cell.verdict.fired,
            "histories": cell.histories,
            "states": cell.states,
            **({"alphabet": cell.space.listed, "looks at": cell.space.looks} if cell.space else {}),
            **({"beyond": asdict(cell.beyond, filter=exclude("witness"))} if cell.beyond else {}),
        }
        for cell in cells
    ]
    alphabet = [*(kind for kind in KINDS if kind in MATRIX), "get"]
    return {"bound": bound, "alphabet": alphabet, "cells": plain}


def run_plain(trace: Trace, tallies: Iterable[Tally], pairs: Iterable[Pair], cells: Iterable[Cell]) -> Plain:
    """What became of each invariant and claim in one run, for a program: the exact names of verdicts.

    `first` is the record of the first break, from 1, or null; of two runs, the answer that tells them apart.
    """
    of_one = [(each.invariant.name, each.verdict(), each.positions[-1] if each.positions else None) for each in tallies]
    of_two = [(each.rule.name, each.verdict(), each.divergence.call if each.divergence else None) for each in pairs]
    invariants = [
        {
            "name": name,
            "verdict": verdict.kind.value,
            "fired": verdict.fired,
            "first": None if first is None else first + 1,
        }
        for name, verdict, first in (*of_one, *of_two)
    ]
    claims = [
        {"claim": cell.claim, "formula": cell.formula, "verdict": cell.verdict.kind.value, "fired": cell.verdict.fired}
        for cell in cells
    ]
    return {"policy": trace.header.policy, "records": len(trace.records), "invariants": invariants, "claims": claims}
