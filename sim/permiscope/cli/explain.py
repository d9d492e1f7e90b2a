"""`permiscope explain`: how does a rule come to break a reading, step by step?"""

from pathlib import Path
from typing import Annotated

import typer

from permiscope.claims import content_scoped
from permiscope.cli.leaks import tell_leak
from permiscope.cli.platforms import is_platform, tell_platform
from permiscope.cli.progress import end_if_pressed, tell_how_far
from permiscope.cli.run import run_file
from permiscope.cli.searching import check_bound, search
from permiscope.engine.bfs import messaging_for
from permiscope.model.errors import InputError
from permiscope.model.extents import parse_extent
from permiscope.report.files import check_file, write_json
from permiscope.report.story import story
from permiscope.report.text import LIMITS, cells_plain, sentence, wrap
from permiscope.service.door.build import service_for
from permiscope.service.faults.catalogue import CATALOGUE, NOT_STATED
from permiscope.service.policies.guarding import load_guarded, watched
from permiscope.service.policies.policy import said_by


def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="POLICY/READING",
            help="As in `threaded/reply`; a leak, as `L7`; a platform or its scopes, as `gmail`; a scenario file.",
        ),
    ],
    max_steps: Annotated[int, typer.Option(help="Search at most so many steps.")] = 5,
    json: Annotated[Path | None, typer.Option(help="Write the verdict to this file.")] = None,
) -> None:
    """Tell the shortest history in which a rule breaks a reading.

    Example: permiscope explain threaded/reply
    """
    name, slash, meaning = what.rpartition("/")
    if json and (not slash or what.endswith(".toml") or is_platform(what)):
        raise InputError(f"`--json` is for the verdict of a POLICY/READING, and `{what}` is none; leave it out")
    if what in CATALOGUE or what in NOT_STATED:
        print(tell_leak(what) + "\n\n" + wrap(LIMITS))
        return
    if is_platform(what):
        print(tell_platform(what) + "\n\n" + wrap(LIMITS))
        return
    if what.endswith(".toml"):
        print(run_file(Path(what))[1])
        return
    if not slash:
        raise InputError(
            f"`{what}` is no POLICY/READING, as `threaded/reply` is; nor a leak, as `L7`; nor a platform, as `gmail`; "
            "nor a scenario file (.toml)"
        )
    policy, reading = load_guarded(name), parse_extent(meaning)
    check_bound([policy], max_steps)
    if json:
        check_file(json)
    with watched():
        (cell,), interruption = search([policy], [content_scoped(reading)], max_steps)
        witness = cell.verdict.witness
        trace = messaging_for(service_for(policy), witness).played(witness)
        told = story(trace, policy, reading) if witness else ""
    if said_by(policy).extent is not None:
        print(wrap(f"The rule {policy.name}: {policy.text}", "  "))
    print(wrap(f"The meaning {reading.name}: {reading.sentence}", "  "))
    print(f"\n{cell.verdict.kind} ({cell.words})\n{wrap(sentence(cell))}")
    if told:
        print("\n" + told)
    print("\n" + wrap(LIMITS))
    if json:
        write_json(json, cells_plain([cell], cell.verdict.bound or max_steps))
    tell_how_far(interruption, f"this was found with at most {cell.verdict.bound} steps")
    end_if_pressed(interruption)
