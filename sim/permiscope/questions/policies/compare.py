"""Are two rules the same? By enumeration, with the smallest history that tells them apart.

Extents are compared by what they hold, policies by what they answer. What people do depends on no policy, so one
sweep over their histories asks both: reading, sending, deleting and labelling, in every mailbox, granted or not.
Both are asked past the door, for speed, so the door is run for every history that is told. Scopes of real platforms are
told apart by each operation, and at their doors, for a service is more than its rule.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import product

from attrs import define, evolve, field, frozen

from permiscope.engine.actions import calls_on, timed
from permiscope.engine.alphabet import CHANGES, MATRIX, PEOPLES, PUSHED
from permiscope.engine.bfs import (
    PLAIN,
    PUBLISHED,
    Levels,
    Node,
    start_of,
)
from permiscope.engine.fixpoint import Watch
from permiscope.engine.moves import PUBLIC
from permiscope.engine.moves import call as call_of
from permiscope.engine.result import Result
from permiscope.engine.space import Space, planned, tells_pushes
from permiscope.engine.values import NO_VALUES, Values
from permiscope.judge.invariants import i5
from permiscope.model.access import ACTION_OF, ACTIONS, OPERATIONS, Action, Operation, Request
from permiscope.model.errors import InputError
from permiscope.model.extents import Extent
from permiscope.model.mail import Message
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.records import Called, Record
from permiscope.model.steps import Call, History
from permiscope.questions.policies.survey import DisagreementError, survey
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.door.writing import write
from permiscope.service.policies.policy import BUILT_IN, ExtentPolicy, Policy, permits, said_by

Asked = Action | Operation
"""What may be asked for: an action, or of scopes of real platforms an operation."""
Answers = tuple[Asked, bool, bool]
"""What was asked for, whether A permits it, and whether B does."""

Seen = dict[Answers, tuple[int, Call]]
"""How many questions get each pair of answers, and the first that does."""

ONLY_A, ONLY_B = (True, False), (False, True)


class Relation(StrEnum):
    """How A and B are to each other, in the words of the screen and of files."""

    EQUIVALENT = "equivalent within the bound"
    A_MORE = "A permits more"
    B_MORE = "B permits more"
    INCOMPARABLE = "incomparable"
    UNTESTED = "not tested"
    UNVARIED = "cannot say"


@frozen
class Difference:
    """What only one of two policies permits: the smallest history, its people's steps and the call that is asked."""

    action: Asked
    only_a: bool
    steps: History
    call: Call

    @property
    def witness(self) -> History:
        """The history as a whole."""
        return (*self.steps, self.call)


@define
class Comparison(Result):
    """What is known of two policies.

    `asked` is what they were asked for. `answers` counts the histories that end in a question with these answers;
    `first` has the smallest of each kind.
    """

    asked: tuple[Asked, ...] = ACTIONS
    answers: Counter[Answers] = field(factory=Counter)
    first: dict[Answers, tuple[History, Call]] = field(factory=dict)

    def relation(self, action: Asked | None = None) -> Relation:
        """How the two are to each other, in one of these or in all.

        Untested if neither ever permits anything; and nothing can be said of two that answered alike, if something that
        one of them looks at had one value all the time.
        """
        pairs = {(a, b) for asked, a, b in self.answers if action in (asked, None)}
        if ONLY_A in pairs and ONLY_B in pairs:
            return Relation.INCOMPARABLE
        if ONLY_A in pairs:
            return Relation.A_MORE
        if ONLY_B in pairs:
            return Relation.B_MORE
        if (True, True) not in pairs:
            return Relation.UNTESTED
        return Relation.UNVARIED if self.unvaried else Relation.EQUIVALENT

    def differences(self) -> list[Difference]:
        """What only one permits, once for each that is asked: the shortest first, and of equally long ones reading."""
        found = [Difference(action, a, *first) for (action, a, b), first in self.first.items() if a != b]
        return sorted(found, key=lambda each: (len(each.steps), self.asked.index(each.action), not each.only_a))


def compare_policies(
    a: Policy,
    b: Policy,
    bound: int,
    tick: Tick = no_tick,
    *,
    values: Values = NO_VALUES,
    until: float | None = None,
) -> Iterator[Comparison]:
    """Ask both after every history of at most 0, 1, ..., `bound` - 1 steps by people that either of them looks at.

    What is known is yielded after each length, so that whoever stops early keeps it; it begins again at length 0 when
    one of the two looks at something new. At `until` (of Python's `monotonic`) the comparison ends. Raises `InputError`
    for a policy of somebody's that answers otherwise when it is asked again.
    """
    services = service_for(a), service_for(b)
    watch = Watch(services, lambda looked: planned(services, [], looked, values), values, until, tick)

    def ask(space: Space) -> "tuple[_Comparing, Levels, None]":
        # What is pushed is not asked about; until two policies differ, whatever an app does they both permit.
        space = evolve(space, kinds=space.kinds - PUSHED)
        one, other = watch.services
        start = start_of(PLAIN if space.kinds <= PEOPLES else one, space)
        return _Comparing(one, other, space), Levels(start, space), None

    for found in watch.explore(ask, bound):
        if "call.operation" in found.space.reads and _may_push_otherwise(a, b, services, watch.looked):
            found.unvaried += ("what is pushed, which is not compared",)
        yield found


def _may_push_otherwise(a: Policy, b: Policy, services: Sequence[Service], looked: Looked) -> bool:
    """Whether the two may differ in what they push, though they answer every call alike."""
    one, other = said_by(a), said_by(b)
    if one.channels is not None and other.channels is not None:
        differ = [each for each in PUSHING if one.channels.get(each) != other.channels.get(each)]
        return bool(differ) or one.whole != other.whole
    return tells_pushes(services, [], looked)


class _Comparing:
    """The question what each of two policies answers."""

    def __init__(self, a: Service, b: Service, space: Space) -> None:
        self._doors, self._space = (a, b), space
        self._widely = bool(space.reads & {"message.recipients", "thread.members"})
        self.found = Comparison(space=space)
        self._operations: frozenset[Operation] = frozenset()
        if "call.operation" in space.reads:
            self._operations = space.operations
            opened = [channels for each in (a, b) if (channels := said_by(each.policy).channels) is not None]
            if opened:
                self._operations &= frozenset[Operation]().union(*opened)
            self.found.asked = tuple(each for each in OPERATIONS if each in self._operations)

    def look(self, messaging: MessagingService, node: Node) -> Seen:
        """Put to both what may be asked."""
        if self._operations:
            return _ask_doors(messaging, self._doors, self._operations, self._space.values)
        one, other = self._doors
        calls = questions(messaging, self._space.values, widely=self._widely)
        with asking(messaging):
            return _ask_both(messaging, one.policy, other.policy, calls)

    def count(self, node: Node, seen: Seen) -> int:
        """Count the answers, and run both doors for the first of each kind."""
        found = self.found
        for answers, (times, call) in seen.items():
            found.answers[answers] += node.weight * times
            if answers not in found.first:
                found.first[answers] = node.history, call
                _check(self._doors, answers, (*node.history, call), self._space)
        return sum(times for times, _ in seen.values())


def questions(messaging: MessagingService, values: Values | None = None, *, widely: bool = False) -> Iterator[Call]:
    """One call for each action on each message in each mailbox, one for each way to send, and one for settings.

    A message to one other person is sent, and one into each thread; `widely`, one to both others, too. With the values
    of a policy of somebody's own each is sent with its words, too, and what is there is forwarded.
    """
    texts = (PUBLIC, *(values.texts if values else ()))
    people, state = messaging.people, messaging.state
    for app in messaging.apps:
        for owner in people:
            for message in state.mailbox(owner):
                yield call_of(app, "get", owner, message=message)
                yield call_of(app, "delete", owner, message=message)
                yield call_of(app, "label", owner, message=message)
            if values and values.widely:
                yield from (call_of(app, "forward", owner, message=each, to=(app,)) for each in state.mailbox(owner))
            others = tuple([other for other in people if other != owner])
            threads = [name for name, thread in state.threads.items() if owner in thread.members]
            several = [*((other,) for other in others), *([others] if widely else [])]
            made = [call_of(app, "send", owner, to=to, text=text) for text in texts for to in several]
            made += [call_of(app, "send", owner, thread=name, text=text) for text in texts for name in threads]
            made.append(call_of(app, "subscribe", owner))
            yield from made
            if values:
                yield from timed(messaging, made, values)


@contextmanager
def asking(messaging: MessagingService) -> Iterator[None]:
    """Put the time back to which questions have moved what is true."""
    before = messaging.state.time
    try:
        yield
    finally:
        messaging.state.time = before


def request_of(messaging: MessagingService, call: Call) -> Request:
    """What the door asks a policy when such a call comes next; of one that names no message, whether it may at all.

    The facts are those of that time, as they are at the door: a second after what was last, if the call has none of its
    own. Whoever goes on from there asks within `asking`.
    """
    state, app, owner = messaging.state, call.app, call.owner
    state.time = messaging.clock + 1.0 if call.at is None else call.at
    if call.operation == "send":
        message = write(state, state.time, owner, call.text, to=call.to, thread=call.thread, via=app)
    elif call.message:
        message = state.messages[call.message]
    elif call.attachment:
        message = state.messages[state.attachments[call.attachment]]
    else:
        message = Message("", owner, (), "", (), state.position, state.time)
    return Request(app, ACTION_OF[call.operation], message, owner, state.granted(app, owner), state, call.operation)


PUSHING: tuple[Operation, ...] = ("push", "rule")


def _ask_doors(
    messaging: MessagingService,
    services: tuple[Service, Service],
    operations: frozenset[Operation],
    values: Values | None,
) -> Seen:
    """Put every call of these operations, in every mailbox, to both services."""
    seen: Seen = {}
    doors = [messaging.copy(service) for service in services]
    for app, owner in product(messaging.apps, messaging.people):
        for call in calls_on(messaging, app, owner, operations, values):
            a, b = (any(_is_answered(record) for record in each.attempt(call)) for each in doors)
            times, first = seen.get((call.operation, a, b), (0, call))
            seen[call.operation, a, b] = times + 1, first
    return seen


def _is_answered(record: Record) -> bool:
    return isinstance(record, Called) and record.outcome != "refused"


def _ask_both(messaging: MessagingService, a: Policy, b: Policy, calls: Iterable[Call]) -> Seen:
    """Put every action on every message to both policies."""
    seen: Seen = {}
    for call in calls:
        request = request_of(messaging, call)
        if call.operation == "forward":
            read = evolve(request, action="read", operation="get")
            if not (permits(a, read) and permits(b, read)):
                continue  # what cannot be read is not forwarded, whatever a policy says of sending
        answers = request.action, permits(a, request), permits(b, request)
        times, first = seen.get(answers, (0, call))
        seen[answers] = times + 1, first
    return seen


def _check(services: Sequence[Service], answers: Answers, history: History, space: Space) -> None:
    """Run a history through both doors, and make sure that they answer as the policies did.

    Raises `InputError` for a policy of somebody's that answers otherwise when it is asked again.
    """
    for service, permitted in zip(services, answers[1:], strict=True):
        policy, messaging = service.policy, MessagingService(service, space.people, space.apps)
        messaging.play(history[:-1])
        record = messaging.do(history[-1])
        if not isinstance(record, Called) or (record.outcome != "refused") != permitted:
            if said_by(policy).reads is not None:
                raise DisagreementError(f"the door of {policy.name} and its answer differ: {history}")
            raise InputError(f"`{policy.name}` answered one question in two ways; let it depend on the request alone")


CHANGED_BY_MATRIX = frozenset({"message.recipients"}).union(*(CHANGES[kind].changes for kind in MATRIX))
"""What the published steps change: they write to one person and to two, too, and nobody writes to an app."""


def compare_extents(one: Extent, other: Extent, bound: int) -> History | None:
    """The smallest history on which they differ, of at most `bound` steps; None if `one` is included in `other`.

    The history ends in the read of a message that belongs to `one` and not to `other`. Its steps are the published
    ones, unless one of the two reads something that these do not change.
    """
    policy, space = ExtentPolicy(one), PUBLISHED
    if not one.reads | other.reads <= CHANGED_BY_MATRIX:
        space = planned([service_for(policy)], [i5(other)], Looked(), NO_VALUES)
        space = evolve(space, kinds=space.kinds & PEOPLES)
    for found in survey([policy], [other], bound, space=space):
        if witness := found.content_scoped(policy, other).witness:
            return witness
    return None


def included(extents: Iterable[Extent], bound: int) -> frozenset[tuple[str, str]]:
    """The pairs of names of extents of which the first holds nothing that the second does not.

    That is in every history of at most `bound` published steps.
    """
    extents = list(extents)
    *_, found = survey([BUILT_IN["deny-all"]], extents, bound)
    bits = {extent.name: 1 << number for number, extent in enumerate(extents)}
    return frozenset(
        (narrow, wide)
        for narrow, wide in product(bits, repeat=2)
        if not any(mask & bits[narrow] and not mask & bits[wide] for mask in found.reads)
    )
