"""`permiscope run`: what happens in a scenario, and how is a saved trace judged?"""

from pathlib import Path
from typing import Annotated

import typer

from sim.judge.invariants import parse_invariant
from sim.judge.monitor import Tally, judge
from sim.model.extents import parse_extent
from sim.model.trace import Trace, dump, load
from sim.report.files import check_file, write_text
from sim.report.story import story
from sim.report.text import LIMITS, tally_lines, wrap
from sim.service.platform import Platform
from sim.service.policy import load_policy
from sim.sources.scenario import Scenario, load_scenario

USUAL = ("I1", "I3", "I4", "I5:reply", "I6:reply", "I9", "I10", "I16", "I18", "U2", "U3")


def run(
    file: Annotated[Path, typer.Argument(help="A scenario (.toml) or a saved trace (.jsonl).")],
    invariant: Annotated[list[str] | None, typer.Option(help="Judge by this, as `I5:reply`; repeatable.")] = None,
    out: Annotated[Path | None, typer.Option(help="Save the trace to this file (.jsonl).")] = None,
) -> None:
    """Run a scenario file, or judge a saved trace again.

    A counterexample that was saved is a scenario file, too. Exits with 1 if an invariant breaks that the file or the
    options name.

    Example: permiscope run counterexample.toml
    """
    if out:
        check_file(out)
    if file.suffix == ".jsonl":
        trace, complaint = load(file)
        if complaint:
            typer.echo(f"permiscope: {complaint}", err=True)
        print(f'A trace of {len(trace.records)} records under the rule "{trace.header.policy}".')
        named = tuple(invariant or ())
    else:
        scenario = load_scenario(file)
        trace, told = _perform(scenario)
        print(told)
        named = tuple(invariant or scenario.invariants)
        complaint = None
    tallies = judge(trace.records, [parse_invariant(name) for name in named or USUAL])
    print("\n" + tally_lines(tallies) + "\n\n" + wrap(LIMITS))
    if out:
        write_text(out, dump(trace))
    if complaint:
        raise typer.Exit(2)
    if named and any(_failed(tally) for tally in tallies):
        raise typer.Exit(1)


def tell(path: Path) -> str:
    """The story of a scenario file."""
    return _perform(load_scenario(path))[1]


def _perform(scenario: Scenario) -> tuple[Trace, str]:
    policy = load_policy(scenario.policy)
    platform = Platform(policy, scenario.people, scenario.apps, recheck=scenario.recheck, lag=scenario.lag)
    scoped = next((name for name in scenario.invariants if name.startswith("I5:") and "@" not in name), None)
    told = story(platform, scenario.history, parse_extent(scoped.removeprefix("I5:")) if scoped else None)
    platform.end(platform.clock)
    return platform.trace(), told


def _failed(tally: Tally) -> bool:
    return bool(tally.broken) or not tally.fired
