"""Does a policy keep what every policy should, whatever it is meant to permit?

Six properties, tried on generated histories. Each compares answers: to one question asked twice, before and after
a grant is taken back, under a smaller grant and a larger one. What departs is shown as a history that ends in the
call which should have come out otherwise.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random
from typing import assert_never

from attrs import frozen

from permiscope.engine.alphabet import Kind
from permiscope.engine.moves import PUBLIC
from permiscope.engine.space import APPS, PEOPLE
from permiscope.model.access import ACTIONS, FULL, Action, Request, Scope
from permiscope.model.extents import READINGS
from permiscope.model.mail import Message
from permiscope.model.steps import Call, Consent, History, Revoke
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.writing import write
from permiscope.service.policies.guarding import answer
from permiscope.service.policies.policy import RAISED, Policy, decision_of

(APP,) = APPS
OTHER = "OtherApp"
STEPS: frozenset[Kind] = frozenset({"grant", "compose", "link", "mention", "compose-via", "reply", "label", "quote"})
LONGEST = 6


@frozen
class Departure:
    """A property that a policy does not keep: what was found, and a history that ends in the call that shows it.

    `invariants` are those that may break in the history, by name.
    """

    property: str
    sentence: str
    found: str
    history: History
    invariants: tuple[str, ...] = ()


@frozen
class Question:
    """What an app may want of a message that is in a mailbox, or that it would send."""

    owner: str
    action: Action
    message: Message

    def put(self, policy: Policy, messaging: MessagingService) -> str:
        """What the policy answers to it: yes, no or an error."""
        return answer(policy, self.request(messaging))

    def request(self, messaging: MessagingService) -> Request:
        """The question as the door would ask it now."""
        state = messaging.state
        return Request(APP, self.action, self.message, self.owner, state.granted(APP, self.owner), state)

    @property
    def call(self) -> Call:
        """The call that asks it."""
        match self.action:
            case "read":
                return Call(APP, "get", self.owner, message=self.message.id)
            case "delete" | "label":
                return Call(APP, self.action, self.owner, message=self.message.id)
            case "send":
                return Call(APP, "send", self.owner, to=self.message.recipients, text=PUBLIC)
            case "settings":
                return Call(APP, "subscribe", self.owner)
            case _:
                assert_never(self.action)


Found = tuple[History, str]
"""The steps that follow a history, and what was found after them."""
Search = Callable[[Policy, MessagingService], Iterator[Found]]


def _total(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    for question in _questions(messaging, PEOPLE):
        given = decision_of(policy, question.request(messaging))
        if given.reason == RAISED:
            yield (question.call,), f"it raised {given.error}"


def _deterministic(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    other = messaging.copy()
    for question in _questions(messaging, PEOPLE):
        first, second = question.put(policy, messaging), question.put(policy, other)
        if first != second:
            yield (question.call, question.call), f"it answered first {first}, then {second}"


def _default_deny(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    if not messaging.state.windows:
        for question in _questions(messaging, PEOPLE):
            if question.put(policy, messaging) == "yes":
                yield (question.call,), "nobody granted anything, and it permits"


def _revocation(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    for owner in _granters(messaging):
        revoke = Revoke(owner, APP)
        # Asked before, too, for a policy may remember what it permitted.
        before = {question.call: question.put(policy, messaging) for question in _questions(messaging, (owner,))}
        after = _after(messaging, revoke)
        for question in _questions(messaging, (owner,)):
            if before[question.call] == "yes" == question.put(policy, after):
                # A message that was deleted cannot be asked for again, so only a read is shown twice.
                first = (question.call,) if question.action == "read" else ()
                yield (*first, revoke, question.call), f"{owner} took the grant back, and it still permits"


def _others(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    granters = _granters(messaging)
    for owner in PEOPLE:
        steps = [Consent(person, OTHER) for person in PEOPLE]
        steps += [Consent(person, APP) for person in PEOPLE if person not in (owner, *granters)]
        for step in steps:
            after = _after(messaging, step)
            for question in _questions(messaging, (owner,)):
                one, two = question.put(policy, messaging), question.put(policy, after)
                # Of the same app's grants from others a policy may make a condition, but no permission.
                if one != two and (step.app == OTHER or (owner not in granters and two == "yes")):
                    yield (step, question.call), f"it answers {one}, and {two} once {step.person} grants {step.app}"


def _monotone(policy: Policy, messaging: MessagingService) -> Iterator[Found]:
    for owner in [person for person in PEOPLE if person not in _granters(messaging)]:
        questions = list(_questions(messaging, (owner,)))
        for action in ACTIONS:
            consents = [Consent(owner, APP, scope) for scope in _scopes(action)]
            granted = [(consent, _after(messaging, consent)) for consent in consents]
            for (small, one), (large, two) in pairwise(granted):
                for question in [each for each in questions if each.action == action]:
                    if question.put(policy, one) == "yes" != question.put(policy, two):
                        yield (
                            (large, question.call),
                            f"it permits under a grant of `{small.scope}`, and not under the larger `{large.scope}`",
                        )


PROPERTIES: dict[str, tuple[str, Search, tuple[str, ...]]] = {
    "total": ("It answers every request.", _total, ()),
    "deterministic": ("It answers one request the same each time.", _deterministic, ()),
    "default deny": ("Without a grant it permits nothing.", _default_deny, ("I1",)),
    "revocation": ("What is taken back is not permitted any more.", _revocation, ("I3",)),
    "others": ("Grants of others, and to other apps, permit nothing.", _others, ("I1",)),
    "monotone": ("A larger grant never permits less.", _monotone, ()),
}
"""Each property with its sentence, how it is tried, and the invariants that may break where it is not kept."""


def conform(policy: Policy, examples: int = 50, seed: int = 0, *, permit_only: bool = True) -> list[Departure]:
    """The properties that the policy does not keep, each with as short a history as was found.

    A policy that is not `permit_only`, one with rules that forbid, need not be monotone. Raises `InputError` if the
    policy cannot be asked at all.
    """
    names = [name for name in PROPERTIES if permit_only or name != "monotone"]
    found = (_depart(policy, name, examples, seed) for name in names)
    return [departure for departure in found if departure]


def _depart(policy: Policy, name: str, examples: int, seed: int) -> Departure | None:
    from hypothesis import Phase, find, settings
    from hypothesis.errors import Flaky, NoSuchExample

    from permiscope.engine.strategies import histories

    sentence, search, invariants = PROPERTIES[name]
    last: list[Departure] = []

    def departs(history: History) -> bool:
        messaging = world(policy)
        messaging.play(history)
        for steps, what in search(policy, messaging):
            last.append(Departure(name, sentence, what, (*history, *steps), invariants))
            return True
        return False

    steady = settings(max_examples=examples, database=None, deadline=None, phases=(Phase.generate, Phase.shrink))
    strategy = histories(STEPS, LONGEST, frozenset(), policy)
    try:
        find(strategy, departs, settings=steady, random=Random(seed))
    except NoSuchExample:
        return None
    except Flaky:  # it departed, and did not when it was asked again: so it is not deterministic either
        pass
    return min(last, key=lambda departure: len(departure.history))


def world(policy: Policy) -> MessagingService:
    """Three people and two apps, for what is granted to another app is to be irrelevant."""
    return MessagingService(Service(policy), PEOPLE, (APP, OTHER))


def _questions(messaging: MessagingService, owners: tuple[str, ...]) -> Iterator[Question]:
    state = messaging.state
    for owner in owners:
        for action in ACTIONS:
            if action == "send":
                to = next(person for person in PEOPLE if person != owner)
                yield Question(owner, action, write(state, state.time, owner, PUBLIC, to=(to,), via=APP))
            else:
                yield from (Question(owner, action, state.messages[name]) for name in state.mailbox(owner))


def _granters(messaging: MessagingService) -> list[str]:
    return [person for person in PEOPLE if messaging.state.granted(APP, person) is not None]


def _after(messaging: MessagingService, step: Consent | Revoke) -> MessagingService:
    other = messaging.copy()
    other.do(step)
    return other


def _scopes(action: Action) -> list[Scope]:
    """Scopes that cover an action, each larger than the one before."""
    return [*(Scope((action,), READINGS[name]) for name in ("authored", "via-app", "reply", "everything")), FULL]
