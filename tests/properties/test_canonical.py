"""Does the search miss nothing for visiting states that are the same but for names only once?"""

from itertools import count

import pytest

from sim.judge.invariants import parse_invariant
from sim.judge.verdicts import Kind
from sim.model.access import Request
from sim.model.steps import Compose, Consent
from sim.search import exhaustive
from sim.search.alphabet import steps_for
from sim.search.exhaustive import Hunted
from sim.search.paired import hunt_rules
from sim.service.build import Service
from sim.service.policy import BUILT_IN, FunctionPolicy, Policy
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
    monkeypatch.setattr(exhaustive, "_shared", exhaustive.Levels)
    monkeypatch.setattr(exhaustive, "canonical_key", lambda *_, **__: lambda _: next(fresh))
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
