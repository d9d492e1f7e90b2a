"""Lesson 6: an invariant that is neither too strict for good systems nor too weak for faulty ones."""

from collections.abc import Callable, Iterator
from itertools import islice

from attrs import evolve, frozen

from permiscope.engine.actions import calls_on
from permiscope.engine.alphabet import Kind
from permiscope.engine.bfs import Levels
from permiscope.engine.space import APPS, Space
from permiscope.judge.invariants import parse_invariant
from permiscope.judge.monitor import Monitor
from permiscope.model.access import Operation
from permiscope.model.extents import READINGS
from permiscope.model.reads import OF_STATE
from permiscope.model.records import Record
from permiscope.model.state import State
from permiscope.model.steps import Compose, History
from permiscope.report.story import story
from permiscope.service.door.build import Service
from permiscope.service.door.messaging import MessagingService
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.faults.fault import ideal
from permiscope.service.policies.policy import DenyAll, ExtentPolicy
from permiscope.teach.answer import Answer, AnswerError
from permiscope.teach.exercise import Exercise, NotYetError, Part
from permiscope.teach.variant import APP, Variant

CLAIM = tuple(map(parse_invariant, ("I5:reply", "I1", "I9")))
"""What the learner is to say in Python, as ours: the right answers."""
KINDS: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "reply", "revoke"})
AGREED = evolve(ideal(), title="agreed")
ASKED: frozenset[Operation] = frozenset({"get", "thread", "list", "export", "delete"})
SILENT = "Not every record is a call, and not every id is one of a message. See first what there is."
Event = tuple[History, State, Record]
"""A day, and what its last step left."""
BATCH = 1000
"""Events about which a rule is asked at a time."""
BOUND = 4
"""Steps of the days on which a rule is tried: the last is the app's."""


@frozen
class Rule:
    """A learner's function `kept`, which is asked of a state and the record that led to it."""

    answer: Answer


@frozen
class System:
    """A service that keeps the claim or has a fault, in words, and what of it a learner is to think about.

    It is tried on every day of at most `bound` steps of these `kinds`, of which the last is one of the calls `asked`.
    """

    name: str
    service: Callable[[Variant], Service]
    hint: str
    asked: frozenset[Operation] = ASKED
    kinds: frozenset[Kind] = KINDS
    bound: int = BOUND


def _reading(name: str) -> Service:
    return evolve(AGREED, policy=ExtentPolicy(READINGS[name], {"delete": READINGS["authored"]}))


def _leaking(name: str) -> Service:
    return CATALOGUE[name].built_into(AGREED)


GOOD = (
    System(
        "no false alarm: the service does what was agreed",
        lambda _: evolve(AGREED, old=True),
        "Look at the last step of the example: is it a call, was anything shown, and what does the claim say of it?",
    ),
    System(
        "no false alarm: the service shows less",
        lambda variant: variant.choose((_reading("authored"), Service(DenyAll(), "agreed")), "stricter"),
        "Nothing obliges the app to see or to do anything. What of a call that was refused?",
        frozenset({"get", "delete"}),
    ),
    System(
        "no false alarm: a grant is taken back and given again",
        lambda _: AGREED,
        "There was a grant that ended, and there is another one. Which was in force when the call was decided?",
        frozenset({"get"}),
        frozenset({"grant", "compose-via", "revoke"}),
        BOUND + 1,
    ),
)
FAULTY = (
    System(
        "it notices: more is read than was agreed",
        lambda variant: _reading(variant.choose(("threaded", "counterpart", "everything"), "beyond")),
        "Look at the message that is shown: was it sent via the app, and if not, which message does it answer?",
        frozenset({"get"}),
    ),
    System(
        "it notices: more comes by another channel",
        lambda variant: _leaking(variant.choose(("L2", "L29"), "channel")),
        "Not every text is shown by a `get`, and not one at a time: look at all of `record.shown`, whatever was asked.",
    ),
    System(
        "it notices: something is read after the grant has ended",
        lambda variant: evolve(AGREED, recheck=False, lag=variant.choose((60.0, 120.0, 300.0, 600.0), "lag")),
        "Was there a grant in force? `state.decided_under` is the owner's grant when the call was decided, or None.",
    ),
    System(
        "it notices: the grant is somebody else's",
        lambda _: _leaking("L35"),
        "A grant is for the mailbox of whoever gave it. Which mailbox does the app ask for, and whose grant is there?",
    ),
    System(
        "it notices: something is deleted that may only be read",
        lambda _: _leaking("L21"),
        'A delete is a call, too: `record.operation == "delete"`, done or not (`record.outcome`), of `record.target`.',
    ),
)


def task(variant: Variant) -> str:
    """The claim, in words."""
    return (
        "Write the rule: a function `kept` that is called with the state and the record of each event, and returns "
        f"False when the record breaks the claim, else True. The claim, of every mailbox: (1) {APP} is shown the text "
        "of no message but what was sent via it (by anybody) and what answers such a message; (2) it is shown nothing "
        "at all, no headers either, unless a grant of the mailbox's owner was in force when that was decided; (3) it "
        "deletes nothing but what the mailbox's owner sent via it."
    )


def start(variant: Variant) -> str:
    """A rule that never says a thing."""
    return '''\
from permiscope.model.access import Grade
from permiscope.model.records import Called


def kept(state, record):
    """Does this event keep the claim? A record is a call of the app (Called) or something that a person did.

    A call has .app, .owner (of the mailbox), .operation, .outcome ("shown", "done", "refused"), .target (an id), .shown
    (messages) and .grade (how much of them: Grade.BODY is the text). A message has .id, .author, .via, .in_reply_to.
    Other messages are in state.messages, by their ids.
    """
    return True
'''


def read(variant: Variant, answer: Answer) -> Rule:
    """The rule, once it has answered a first question."""
    world = _world(AGREED, variant)
    owner, other, _ = variant.people
    world.do(Compose(other, (owner,)))
    list(answer.ask("kept", [(world.state, world.door.records[-1])]))
    return Rule(answer)


def _world(service: Service, variant: Variant) -> MessagingService:
    return MessagingService(service, variant.people[:2], APPS)


def _events(system: System, variant: Variant, *, broken: bool) -> Iterator[Event]:
    """The last events that break the claim, or those that do not, of all days of a system, shortest first."""
    monitor, left = Monitor(CLAIM), list[tuple[State, Record]]()

    def look(state: State, record: Record) -> None:
        before = [tally.broken for tally in monitor.tallies]
        monitor.observe(state, record)
        if (before != [tally.broken for tally in monitor.tallies]) is broken:
            left.append((state.copy(), record))

    world = _world(system.service(variant), variant)
    # A learner's rule may look at anything.
    space = Space(system.kinds, system.asked, OF_STATE)
    levels = Levels(world, space)
    for steps in range(system.bound):
        for node, messaging in levels.visit(steps):
            if node.history:
                look(messaging.state, messaging.door.records[-1])
                yield from ((node.history, *each) for each in left)
            # Before anybody granted anything all of these systems refuse.
            for owner in messaging.people if messaging.state.windows else ():
                for call in calls_on(messaging, APP, owner, system.asked):
                    left.clear()
                    messaging.attempt(call, (look,))
                    yield from (((*node.history, call), *each) for each in left)
            left.clear()


def _first_wrong(rule: Rule, system: System, variant: Variant, *, missed: bool) -> str:
    """The shortest day with a break that the rule misses, or with a false alarm; told, or an empty text."""
    world, events = _world(system.service(variant), variant), _events(system, variant, broken=missed)
    while batch := list(islice(events, BATCH)):
        said = rule.answer.ask("kept", [(state, record) for _, state, record in batch])
        for history, _, _ in batch:
            try:
                kept = next(said)
            except AnswerError as error:
                example = f"{_told(world, history)}\nOf the last step, your rule says nothing: {error}."
                raise NotYetError(example, SILENT) from None
            if kept is missed:
                does, said_to_be = ("breaks", "kept") if missed else ("keeps", "broken")
                but = f"The last step {does} the claim; your rule says that it is {said_to_be}."
                return f"{_told(world, history)}\n{but}"
    return ""


def _told(world: MessagingService, history: History) -> str:
    return story(world.copy().played(history), world.door.policy)


def _part(system: System, *, missed: bool) -> Part[Rule]:
    def check(variant: Variant, rule: Rule) -> str:
        return _first_wrong(rule, system, variant, missed=missed)

    return Part(system.name, check, system.hint)


EXERCISE = Exercise(
    6,
    task,
    start,
    read,
    (*(_part(each, missed=True) for each in FAULTY), *(_part(each, missed=False) for each in GOOD)),
)
