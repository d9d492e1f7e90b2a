"""`python -m benchmarks`: the table of the README, measured here and now."""

from benchmarks import calls, decisions, search


def main() -> None:
    """Measure everything and print a table in Markdown."""
    call, share = calls.costs()
    decision = decisions.cost()
    canonical, raw = search.savings()
    if canonical.histories != raw.histories:
        raise SystemExit(f"canonical states lose histories: {canonical.histories} of {raw.histories}")
    print("| what | median (quartiles) | must | aim |\n|---|---|---|---|")
    print(f"| a full checked call / one bare SimPy timeout | {call} | ≤ 6 | ≤ 4 |")
    print(f"| the share of ten invariants / one bare SimPy timeout | {share} | ≤ 2 | ≤ 1 |")
    print(f"| a decision with its reason / a plain function that decides the same | {decision} | ≤ 2.5 | ≤ 1.7 |")
    print(
        f"| raw states / canonical states after {search.STEPS} steps, the same {raw.histories:,} histories "
        f"| {raw.states / canonical.states:.0f} fewer states, {raw.seconds / canonical.seconds:.0f} times as fast "
        "| report | ≥ 50 |"
    )


if __name__ == "__main__":
    main()
