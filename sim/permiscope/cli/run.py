"""`permiscope run`: what happens in a scenario, and how is a saved trace judged?"""

from pathlib import Path
from typing import Annotated

import typer
from attrs import evolve

from permiscope.claims import assess_trace, load_claims
from permiscope.cli.progress import progress
from permiscope.engine.pairs import run_pair
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import Noninterference, parse_rule
from permiscope.judge.verdicts import Kind
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.model.trace import Trace, dump, load
from permiscope.questions.policies.capability import CALLS, LEVELS, obtainable
from permiscope.report.files import check_file, write_json, write_text
from permiscope.report.story import deeds, story
from permiscope.report.text import LIMITS, policy_lines, run_plain, table, tally_lines, wrap
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE, with_leaks
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import BUILT_IN
from permiscope.sources.scenario import Scenario, dump_scenario, load_scenario

USUAL = ("I1", "I3", "I4", "I5:reply", "I6:reply", "I9", "I10", "I16", "I18", "U2", "U3")


def run(
    file: Annotated[Path, typer.Argument(help="A scenario (.toml) or a saved trace (.jsonl).")],
    invariant: Annotated[list[str] | None, typer.Option(help="Judge by this, as `I5:reply`; repeatable.")] = None,
    claims: Annotated[Path | None, typer.Option(help="Judge by claims of your own, from a TOML file.")] = None,
    could: Annotated[bool, typer.Option("--could", help="Say of each message what an app needs to obtain it.")] = False,
    out: Annotated[Path | None, typer.Option(help="Save the trace (.jsonl), or its history (.toml).")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the verdicts to this file.")] = None,
) -> None:
    """Run a scenario file, or judge a saved trace again.

    A counterexample that was saved is a scenario file, too. Exits with 1 if an invariant that the file or the options
    name is broken, not tested or left open, or a claim is broken.

    Example: permiscope run counterexample.toml
    """
    complaint = None
    if file.suffix == ".jsonl":
        trace, complaint = load(file)
        told = f'A trace of {len(trace.records)} records under the rule "{trace.header.policy}".'
        named = tuple(invariant or ())
        invariants, rules = _parse(named)
        if rules:
            raise InputError(
                f"`{rules[0].name}` compares two runs, and a trace is one; save its history with `--out history.toml` "
                "and run that"
            )
        if could:
            raise InputError("`--could` asks the service, and a trace has none; save its history and run that")
        capable = ""
        pairs = []
    else:
        scenario = load_scenario(file)
        named = tuple(invariant or scenario.invariants)
        invariants, rules = _parse(named)
        service = service_of(scenario)
        with watched():
            trace, told = _perform(scenario, service)
            pairs = [run_pair(service, scenario.history, rule, scenario.people, scenario.apps) for rule in rules]
            capable = _capable(service, scenario) if could else ""
    cells = assess_trace(trace, load_claims(claims)) if claims else []
    for written in filter(None, (out, json)):
        check_file(written)
    if complaint:
        typer.echo(f"permiscope: {complaint}", err=True)
    tallies = judge(trace.records, invariants)
    parts = [
        told,
        _faults(trace.header.faults),
        tally_lines(tallies, pairs),
        policy_lines(cells),
        capable,
        wrap(LIMITS),
    ]
    print("\n\n".join(filter(None, parts)))
    if out:
        write_text(out, dump_scenario(_scenario_of(trace)) if out.suffix == ".toml" else dump(trace))
    if json:
        write_json(json, run_plain(trace, tallies, pairs, cells))
    if complaint:
        raise typer.Exit(2)
    broken = any(cell.verdict.kind is Kind.REFUTED for cell in cells)
    verdicts = [*(tally.verdict() for tally in tallies), *(pair.verdict() for pair in pairs)]
    if broken or (named and any(verdict.kind is not Kind.NOT_BROKEN for verdict in verdicts)):
        raise typer.Exit(1)


def run_file(path: Path) -> tuple[Trace, str]:
    """The trace of a scenario file, and its story."""
    scenario = load_scenario(path)
    service = service_of(scenario)
    with watched():
        return _perform(scenario, service)


def _capable(service: Service, scenario: Scenario) -> str:
    """What the first app needs to obtain each message after the history, and how it goes about it."""
    app = scenario.apps[0]
    messaging = MessagingService(service, scenario.people, scenario.apps)
    messaging.play(scenario.history)
    with progress("obtaining", "messages") as tick:
        obtained = obtainable(messaging, app, tick)
    rows = []
    for name, message in messaging.state.messages.items():
        found = obtained.get(name)
        if found is None:
            needs, how = "out of reach", f"of {CALLS} calls of an app, also with one act of a person or a second app"
        elif not found.steps:
            needs, how = "obtained", "it was shown before"
        else:
            then = messaging.copy()
            then.play(found.steps)
            how = deeds(then.trace(), service.policy, len(found.steps))
            needs = f"{found.level} {LEVELS[found.level]}"
        rows.append((name, message.author, needs, how))
    return table(["MESSAGE", "OF", f"{app} OBTAINS IT", "HOW"], rows)


def _parse(names: tuple[str, ...]) -> tuple[list[Invariant], list[Noninterference]]:
    """What one run is judged by, and what two are; the usual invariants if nothing is named."""
    rules = [parse_rule(name) for name in names or USUAL]
    one = [rule for rule in rules if isinstance(rule, Invariant)]
    return one, [rule for rule in rules if isinstance(rule, Noninterference)]


def _perform(scenario: Scenario, service: Service) -> tuple[Trace, str]:
    trace = MessagingService(service, scenario.people, scenario.apps).played(scenario.history)
    scoped = next((name for name in scenario.invariants if name.startswith("I5:") and "@" not in name), None)
    return trace, story(trace, service.policy, parse_extent(scoped.removeprefix("I5:")) if scoped else None)


def service_of(scenario: Scenario) -> Service:
    """What a scenario runs under: a leak of the catalogue, a service or a policy, and further leaks built into it."""
    name = scenario.policy
    if name in CATALOGUE:
        service = CATALOGUE[name].service
    elif name in SERVICES and name not in BUILT_IN:
        service = SERVICES[name]
    else:
        service = service_for(load_guarded(name))
    return set_up(service, scenario)


def set_up(service: Service, scenario: Scenario) -> Service:
    """The service with what a scenario says of it: rechecks, a lag of its own, and leaks that are built in."""
    service = evolve(service, recheck=service.recheck or scenario.recheck, lag=scenario.lag or service.lag)
    return with_leaks(service, scenario.faults)


def _faults(names: tuple[str, ...]) -> str:
    """What the service does otherwise, a leak a line; empty if it has none."""
    return "\n".join(wrap(f"{name}: {CATALOGUE[name].mechanism}", "  ") for name in names if name in CATALOGUE)


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
        faults=tuple(name for name in header.faults if name != header.policy),
        history=trace.history,
    )
