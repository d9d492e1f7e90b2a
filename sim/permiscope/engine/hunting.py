"""What is the shortest history that breaks a rule, of one run or of two? The hunts, and what each comes to.

A hunt is put to every state: it tries every last step there. Rules that are searched alike are hunted together, so that
no last step is attempted twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from copy import copy
from math import inf
from typing import Protocol

from attrs import define, evolve

from permiscope.engine.actions import calls, enabled, reads, waited
from permiscope.engine.alphabet import PUSHED, READ, WRITING
from permiscope.engine.alphabet import Kind as StepKind
from permiscope.engine.bfs import (
    PUBLISHED,
    Levels,
    Node,
    explore,
    levels_for,
    messaging_for,
    start_of,
)
from permiscope.engine.fixpoint import Watch
from permiscope.engine.pairs import APP, control, last_steps
from permiscope.engine.result import Result
from permiscope.engine.space import APPS, Space, fixed, planned, with_parties
from permiscope.engine.steadiness import unsteady
from permiscope.engine.values import NO_VALUES, Values
from permiscope.engine.watching import Watching
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import Monitor, judge
from permiscope.judge.noninterference import VARIED, Noninterference, Rule, compare, high, variation
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Operation
from permiscope.model.errors import InputError
from permiscope.model.progress import Interruption, Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.records import Called, Record
from permiscope.model.steps import Call, Deliver, History, Step
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import Policy, said_by


@define
class Hunted(Result):
    """What a hunt for one rule under one policy found, and whether somebody `interrupted` it."""

    verdict: Verdict
    interrupted: bool = False


@define
class Tried:
    """What one rule comes to in one state: how many last steps were tried, how many it spoke of, the first break."""

    histories: int = 0
    fired: int = 0
    witness: History = ()


Tries = dict[str, Tried]
"""By the rule's name."""


@define
class Ongoing:
    """A hunt that is going on, or has ended with a break in a level of this length."""

    histories: int = 0
    fired: int = 0
    states: int = 0
    witness: History = ()
    length: int | None = None

    def count(self, weight: int, tried: Tried) -> None:
        """Count what was tried in a state, for all histories that lead there. The first one that breaks is kept."""
        self.states += 1
        self.histories += weight * tried.histories
        self.fired += weight * tried.fired
        if tried.witness and not self.witness:
            self.witness, self.length = tried.witness, len(tried.witness)

    def verdict(self, bound: int) -> Verdict:
        """What may be said within a bound."""
        if self.witness:
            return Verdict(Kind.REFUTED, self.fired, self.length, self.witness)
        return Verdict(Kind.EXHAUSTED if self.fired else Kind.VACUOUS, self.fired, bound)


@define
class Hunting(Result):
    """What some hunts have come to, by the rule's name."""

    rules: dict[str, Ongoing]

    def copy(self) -> "Hunting":
        """A result that can go on by itself, and each of its hunts."""
        return evolve(self, rules={name: copy(each) for name, each in self.rules.items()})


Attempts = dict[Step, list[Record]]
"""What last steps in one state were found to leave, so that one hunt need not attempt what another one did."""


class Hunt(Protocol):
    """A search for the shortest history that breaks each of some rules."""

    names: tuple[str, ...]

    def look(self, messaging: MessagingService, history: History, hunted: frozenset[str], attempts: Attempts) -> Tries:
        """Try every last step in a state for those rules that are hunted. The service stays in it."""


class Hunts:
    """The question of some hunts: each rule is hunted until the first level that holds a break is over."""

    def __init__(self, hunts: Sequence[Hunt], space: Space) -> None:
        self.found = Hunting({name: Ongoing() for hunt in hunts for name in hunt.names}, space=space)
        self.whole = self.found
        self._hunts = hunts
        self._begun: list[tuple[Node, Tries]] = []
        self._alike: dict[tuple[tuple[str, int, int], ...], Tries] = {}

    def look(self, messaging: MessagingService, node: Node) -> Tries:
        """Try every last step in a state."""
        hunted = frozenset([name for name, each in self.found.rules.items() if each.length is None])
        attempts: Attempts = {}
        seen: Tries = {}
        for hunt in self._hunts:
            if not hunted.isdisjoint(hunt.names):
                seen |= hunt.look(messaging, node.history, hunted, attempts)
        if not any(tried.witness for tried in seen.values()):
            # Most states come to the same, and a level has many.
            counts = tuple([(name, tried.histories, tried.fired) for name, tried in seen.items()])
            seen = self._alike.setdefault(counts, seen)
        if self._begun and len(self._begun[-1][0].history) < len(node.history):
            self._begun.clear()
        self._begun.append((node, seen))
        return seen

    def count(self, node: Node, seen: Tries) -> int:
        """Count what was tried in a state of a level that is whole."""
        rules = self.found.rules
        for name, tried in seen.items():
            rules[name].count(node.weight, tried)
            if tried.witness:
                self.found.answered = all(each.length for each in rules.values())
        return max([tried.histories for tried in seen.values()], default=0)

    def known(self) -> Hunting:
        """What is known of whole levels, and of what broke first in a level that was only begun."""
        whole = self.whole
        if not whole.begun:
            return whole
        found = whole.copy()
        hunted = {name for name, each in whole.rules.items() if not each.witness}
        broken = {name for _, seen in self._begun for name, tried in seen.items() if tried.witness} & hunted
        for node, seen in self._begun:
            for name in broken & seen.keys():
                found.rules[name].count(node.weight, seen[name])
        return found


ASIDES = 100
"""In so many of the first states a policy is asked what no invariant watches, too: a branch for that is no dead one."""


class OfOneRun:
    """A hunt for histories that end in a break of an invariant.

    Each ends in a call that an invariant watches, in anybody's mailbox; in the delivery of a call that the alphabet let
    begin; or in a step after which the service pushes or that an invariant watches itself.
    """

    def __init__(
        self, invariants: Sequence[Invariant], service: Service, space: Space, watching: Sequence[Watching]
    ) -> None:
        self.names = tuple([invariant.name for invariant in invariants])
        watched = [each for invariant in invariants for each in invariant.watches]
        kinds = space.kinds
        watches_others = any(isinstance(each, type) for each in watched)
        self._ends = kinds if watches_others else frozenset()
        self._pushed = WRITING & kinds if kinds & PUSHED else frozenset()
        self._space = space
        self._unjudged: frozenset[Operation] = frozenset()
        # A policy that is watched can be asked what no claim is about.
        self._watching = watching
        self._asides = ASIDES
        if space.values is not None and not service.parts and not kinds & PUSHED:
            # Of what is done, a plain door hands something over with what is forwarded alone.
            ends = {each for each in watched if not isinstance(each, type)}
            judged = {operation for operation, end in ends if end != "handed over" or operation == "forward"}
            self._space = evolve(space, operations=space.operations & judged)
            self._unjudged = space.operations - judged
        self._monitor = Monitor(invariants)

    def look(self, messaging: MessagingService, history: History, hunted: frozenset[str], attempts: Attempts) -> Tries:
        """Judge what every last step leaves."""
        hunting = [(tally, Tried()) for tally in self._monitor.tallies if tally.invariant.name in hunted]
        if self._watching and self._asides:
            self._asides -= 1
            with ExitStack() as stack:
                for each in self._watching:
                    stack.enter_context(each.aside())
                for call in calls(messaging, messaging.apps[0], self._unjudged, self._space.values):
                    messaging.attempt(call)
        observers = (self._monitor.observe,)
        ends = self._ends | self._pushed if messaging.state.is_pushing() else self._ends
        for step in _last_steps(messaging, self._space, ends):
            for tally, tried in hunting:
                tally.fired = tally.broken = 0
                tried.histories += 1
            attempts[step] = messaging.attempt(step, observers)
            for tally, tried in hunting:
                if tally.fired:
                    tried.fired += 1
                    if tally.broken and not tried.witness:
                        tried.witness = (*history, step)
        return {tally.invariant.name: tried for tally, tried in hunting}


def _last_steps(messaging: MessagingService, space: Space, ends: frozenset[StepKind]) -> Iterator[Step]:
    for app in space.callers:
        yield from calls(messaging, app, space.operations, space.values)
    deliveries = [Deliver(number) for number, _ in messaging.in_flight()]
    yield from waited(messaging, (*deliveries, *(enabled(messaging, ends, space.values) if ends else ())), space.values)


class OfTwoRuns:
    """A hunt for histories whose last observation depends on what is high.

    It fires where something is high and the app observes something. Where all that is asked is a rule of ours, which
    refuses before there is a grant, histories without one are left out.
    """

    def __init__(
        self,
        rules: Sequence[Noninterference],
        service: Service,
        space: Space,
        given: History = (),
    ) -> None:
        self.names = tuple([rule.name for rule in rules])
        for rule in rules:
            control(rule)
        self._rules = rules
        self._needs_grant = said_by(service.policy).asks_grant and not service.parts
        self._start = MessagingService(service, space.people, space.apps)
        self._given = given
        self._space = space

    def look(self, messaging: MessagingService, history: History, hunted: frozenset[str], attempts: Attempts) -> Tries:
        """Compare what every last step leaves with what it leaves in the second run."""
        hunting = {rule: Tried() for rule in self._rules if rule.name in hunted}
        seen = {rule.name: tried for rule, tried in hunting.items()}
        records = messaging.door.records
        if self._needs_grant and not messaging.state.windows:
            return seen
        alike = {(rule.reading, rule.released): rule for rule in hunting}
        secret = {each: high(records, APP, rule) for each, rule in alike.items()}
        # Presence is varied for two rules alike, and one run serves both.
        runs: dict[tuple[str, frozenset[str]], MessagingService] = {}
        for step in last_steps(messaging, self._space):
            one = attempts.get(step)
            if one is None:
                one = messaging.attempt(step)
            for rule, tried in hunting.items():
                tried.histories += 1
                names = secret[rule.reading, rule.released]
                if not isinstance(step, Call) or any(map(_is_done, one)):
                    # What is written or done last may be high itself, or make a message that was high be so no more.
                    names = high([*records, *one], APP, rule)
                if not names:
                    continue
                tried.fired += 1
                variant = VARIED[rule.lens], names
                if variant not in runs:
                    runs[variant] = self._vary(rule, names, history)
                try:
                    other = runs[variant].attempt(step)
                except InputError:
                    other = []
                if compare(one, other, APP, rule) is not None and not tried.witness:
                    tried.witness = (*history, step)
        return seen

    def _vary(self, rule: Noninterference, names: frozenset[str], history: History) -> MessagingService:
        messaging = self._start.copy()
        messaging.rewrite = variation(rule, names)
        with suppress(InputError):  # it stops where an app was refused what it was not in the first run
            messaging.play((*self._given, *history))
        return messaging


def _is_done(record: Record) -> bool:
    return isinstance(record, Called) and record.outcome == "done"


def hunt_rules(
    service: Service,
    rules: Iterable[Rule],
    bound: int,
    kinds: frozenset[StepKind] | None = None,
    operations: frozenset[Operation] = READ,
    *,
    apps: tuple[str, ...] = APPS,
    given: History = (),
    values: Values = NO_VALUES,
    until: float | None = None,
    tick: Tick = no_tick,
    partial: bool = False,
) -> dict[str, Hunted]:
    """Find, for each rule of one run or of two, the shortest history of at most `bound` steps that breaks it.

    Without `kinds` the steps go by what is looked at: by the policy, which is watched if it does not say, by the
    service and by the rules. When something new is looked at, the search begins again, for shorter histories with other
    steps were not tried, and states were merged that differ in it. With `kinds` the alphabet is fixed, and only what a
    key keeps goes by that. `given` is a history that each begins with, and that is not counted. At `until` (of Python's
    `monotonic`) the search ends with the bound that it reached; so it does for Ctrl-C, if a `partial` answer will do.
    """
    rules = list(rules)

    def plan(looked: Looked) -> Space:
        if kinds is not None:
            return fixed(service, rules, looked, kinds, operations, apps)
        return with_parties(planned([service], rules, looked, values), given)

    watch = Watch([service], plan, values, until, tick, given)
    (tested,) = watch.services
    asked: list[Hunts] = []

    def ask(space: Space) -> tuple[Hunts, Levels, MessagingService]:
        start = start_of(tested, space)
        start.play(given)
        asked[:] = [Hunts(_hunts(tested, rules, space, given, watch.watching), space)]
        return asked[0], _levels(tested, rules, space, start, given), start

    with Interruption(lambda: partial and asked and asked[0].whole.bound) as interruption:
        for each in watch.explore(ask, bound):
            asked[0].whole = each
    whole = asked[0].known()
    unvaried = (*whole.unvaried, *(f"`{read}`" for read in sorted(whole.space.reads & NEVER_VARIED)))
    found = {}
    for name, hunt in whole.rules.items():
        found[name] = Hunted(
            _as_varied(hunt.verdict(whole.bound), unvaried),
            interruption.pressed,
            space=whole.space,
            bound=whole.bound,
            unvaried=unvaried,
            answered=bool(hunt.witness),
            histories=hunt.histories,
            states=hunt.states,
            begun=whole.begun,
        )
    if said_by(service.policy).reads is None:
        _replay(service, whole.space, found, rules, given)
    return found


def _replay(service: Service, space: Space, found: dict[str, Hunted], rules: Sequence[Rule], given: History) -> None:
    """Play what breaks a rule once more. Raises `InputError` if it does not."""
    for rule in rules:
        witness = found[rule.name].verdict.witness
        if witness and isinstance(rule, Invariant):
            messaging = MessagingService(service, space.people, space.apps)
            messaging.play((*given, *witness))
            if not any(tally.broken for tally in judge(messaging.door.records, [rule])):
                raise unsteady(service.policy, "a history broke a claim once, and not again")


NEVER_VARIED = frozenset({"other.opened", "call.purpose"})
"""What no step of any alphabet changes."""


def _as_varied(verdict: Verdict, unvaried: tuple[str, ...]) -> Verdict:
    """Take back that a rule is kept, where something that the policy looks at had one value all the time."""
    if not unvaried or verdict.kind is not Kind.EXHAUSTED:
        return verdict
    return evolve(verdict, kind=Kind.UNVARIED, unvaried=unvaried)


def _hunts(
    service: Service, rules: Sequence[Rule], space: Space, given: History, watching: Sequence[Watching]
) -> list[Hunt]:
    """One hunt for the rules of one run, and one for those of two."""
    hunts: list[Hunt] = []
    if single := [rule for rule in rules if isinstance(rule, Invariant)]:
        hunts.append(OfOneRun(single, service, space, watching))
    if pairs := [rule for rule in rules if isinstance(rule, Noninterference)]:
        hunts.append(OfTwoRuns(pairs, service, space, given))
    return hunts


def _levels(service: Service, rules: Sequence[Rule], space: Space, start: MessagingService, given: History) -> Levels:
    """The states in which rules are hunted."""
    # A message that once was inside a reading that falls is not high, though nothing in a state says so.
    falling = [rule for rule in rules if isinstance(rule, Noninterference) and rule.reading.falls]
    if falling:
        return Levels(start, space, lambda each: [high(each.door.records, APP, rule) for rule in falling])
    return Levels(start, space) if given else levels_for(service, space)


def space_of(service: Service, rules: Sequence[Rule], bound: int, values: Values = NO_VALUES) -> Space:
    """Return the space in which rules are hunted, once all has been seen that the policy looks at within the bound."""
    if said_by(service.policy).reads is not None:
        return planned([service], rules, Looked(), values)
    return next(iter(hunt_rules(service, rules, bound, values=values).values())).space


class _Counted:
    """The question of how many histories and states there are, by length."""

    found = Result(space=PUBLISHED)

    def look(self, messaging: MessagingService, node: Node) -> int:
        """How many reads may be a last step."""
        return len(list(reads(messaging, APP)))

    def count(self, node: Node, seen: int) -> int:
        """As many histories end there."""
        return seen


def forecast(policy: Policy, bound: int) -> tuple[float, float]:
    """About how many histories and states a search of the survey's steps means, from how its first levels grow."""
    found = list(explore(_Counted(), Levels(messaging_for(service_for(policy)), PUBLISHED), 4))
    histories, states = [0, *(each.histories for each in found)], [0, *(each.states for each in found)]
    return _continued(histories, bound), _continued(states, bound)


def _continued(sums: list[int], bound: int) -> float:
    """What is added in the end, if it goes on growing as it last did; infinite if it is beyond all numbers."""
    before, last = sums[-2] - sums[-3], sums[-1] - sums[-2]
    try:
        return last * (last / before) ** max(bound - len(sums) + 1, 0)
    except OverflowError:
        return inf
