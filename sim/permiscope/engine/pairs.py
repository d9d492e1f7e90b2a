"""What is the shortest history in which an app can tell more than it may? Two runs of each, side by side.

The base run says what is high. The second run is made by variation: the same steps, with other words in the high
messages, or without them. All are varied at once; only when the runs diverge is one looked for that suffices.
Before a rule is used, three controls show that two runs are told apart when they differ, and only then.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache

from attrs import evolve, frozen

from permiscope.engine.actions import calls_on, enabled, waited
from permiscope.engine.alphabet import WRITING
from permiscope.engine.moves import ANSWER, PRIVATE, PUBLIC, SECOND, UNRELATED
from permiscope.engine.space import (
    APPS,
    PEOPLE,
    Space,
)
from permiscope.judge.invariants import Invariant
from permiscope.judge.monitor import judge
from permiscope.judge.noninterference import (
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
from permiscope.model.errors import InputError
from permiscope.model.mail import Message
from permiscope.model.records import Record, Wrote
from permiscope.model.steps import Call, Compose, Consent, History, Label, Open, Step
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import Observer
from permiscope.service.door.messaging import MessagingService, Rewrite, as_written
from permiscope.service.faults.l12_latency import Scans
from permiscope.service.policies.policy import BUILT_IN

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

    base = _played(MessagingService(leaky, PEOPLE, APPS), CONTROLS).door.records

    def records(names: Collection[str]) -> list[Record]:
        varied = MessagingService(leaky, PEOPLE, APPS, rewrite=_varied(base, rule, names))
        return _played(varied, CONTROLS).door.records

    secret = high(base, APP, rule)
    if compare(base, records(()), APP, rule) is not None:
        raise ControlError(f"{rule.name}: the app can tell a run from the same run")
    for names, what in (({"m1", "m2"} - secret, "it may see"), (secret, "leaks")):
        if names and compare(base, records(names), APP, rule) is None:
            raise ControlError(f"{rule.name}: the app cannot tell two runs apart that differ in what {what}")


def _played(messaging: MessagingService, history: History) -> MessagingService:
    """The messaging service after the history, and nothing after that."""
    messaging.play(history)
    messaging.end(messaging.clock)
    return messaging


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
        messaging = MessagingService(service, people, apps, observers, rewrite)
        try:
            return _played(messaging, history).door.records
        except InputError:
            if rewrite is as_written:
                raise
            # An app was refused what it was not in the first run, so that the two are told apart already.
            return messaging.door.records

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
    records = _played(MessagingService(service, people, apps), history).door.records
    tallies = judge(records, [rule for rule in rules if isinstance(rule, Invariant)])
    pairs = [run_pair(service, history, rule, people, apps) for rule in rules if isinstance(rule, Noninterference)]
    found = {tally.invariant.name: tally.verdict() for tally in tallies}
    return found | {pair.rule.name: pair.verdict() for pair in pairs}


def last_steps(messaging: MessagingService, space: Space) -> Iterator[Step]:
    """The calls that can end a history, in any mailbox; and what people do, if that makes the app observe something."""
    for owner in messaging.people:
        yield from calls_on(messaging, APP, owner, space.operations, space.values)
        if "search" in space.operations:
            for word in (SECRET,) if space.values is None else SECRETS:
                yield Call(APP, "search", owner, text=word)
    if messaging.state.is_pushing():
        yield from waited(messaging, enabled(messaging, space.kinds & WRITING, space.values), space.values)
