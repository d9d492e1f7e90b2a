"""`permiscope leaks`: who catches which fault of the catalogue, and is every promise kept?"""

from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from sim.cli.progress import progress
from sim.judge.verdicts import Kind
from sim.report.files import write_text
from sim.report.story import story
from sim.report.text import LIMITS, wrap
from sim.search.exhaustive import PEOPLE
from sim.search.leaks import BOUND, DETECTORS, Caught, apps_of, catch
from sim.service.faults.catalogue import CATALOGUE, NOT_STATED
from sim.service.faults.fault import ROOTS, Fault
from sim.service.platform import Platform
from sim.sources.scenario import Scenario, dump_scenario

WORKERS = 2
NAMED = 22
"""Characters for the check that is promised to catch a fault."""


def leaks(
    out: Annotated[Path | None, typer.Option(help="Write the smallest history of each leak to this folder.")] = None,
) -> None:
    """Run every fault of the catalogue against every check; exit 1 if a promise is broken."""
    # No other command needs what starts processes.
    from joblib import Parallel, delayed

    found: list[Caught] = []
    with progress("hunting", "leaks") as tick:
        jobs = Parallel(n_jobs=WORKERS, return_as="generator")(delayed(catch)(fault) for fault in CATALOGUE.values())
        for done, caught in enumerate(jobs, start=1):
            found.append(caught)
            tick(done, len(CATALOGUE))
    print(leaks_table(found))
    failures = [failure for caught in found for failure in caught.failures()]
    print(
        "\n"
        + ("\n".join(failures) or f"All {len(found)} leaks are caught as promised, and by no check said to be blind.")
    )
    print("\n" + wrap(LIMITS))
    if out:
        for caught in found:
            write_text(out / f"{caught.fault.name}.toml", dump_scenario(scenario_of(caught)))
    if failures:
        raise typer.Exit(1)


def leaks_table(found: list[Caught]) -> str:
    """A leak a row: the check that is promised, with the length, and the usual detectors; then what is not stated."""
    heads = ("I5", "I6", "I20", "I21", "I23")
    lines = [f"{'':5}{'caught by':{NAMED}}{'':5}" + "".join(f"{head:>5}" for head in heads) + "  mechanism"]
    for caught in found:
        fault, verdicts = caught.fault, caught.faulty
        first = fault.caught[0]
        cells = "".join(f"{_word(verdicts[name].kind, verdicts[name].steps):>5}" for name in DETECTORS)
        length = _word(verdicts[first].kind, verdicts[first].steps)
        mechanism = shorten(fault.mechanism, 80 - 5 - NAMED - 5 - 5 * len(heads) - 2, placeholder="...")
        lines.append(f"{fault.name:5}{first:{NAMED}}{length:>5}{cells}  {mechanism}")
    lines += [f"{name:5}not stated: {mechanism}" for name, (mechanism, _) in NOT_STATED.items()]
    lines += ["", f"A number: caught, in so many steps. .: not in {BOUND}. -: never fired. All of the reading reply."]
    return "\n".join(lines)


def _word(kind: Kind, steps: int | None) -> str:
    return {Kind.REFUTED: str(steps), Kind.EXHAUSTED: ".", Kind.VACUOUS: "-"}[kind]


def scenario_of(caught: Caught) -> Scenario:
    """The smallest history of a leak, as a scenario that runs under the faulty service."""
    fault = caught.fault
    return Scenario(
        fault.name,
        tuple(name for name in fault.caught if caught.faulty[name].witness == caught.witness),
        fault.mechanism,
        apps=apps_of(fault),
        history=caught.witness,
    )


def tell_leak(name: str) -> str:
    """A leak as a story: what it is, which check catches it, and its smallest history."""
    if name in NOT_STATED:
        mechanism, why = NOT_STATED[name]
        return wrap(f"{name}: {mechanism} {why}")
    fault: Fault = CATALOGUE[name]
    caught = catch(fault)
    parts = [wrap(f"{name}: {fault.mechanism}"), f"Root: {ROOTS[fault.root]}."]
    if fault.mirror:
        parts.append(wrap(f"It resembles: {fault.mirror}.", "  "))
    parts += [
        f"{check}: {caught.faulty[check].words}; without the fault {caught.sound[check].words}"
        for check in fault.caught
    ]
    parts += [f"{check}: blind ({caught.faulty[check].words})" for check in fault.blind]
    parts += ["", story(Platform(fault.service, PEOPLE, apps_of(fault)), caught.witness)]
    return "\n".join(parts)
