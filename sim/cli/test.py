"""`permiscope test`: which claims does a policy break, and with which history?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sim.claims import Cell, content_scoped, load_claims, read_all, shipped, some_private
from sim.cli.sampling import sampled
from sim.cli.searching import check_bound, search
from sim.judge.verdicts import Kind
from sim.model.errors import InputError
from sim.model.extents import READINGS, parse_extent
from sim.report.files import check_file, check_writable, file_name, write_text
from sim.report.story import story
from sim.report.text import (
    LEGEND,
    LIMITS,
    cell_lines,
    cells_json,
    is_read_all,
    is_scoped,
    number,
    policy_lines,
    read_all_table,
    sentence,
    survey_table,
    wrap,
)
from sim.search.exhaustive import platform_for
from sim.search.survey import READ_ALL
from sim.service.build import Service
from sim.service.policy import BUILT_IN, load_policy
from sim.sources.scenario import Scenario, dump_scenario


def test(
    policies: Annotated[
        list[str] | None,
        typer.Argument(metavar="[POLICY...]", help="Built-in name, expression, file.py:function, file.cedar."),
    ] = None,
    reading: Annotated[list[str] | None, typer.Option(help="What counts as the app's content.")] = None,
    claims: Annotated[Path | None, typer.Option(help="A TOML file with claims of your own.")] = None,
    max_steps: Annotated[int, typer.Option(help="Run every history of at most so many steps.")] = 5,
    json: Annotated[Path | None, typer.Option(help="Write the verdicts to this file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write verdicts and counterexamples to this folder.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Search even if it takes hours.")] = False,
    draws: Annotated[int | None, typer.Option(help="Draw so many days at random instead of searching.")] = None,
    seed: Annotated[int, typer.Option(help="Where the draws begin.")] = 0,
    app: Annotated[str, typer.Option(help="How the app of a drawn day behaves: curious or honest.")] = "curious",
    allow_untested: Annotated[bool, typer.Option("--allow-untested", help="Let *not tested* pass.")] = False,
) -> None:
    """Find the shortest history that breaks a claim.

    Without a POLICY, survey the built-in ones: every rule against every reading.

    Example: permiscope test threaded --reading reply
    """
    if claims and reading:
        raise InputError("`--claims` says what is tested; leave out `--reading`")
    named = [load_policy(name) for name in policies or []]
    readings = [parse_extent(name) for name in reading or READINGS]
    if claims:
        tested = load_claims(claims)
    elif reading:
        tested = [content_scoped(extent) for extent in readings]
    elif named:
        tested = shipped(readings)
    else:
        tested = [*map(content_scoped, readings), *read_all(), *map(some_private, readings)]
    if draws is not None:
        found = sampled(policies or list(BUILT_IN), tested, draws=draws, seed=seed, app=app, json=json, out=out)
        if named and any(_fails(each.sample.verdict.kind, allow_untested=allow_untested) for each in found):
            raise typer.Exit(1)
        return
    surveyed = named or list(BUILT_IN.values())
    check_bound(surveyed, max_steps, force=force)
    if json:
        check_file(json)
    if out:
        check_writable(out)
    cells, interrupted = search(surveyed, tested, max_steps)
    bound = max((cell.verdict.bound or 0 for cell in cells), default=0)
    if interrupted:
        typer.echo(f"permiscope: this was found with at most {bound} steps", err=True)
    print(_report(cells, bound, single=len(named) == 1 and len(tested) == 1))
    if json:
        write_text(json, cells_json(cells, bound))
    if out:
        _save(out, cells, bound)
    if interrupted:
        raise typer.Exit(130)
    if named and any(_failed(cell, allow_untested=allow_untested) for cell in cells):
        raise typer.Exit(1)


def _report(cells: Sequence[Cell], bound: int, *, single: bool) -> str:
    """What is printed: a survey as a table, a few policies as lines, one verdict with its story."""
    searched = next((cell for cell in cells if cell.histories), None)
    head = "Nothing of this is searched for."
    if searched:
        head = (
            f"Tested: every history of at most {bound} steps; 3 people, 1 app; {number(searched.histories)} histories"
        )
    if single:
        (cell,) = cells
        return "\n\n".join([head, f"{cell.policy}/{cell.reading or cell.claim}: {_told(cell)}", wrap(LIMITS)])
    parts = [head]
    if len({cell.policy for cell in cells}) == 1:
        parts += [f'The rule "{cells[0].policy}"', policy_lines(cells)]
        if broken := next((cell for cell in cells if cell.reading and cell.verdict.kind is Kind.REFUTED), None):
            parts.append(f"Next  permiscope explain '{broken.policy}/{broken.reading}'")
        return "\n\n".join([*parts, LEGEND, wrap(LIMITS)])
    if any(map(is_scoped, cells)):
        parts += ['Is all it shows "the app\'s content"? A rule a row, a meaning a column:', survey_table(cells)]
    told = [cell for cell in cells if is_scoped(cell) or cell.claim == "RA4"]
    if {cell.claim for cell in cells if is_read_all(cell)} == set(READ_ALL):
        told += filter(is_read_all, cells)
        parts += ["Can the app alone read all mail?", read_all_table(cells)]
    if others := [cell for cell in cells if cell not in told]:
        parts.append(cell_lines(others))
    return "\n\n".join([*parts, LEGEND, wrap(LIMITS)])


def _told(cell: Cell) -> str:
    verdict = cell.verdict
    lines = [cell.words, wrap(sentence(cell))]
    if verdict.witness:
        reading = parse_extent(cell.reading) if cell.reading else None
        lines.append(story(platform_for(Service(load_policy(cell.policy))), verdict.witness, reading))
    return "\n\n".join(lines)


def _failed(cell: Cell, *, allow_untested: bool) -> bool:
    """Whether the policy fails a claim. What the app can read of everything (RA) is no promise of a policy."""
    if cell.formula.startswith("RA"):
        return False
    return _fails(cell.verdict.kind, allow_untested=allow_untested)


def _fails(kind: Kind, *, allow_untested: bool) -> bool:
    return kind is Kind.REFUTED or (not allow_untested and kind in (Kind.VACUOUS, Kind.NOT_TESTABLE))


def _save(folder: Path, cells: Sequence[Cell], bound: int) -> None:
    """Verdicts as text and JSON, and a scenario file for each counterexample."""
    write_text(folder / "verdicts.txt", _report(cells, bound, single=False) + "\n")
    write_text(folder / "verdicts.json", cells_json(cells, bound))
    for cell in cells:
        if cell.verdict.witness and not cell.formula.startswith("RA"):
            scenario = Scenario(cell.policy, (cell.formula,), sentence(cell), history=cell.verdict.witness)
            name = f"{file_name(cell.policy)}--{file_name(cell.formula)}.toml"
            write_text(folder / "counterexamples" / name, dump_scenario(scenario))
