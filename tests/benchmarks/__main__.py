"""`python -m tests.benchmarks`: the table of the README, measured here and now."""

from tests.benchmarks import calls, decisions, guided, paired, search


def main() -> None:
    """Measure everything and print a table in Markdown."""
    call, share = calls.costs()
    decision = decisions.cost()
    canonical, raw, further = search.savings()
    if canonical.histories != raw.histories:
        raise SystemExit(f"canonical states lose histories: {canonical.histories} of {raw.histories}")
    print("| what | median (quartiles) | must | aim |\n|---|---|---|---|")
    print(f"| a full checked call / one bare SimPy timeout | {call} | ≤ 6 | ≤ 4 |")
    print(f"| the share of ten invariants / one bare SimPy timeout | {share} | ≤ 2 | ≤ 1 |")
    print(f"| a decision with its reason / a plain function that decides the same | {decision} | ≤ 2.5 | ≤ 1.7 |")
    print(f"| a paired run of a day / a single run | {paired.cost()} | ≤ 2.2 | ≤ 2 |")
    for steps, found in ((search.STEPS, canonical), (search.STEPS + 1, further)):
        print(
            f"| canonical states after {steps} steps by people: {found.states:,} for {found.histories:,} histories "
            f"| {found.saved:.0f} times fewer, {found.seconds:.2g} s | report | ≥ 50 |"
        )
    print(f"| the same without, after {search.STEPS} steps: {raw.states:,} states | {raw.seconds:.2g} s | report | |")
    print("\n".join(guided.rows()))


if __name__ == "__main__":
    main()
