"""`permiscope list`: what is there, in sentences?"""

from pathlib import Path
from typing import Annotated, Literal

import typer

from permiscope.cli.learn import lesson_table
from permiscope.cli.platforms import platform_rows
from permiscope.judge.invariants import OF_A_READING, OF_TWO_RUNS, PLAIN
from permiscope.judge.noninterference import Noninterference, parse_rule
from permiscope.model.extents import ATOMS
from permiscope.report.files import write_json
from permiscope.report.platforms import expressed_table
from permiscope.report.text import table
from permiscope.service.faults.catalogue import CATALOGUE, NOT_STATED
from permiscope.service.platforms.vendor import load_vendor, vendor_names
from permiscope.service.policies.policy import BUILT_IN
from permiscope.teach.lessons import lessons


def list_(
    what: Literal["policies", "readings", "invariants", "leaks", "platforms", "lessons"],
    json: Annotated[Path | None, typer.Option(help="Write what there is to this file.")] = None,
) -> None:
    """List policies, readings, invariants, leaks, platforms or lessons, in sentences.

    Example: permiscope list readings
    """
    rows: list[tuple[str, str]] = []
    match what:
        case "lessons":
            rows = [(str(lesson.number), f"{lesson.title}. {lesson.parts['Objectives']}") for lesson in lessons()]
        case "platforms":
            rows = platform_rows()
        case "policies":
            rows = [(name, policy.text) for name, policy in BUILT_IN.items()]
            rows.append(("reply | tagged", "Readings joined by `|`, `&`, `~` are policies too."))
            rows.append(("file.py:function", "Any Python function of a Request that returns True or False."))
            rows.append(("file.cedar", "Policies in Cedar; needs the extra `cedar`."))
            rows.append(("gmail:gmail.send+gmail.metadata", "Scopes of a real platform, or of a data file of yours."))
        case "readings":
            rows = [(name, extent.sentence) for name, extent in ATOMS.items()]
        case "leaks":
            rows = [(name, f"{fault.mechanism} Caught by {fault.caught[0]}.") for name, fault in CATALOGUE.items()]
            rows += [(name, f"{mechanism} {why}") for name, (mechanism, why) in NOT_STATED.items()]
            rows.sort(key=lambda row: int(row[0][1:]))
        case "invariants":
            names = [*PLAIN, *(f"{family}:reply" for family in (*OF_A_READING, *OF_TWO_RUNS))]
            names.sort(key=lambda name: (name[0], int(name[1:].partition(":")[0])))
            for rule in map(parse_rule, names):
                two_runs = " Two runs are compared." if isinstance(rule, Noninterference) else ""
                rows.append((rule.name, rule.sentence + two_runs))
            rows.append(("I5:R", "Likewise I6, I7 and I20 to I23 for any reading; I5:R@metadata for a lower grade."))
            rows.append(("I20:R/released", "Likewise I21 to I23, but for what people passed on themselves."))
            rows.append(("I23:R/quantised", "The app takes times in steps only; I23:R/order: it takes none."))
    if json:
        write_json(json, [{"name": name, "text": text} for name, text in rows])
    print(lesson_table() if what == "lessons" else table(["NAME", "IN WORDS"], rows))
    if what == "platforms":
        print(f"\nCan it be limited to the app's content?\n{expressed_table(map(load_vendor, vendor_names()))}")
