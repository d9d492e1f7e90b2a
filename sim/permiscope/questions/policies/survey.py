"""Which policies break which readings? One sweep over the people's histories serves every pair at once.

What people do depends on no policy. So each state is visited once, and for each message in each mailbox a bit
set is noted: which extents hold. A pair breaks where the policy's bit is set and the reading's is not. This is
a shortcut past the door, and so it is checked and not trusted: the door is run for the witness of every pair
that breaks and, under every policy, in a sample of the states.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import and_, or_

from attrs import define, evolve, field, frozen

from permiscope.engine.actions import reads
from permiscope.engine.alphabet import PEOPLES, READ
from permiscope.engine.bfs import PUBLISHED, Levels, Node, explore, messaging_for, start_of
from permiscope.engine.fixpoint import Watch
from permiscope.engine.result import Result
from permiscope.engine.space import APPS, Space, planned
from permiscope.engine.values import NO_VALUES, Values
from permiscope.judge.invariants import i5
from permiscope.judge.verdicts import Kind, Verdict
from permiscope.model.extents import Extent
from permiscope.model.progress import Tick, no_tick
from permiscope.model.reads import Looked
from permiscope.model.records import Called
from permiscope.model.steps import Call, History
from permiscope.service.door.build import Service, service_for
from permiscope.service.door.messaging import MessagingService
from permiscope.service.policies.policy import BUILT_IN, Policy, said_by

(APP,) = APPS
SAMPLE = 41
"""The door is run under every policy in one state of so many."""

READ_ALL = {
    "RA1": "The app alone can read every message of every user.",
    "RA2": "The app alone can read every message of every user who granted.",
    "RA3": "The app alone can read every message of some user who granted.",
}


class DisagreementError(RuntimeError):
    """The shortcut and the door differ: a defect of Permiscope, never of a policy."""


@frozen
class Boxes:
    """What a state allows on whole mailboxes.

    `every` and `some` have the bits under which all of every, of some granter's mailbox can be read; `granters`
    says that a granter holds a message, `others` that somebody else does.
    """

    every: int
    some: int
    granters: bool
    others: bool


@define
class Survey(Result):
    """What is known of policies and extents.

    Bit sets are over `columns`, the names of extents and policies. `shown` counts the histories whose last
    read has a bit set; `reads` and `boxes` have the first state, shortest first, for each kind of read and of
    mailboxes; `ways` counts the histories that lead to each kind of mailboxes.
    """

    columns: tuple[str, ...]
    shown: Counter[int] = field(factory=Counter)
    reads: dict[int, tuple[History, Call]] = field(factory=dict)
    boxes: dict[Boxes, History] = field(factory=dict)
    ways: Counter[Boxes] = field(factory=Counter)

    def fired(self, policy: Policy) -> int:
        """In how many histories the policy showed a body."""
        bit = self._bit(_column(policy))
        return sum(count for mask, count in self.shown.items() if mask & bit)

    def content_scoped(self, policy: Policy, reading: Extent) -> Verdict:
        """Whether all that the policy shows lies within the reading; refuted by the first read that does not."""
        bit, within = self._bit(_column(policy)), self._bit(reading.name)
        fired = self.fired(policy)
        for mask, (history, call) in self.reads.items():
            if mask & bit and not mask & within:
                return Verdict(Kind.REFUTED, fired, self.bound, (*history, call))
        return Verdict(Kind.EXHAUSTED if fired else Kind.VACUOUS, fired, self.bound)

    def read_all(self, policy: Policy, quantifier: str) -> Verdict:
        """Whether the app alone can read all that RA1, RA2 or RA3 says, in every state.

        A state with nothing to read tests nothing. The witness is the smallest state that fails, and in it the
        read that is refused.
        """
        bit = self._bit(_column(policy))
        fired = 0
        witness: History = ()
        for boxes, history in self.boxes.items():
            if not (boxes.granters or (quantifier == "RA1" and boxes.others)):
                continue
            fired += self.ways[boxes]
            good = boxes.some if quantifier == "RA3" else boxes.every
            if not witness and (not good & bit or (quantifier == "RA1" and boxes.others)):
                witness = (*history, _refused_read(policy, history, self.space))
        if witness:
            return Verdict(Kind.REFUTED, fired, self.bound, witness)
        if fired and self.unvaried:
            return Verdict(Kind.UNVARIED, fired, self.bound, unvaried=self.unvaried)
        return Verdict(Kind.EXHAUSTED if fired else Kind.VACUOUS, fired, self.bound)

    def _bit(self, column: str) -> int:
        return 1 << self.columns.index(column) if column else 0


def survey(
    policies: Sequence[Policy],
    readings: Sequence[Extent],
    bound: int,
    tick: Tick = no_tick,
    space: Space = PUBLISHED,
) -> Iterator[Survey]:
    """Run every history of at most 1, 2, ..., `bound` steps, and yield what is known after each length.

    Raises `DisagreementError` if the door, run on a sample of the states, does otherwise than the bit sets say.
    """
    return explore(*_asked(policies, readings, space), bound, tick)


def _asked(policies: Sequence[Policy], readings: Sequence[Extent], space: Space) -> "tuple[_Sweep, Levels]":
    return _Sweep(policies, readings, space), Levels(start_of(Service(policies[0]), space), space)


class _Sweep:
    """The question which extents hold, and which policies show what, in every mailbox."""

    def __init__(self, policies: Sequence[Policy], readings: Sequence[Extent], space: Space) -> None:
        extents = {extent.name: extent for extent in readings}
        extents |= {policy.name: extent for policy in policies if (extent := said_by(policy).extent)}
        strangers = [policy for policy in policies if _column(policy) not in ("", *extents)]
        self.found = Survey((*extents, *(policy.name for policy in strangers)), space=space)
        self._policies = policies
        self._tests = [(extent.holds, 1 << number) for number, extent in enumerate(extents.values())]
        self._doors = [(policy, 1 << number) for number, policy in enumerate(strangers, start=len(self._tests))]
        self._everything = (1 << len(self.found.columns)) - 1

    def look(self, messaging: MessagingService, node: Node) -> tuple[list[int], Boxes]:
        """The bit set of each possible read, 0 for a message that is not in the mailbox; and the mailboxes."""
        state, everything = messaging.state, self._everything
        masks = []
        full = []
        for owner in messaging.people:
            if (APP, owner) not in state.windows:
                continue
            is_granted = state.granted(APP, owner) is not None
            whole = everything
            mailbox = state.mailbox(owner)
            for message in state.messages.values():
                mask = 0
                if message.id in mailbox:
                    for holds, bit in self._tests if is_granted else ():
                        if holds(message, APP, owner, state):
                            mask |= bit
                    for policy, bit in self._doors:
                        if _shows(messaging, policy, Call(APP, "get", owner, message=message.id)):
                            mask |= bit
                    whole &= mask
                masks.append(mask)
            if mailbox and is_granted:
                full.append(whole)
        others = any(state.mailbox(person) and state.granted(APP, person) is None for person in messaging.people)
        return masks, Boxes(reduce(and_, full, everything), reduce(or_, full, 0), bool(full), others)

    def count(self, node: Node, seen: tuple[list[int], Boxes]) -> int:
        """Count each read, and run the door under every policy in a sample of the states."""
        found, (masks, boxes) = self.found, seen
        for number, mask in enumerate(masks):
            found.shown[mask] += node.weight
            if mask not in found.reads:
                found.reads[mask] = node.history, _nth_read(node.history, number, found.space)
        found.ways[boxes] += node.weight
        found.boxes.setdefault(boxes, node.history)
        if found.states % SAMPLE == 0:
            _check_sample(found, self._policies, node.history, masks)
        return len(masks)


def survey_own(policy: Policy, bound: int, tick: Tick = no_tick, values: Values = NO_VALUES) -> Iterator[Survey]:
    """Run every history of at most 1, 2, ..., `bound` steps of people that can change what the policy looks at.

    What is yielded begins again when the policy looks at something new. The sweep ends early when there is nothing left
    that it could find: whether an app can read everything.
    """
    service = service_for(policy)

    def plan(looked: Looked) -> Space:
        space = planned([service], [], looked, values)
        return evolve(space, kinds=space.kinds & PEOPLES, operations=READ)

    watch = Watch([service], plan, values, tick=tick)
    (tested,) = [each.policy for each in watch.services]
    for found in watch.explore(lambda space: (*_asked([tested], [], space), None), bound):
        found.answered = all(found.read_all(tested, name).kind is Kind.REFUTED for name in READ_ALL)
        yield found


def check_witness(policy: Policy, reading: Extent, witness: History) -> None:
    """Run a witness through the door, and make sure that the last call breaks the reading."""
    messaging = messaging_for(Service(policy), witness)
    messaging.play(witness[:-1])
    call = messaging.do(witness[-1])
    if not (isinstance(call, Called) and call.shown and not i5(reading).check(messaging.state, call)):
        raise DisagreementError(f"the door does not show what breaks {policy.name}/{reading.name}: {witness}")


def _check_sample(found: Survey, policies: Sequence[Policy], history: History, masks: list[int]) -> None:
    messaging = _after(policies[0], history, found.space)
    for policy in policies:
        bit = found._bit(_column(policy))  # noqa: SLF001  # of this room
        for call, mask in zip(reads(messaging, APP), masks, strict=True):
            if _shows(messaging, policy, call) != bool(mask & bit):
                raise DisagreementError(f"the door of {policy.name} and the sweep differ on {call} after {history}")


def _column(policy: Policy) -> str:
    """The column that says what a policy shows; none for the one that shows nothing."""
    return "" if said_by(policy).permits_nothing else policy.name


def _shows(messaging: MessagingService, policy: Policy, call: Call) -> bool:
    record = messaging.copy(Service(policy)).do(call)
    return isinstance(record, Called) and bool(record.shown)


def _after(policy: Policy, history: History, space: Space) -> MessagingService:
    messaging = MessagingService(Service(policy), space.people, space.apps)
    messaging.play(history)
    return messaging


def _nth_read(history: History, number: int, space: Space) -> Call:
    return list(reads(_after(BUILT_IN["deny-all"], history, space), APP))[number]


def _refused_read(policy: Policy, history: History, space: Space) -> Call:
    """The first read of a message in its holder's mailbox that the policy refuses."""
    messaging = _after(policy, history, space)
    for owner in messaging.people:
        for message in messaging.state.mailbox(owner):
            call = Call(APP, "get", owner, message=message)
            if not _shows(messaging, policy, call):
                return call
    raise DisagreementError(f"the door of {policy.name} refuses nothing after {history}")
