"""What is the shortest history in which an app can tell more than it may? Two runs of each, side by side.

The base run says what is high. The second run is made by variation: the same steps, with other words in the high
messages, or without them. All are varied at once; only when the runs diverge is one looked for that suffices.
Before a rule is used, three controls show that two runs are told apart when they differ, and only then.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from itertools import chain, islice
from time import monotonic

from attrs import evolve, frozen

from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import (
    VARIED,
    Divergence,
    Noninterference,
    Outside,
    Rule,
    compare,
    crossing,
    high,
    variation,
)
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.access import Operation
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.records import Called, Record, Wrote
from permiscope.model.steps import Call, Compose, Consent, History, Label, Open, Step
from permiscope.search.alphabet import READ, WRITING
from permiscope.search.alphabet import Kind as StepKind
from permiscope.search.exhaustive import (
    PLAIN,
    PUBLISHED,
    Attempts,
    Hunt,
    Hunted,
    Levels,
    Node,
    OfOneRun,
    Ongoing,
    Seen,
    StaleError,
    TimeUpError,
    go_through,
    levels_for,
)
from permiscope.search.moves import ANSWER, PRIVATE, PUBLIC, SECOND, UNRELATED, calls, calls_on, enabled, waited
from permiscope.search.space import (
    APPS,
    ONE_EACH,
    PEOPLE,
    Space,
    fixed,
    parties,
    planned,
    reads_of_policy,
    with_parties,
)
from permiscope.search.values import NO_VALUES, Values
from permiscope.search.watching import Watched, unvaried_in, watched
from permiscope.service.build import Service
from permiscope.service.enforcement import Observer
from permiscope.service.faults.l12_latency import Scans
from permiscope.service.guarding import check_elsewhere
from permiscope.service.platform import Platform, Rewrite, as_written
from permiscope.service.policy import BUILT_IN, DenyAll, ExtentPolicy, Policy

(APP,) = APPS
ANA, BEN, CY = PEOPLE
SECRET = PRIVATE.split()[1]
"""A word of a private text, and of no other."""
SECRETS = (SECRET, *(text.split()[-1].rstrip(".") for text in (PUBLIC, ANSWER, SECOND, UNRELATED)))
"""A word of each text that people write, and of no other."""

CONTROLS: History = (
    Compose(CY, (ANA,), text=PRIVATE),
    Consent(ANA, APP),
    Compose(ANA, (BEN,), via=APP, links=(APP,), mentions=(APP,), about=(APP,), text=PUBLIC),
    Label(ANA, "m2", APP),
    Open(ANA, APP, "m2"),
    Call(APP, "get", ANA, message="m1"),
    Call(APP, "get", ANA, message="m2"),
)
"""A day with a message that has nothing to do with the app, and one that has everything."""


class ControlError(RuntimeError):
    """Two runs are not told apart as they must be: a defect of Permiscope, never of a policy."""


@cache
def control(rule: Noninterference) -> None:
    """Compare what must be equal, and what must differ. Raises `ControlError` if it does not.

    The service shows everything, and takes the longer the more there is; so whatever is varied is a planted leak. A
    reading that all messages are in, or none, leaves nothing to vary on the one side.
    """
    leaky = Service(BUILT_IN["everything"], parts=(Scans,))

    base = _played(Platform(leaky, PEOPLE, APPS), CONTROLS).door.records

    def records(names: Collection[str]) -> list[Record]:
        varied = Platform(leaky, PEOPLE, APPS, rewrite=_varied(base, rule, names))
        return _played(varied, CONTROLS).door.records

    secret = high(base, APP, rule)
    if compare(base, records(()), APP, rule) is not None:
        raise ControlError(f"{rule.name}: the app can tell a run from the same run")
    for names, what in (({"m1", "m2"} - secret, "it may see"), (secret, "leaks")):
        if names and compare(base, records(names), APP, rule) is None:
            raise ControlError(f"{rule.name}: the app cannot tell two runs apart that differ in what {what}")


def _played(platform: Platform, history: History) -> Platform:
    """The platform after the history, and nothing after that."""
    platform.play(history)
    platform.end(platform.clock)
    return platform


def _varied(base: Iterable[Record], rule: Noninterference, names: Collection[str]) -> Rewrite:
    """What becomes of messages in the second run. One that is the same is the same object, which compares faster."""
    written = {record.message.id: record.message for record in base if isinstance(record, Wrote)}
    rewrite = variation(rule, names)

    def varied(message: Message) -> Message:
        new, old = rewrite(message), written.get(message.id)
        return old if new is message and old == message else new

    return varied


@frozen
class Pair:
    """Two runs of one history: what was varied, and where the app can tell them apart, if it can.

    `fired` is how many of its observations in the base run were compared: none if there was nothing to vary.
    """

    rule: Noninterference
    high: frozenset[str]
    fired: int
    divergence: Divergence | None

    def verdict(self) -> Verdict:
        """What may be said of this history, and of no other."""
        if self.divergence:
            return Verdict(Kind.REFUTED, self.fired)
        return Verdict(Kind.NOT_BROKEN if self.fired else Kind.VACUOUS, self.fired)


Run = Callable[[Rewrite, tuple[Observer, ...]], Sequence[Record]]
"""The same day once more: given what becomes of messages that are written, and who observes it."""


def run_pair(
    service: Service,
    history: History,
    rule: Noninterference,
    people: tuple[str, ...] = PEOPLE,
    apps: tuple[str, ...] = APPS,
) -> Pair:
    """Play a history twice, and compare what its first app observes.

    Raises `InputError` for a step that is not enabled.
    """

    def run(rewrite: Rewrite, observers: tuple[Observer, ...]) -> list[Record]:
        platform = Platform(service, people, apps, observers, rewrite)
        try:
            return _played(platform, history).door.records
        except InputError:
            if rewrite is as_written:
                raise
            # An app was refused what it was not in the first run, so that the two are told apart already.
            return platform.door.records

    return pair_of(run, rule, apps[0])


def pair_of(run: Run, rule: Noninterference, app: str) -> Pair:
    """Run a day twice, and compare what the app observes. Whoever runs it changes nothing else from run to run."""
    control(evolve(rule, timing="exact"))
    outside = Outside(app, rule)
    base, names = run(as_written, (outside.observe,)), outside.high()
    if not names:
        return Pair(rule, names, 0, None)
    fired = sum(1 for _ in crossing(base, app))

    def differs(those: frozenset[str]) -> Divergence | None:
        return compare(base, run(_varied(base, rule, those), ()), app, rule)

    found = differs(names)
    if found is None:
        return Pair(rule, names, fired, None)
    for name in sorted(names, key=lambda each: (len(each), each)):
        if (one := differs(frozenset({name}))) is not None:
            return Pair(rule, names, fired, evolve(one, culprit=name))
    return Pair(rule, names, fired, evolve(found, culprit=" and ".join(sorted(names))))


def verdicts_in(
    service: Service, history: History, rules: Iterable[Rule], people: tuple[str, ...], apps: tuple[str, ...]
) -> dict[str, Verdict]:
    """What each rule says of one history under a service, by name.

    Raises `InputError` for a step that is not enabled.
    """
    rules = list(rules)
    records = _played(Platform(service, people, apps), history).door.records
    tallies = judge(records, [rule for rule in rules if isinstance(rule, Invariant)])
    pairs = [run_pair(service, history, rule, people, apps) for rule in rules if isinstance(rule, Noninterference)]
    found = {tally.invariant.name: tally.verdict() for tally in tallies}
    return found | {pair.rule.name: pair.verdict() for pair in pairs}


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
) -> dict[str, Hunted]:
    """Find, for each rule of one run or of two, the shortest history of at most `bound` steps that breaks it.

    Without `kinds` the steps go by what is looked at: by the policy, which is watched if it does not say, by the
    service and by the rules. When something new is looked at, the search begins again, for shorter histories with other
    steps were not tried, and states were merged that differ in it. With `kinds` the alphabet is fixed, and only what a
    key keeps goes by that. `given` is a history that each begins with, and that is not counted. At `until` (of Python's
    `monotonic`) the search ends with the bound that it reached.
    """
    rules = list(rules)
    looked = Looked()
    policy = watched(service.policy, looked)
    tested = service if policy is service.policy else evolve(service, policy=policy)
    steadiness = Steadiness(service) if isinstance(policy, Watched) else None
    while True:
        if isinstance(policy, Watched):
            policy.conditions.reset()
        if kinds is None:
            space = with_parties(planned([service], rules, looked, values), given)
        else:
            space = fixed(service, rules, looked, kinds, operations, apps)
        try:
            found, first = _hunt_in(tested, rules, bound, space, given, until, tick, _changes(looked))
        except StaleError:
            continue
        if steadiness is not None:
            steadiness.check(space, first)
            _replay(service, space, found, rules, given)
        unvaried = (*unvaried_in(policy, values), *(f"`{read}`" for read in sorted(space.reads & NEVER_VARIED)))
        return {name: _as_varied(hunted, unvaried) for name, hunted in found.items()}


ASKED_AGAIN = 200
"""In so many of the smallest states a policy of somebody's is asked everything again."""


def first_of(levels: Iterable[Sequence[Node[Seen]]]) -> list[History]:
    """Return the first histories of levels, as many as are asked again."""
    return [node.history for level in levels for node in level[:ASKED_AGAIN]][:ASKED_AGAIN]


def answers_of(
    service: Service, space: Space, histories: Sequence[History], *, backwards: bool = False
) -> list[object]:
    """Ask a service everything after histories, first to last or last to first. Return what came of it."""
    answers: list[object] = []
    for history in histories[::-1] if backwards else histories:
        platform = Platform(service, space.people, space.apps)
        platform.play(history)
        steps = list(calls(platform, APP, space.operations, space.values))
        told = [
            [(each.outcome, each.shown) for each in platform.attempt(step) if isinstance(each, Called)]
            for step in (steps[::-1] if backwards else steps)
        ]
        answers.append(told[::-1] if backwards else told)
    return answers[::-1] if backwards else answers


def check_in_process(policy: Policy, witnesses: Iterable[History]) -> None:
    """Ask a policy that is from a file the same in a process of its own, and play there what was found.

    Raises `InputError` if it answers otherwise.
    """
    asked: list[History] = []
    for history in first_of(islice(levels_for(PLAIN, PUBLISHED).walk(), 3)):
        platform = Platform(PLAIN, PEOPLE, APPS)
        platform.play(history)
        asked.append((*history, *calls(platform, APP, ONE_EACH)))
    asked += dict.fromkeys(witnesses)
    people, apps = zip(*map(parties, asked), strict=True)
    check_elsewhere(policy, asked, tuple(dict.fromkeys(chain(*people))), tuple(dict.fromkeys(chain(*apps))))


class Steadiness:
    """Asks a service of somebody's policy the same again, to see whether the policy is a function of its request."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._published = first_of(islice(levels_for(PLAIN, PUBLISHED).walk(), 3))
        self._before = answers_of(service, PUBLISHED, self._published)

    def check(self, space: Space, histories: Sequence[History]) -> None:
        """Ask everything again in another order, and in a space twice.

        Raises `InputError` if the answers are others.
        """
        service = self._service
        again = answers_of(service, PUBLISHED, self._published, backwards=True)
        one, other = (answers_of(service, space, histories, backwards=backwards) for backwards in (False, True))
        if again != self._before or one != other:
            raise unsteady(service.policy, "asked the same again in another order, it answered otherwise")


def _replay(service: Service, space: Space, found: dict[str, Hunted], rules: Sequence[Rule], given: History) -> None:
    """Play what breaks a rule once more. Raises `InputError` if it does not."""
    for rule in rules:
        witness = found[rule.name].verdict.witness
        if witness and isinstance(rule, Invariant):
            platform = Platform(service, space.people, space.apps)
            platform.play((*given, *witness))
            if not any(tally.broken for tally in judge(platform.door.records, [rule])):
                raise unsteady(service.policy, "a history broke a claim once, and not again")


def unsteady(policy: Policy, found: str) -> InputError:
    """Say that a policy is no function of its request."""
    return InputError(
        f"the policy `{policy.name}` is not deterministic: {found}; let it look at nothing but the request"
    )


NEVER_VARIED = frozenset({"other.opened", "call.purpose"})
"""What no step of any alphabet changes."""


def _as_varied(hunted: Hunted, unvaried: tuple[str, ...]) -> Hunted:
    """Take back that a rule is kept, where something that the policy looks at had one value all the time."""
    verdict = hunted.verdict
    if not unvaried or verdict.kind is not Kind.EXHAUSTED:
        return hunted
    return evolve(hunted, verdict=evolve(verdict, kind=Kind.UNVARIED, unvaried=unvaried))


def _changes(looked: Looked) -> Callable[[], bool]:
    """Make a test of whether anything new is looked at from now on."""
    known = looked.size
    return lambda: looked.size != known


def _hunt_in(
    service: Service,
    rules: Sequence[Rule],
    bound: int,
    space: Space,
    given: History,
    until: float | None,
    tick: Tick,
    stale: Callable[[], bool],
) -> tuple[dict[str, Hunted], list[History]]:
    """What was found, and the first histories that were searched."""
    start = Platform(service, space.people, space.apps)
    start.play(given)
    hunting: list[Hunt] = []
    if single := [rule for rule in rules if isinstance(rule, Invariant)]:
        hunting.append(OfOneRun(single, service, space))
    if pairs := [rule for rule in rules if isinstance(rule, Noninterference)]:
        hunting.append(OfTwoRuns(pairs, service, space, given))

    def check(done: int, count: int) -> None:
        tick(done, count)
        if stale():
            raise StaleError
        if until is not None and monotonic() > until:
            raise TimeUpError

    # A message that once was inside a reading that falls is not high, though nothing in a state says so.
    falling = [rule for rule in pairs if rule.reading.falls]
    if given or falling:
        levels = Levels(service, space, given, lambda each: [high(each.door.records, APP, rule) for rule in falling])
    else:
        levels = levels_for(service, space)
    found = go_through(hunting, start, levels.walk(check), bound, check)
    if stale():
        raise StaleError
    first = first_of(levels.known)
    return {name: evolve(each, space=space) for name, each in found.items()}, [(*given, *each) for each in first]


def space_of(service: Service, rules: Sequence[Rule], bound: int, values: Values = NO_VALUES) -> Space:
    """Return the space in which rules are hunted, once all has been seen that the policy looks at within the bound."""
    if reads_of_policy(service.policy) is not None:
        return planned([service], rules, Looked(), values)
    found = next(iter(hunt_rules(service, rules, bound, values=values).values()))
    if found.space is None:
        raise AssertionError("a hunt says what it searched")
    return found.space


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
        self.found = {rule.name: Ongoing() for rule in rules}
        for rule in rules:
            control(rule)
        self._rules = rules
        self._needs_grant = isinstance(service.policy, ExtentPolicy | DenyAll) and not service.parts
        self._start = Platform(service, space.people, space.apps)
        self._given = given
        self._space = space

    def look(self, platform: Platform, node: Node[None], attempts: Attempts) -> None:
        """Compare what every last step leaves with what it leaves in the second run."""
        rules = [rule for rule in self._rules if self.found[rule.name].length is None]
        for rule in rules:
            self.found[rule.name].states += 1
        records = platform.door.records
        if self._needs_grant and not platform.state.windows:
            return
        alike = {(rule.reading, rule.released): rule for rule in rules}
        secret = {each: high(records, APP, rule) for each, rule in alike.items()}
        # Presence is varied for two rules alike, and one run serves both.
        runs: dict[tuple[str, frozenset[str]], Platform] = {}
        for step in last_steps(platform, self._space):
            one = attempts.get(step)
            if one is None:
                one = platform.attempt(step)
            for rule in rules:
                found = self.found[rule.name]
                found.histories += node.weight
                names = secret[rule.reading, rule.released]
                if not isinstance(step, Call) or any(map(_is_done, one)):
                    # What is written or done last may be high itself, or make a message that was high be so no more.
                    names = high([*records, *one], APP, rule)
                if not names:
                    continue
                found.fired += node.weight
                variant = VARIED[rule.lens], names
                if variant not in runs:
                    runs[variant] = self._vary(rule, names, node.history)
                try:
                    other = runs[variant].attempt(step)
                except InputError:
                    other = []
                if compare(one, other, APP, rule) is not None:
                    found.break_with((*node.history, step))

    def _vary(self, rule: Noninterference, names: frozenset[str], history: History) -> Platform:
        platform = self._start.copy()
        platform.rewrite = variation(rule, names)
        with suppress(InputError):  # it stops where an app was refused what it was not in the first run
            platform.play((*self._given, *history))
        return platform


def _is_done(record: Record) -> bool:
    return isinstance(record, Called) and record.outcome == "done"


def last_steps(platform: Platform, space: Space) -> Iterator[Step]:
    """The calls that can end a history, in any mailbox; and what people do, if that makes the app observe something."""
    for owner in platform.people:
        yield from calls_on(platform, APP, owner, space.operations, space.values)
        if "search" in space.operations:
            for word in (SECRET,) if space.values is None else SECRETS:
                yield Call(APP, "search", owner, text=word)
    if platform.state.is_pushing():
        yield from waited(platform, enabled(platform, space.kinds & WRITING, space.values), space.values)
