"""`permiscope mutants`: which check notices which change of a policy or a door, and which change does none notice?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from permiscope.cli.progress import end_if_pressed, progress, tell_how_far
from permiscope.model.progress import Interruption
from permiscope.questions.checks.mutants import mutants as all_mutants
from permiscope.questions.checks.mutation import SURVIVORS, Judged, judge_all
from permiscope.report.files import check_file, write_text
from permiscope.report.text import LIMITS, table, wrap

LEGEND = (
    "Each mutant is a policy or service with one thing changed. *apart 3 of 4*: the smallest history that tells it "
    "from its original has 3 steps, and all of up to 4 were run. Then the checks that kill it, each with the length of "
    "its smallest history, and after the dash those that were tried and did not notice; all others were not tried, for "
    "they do not speak of what was changed. A check that takes a reading was tried with several, and counts once. A "
    "check kills if the original does not break it within the same steps and the mutant does; a utility, if the "
    "original has it and the mutant has not."
)


def mutants(
    out: Annotated[Path | None, typer.Option(help="Write the report to this file, too.")] = None,
) -> None:
    """Change every policy and door in many ways, and see which checks notice; exit 1 if a survivor has no reason."""
    if out:
        check_file(out)
    names = list(all_mutants())
    found: list[Judged] = []
    with progress("trying", "mutants") as tick, Interruption(lambda: found) as interruption:
        found.extend(judge_all(names, tick))
    report = mutants_report(found)
    print(report, end="")
    tell_how_far(interruption, f"this is of the first {len(found)} of {len(names)} mutants")
    end_if_pressed(interruption)
    if out:
        write_text(out, report)
    failures = [failure for judged in found if (failure := judged.failure())]
    for failure in failures:
        typer.echo(f"permiscope: {failure}", err=True)
    if failures:
        raise typer.Exit(1)


def mutants_report(found: Sequence[Judged]) -> str:
    """How many were killed, by operator and by check; then each mutant, and what no check noticed, with the reason."""
    told = [judged for judged in found if not judged.equivalent]
    survivors = [judged for judged in told if judged.survived]
    head = (
        f"{len(found)} mutants: {len(found) - len(told)} equivalent within the bound, "
        f"{len(told) - len(survivors)} killed, {len(survivors)} survived."
    )
    parts = [
        head,
        _by_operator(found),
        _by_check(told),
        "Survivors, and why:\n" + "\n".join(wrap(_survivor(judged), "  ") for judged in survivors),
        "Equivalent within so many steps (longer untried):\n"
        + "\n".join(f"{judged.mutant} ({judged.bound})" for judged in found if judged.equivalent),
        "\n".join(["Mutants:", *(wrap(_line(judged), "    ") for judged in told)]),
        wrap(LEGEND),
        wrap(LIMITS),
    ]
    return "\n\n".join(parts) + "\n"


def _by_operator(found: Sequence[Judged]) -> str:
    rows = []
    for operator in dict.fromkeys(judged.operator for judged in found):
        those = [judged for judged in found if judged.operator == operator]
        equivalent = sum(judged.equivalent for judged in those)
        survived = sum(judged.survived for judged in those)
        counts = len(those), equivalent, len(those) - equivalent - survived, survived
        rows.append((operator, *map(str, counts)))
    return table(["OPERATOR", "MUTANTS", "EQUIVALENT", "KILLED", "SURVIVED"], rows)


def _by_check(told: Sequence[Judged]) -> str:
    """The rate of each check: of those mutants that are not equivalent, and of those on which it was tried."""
    tried = Counter(check for judged in told for check in _families(judged.tried))
    killed = Counter(check for judged in told for check in _families(judged.killers))
    rows = [
        (
            check,
            str(killed[check]),
            str(tried[check]),
            f"{killed[check] / tried[check]:.0%}",
            f"{killed[check] / len(told):.1%}",
        )
        for check in _families(tried)
    ]
    return table(["CHECK", "KILLED", "TRIED", "OF TRIED", f"OF ALL {len(told)}"], rows)


def _families(checks: Iterable[str]) -> list[str]:
    """The numbers of checks in their order, without their readings."""
    found = {check.partition(":")[0] for check in checks}
    return sorted(found, key=lambda family: (family[0], int(family[1:])))


def _survivor(judged: Judged) -> str:
    """Why no check noticed: what the search knows, and what is written down."""
    known = f"It differs in {len(judged.difference)} steps"
    if judged.stricter:
        kept = f"keeps {', '.join(judged.has)}" if judged.has else "had no utility to lose"
        known = f"All it does is to refuse more, and it {kept}"
    return f"{judged.mutant}: {known}. {SURVIVORS.get(judged.mutant, 'No reason is given.')}"


def _line(judged: Judged) -> str:
    lengths: dict[str, int] = {}
    for check, history in judged.killers.items():
        family = check.partition(":")[0]
        lengths[family] = min(len(history), lengths.get(family, len(history)))
    killers = ", ".join(f"{family} {lengths[family]}" for family in _families(lengths)) or "survived"
    silent = ", ".join(family for family in _families(judged.tried) if family not in lengths) or "none"
    return f"{judged.mutant}: apart {len(judged.difference)} of {judged.bound}; {killers} - {silent}"
