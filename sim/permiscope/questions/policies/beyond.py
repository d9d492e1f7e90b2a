"""Does a longer history break it, one of more steps than can all be run? Examples, and what came of them.

An exhaustive hunt ends at its bound, and a policy that somebody wrote has a lower one than ours: of it more states
must be told apart. Beyond the bound there are guided runs, and of what these do not break examples of Hypothesis, which
leans otherwise. Neither are a fair sample of anything, so that none breaks says nothing of how probable a break is.
"""

from collections.abc import Iterable
from random import Random

from attrs import evolve, frozen

from permiscope.engine.actions import moves_of
from permiscope.engine.guided import ONCE, guided
from permiscope.engine.shrinking import Trial, shrink
from permiscope.engine.space import Space
from permiscope.engine.steadiness import unsteady
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.model.progress import Tick, no_tick
from permiscope.model.steps import History
from permiscope.service.door.build import service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import Policy

OWN_BOUND = 5
"""Steps that are all run of somebody's own policy if nothing is said."""
FURTHER = 5
"""How many steps further than the exhaustive bound examples go."""


@frozen
class Tried:
    """What came of guided runs, and of examples of at most `steps` steps: how many, and how many tested the invariant.

    The witness is the shrunk history of the first that breaks it; where there is one, the counts end with that one.
    """

    guided: int
    guided_fired: int
    steps: int
    examples: int
    seed: int
    fired: int
    witness: History = ()


def beyond(
    policy: Policy,
    invariants: Iterable[tuple[Invariant, Space]],
    bound: int,
    examples: int,
    seed: int,
    tick: Tick = no_tick,
) -> dict[str, Tried]:
    """Try guided runs, and then examples of up to five steps more than `bound`, against each invariant, by name.

    Each invariant comes with the space in which it was searched. `examples` are tried of either for each group of
    invariants that have the same. Raises `InputError` if the policy does not answer the same each time.
    """
    found: dict[str, Tried] = {}
    groups: dict[Space, list[Invariant]] = {}
    for invariant, space in invariants:
        groups.setdefault(evolve(space, reads=frozenset(), looks=()), []).append(invariant)
    for space, group in groups.items():
        moves = moves_of(space.kinds, space.operations, space.values)
        runs = guided(
            service_for(policy),
            group,
            space.kinds,
            space.operations,
            apps=space.apps,
            people=space.people,
            values=space.values,
            examples=examples,
            seed=seed,
            tick=tick,
        )
        left = []
        for invariant in group:
            searched = runs[invariant.name]
            tried = Tried(searched.examples, searched.fired, bound + FURTHER, 0, seed, 0, searched.witness)
            found[invariant.name] = tried
            if not tried.witness:
                left.append(invariant)
        while left:
            done, counts, history = _try(policy, left, space, bound + FURTHER, examples, seed, tick)
            broken = []
            for invariant in left:
                name = invariant.name
                witness = shrink(Trial(service_for(policy), invariant, space.apps, space.people), history, moves)
                found[name] = evolve(found[name], examples=done, fired=counts[name], witness=witness)
                broken += [invariant] if witness else []
            if history and not broken:
                raise unsteady(policy, ONCE)
            left = [each for each in left if broken and each not in broken]
    return found


def _try(
    policy: Policy,
    invariants: list[Invariant],
    space: Space,
    steps: int,
    examples: int,
    seed: int,
    tick: Tick = no_tick,
) -> tuple[int, dict[str, int], History]:
    """Try examples until one breaks an invariant: how many, in how many each was tested, and that one; none if none.

    All the invariants are tested with the same steps.
    """
    # What is never searched need not wait for Hypothesis.
    from hypothesis import Phase, find, settings
    from hypothesis.errors import Flaky, NoSuchExample

    from permiscope.engine.strategies import histories

    strategy = histories(space.kinds, steps, space.operations, policy, space.apps, space.values, space.people)
    counts = {invariant.name: 0 for invariant in invariants}
    done = 0
    shrinking = False

    def breaks(history: History) -> bool:
        nonlocal done, shrinking
        messaging = MessagingService(service_for(policy), space.people, space.apps)
        messaging.play(history)
        tallies = judge(messaging.door.records, invariants)
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
        raise unsteady(policy, ONCE) from None
    return done, counts, witness
