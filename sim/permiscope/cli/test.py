"""`permiscope test`: which claims does a policy break, and with which history?"""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from permiscope.claims import (
    Cell,
    Claim,
    content_scoped,
    keeps,
    load_claims,
    of_scopes,
    read_all,
    shipped,
    some_private,
)
from permiscope.cli.accepting import Acceptance, accept, entries
from permiscope.cli.invariants import survey_invariants
from permiscope.cli.platforms import find_escalations, is_whole
from permiscope.cli.progress import end_if_pressed, tell_how_far
from permiscope.cli.sampling import sampled
from permiscope.cli.searching import SECONDS, check_bound, search, search_beyond
from permiscope.engine.values import Values, parse_values, split_values
from permiscope.judge.invariants import PLAIN
from permiscope.judge.verdicts import Kind
from permiscope.model.errors import InputError
from permiscope.model.extents import READINGS, parse_extent
from permiscope.questions.policies.survey import READ_ALL
from permiscope.report.files import check_file, check_writable, file_name, write_json, write_text
from permiscope.report.junit import Case, junit
from permiscope.report.own import counterexample, is_promise, is_tested, searched, told, verdict_table
from permiscope.report.platforms import grant_report
from permiscope.report.text import (
    LEGEND,
    LIMITS,
    cell_lines,
    cells_plain,
    is_read_all,
    is_scoped,
    number,
    policy_lines,
    read_all_table,
    survey_table,
    wrap,
)
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import BUILT_IN, Policy, said_by
from permiscope.sources.config import TABLE, Settings, load_settings
from permiscope.sources.scenario import dump_scenario

BOUND = 5
"""Steps that are all run if nothing is said and the time suffices."""
EXAMPLES = 500
CONFIG = Path("pyproject.toml")
HERE = Path()
"""Where the counterexamples of somebody's own policy go, if nothing else is said."""


def test(
    policies: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[POLICY...]", help="Built-in name, expression, file.py:function, file.cedar, gmail:gmail.send."
        ),
    ] = None,
    reading: Annotated[list[str] | None, typer.Option(help="What counts as the app's content.")] = None,
    invariant: Annotated[
        list[str] | None, typer.Option(help="Test this, too, as `I3` or `I6:reply`; `all` for each without a reading.")
    ] = None,
    invariants: Annotated[
        bool, typer.Option("--invariants", help="Survey the seven services by every invariant.")
    ] = False,
    claims: Annotated[Path | None, typer.Option(help="A TOML file with claims of your own.")] = None,
    max_steps: Annotated[
        int | None, typer.Option(help="Run every history of at most so many steps (5, if the time suffices).")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="Search for so long, and say how far that came (60, without --max-steps).")
    ] = None,
    examples: Annotated[
        int | None, typer.Option(help="Then so many guided runs, and examples (500 of a policy of your own).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Try other examples, or draw other days.")] = 0,
    json: Annotated[Path | None, typer.Option(help="Write the verdicts to this file.")] = None,
    junit_file: Annotated[Path | None, typer.Option("--junit", help="Write them as JUnit XML, for CI.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write verdicts and counterexamples to this folder.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Search even if it takes hours.")] = False,
    draws: Annotated[int | None, typer.Option(help="Draw so many days at random instead of searching.")] = None,
    app: Annotated[str, typer.Option(help="How the app of a drawn day behaves: curious or honest.")] = "curious",
    allow_untested: Annotated[bool, typer.Option("--allow-untested", help="Let *not tested* pass.")] = False,
    vary: Annotated[
        list[str] | None, typer.Option(help="Try these values, too, as `subject=Invoice,Hello` (or text, label, ...).")
    ] = None,
) -> None:
    """Find the shortest history that breaks a claim.

    Without a POLICY, test what `[tool.permiscope]` of ./pyproject.toml names; without that, survey the built-in ones:
    every rule against every reading. Of a platform, as `gmail`, find what its scopes open beyond their words.

    Example: permiscope test threaded --reading reply
    """
    if invariants:
        survey_invariants(json, out, named=bool(policies or reading or invariant or claims))
        return
    if platform := _whole_platform(policies, alone=not (reading or invariant or claims or draws or junit_file)):
        find_escalations(platform, json, out)
        return
    if claims and (reading or invariant):
        raise InputError("`--claims` says what is tested; leave out `--reading` and `--invariant`")
    settings = None if policies or claims else load_settings(CONFIG)
    narrowed = bool(reading or invariant)
    if settings:
        policies = [settings.policy]
        reading, invariant = reading or list(settings.readings), invariant or list(settings.invariants)
        max_steps = settings.max_steps if max_steps is None else max_steps
    named = [load_guarded(name) for name in policies or []]
    own = bool(settings) or (len(named) == 1 and not said_by(named[0]).asks_grant)
    of_platform = bool(named) and bool(said_by(named[0]).scopes)
    tested = load_claims(claims) if claims else _claims(reading or [], invariant or [], named)
    if draws is not None:
        found = sampled(policies or list(BUILT_IN), tested, draws=draws, seed=seed, app=app, json=json, out=out)
        fails = any(_fails(each.sample.verdict.kind, allow_untested=allow_untested) for each in found)
        raise typer.Exit(int(bool(named) and fails))
    known = entries(settings.accepted, tested, narrowed=narrowed) if settings else []
    surveyed = named or list(BUILT_IN.values())
    if seconds is None and max_steps is None and named:
        seconds = SECONDS
    max_steps = BOUND if max_steps is None else max_steps
    examples = (EXAMPLES if own and not of_platform else 0) if examples is None else _number_of(examples)
    check_bound(surveyed, max_steps, force=force)
    _check_places(json, junit_file, out or (HERE if own else None))
    with watched():
        cells, interruption = search(
            surveyed,
            tested,
            max_steps,
            published=not (named or claims),
            seconds=seconds,
            values=_declared(vary, settings),
        )
        if examples and not interruption.pressed:
            cells, interruption = search_beyond(surveyed, cells, max_steps, examples, seed)
    bound = max((cell.verdict.bound or 0 for cell in cells), default=0)
    accepted = accept(named[0], cells, known) if named and not interruption.pressed else Acceptance()
    failed = [cell for cell in cells if named and _failed(cell, accepted, allow_untested=allow_untested)]
    single = len(named) == 1 and len(tested) == 1
    mine = _own_report(named[0], cells, failed, accepted, settings, out or HERE) if own else ""
    print(mine or _report(surveyed, cells, bound, single=single))
    if json:
        write_json(json, cells_plain(cells, bound))
    _write(junit_file, junit(_cases(surveyed, cells, failed, accepted)))
    if out:
        _save(out, mine or _report(surveyed, cells, bound, single=False), cells, bound)
    elif own and not of_platform:
        _save_counterexamples(HERE, failed)
    tell_how_far(interruption, f"this was found with at most {bound} steps")
    end_if_pressed(interruption)
    if failed or accepted.stale:
        raise typer.Exit(1)


def _whole_platform(policies: list[str] | None, *, alone: bool) -> str | None:
    """The platform that is to be looked at scope by scope, if that is what is named."""
    if not policies or len(policies) > 1 or not is_whole(policies[0]):
        return None
    if not alone:
        raise InputError(f"`{policies[0]}` is a platform; to test a claim, name scopes of it, as PLATFORM:SCOPE+SCOPE")
    return policies[0]


def _declared(vary: list[str] | None, settings: Settings | None) -> Values:
    """The values to try, of the settings and the options."""
    return parse_values({**(settings.vary if settings else {}), **split_values(vary or ())})


def _number_of(examples: int) -> int:
    if examples < 0:
        raise InputError(f"`--examples {examples}` is no number of examples; use 0 or more")
    return examples


def _write(path: Path | None, text: str) -> None:
    if path:
        write_text(path, text)


def _claims(readings: Sequence[str], invariants: Sequence[str], named: Sequence[Policy]) -> list[Claim]:
    """What is tested: what is named, or else all that comes with Permiscope; in a survey, what it has a table for."""
    every = [name for name in PLAIN if name.startswith("I")]
    names = [name for given in invariants for name in (every if given == "all" else [given])]
    if readings or invariants:
        return [*(content_scoped(parse_extent(each)) for each in readings), *map(keeps, dict.fromkeys(names))]
    extents = list(READINGS.values())
    if len(named) == 1 and said_by(named[0]).scopes:
        return of_scopes()
    if not named:
        return [*map(content_scoped, extents), *read_all(), *map(some_private, extents)]
    return shipped(extents)


def _own_report(
    policy: Policy,
    cells: Sequence[Cell],
    failed: Sequence[Cell],
    accepted: Acceptance,
    settings: Settings | None,
    folder: Path,
) -> str:
    """What is printed of one policy that somebody brought: all verdicts, and the story of the shortest that fails.

    `folder` is where its counterexample is saved. Scopes of a real platform are told of as such.
    """
    if said_by(policy).scopes:
        return f"{grant_report(policy, cells)}\n\n{wrap(LIMITS)}"
    parts = [f"Settings: {TABLE} in {CONFIG}"] if settings else []
    parts.append(searched(cells))
    parts.append(verdict_table([cell for cell in cells if cell.claim != "RA4"], accepted.reasons))
    if broken := sorted(filter(_is_broken, failed), key=lambda cell: len(cell.verdict.witness)):
        parts.append(told(broken[0], policy))
        parts.append(f"Replay  permiscope run {shlex.quote(str(_saved(folder, broken[0])))}")
    elif len(cells) == 1:
        parts.append(told(cells[0], policy))
    parts += [wrap(f"Accepted: {name} is broken. {reason}", "  ") for name, reason in accepted.reasons.items()]
    parts += [
        wrap(f"Stale: {name} is accepted, and {why}; take it out of {TABLE}", "  ")
        for name, why in accepted.stale.items()
    ]
    return "\n\n".join([*parts, wrap(LIMITS)])


def _report(policies: Sequence[Policy], cells: Sequence[Cell], bound: int, *, single: bool) -> str:
    """What is printed: a survey as a table, a few policies as lines, one verdict with its story."""
    run = next((cell for cell in cells if cell.histories), None)
    head = "Nothing of this is searched for."
    if run:
        head = f"Tested: every history of at most {bound} steps; 3 people, 1 app; {number(run.histories)} histories"
    if single:
        return "\n\n".join([head, told(cells[0], policies[0]), wrap(LIMITS)])
    parts = [head]
    if len({cell.policy for cell in cells}) == 1:
        parts += [f'The rule "{cells[0].policy}"', policy_lines(cells)]
        if broken := next((cell for cell in cells if cell.reading and cell.verdict.kind is Kind.REFUTED), None):
            parts.append(f"Next  permiscope explain '{broken.policy}/{broken.reading}'")
        return "\n\n".join([*parts, LEGEND, wrap(LIMITS)])
    if any(map(is_scoped, cells)):
        parts += ['Is all it shows "the app\'s content"? A rule a row, a meaning a column:', survey_table(cells)]
    in_tables = [cell for cell in cells if is_scoped(cell) or cell.claim == "RA4"]
    if {cell.claim for cell in cells if is_read_all(cell)} == set(READ_ALL):
        in_tables += filter(is_read_all, cells)
        parts += ["Can the app alone read all mail?", read_all_table(cells)]
    if others := [cell for cell in cells if cell not in in_tables]:
        parts.append(cell_lines(others))
    return "\n\n".join([*parts, LEGEND, wrap(LIMITS)])


def _is_broken(cell: Cell) -> bool:
    return bool(cell.verdict.witness) and is_promise(cell)


def _failed(cell: Cell, accepted: Acceptance, *, allow_untested: bool) -> bool:
    """Whether the policy fails a claim that it answers for."""
    if not is_promise(cell) or accepted.excuses(cell):
        return False
    return cell.verdict.kind is Kind.REFUTED or not (allow_untested or is_tested(cell))


def _check_places(json: Path | None, junit_file: Path | None, out: Path | None) -> None:
    """Make sure that what is found can be written, before it is searched for."""
    for file in filter(None, (json, junit_file)):
        check_file(file)
    if out:
        check_writable(out)


def _fails(kind: Kind, *, allow_untested: bool) -> bool:
    """Whether draws speak against a policy."""
    return kind is Kind.REFUTED or (not allow_untested and kind in (Kind.VACUOUS, Kind.NOT_TESTABLE))


def _cases(
    policies: Sequence[Policy], cells: Sequence[Cell], failed: Sequence[Cell], accepted: Acceptance
) -> list[Case]:
    """A case a claim, and one for each acceptance that is stale."""
    by_name = {policy.name: policy for policy in policies}
    cases = []
    for cell in cells:
        story, failure, skipped = told(cell, by_name[cell.policy]), "", ""
        if cell in failed:
            failure = story
        elif accepted.excuses(cell):
            skipped = f"accepted: {accepted.reasons[cell.formula]}"
        elif is_promise(cell) and not is_tested(cell):
            skipped = cell.words
        cases.append(Case(cell.policy, cell.formula, failure, skipped, "" if failure else story))
    for name, why in accepted.stale.items():
        cases.append(Case(policies[0].name, f"accepted {name}", failure=f"stale: {why}"))
    return cases


def _save(folder: Path, text: str, cells: Sequence[Cell], bound: int) -> None:
    """Verdicts as text and JSON, and a scenario file for each counterexample."""
    write_text(folder / "verdicts.txt", text + "\n")
    write_json(folder / "verdicts.json", cells_plain(cells, bound))
    _save_counterexamples(folder, cells)


def _save_counterexamples(folder: Path, cells: Iterable[Cell]) -> None:
    for cell in filter(_is_broken, cells):
        write_text(_saved(folder, cell), dump_scenario(counterexample(cell)))


def _saved(folder: Path, cell: Cell) -> Path:
    return folder / "counterexamples" / f"{file_name(cell.policy, cell.formula)}.toml"
