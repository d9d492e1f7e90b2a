"""Does a longer history break it, one of more steps than can all be run? Examples, and what came of them.

An exhaustive hunt ends at its bound, and a policy that somebody wrote has a lower one than ours: of it more states
must be told apart. Beyond the bound examples are tried. They are no fair sample of anything, so that none breaks
says nothing of how probable a break is.
"""

from collections.abc import Iterable
from random import Random

from attrs import evolve, frozen

from sim.judge.invariants import Invariant
from sim.judge.monitor import Tally, judge
from sim.model.access import Operation
from sim.model.errors import InputError
from sim.model.progress import Tick, no_tick
from sim.model.steps import History
from sim.search.alphabet import Kind, steps_for
from sim.search.exhaustive import platform_for
from sim.service.build import Service
from sim.service.policy import Policy

OWN_BOUND = 4
"""Steps that are all run of somebody's own policy if nothing is said: a second, and 20 with one more."""
FURTHER = 5
"""How many steps further than the exhaustive bound examples go."""


@frozen
class Tried:
    """What came of examples of at most `steps` steps: how many there were, and in how many the invariant was tested.

    The witness is the shortest history that was made of an example that breaks it; where there is one, the counts end
    with that example.
    """

    steps: int
    examples: int
    seed: int
    fired: int
    witness: History = ()


def beyond(
    policy: Policy, invariants: Iterable[Invariant], bound: int, examples: int, seed: int, tick: Tick = no_tick
) -> dict[str, Tried]:
    """Try examples of up to five steps more than `bound` against each invariant, by name.

    `examples` are tried for each group of invariants that are tested with the same steps. Raises `InputError` if the
    policy does not answer the same each time.
    """
    # Guided search belongs here: ahead of the examples, a group at a time.
    found: dict[str, Tried] = {}
    groups: dict[tuple[frozenset[Kind], frozenset[Operation]], list[Invariant]] = {}
    for invariant in invariants:
        groups.setdefault(steps_for(invariant.name), []).append(invariant)
    for group in groups.values():
        left = group
        while left:
            tried = _try(policy, left, bound + FURTHER, examples, seed, tick)
            for invariant in [each for each in left if tried[each.name].witness]:
                witness = tried[invariant.name].witness
                # Hypothesis stops at what no small change makes shorter; shorter examples may be, from elsewhere.
                while len(witness) > bound + 1 and (
                    shorter := _try(policy, [invariant], len(witness) - 1, examples, seed)[invariant.name].witness
                ):
                    witness = shorter
                tried[invariant.name] = evolve(tried[invariant.name], witness=witness)
            found |= tried
            broken = [name for name, each in tried.items() if each.witness]
            left = [each for each in left if broken and each.name not in broken]
    return found


def _try(
    policy: Policy, invariants: list[Invariant], steps: int, examples: int, seed: int, tick: Tick = no_tick
) -> dict[str, Tried]:
    """Try examples until one breaks an invariant, and make that one as short as can be.

    All the invariants are tested with the same steps.
    """
    # What is never searched need not wait for Hypothesis.
    from hypothesis import Phase, find, settings
    from hypothesis.errors import Flaky, NoSuchExample

    from sim.search.strategies import histories

    kinds, operations = steps_for(invariants[0].name)
    strategy = histories(kinds, steps, operations, policy)
    counts = {invariant.name: 0 for invariant in invariants}
    done = 0
    shrinking = False

    def breaks(history: History) -> bool:
        nonlocal done, shrinking
        tallies = _judge(policy, history, invariants)
        broken = any(tally.broken for tally in tallies)
        if not shrinking:
            done += 1
            tick(min(done, examples), examples)
            for tally in tallies:
                counts[tally.invariant.name] += bool(tally.fired)
        shrinking = shrinking or broken
        return broken

    steady = settings(max_examples=examples, database=None, deadline=None, phases=(Phase.generate, Phase.shrink))
    try:
        witness = find(strategy, breaks, settings=steady, random=Random(seed))
    except NoSuchExample:
        witness = ()
    except Flaky:
        raise InputError(
            f"the policy `{policy.name}` is not deterministic: a history broke an invariant once, and not again; "
            "let it look at nothing but the request"
        ) from None
    return {
        invariant.name: Tried(steps, done, seed, counts[invariant.name], _cut(policy, invariant, witness))
        for invariant in invariants
    }


def _cut(policy: Policy, invariant: Invariant, history: History) -> History:
    """The history up to the step that breaks the invariant; none if it does not."""
    for length in range(1, len(history) + 1):
        (tally,) = _judge(policy, history[:length], [invariant])
        if tally.broken:
            return history[:length]
    return ()


def _judge(policy: Policy, history: History, invariants: Iterable[Invariant]) -> list[Tally]:
    platform = platform_for(Service(policy))
    platform.play(history)
    return judge(platform.door.records, invariants)
