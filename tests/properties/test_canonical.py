"""Does the search miss nothing for visiting states that are the same but for names only once?"""

import random
from collections import Counter
from itertools import count
from typing import get_args

import pytest

from permiscope.engine import bfs
from permiscope.engine.actions import enabled
from permiscope.engine.alphabet import COMBINED, KINDS, steps_for
from permiscope.engine.hunting import Hunted, hunt_rules
from permiscope.engine.space import PEOPLE, SECOND
from permiscope.engine.symmetry import OPTIONAL, Keys
from permiscope.engine.values import Values
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.verdicts import Kind
from permiscope.model.access import Request
from permiscope.model.reads import OF_STATE, Read, Reads
from permiscope.model.steps import Begin, Call, Compose, Consent, Deed, Deliver, Forget, Hand
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, FunctionPolicy, Policy
from tests.helpers import ANA, APP, BEN, INVARIANTS, UTILITIES, hunt

pytestmark = pytest.mark.one_python


def hunted(policy: Policy, invariant: str, bound: int) -> Hunted:
    """What the search finds with the steps that the invariant speaks of."""
    return hunt(Service(policy), parse_invariant(invariant), bound, *steps_for(invariant))


@pytest.mark.parametrize("invariant", [name for name in (*INVARIANTS, *UTILITIES) if not name.startswith("I8")])
@pytest.mark.parametrize("policy", ["threaded", "counterpart"])
def test_a_hunt_finds_what_it_finds_without_canonical_states(
    policy: str, invariant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a key under which no two states are the same: verdict, length, histories and times tested."""
    canonical = hunted(BUILT_IN[policy], invariant, 3)
    fresh = count()
    monkeypatch.setattr(bfs, "_shared", lambda *given: bfs.Levels(bfs.start_of(*given), given[1]))
    monkeypatch.setattr(Keys, "following", lambda *_: lambda *_: next(fresh))
    raw = hunted(BUILT_IN[policy], invariant, 3)
    assert (canonical.verdict.kind, canonical.verdict.steps) == (raw.verdict.kind, raw.verdict.steps)
    assert (canonical.verdict.fired, canonical.histories) == (raw.verdict.fired, raw.histories)
    assert canonical.states < raw.states


def _shy(request: Request) -> bool:
    """Deny Ana's native reply in a thread that she began, and permit everything else that is granted."""
    message, facts = request.message, request.facts
    root = facts.messages[facts.threads[message.thread].messages[0]] if message.thread in facts.threads else None
    is_such = message.in_reply_to is not None and message.author == request.owner == "Ana" and root is not None
    return request.grant is not None and not (is_such and root is not None and root.author == "Ana")


def test_the_order_of_a_thread_is_not_lost() -> None:
    """A reply and then a message via the app are another thread than these two the other way round."""
    shy, given = Service(FunctionPolicy("shy", "", _shy)), (Consent(ANA, APP), Compose(ANA, (BEN,)))
    found = hunt_rules(shy, [parse_invariant("U4")], 3, *steps_for("U4"), given=given)["U4"]
    assert (found.verdict.kind, found.verdict.steps) == (Kind.REFUTED, 3)


STEPS = {*get_args(Deed), Call, Begin, Deliver, Hand, Forget}
KEPT = [OF_STATE, frozenset[Read](), *(frozenset({read}) for read in sorted(OPTIONAL))]


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: "+".join(sorted(kept)) if len(kept) < 2 else "all")
def test_a_key_made_of_what_a_step_touched_is_that_of_the_state(kept: Reads) -> None:
    """With every kind of step, whatever a key keeps."""
    kinds, values = frozenset(KINDS) - COMBINED, Values(widely=True, channels=("get", "metadata"))
    keys, chance = Keys(messaging_of_two_apps(), kept), random.Random(7)
    tried, taken = Counter[type](), Counter[type]()
    for walk in range(6):
        messaging = messaging_of_two_apps()
        messaging.do(Compose(BEN, (ANA,), draft=walk % 2 > 0))  # of many forms of a message, few are drafts
        for _ in range(8):
            following = keys.following(messaging)
            steps = list(enabled(messaging, kinds, values))
            # Of each type a few, for most steps compose.
            chosen = [*chance.sample(steps, min(len(steps), 8))]
            types = dict.fromkeys(map(type, steps))
            chosen += [chance.choice([step for step in steps if type(step) is each]) for each in types]
            for step in chosen:
                child = messaging.copy()
                assert following(child, child.do(step)) == keys(child), step
                tried[type(step)] += 1
            # On with what was done least often: a delivery is of what began.
            done = min(chosen[-len(types) :], key=lambda step: (taken[type(step)], chance.random()))
            taken[type(done)] += 1
            messaging.do(done)
    assert {kind.__name__ for kind in STEPS} - {kind.__name__ for kind in tried} == set()


def messaging_of_two_apps() -> MessagingService:
    """Where the app has read what Ana has, and reads it again."""
    messaging = MessagingService(Service(BUILT_IN["everything"]), PEOPLE, (APP, SECOND))
    get = Call(APP, "get", ANA, message="m1")
    messaging.play((Consent(ANA, APP), Compose(BEN, (ANA,)), get, Begin(get)))
    return messaging
