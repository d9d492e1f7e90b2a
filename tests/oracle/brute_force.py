"""Run every history of at most so many steps, and note what a policy must permit for each break of a claim.

The real search chooses its steps by what a policy reads, and merges states that are alike. This one does neither, and
imports nothing of `permiscope.engine`: it takes every step of `steps.py` from every state. The door is the only part
that both share. It is given a policy that permits everything and notes what it was asked, as the number of a row of
answers of all atoms. A pattern is the set of questions that a policy must permit, or refuse, so that a history ends in
a break.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from permiscope.model.access import PERMIT, REFUSED, Decision, Grade, Operation, Request
from permiscope.model.mail import Message
from permiscope.model.records import Called, Record
from permiscope.model.state import State
from permiscope.model.steps import History, Step
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from tests.oracle.atoms import Atom
from tests.oracle.claims import broken
from tests.oracle.steps import APPS, DISTINCT, PEOPLE, distinct_step, pushing, reads, steps


class Asked(NamedTuple):
    """One question that the door asked: about which message of whose mailbox, and the number of its answers."""

    app: str
    owner: str
    message: str
    operation: Operation | None
    number: int


def is_about(asked: Asked, call: Called, message: str) -> bool:
    """Return whether the answer to a question matters to whether a call shows a message."""
    if asked.operation != "push":
        return call.operation == "push" or asked.message == message
    return (asked.app, asked.owner, asked.message) == (call.app, call.owner, message) and call.operation == "push"


class Watcher:
    """The policy of the brute force: permit everything but the pushes to refuse, and note what was asked."""

    name = "watcher"
    text = "Everything is permitted and noted."

    def __init__(self, atoms: Sequence[Atom]) -> None:
        self.lasting = [(1 << place, atom.test) for place, atom in enumerate(atoms) if not atom.of_call]
        self.of_call = [(1 << place, atom.test) for place, atom in enumerate(atoms) if atom.of_call]
        self.numbers: dict[int, int] = {}
        self.asked: list[Asked] = []
        self.refused: Sequence[int] = ()
        self.known: dict[tuple[str, str, str], int] | None = None

    def decide(self, request: Request) -> Decision:
        """Note the answers of all atoms to a request. In one state they are the same for each call but a few."""
        key = request.app, request.owner, request.message.id
        bits = self.known.get(key) if self.known is not None else None
        if bits is None:
            bits = sum([bit for bit, test in self.lasting if test(request)])
            if self.known is not None:
                self.known[key] = bits
        bits += sum([bit for bit, test in self.of_call if test(request)])
        number = self.numbers.setdefault(bits, len(self.numbers))
        self.asked.append(Asked(*key, request.operation, number))
        return REFUSED if len(self.asked) - 1 in self.refused else PERMIT


class Pattern(NamedTuple):
    """What a policy must permit and refuse, as `2 n` and `2 n + 1`, and which claims are broken then, as bits."""

    needed: tuple[int, ...]
    broken: int


class BruteForce:
    """All histories of at most `bound` steps, as the shortest history of each pattern.

    The last calls go through the `channels`. Of the steps before them only those are taken that `keep` keeps.
    """

    def __init__(
        self,
        bound: int,
        atoms: Sequence[Atom],
        channels: Sequence[Operation] = DISTINCT,
        keep: Callable[[Step], bool] = distinct_step,
    ) -> None:
        self.bound = bound
        self.channels = channels
        self.keep = keep
        self.watcher = Watcher(atoms)
        self.shortest: dict[Pattern, History] = {}
        self.histories = 0
        self._needed: frozenset[int] = frozenset()
        self._history: History = ()

    def run(self) -> "BruteForce":
        """Run every history."""
        self._continue(MessagingService(Service(self.watcher), PEOPLE, APPS), (), frozenset())
        return self

    def _continue(self, messaging: MessagingService, history: History, needed: frozenset[int]) -> None:
        """Try every last step after a history, then every history that is one step longer."""
        self._needed = needed
        self.watcher.known = {}
        self._try(messaging, history, reads(messaging, self.channels))
        self.watcher.known = None
        self._try(messaging, history, filter(self.keep, pushing(messaging)))
        if len(history) + 1 < self.bound:
            for step in filter(self.keep, steps(messaging)):
                for child, more in self._take(messaging, step):
                    self._continue(child, (*history, step), needed | more)

    def _try(self, messaging: MessagingService, history: History, last: Iterable[Step]) -> None:
        for step in last:
            self.histories += 1
            self._history = (*history, step)
            self.watcher.asked = []
            messaging.attempt(step, (self._observe,))

    def _observe(self, state: State, record: Record) -> None:
        """Note what must be permitted for what the first app was shown in a last step, if that breaks a claim."""
        if not isinstance(record, Called) or record.app != APPS[0] or record.outcome == "refused":
            return
        shown: dict[str, Message | None] = {message.id: message for message in record.shown}
        asked = self.watcher.asked
        if record.operation == "count":
            shown = dict.fromkeys([each.message for each in asked])
        for name, message in shown.items():
            bits = broken(state, record, message if record.grade is Grade.BODY else None)
            if bits:
                needed = self._needed | {2 * each.number for each in asked if is_about(each, record, name)}
                pattern = Pattern(tuple(sorted(needed)), bits)
                known = self.shortest.get(pattern)
                if known is None or len(self._history) < len(known):
                    self.shortest[pattern] = self._history

    def _take(self, messaging: MessagingService, step: Step) -> Iterator[tuple[MessagingService, frozenset[int]]]:
        """Return the service after a step, and what must be permitted; once for each set of pushes that is refused."""
        refusals: list[tuple[int, ...]] = [()]
        for refused in refusals:
            child = messaging.copy()
            self.watcher.asked, self.watcher.refused = [], refused
            child.do(step)
            self.watcher.refused = ()
            asked = list(enumerate(self.watcher.asked))
            after = max(refused, default=-1)
            refusals += [(*refused, place) for place, each in asked if each.operation == "push" and place > after]
            yield child, frozenset([2 * each.number + (place in refused) for place, each in asked])
