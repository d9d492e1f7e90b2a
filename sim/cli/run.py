"""`permiscope run`: what happens in a scenario, and how is a saved trace judged?"""

from pathlib import Path
from typing import Annotated

import typer

from sim.claims import assess_trace, load_claims
from sim.judge.invariants import parse_invariant
from sim.judge.monitor import Tally, judge
from sim.judge.verdicts import Kind
from sim.model.extents import parse_extent
from sim.model.history import history_of
from sim.model.trace import Trace, dump, load
from sim.report.files import check_file, write_text
from sim.report.story import story
from sim.report.text import LIMITS, policy_lines, tally_lines, wrap
from sim.service.build import Service
from sim.service.faults.catalogue import CATALOGUE
from sim.service.platform import Platform
from sim.service.policy import load_policy
from sim.sources.scenario import Scenario, dump_scenario, load_scenario

USUAL = ("I1", "I3", "I4", "I5:reply", "I6:reply", "I9", "I10", "I16", "I18", "U2", "U3")


def run(
    file: Annotated[Path, typer.Argument(help="A scenario (.toml) or a saved trace (.jsonl).")],
    invariant: Annotated[list[str] | None, typer.Option(help="Judge by this, as `I5:reply`; repeatable.")] = None,
    claims: Annotated[Path | None, typer.Option(help="Judge by claims of your own, from a TOML file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Save the trace (.jsonl), or its history (.toml).")] = None,
) -> None:
    """Run a scenario file, or judge a saved trace again.

    A counterexample that was saved is a scenario file, too. Exits with 1 if an invariant that the file or the options
    name is broken or not tested, or a claim is broken.

    Example: permiscope run counterexample.toml
    """
    complaint = None
    if file.suffix == ".jsonl":
        trace, complaint = load(file)
        told = f'A trace of {len(trace.records)} records under the rule "{trace.header.policy}".'
        named = tuple(invariant or ())
    else:
        scenario = load_scenario(file)
        trace, told = _perform(scenario)
        named = tuple(invariant or scenario.invariants)
    cells = assess_trace(trace, load_claims(claims)) if claims else []
    invariants = [parse_invariant(name) for name in named or USUAL]
    if out:
        check_file(out)
    if complaint:
        typer.echo(f"permiscope: {complaint}", err=True)
    tallies = judge(trace.records, invariants)
    parts = [told, tally_lines(tallies), policy_lines(cells), wrap(LIMITS)]
    print("\n\n".join(filter(None, parts)))
    if out:
        write_text(out, dump_scenario(_scenario_of(trace)) if out.suffix == ".toml" else dump(trace))
    if complaint:
        raise typer.Exit(2)
    broken = any(cell.verdict.kind is Kind.REFUTED for cell in cells)
    if broken or (named and any(_failed(tally) for tally in tallies)):
        raise typer.Exit(1)


def tell(path: Path) -> str:
    """The story of a scenario file."""
    return _perform(load_scenario(path))[1]


def _perform(scenario: Scenario) -> tuple[Trace, str]:
    service = _service(scenario)
    platform = Platform(service, scenario.people, scenario.apps)
    scoped = next((name for name in scenario.invariants if name.startswith("I5:") and "@" not in name), None)
    told = story(platform, scenario.history, parse_extent(scoped.removeprefix("I5:")) if scoped else None)
    platform.end(platform.clock)
    return platform.trace(), told


def _service(scenario: Scenario) -> Service:
    """What a scenario runs under: a leak of the catalogue by its name, or a policy."""
    if scenario.policy in CATALOGUE:
        return CATALOGUE[scenario.policy].service
    return Service(load_policy(scenario.policy), recheck=scenario.recheck, lag=scenario.lag)


def _scenario_of(trace: Trace) -> Scenario:
    """The history that a trace came from, to be changed and run again."""
    header = trace.header
    return Scenario(
        header.policy,
        title=f"The history of a trace of {len(trace.records)} records",
        people=header.people,
        apps=header.apps,
        recheck=header.recheck,
        lag=header.lag,
        history=history_of(trace),
    )


def _failed(tally: Tally) -> bool:
    return bool(tally.broken) or not tally.fired
