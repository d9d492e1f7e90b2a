"""`permiscope list`: what is there, in sentences?"""

from typing import Literal

from sim.judge.invariants import PLAIN, parse_invariant
from sim.judge.noninterference import LENSES, Noninterference
from sim.model.extents import ATOMS
from sim.report.text import table
from sim.service.faults.catalogue import CATALOGUE, NOT_STATED
from sim.service.policy import BUILT_IN


def list_(what: Literal["policies", "readings", "invariants", "leaks"]) -> None:
    """List policies, readings, invariants or leaks, in sentences.

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
            rows = [(name, extent.sentence) for name, extent in ATOMS.items()]
        case "leaks":
            rows = [(name, f"{fault.mechanism} Caught by {fault.caught[0]}.") for name, fault in CATALOGUE.items()]
            rows += [(name, f"{mechanism} {why}") for name, (mechanism, why) in NOT_STATED.items()]
            rows.sort(key=lambda row: int(row[0][1:]))
        case "invariants":
            names = [*PLAIN, "I5:reply", "I6:reply", "I7:reply"]
            names.sort(key=lambda name: (name[0], int(name[1:].partition(":")[0])))
            rows = [(name, parse_invariant(name).sentence) for name in names]
            rules = [Noninterference(lens, ATOMS["reply"]) for lens in LENSES]
            rows += [(rule.name, f"{rule.sentence} Two runs are compared.") for rule in rules]
            rows.append(("I5:R, I6:R", "Likewise for any reading; I5:R@metadata for a lower grade."))
    print(table(["NAME", "IN WORDS"], rows))
