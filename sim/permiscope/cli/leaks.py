"""`permiscope leaks`: who catches which fault of the catalogue, and is every promise kept?"""

from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from permiscope.cli.progress import progress
from permiscope.engine.pairs import run_pair, verdicts_in
from permiscope.engine.space import PEOPLE
from permiscope.judge.noninterference import parse_noninterference, parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.questions.checks.leaks import BOUND, DETECTORS, Caught, apps_of, catch
from permiscope.report.files import check_writable, kept, write_text
from permiscope.report.story import story
from permiscope.report.text import LIMITS, wrap
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE, NOT_STATED
from permiscope.service.faults.fault import ROOTS, Fault
from permiscope.sources.scenario import Scenario, dump_scenario, load_scenario

WORKERS = 2
NAMED = 18
"""Characters for the check that is promised to catch a fault."""
CELL = 4
"""Characters for what a detector finds."""


def leaks(
    out: Annotated[
        Path | None, typer.Option(help="Write the table, and each smallest history, to this folder.")
    ] = None,
) -> None:
    """Run every fault of the catalogue against every check; exit 1 if a promise is broken."""
    # No other command needs what starts processes.
    from joblib import Parallel, delayed

    if out:
        check_writable(out)
    found: list[Caught] = []
    with progress("hunting", "leaks") as tick:
        jobs = Parallel(n_jobs=WORKERS, return_as="generator")(delayed(catch)(fault) for fault in CATALOGUE.values())
        for done, caught in enumerate(jobs, start=1):
            found.append(caught)
            tick(done, len(CATALOGUE))
    failures = [failure for caught in found for failure in caught.failures()]
    kept = f"All {len(found)} leaks are caught as promised, and by no check said to be blind."
    text = "\n\n".join((leaks_table(found), "\n".join(failures) or kept, wrap(LIMITS)))
    print(text)
    if out:
        write_text(out / "leaks.txt", text + "\n")
        for caught in found:
            write_text(out / f"{caught.fault.name}.toml", dump_scenario(scenario_of(caught)))
    if failures:
        raise typer.Exit(1)


def leaks_table(found: list[Caught]) -> str:
    """A leak a row: the check that is promised, with the length, and the usual detectors; then what is not stated."""
    heads = ("I5", "I6", "I20", "I21", "I23")
    lines = [
        f"{'':5}{'caught by':{NAMED}}{'in':>{CELL}}" + "".join(f"{head:>{CELL}}" for head in heads) + "  mechanism"
    ]
    for caught in found:
        fault, verdicts = caught.fault, caught.faulty
        first = fault.caught[0]
        cells = "".join(f"{_word(verdicts[name].kind, verdicts[name].steps):>{CELL}}" for name in DETECTORS)
        length = _word(verdicts[first].kind, verdicts[first].steps)
        mechanism = shorten(fault.mechanism, 80 - 5 - NAMED - CELL - CELL * len(heads) - 2, placeholder="...")
        lines.append(f"{fault.name:5}{first:{NAMED}}{length:>{CELL}}{cells}  {mechanism}")
    lines += [f"{name:5}not stated: {mechanism}" for name, (mechanism, _) in NOT_STATED.items()]
    legend = (
        f"A number: caught, in so many steps. .: not within a step more than the first number, or {BOUND}. -: never "
        "tested. All of the reading reply."
    )
    lines += ["", wrap(legend)]
    return "\n".join(lines)


def _word(kind: Kind, steps: int | None) -> str:
    return {Kind.REFUTED: str(steps), Kind.EXHAUSTED: ".", Kind.VACUOUS: "-"}[kind]


def scenario_of(caught: Caught) -> Scenario:
    """The smallest history of a leak, as a scenario that runs under the faulty service."""
    fault = caught.fault
    return Scenario(
        fault.name,
        broken_by(caught),
        fault.mechanism,
        apps=apps_of(fault),
        history=caught.witness,
    )


def tell_leak(name: str) -> str:
    """A leak as a story: what it is, its smallest history, which is kept, and which checks that breaks."""
    if name in NOT_STATED:
        mechanism, why = NOT_STATED[name]
        return wrap(f"{name}: {mechanism} {why}")
    fault: Fault = CATALOGUE[name]
    history = load_scenario(kept("reports/leaks") / f"{name}.toml").history
    found, sound = (
        verdicts_in(service, history, map(parse_rule, (*fault.caught, *fault.blind)), PEOPLE, apps_of(fault))
        for service in (fault.service, fault.sound)
    )
    parts = [wrap(f"{name}: {fault.mechanism}"), f"Root: {ROOTS[fault.root]}."]
    if fault.mirror:
        parts.append(wrap(f"It resembles: {fault.mirror}.", "  "))
    seeing = [check for check in fault.blind if found[check].kind is Kind.REFUTED]
    if wrong := [check for check in fault.caught if sound[check].kind is Kind.REFUTED] + seeing:
        raise AssertionError(f"the history that is kept of {name} breaks {', '.join(wrong)}, and should not")
    for check in fault.caught:
        if found[check].kind is not Kind.REFUTED:
            parts.append(f"{check}: broken by another history")
        else:
            parts.append(f"{check}: broken in {len(history)}; without the fault the same steps do not break it")
    parts += [f"{check}: blind to it" for check in fault.blind]
    parts += ["", story(MessagingService(fault.service, PEOPLE, apps_of(fault)).played(history), fault.service.policy)]
    for rule in filter(None, map(parse_noninterference, fault.caught)):
        pair = run_pair(fault.service, history, rule, apps=apps_of(fault))
        if pair.divergence:
            parts += ["", wrap(f"{rule.name}: {pair.divergence.infers(rule)}", "  ")]
    return "\n".join(parts)


def broken_by(caught: Caught) -> tuple[str, ...]:
    """The promised checks that the smallest history breaks."""
    return tuple(name for name in caught.fault.caught if caught.faulty[name].witness == caught.witness)
