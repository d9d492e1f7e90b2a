"""How little must an app be granted, so that a feature still works? The least scopes, by enumeration.

A feature is a few invariants of use, as U2 and U3. The histories after which it is called for are found in one sweep;
each scope, the smallest first, is then put to all of them, until one breaks it. What is smaller than what is computed,
too: whether one reading lies within another is seen in the same bound.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product

from attrs import define, evolve, field, frozen

from permiscope.engine.actions import calls, reads
from permiscope.engine.alphabet import BASE, PEOPLES, READ
from permiscope.engine.bfs import PLAIN, Levels, Node, explore, messaging_for, start_of
from permiscope.engine.hunting import hunt_rules, space_of
from permiscope.engine.result import Result
from permiscope.engine.space import Space, reads_of_rules
from permiscope.judge.invariants import Answer, Invariant, answers_own, i5, is_own, u1, u2, u3, u5
from permiscope.model.access import ACTIONS, FULL, Operation, Scope
from permiscope.model.extents import READINGS
from permiscope.model.mail import Message
from permiscope.model.progress import Tick, no_tick
from permiscope.model.records import Called
from permiscope.model.state import State
from permiscope.model.steps import Call, Consent, History
from permiscope.questions.platforms.escalation import alike_scopes
from permiscope.questions.policies.compare import asking, included, request_of
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.platforms.scopes import ScopesPolicy
from permiscope.service.platforms.vendor import Vendor
from permiscope.service.policies.policy import Policy, permits

Asks = Callable[[MessagingService], Iterable[Call]]
Wanted = Callable[[State, Called, Message], bool]


@frozen
class Need:
    """What a feature cannot do without, and the calls in which that may be called for."""

    invariant: Invariant
    asks: Asks


def _operation(operation: Operation) -> Asks:
    return lambda messaging: (
        call for app in messaging.apps for call in calls(messaging, app, frozenset({operation})) if not call.everyone
    )


def _searches(messaging: MessagingService) -> Iterator[Call]:
    """A search for the whole text of each message in each granted mailbox."""
    state = messaging.state
    for app, owner in state.windows:
        for text in dict.fromkeys(state.messages[name].body for name in state.mailbox(owner)):
            yield Call(app, "search", owner, text=text)


def _finds(name: str, sentence: str, wanted: Wanted) -> Invariant:
    """A search for its text finds each wanted message that was created under the grant in force."""

    def check(state: State, call: Called) -> bool | None:
        window, term = state.decided_under, (call.target or "").casefold()
        held = [state.messages[name] for name in state.mailbox(call.owner)]
        meant = {
            message.id
            for message in held
            if window is not None
            and message.position >= window.start
            and term in message.body.casefold()
            and wanted(state, call, message)
        }
        return meant <= {message.id for message in call.shown} if meant else None

    return Invariant(name, sentence, (("search", "shown"), ("search", "refused")), check, u3().reads)


FEATURES: Mapping[str, tuple[str, tuple[Need, ...]]] = {
    "recommend": (
        "The app sends a recommendation in the person's name, and it is delivered.",
        (Need(u1(), _operation("send")),),
    ),
    "readback": (
        "The app reads what the person sent via it, and the replies to that.",
        (Need(u2(), _operation("get")), Need(u3(), _operation("get"))),
    ),
    "delete-sync": (
        "What the person sent via the app and deletes in it leaves the mailbox.",
        (Need(u5(), _operation("delete")),),
    ),
    "search": (
        "A search finds what the person sent via the app, and the replies to that.",
        (
            Need(_finds("U2:search", "A search finds what the owner sent via the app.", is_own), _searches),
            Need(_finds("U3:search", "A search finds a reply to what the owner sent.", answers_own), _searches),
        ),
    ),
}
"""What is to be kept, by name: a sentence, and what it needs."""


def granting(history: History, scope: Scope) -> History:
    """Return the history as it is if each grant in it is of the scope."""
    return tuple([evolve(step, scope=scope) if isinstance(step, Consent) else step for step in history])


@frozen
class Case:
    """A history after which a need is called for: what people do, and the call of the app."""

    need: Need
    steps: History
    call: Call

    @property
    def witness(self) -> History:
        """The history as a whole."""
        return (*self.steps, self.call)


@define
class Trimmed(Result):
    """What is known of scopes.

    `fired` counts, by need, the histories in which it is called for; `broken` has the smallest one in which a full
    grant fails it. `least` are the scopes that keep all needs while none that is smaller does.
    """

    fired: dict[str, int]
    broken: dict[str, Case] = field(factory=dict)
    least: tuple[Scope, ...] = ()

    @property
    def untested(self) -> list[str]:
        """The needs that were never called for."""
        return [name for name, times in self.fired.items() if not times]


def least_scopes(policy: Policy, needs: Sequence[Need], bound: int, tick: Tick = no_tick) -> Iterator[Trimmed]:
    """Find the least scopes for every history of at most 1, 2, ..., `bound` steps.

    What is known is yielded after each length, so that whoever stops early keeps it. The search ends when no scope is
    left. A scope is least only if a search by what its own extent looks at finds nothing that fails, too. Which scope
    is smaller than another is computed over the published steps.
    """
    rules = [need.invariant for need in needs]
    space = space_of(service_for(policy), rules, bound)
    space = evolve(space, kinds=(space.kinds & PEOPLES | BASE) - {"grant-narrowly"})
    start = MessagingService(service_for(policy), space.people, space.apps)
    called = _CalledFor(needs, space)
    dead: set[Scope] = set()
    for found in explore(called, Levels(start, space), bound, tick):
        while not found.untested:
            found.least = _least(policy, called.cases, included(READINGS.values(), found.bound), dead)
            searched = [_search(policy, scope, needs, found.bound, tick) for scope in found.least]
            found.unvaried = tuple(dict.fromkeys(each for _, unvaried in searched for each in unvaried))
            failing = [case for case, _ in searched if case]
            if not failing:
                break
            called.cases += failing
        found.answered = not found.untested and not found.least
        yield found


class _CalledFor:
    """The question in which calls needs are called for, and what a full grant makes of these."""

    def __init__(self, needs: Sequence[Need], space: Space) -> None:
        self.cases: list[Case] = []
        self.found = Trimmed({need.invariant.name: 0 for need in needs}, space=space)
        self._needs = needs

    def look(self, messaging: MessagingService, node: Node) -> list[tuple[Need, Call, Answer]]:
        """Make each call in which a need may be called for."""
        return [(need, call, _kept(messaging, need, call)) for need in self._needs for call in need.asks(messaging)]

    def count(self, node: Node, seen: list[tuple[Need, Call, Answer]]) -> int:
        """Keep the calls in which one is, and the first that a full grant fails."""
        for need, call, kept in seen:
            if kept is None:
                continue
            case = Case(need, node.history, call)
            self.cases.append(case)
            self.found.fired[need.invariant.name] += node.weight
            if not kept:
                self.found.broken.setdefault(need.invariant.name, case)
        return len(seen)


def scopes() -> Iterator[Scope]:
    """Every set of actions, the empty one too, on each of the readings."""
    sets = [actions for size in range(len(ACTIONS) + 1) for actions in combinations(ACTIONS, size)]
    for actions, extent in product(sets, READINGS.values()):
        yield Scope(actions, extent)


def also_shown(policy: Policy, scope: Scope, bound: int, tick: Tick = no_tick) -> History | None:
    """The smallest history in which a full grant shows a body and a grant of the scope does not; None in the bound."""
    space = space_of(service_for(policy), [i5(scope.extent)], bound)
    space = evolve(space, kinds=space.kinds & PEOPLES - {"grant-narrowly"})
    shown = _AlsoShown(policy, scope, space)
    deque(explore(shown, Levels(start_of(service_for(policy), space), space), bound, tick), maxlen=0)
    return shown.history or None


class _AlsoShown:
    """The question what a full grant shows and a grant of a scope does not."""

    def __init__(self, policy: Policy, scope: Scope, space: Space) -> None:
        self.found = Result(space=space)
        self.history: History = ()
        self._policy, self._scope = policy, scope

    def look(self, messaging: MessagingService, node: Node) -> Call | None:
        """The first such read."""
        for call in (call for app in messaging.apps for call in reads(messaging, app)):
            if call.message in messaging.state.mailbox(call.owner):
                with asking(messaging):
                    request = request_of(messaging, call)
                    grant = request.grant and evolve(request.grant, scope=self._scope)
                    if permits(self._policy, request) and not permits(self._policy, evolve(request, grant=grant)):
                        return call
        return None

    def count(self, node: Node, seen: Call | None) -> int:
        """Keep the first."""
        if seen is not None and not self.history:
            self.history, self.found.answered = (*node.history, seen), True
        return 0


def _kept(messaging: MessagingService, need: Need, call: Call) -> Answer:
    """Whether a call that comes now keeps what is needed; None if that is not called for."""
    after = messaging.copy()
    record = after.do(call)
    return need.invariant.check(after.state, record) if isinstance(record, Called) else None


def _least(
    policy: Policy, cases: Sequence[Case], within: Collection[tuple[str, str]], dead: set[Scope]
) -> tuple[Scope, ...]:
    """The scopes that keep every case while none that is smaller does; what fails one joins the dead."""

    def smaller(one: Scope, other: Scope) -> bool:
        def no_larger(one: Scope, other: Scope) -> bool:
            return set(one.actions) <= set(other.actions) and (one.extent.name, other.extent.name) in within

        return no_larger(one, other) and not no_larger(other, one)

    def size(scope: Scope) -> tuple[int, int]:
        return len(scope.actions), sum(wide == scope.extent.name for _, wide in within)

    least: list[Scope] = []
    # Whatever is smaller comes first, so that what is kept is least unless something kept before is smaller.
    for scope in sorted(scopes(), key=size):
        if scope in dead or any(smaller(known, scope) for known in least):
            continue
        if all(_keeps(service_for(policy), case, scope) for case in cases):
            least.append(scope)
        else:
            dead.add(scope)
    return tuple(least)


def _search(
    policy: Policy, scope: Scope, needs: Sequence[Need], bound: int, tick: Tick
) -> tuple[Case | None, tuple[str, ...]]:
    """The smallest history in which a scope fails a need, by the steps that its extent looks at, too.

    And what had one value only in all of them.
    """
    rules = {need.invariant.name: need for need in needs}
    found = hunt_rules(evolve(service_for(policy), offers=scope), [need.invariant for need in needs], bound, tick=tick)
    for name, hunted in found.items():
        if hunted.verdict.witness:
            *steps, call = hunted.verdict.witness
            if not isinstance(call, Call):
                raise TypeError(f"{name} is broken by {call}, which is no call")
            return Case(rules[name], tuple(steps), call), ()
    return None, tuple([each for hunted in found.values() for each in hunted.verdict.unvaried])


def _keeps(service: Service, case: Case, scope: Scope = FULL) -> bool:
    messaging = messaging_for(service, case.steps)
    messaging.play(case.steps if scope is FULL else granting(case.steps, scope))
    return _kept(messaging, case.need, case.call) is True


Granting = tuple[str, ...]
"""Scopes of a platform that are granted together."""

TOGETHER = 3
"""Scopes of a platform that are tried together at most."""


@define
class Sufficient(Result):
    """What is known of a platform's scopes.

    `fired` counts, by need, the histories in which it is called for. `least` are the sets of scopes that keep all needs
    while none that opens less does, with the scopes that open the same; `tried` is how many sets were.
    """

    fired: dict[str, int]
    tried: int = 0
    least: dict[Granting, tuple[str, ...]] = field(factory=dict)


def sufficient(vendor: Vendor, needs: Sequence[Need], bound: int, tick: Tick = no_tick) -> Sufficient:
    """Find the least sets of a platform's scopes that keep all needs, in every history of at most `bound` steps."""
    start = messaging_for(PLAIN)
    space = Space(BASE, READ, reads_of_rules(need.invariant for need in needs))
    called = _CalledFor(needs, space)
    *_, swept = explore(called, Levels(start, space), bound, tick)
    found = Sufficient(swept.fired, space=space, bound=bound, histories=swept.histories, states=swept.states)
    if not all(found.fired.values()):
        return found
    alike = {policy.scopes[0]: same for policy, same in alike_scopes(vendor)}
    names = [*alike, *(name for name, scope in vendor.scopes.items() if scope.narrows)]
    sets = [those for size in range(1, TOGETHER + 1) for those in combinations(names, size)]
    enough: list[ScopesPolicy] = []
    for done, those in enumerate(sets):
        tick(done, len(sets))
        if any(set(known.scopes) <= set(those) for known in enough):
            continue
        found.tried += 1
        policy = ScopesPolicy(vendor, those)
        if all(_keeps(policy.service, case) for case in called.cases):
            enough.append(policy)
    for policy in enough:
        if not any(other.opens_less_than(policy) for other in enough):
            same = (name for each in policy.scopes for name in alike.get(each, ()) if name not in policy.scopes)
            found.least[policy.scopes] = tuple(same)
    return found
