"""`permiscope test --invariants`: which services keep which invariants, and what cannot be had together?"""

from collections.abc import Sequence
from pathlib import Path

from permiscope.cli.progress import end_if_pressed, progress
from permiscope.engine.space import PEOPLE
from permiscope.judge.verdicts import Kind
from permiscope.model.codec import Plain
from permiscope.model.errors import InputError
from permiscope.model.progress import Interruption
from permiscope.questions.checks.keeping import (
    BOUND,
    CHECKS,
    IN_FLIGHT_BOUND,
    Cell,
    Incompatibility,
    incompatibilities,
    keeping,
)
from permiscope.report.files import check_file, check_writable, write_json, write_text
from permiscope.report.story import story
from permiscope.report.text import LIMITS, wrap
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.services import SERVICES

LEGEND = (
    f"A number: broken, in so many steps. kept: not in {BOUND} steps ({IN_FLIGHT_BOUND} for calls in flight on "
    "self-tagged); longer ones were not run. -: not tested, for it never fired. ?: cannot say. yes, no: whether the "
    "utility is there."
)
WIDE = 15
"""Characters for the name of a check."""


def survey_invariants(file: Path | None, folder: Path | None, *, named: bool) -> None:
    """Search every invariant under every service, and print the table.

    The cells are written to the file; to the folder, the table too, but only if nobody interrupts. `named` if more was
    asked.
    """
    if named:
        raise InputError("`--invariants` surveys the seven services; leave out policies, readings and claims")
    if file:
        check_file(file)
    if folder:
        check_writable(folder)
    cells: list[Cell] = []
    with progress("searching", "services") as tick, Interruption(lambda: cells) as interruption:
        for found in keeping(tick=tick):
            cells = found
    parts = [_table(cells), wrap(LEGEND)]
    if not interruption.pressed:
        parts.append("What no service has at once, each with the run that shows it:")
        parts += map(_told, incompatibilities())
    text = "\n\n".join([*parts, wrap(LIMITS)])
    print(text)
    if file:
        write_json(file, _plain(cells))
    if folder and not interruption.pressed:
        write_text(folder / "verdicts.txt", text + "\n")
        write_json(folder / "verdicts.json", _plain(cells))
    end_if_pressed(interruption)


def _table(cells: Sequence[Cell]) -> str:
    """Checks as rows, services as columns; at most 80 characters wide."""
    found = {(cell.check, cell.service): cell for cell in cells}
    names = [name for name in SERVICES if any(cell.service == name for cell in cells)]
    lines = [f"{'':{WIDE}}" + "".join(f"{name:>{_width(name)}}" for name in names)]
    for check in CHECKS:
        row = "".join(f"{_word(found[check, name]):>{_width(name)}}" for name in names)
        lines.append(f"{check:{WIDE}}{row}")
    return "\n".join(lines)


def _width(name: str) -> int:
    return max(len(name), 4) + 1


def _word(cell: Cell) -> str:
    if cell.check.startswith("U"):
        return cell.words if cell.words in ("yes", "no") else "-"
    words = {Kind.REFUTED: str(cell.verdict.steps), Kind.EXHAUSTED: "kept", Kind.VACUOUS: "-", Kind.NOT_TESTABLE: "?"}
    return words[cell.verdict.kind]


def _told(each: Incompatibility) -> str:
    trace = MessagingService(each.service, PEOPLE, each.apps).played(each.history)
    return "\n".join([wrap(f"{each.what}. {each.why}"), story(trace, each.service.policy)])


def _plain(cells: Sequence[Cell]) -> Plain:
    """The cells for a program: the exact names of verdicts, witnesses as steps, no timings."""
    plain = [
        {
            "policy": cell.service,
            "invariant": cell.check,
            "verdict": cell.verdict.kind.value,
            "steps": cell.verdict.steps,
            "witness": cell.verdict.witness,
            "fired": cell.verdict.fired,
            "histories": cell.histories,
            "states": cell.states,
        }
        for cell in cells
    ]
    return {"bound": BOUND, "cells": plain}
