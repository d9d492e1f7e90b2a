"""`permiscope list`: what is there, in sentences?"""

from typing import Literal

from sim.judge.invariants import PLAIN, parse_invariant
from sim.model.extents import READINGS
from sim.report.text import table
from sim.service.policy import BUILT_IN


def list_(what: Literal["policies", "readings", "invariants"]) -> None:
    """List policies, readings or invariants, in sentences.

    Example: permiscope list readings
    """
    rows: list[tuple[str, str]]
    match what:
        case "policies":
            rows = [(name, policy.text) for name, policy in BUILT_IN.items()]
            rows.append(("reply | tagged", "Readings joined by `|`, `&`, `~` are policies too."))
            rows.append(("file.py:function", "Any Python function of a Request that returns True or False."))
            rows.append(("file.cedar", "Policies in Cedar; needs the extra `cedar`."))
        case "readings":
            rows = [(name, extent.sentence) for name, extent in READINGS.items()]
        case "invariants":
            names = [*PLAIN, "I5:reply", "I6:reply"]
            names.sort(key=lambda name: (name[0], int(name[1:].partition(":")[0])))
            rows = [(name, parse_invariant(name).sentence) for name in names]
            rows.append(("I5:R, I6:R", "Likewise for any reading; I5:R@metadata for a lower grade."))
    print(table(["NAME", "IN WORDS"], rows))
