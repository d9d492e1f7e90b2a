"""Test keys alone: two states with one key answer every question alike, now and after one more step.

Nothing is searched here. States are reached in the alphabet of a random policy, and those that the search would merge
are compared by all answers at the door, counted, since people may be exchanged.
"""

import os
import random
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import suppress
from itertools import chain, islice

import pytest

from permiscope.engine.actions import calls, enabled
from permiscope.engine.hunting import hunt_rules
from permiscope.engine.space import Space
from permiscope.engine.symmetry import Keys
from permiscope.engine.watching import watched
from permiscope.judge.noninterference import parse_rule
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.reads import Looked, of_state
from permiscope.model.records import Called
from permiscope.model.steps import Step
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import Policy
from tests.oracle.atoms import ATOMS
from tests.oracle.formulas import draw

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
POLICIES = 300 if NIGHTLY else 15
PAIRS, PAIRS_FURTHER = 60, 2
ORDERS, EACH = 20, 10
"""So many pairs of states are compared for a policy, and of so many what follows."""


def looks(message: Message) -> Hashable:
    """How a message looks, but for names."""
    attributes = message.links, message.mentions, message.about, bool(message.attachments)
    return message.via, message.draft, len(message.recipients), bool(message.in_reply_to), *attributes


def answers(messaging: MessagingService, space: Space) -> frozenset[tuple[Hashable, int]]:
    """What comes of every call, counted: how it ended, and what is shown, by what every key keeps."""
    told: Counter[Hashable] = Counter()
    for call in calls(messaging, messaging.apps[0], space.operations):
        ends = [(each.outcome, *map(looks, each.shown)) for each in messaging.attempt(call) if isinstance(each, Called)]
        told[call.operation, tuple(ends)] += 1
    return frozenset(told.items())


def following(messaging: MessagingService, space: Space) -> Counter[frozenset[tuple[Hashable, int]]]:
    """What comes of every call after each step, counted."""
    told: Counter[frozenset[tuple[Hashable, int]]] = Counter()
    for step in enabled(messaging, space.kinds, space.values):
        child = messaging.copy()
        child.do(step)
        told[answers(child, space)] += 1
    return told


def merged(service: Service, space: Space, seed: int) -> Iterator[tuple[MessagingService, MessagingService]]:
    """Pairs of states with one key that are reached by different steps."""
    start = MessagingService(service, space.people, space.apps)
    key = Keys(start, space.kept)
    first: dict[Hashable, MessagingService] = {}
    chance = random.Random(seed)
    states = [start]
    for _ in range(3):
        children = []
        for messaging in states:
            steps = list(enabled(messaging, space.kinds, space.values))
            for step in chance.sample(steps, min(len(steps), 60)):
                child = messaging.copy()
                child.do(step)
                children.append(child)
                name = key(child)
                if name in first:
                    yield first[name], child
                else:
                    first[name] = child
        states = chance.sample(children, min(len(children), 6))


def in_two_orders(service: Service, space: Space, seed: int) -> Iterator[tuple[MessagingService, MessagingService]]:
    """Pairs of states with one key that the same two steps lead to, in either order."""
    start = MessagingService(service, space.people, space.apps)
    key = Keys(start, space.kept)
    chance = random.Random(seed)

    def after(messaging: MessagingService, step: Step) -> MessagingService:
        child = messaging.copy()
        child.do(step)
        return child

    for _ in range(ORDERS):
        messaging = start
        for _ in range(chance.randrange(3)):
            messaging = after(messaging, chance.choice(list(enabled(messaging, space.kinds, space.values))))
        steps = list(enabled(messaging, space.kinds, space.values))
        for one, other in zip(
            chance.sample(steps, min(len(steps), EACH)), chance.sample(steps, min(len(steps), EACH)), strict=True
        ):
            with suppress(InputError):  # the one may make the other impossible
                first, second = after(after(messaging, one), other), after(after(messaging, other), one)
                if key(first) == key(second):
                    yield first, second


def unlike(policy: Policy, space: Space, seed: int) -> Iterator[str]:
    """Yield what is to be said of each pair of states that have one key and do not answer alike."""
    looked = Looked()
    service = Service(watched(policy, looked) or policy)
    further = 0
    pairs = chain(islice(merged(service, space, seed), PAIRS), in_two_orders(service, space, seed))
    for number, (one, other) in enumerate(pairs):
        alike = answers(one, space) == answers(other, space)
        if further < PAIRS_FURTHER and number % 20 == 0:
            further += 1
            alike = alike and following(one, space) == following(other, space)
        if not of_state(looked.reads) <= space.reads:
            return  # the search would have begun again, with another key
        if not alike:
            yield f"{policy.text}\n{one.door.records}\n{other.door.records}"


@pytest.mark.one_python
@pytest.mark.parametrize("seed", range(POLICIES))
def test_states_with_one_key_answer_alike(seed: int) -> None:
    """For a random policy, whatever the states are."""
    policy = draw(seed, ATOMS).policy
    space = hunt_rules(Service(policy), [parse_rule("I5:reply")], 3)["I5:reply"].space
    assert space is not None
    assert list(unlike(policy, space, seed)) == []
