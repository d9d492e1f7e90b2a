"""In which ways can a service be built a little wrong? Mutants: every policy and door, with one thing changed.

A mutant is to a check what a fault of the catalogue is, but made by rule: each operator is applied wherever it
applies. What the catalogue builds already is taken from there.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from math import inf

from attrs import evolve, field, frozen

from permiscope.engine.alphabet import BASE, MATRIX, READ, Kind
from permiscope.model.access import (
    ACTION_NOT_GRANTED,
    ACTION_OF,
    GRADE_OF,
    NO_GRANT,
    OPERATIONS,
    OUTSIDE_GRANT,
    PERMIT,
    REFUSED,
    Action,
    Decision,
    Grade,
    Operation,
    Reason,
    Request,
)
from permiscope.model.extents import EVERYTHING, READINGS, Atom, Extent, Facts
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.questions.checks.keeping import labels_itself
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.door.services import SERVICES
from permiscope.service.faults.catalogue import CATALOGUE
from permiscope.service.policies.policy import BUILT_IN, NOTHING, ExtentPolicy, Policy, Sayings, said_by

NEXT: tuple[tuple[str, str], ...] = (
    ("authored", "via-app"),
    ("via-app", "reply"),
    ("reply", "threaded"),
    ("rooted", "threaded"),
    ("threaded", "counterpart"),
    ("counterpart", "everything"),
    ("addressed", "everything"),
    ("linked", "everything"),
    ("tagged", "everything"),
)
"""Each reading with the next wider one. To compute the order takes longer than all else, so a test does that."""

REVOKE: frozenset[Kind] = frozenset({"revoke"})
NARROWLY: frozenset[Kind] = frozenset({"grant-narrowly"})
TRASH: frozenset[Kind] = frozenset({"trash"})
EDIT: frozenset[Kind] = frozenset({"edit"})
LABEL: frozenset[Kind] = frozenset({"label"})
SUBSCRIBE: frozenset[Kind] = frozenset({"app-subscribe"})
NOTHING_MORE: frozenset[Kind] = frozenset()
LABELLING: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "label"})
"""What takes the place of grant, compose, compose via the app and reply where all goes by labels."""
QUOTING: frozenset[Kind] = frozenset({"grant", "compose", "compose-via", "quote"})


@frozen
class Look:
    """Where it is looked for a difference, and for a break: histories of these kinds of steps that end in these calls.

    They have at most as many steps as the first of `bounds`, and if they show nothing as many as the next.
    """

    kinds: frozenset[Kind]
    operations: frozenset[Operation]
    checks: tuple[str, ...]
    bounds: tuple[int, ...] = (4, 5)


@frozen
class Mutant:
    """A service of which one thing was changed by an operator, and where that could be seen."""

    original: Service = field(repr=False)
    operator: str
    what: str
    service: Service = field(repr=False)
    looks: tuple[Look, ...] = field(repr=False)

    @property
    def name(self) -> str:
        """The original and what was done to it, as in *reply, extent true*."""
        return f"{self.original.name}, {self.what}"


@frozen
class Flipped:
    """A policy that permits where another one has a certain reason to refuse."""

    policy: Policy
    reason: Reason

    @property
    def name(self) -> str:
        """As the policy is called otherwise."""
        return self.policy.name

    @property
    def text(self) -> str:
        """What the policy says, and where it says the opposite."""
        return f"{self.policy.text} What it would refuse as `{self.reason}` is permitted."

    @property
    def says(self) -> Sayings:
        """What the policy looks at, and the grant, for want of which it may permit."""
        reads = said_by(self.policy).reads
        return Sayings(None if reads is None else reads | {"grant.given", "grant.scope"})

    def decide(self, request: Request) -> Decision:
        """Permit for the reason to refuse; otherwise decide as the policy does."""
        decision = self.policy.decide(request)
        return PERMIT if decision.reason == self.reason else decision


def unchecked(operation: Operation) -> Callable[[Service], Service]:
    """What leaves a channel without a check: it asks for a grant, and for nothing else."""

    class Unchecked(EnforcementPoint):
        def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
            permitted = super()._permitted(record, candidates, time)
            if record.operation != operation or self._believed(record.app, record.owner, time) is None:
                return permitted
            record.reason = "permitted" if candidates else record.reason
            return candidates

    return lambda service: evolve(service, parts=(*service.parts, Unchecked))


UNCHECKED: dict[Operation, Callable[[Service], Service]] = {
    "thread": CATALOGUE["L2"].change,
    "count": CATALOGUE["L8"].change,
    "undelete": CATALOGUE["L22"].change,
    "attachment": CATALOGUE["L25"].change,
    "export": CATALOGUE["L29"].change,
    "forward": CATALOGUE["L37"].change,
    "rule": CATALOGUE["L38"].change,
}
"""Channels that the catalogue leaves without a check already."""

SETTING: dict[Operation, frozenset[Kind]] = {
    "attachment": frozenset({"attach"}),
    "push": SUBSCRIBE,
    "rule": frozenset({"app-rule"}),
    "undelete": TRASH,
}
"""Steps without which a channel has nothing to hand over."""


@cache
def mutants() -> dict[str, Mutant]:
    """Every mutant by its name: of all policies, and of the doors of the services of the survey."""
    of_others = [Service(policy) for name, policy in BUILT_IN.items() if name not in SERVICES]
    # What takes longest comes first, for two are tried at a time and neither should wait for the other at the end.
    made = [mutant for original in SERVICES.values() for mutant in _of_door(original)]
    made += [mutant for original in (*SERVICES.values(), *of_others) for mutant in _of_policy(original)]
    return {mutant.name: mutant for mutant in made}


def own(original: Service) -> str:
    """The reading that the service is built to keep."""
    extent = said_by(original.policy).extent
    return "everything" if extent is None else extent.name


# The policy.


def _of_policy(original: Service) -> Iterator[Mutant]:
    policy = original.policy
    for reason, look in _exits(policy):
        flipped = evolve(original, policy=Flipped(policy, reason))
        yield Mutant(original, "flip an effect", f"permit: {reason}", flipped, (look,))
    says = said_by(policy)
    extent, others = says.extent, says.others
    if extent is None:
        return
    looks = (READS,) if "delete" in others else (READS, _deletes(extent))

    def with_extent(operator: str, what: str, other: Extent) -> Mutant:
        return Mutant(original, operator, what, evolve(original, policy=ExtentPolicy(other, others)), looks)

    yield with_extent("flip an effect", "permit for deny", ~extent)
    if extent is not EVERYTHING:
        yield with_extent("extent true", "extent true", EVERYTHING)
    yield with_extent("extent false", "extent false", NOTHING)
    for narrow, wide in NEXT:
        # One up from a reading to everything is an extent that is true, already.
        if narrow == extent.name and wide != "everything":
            yield with_extent("a reading up", f"up to {wide}", READINGS[wide])
        if wide == extent.name:
            yield with_extent("a reading down", f"down to {narrow}", READINGS[narrow])
    if extent.name in BY_PROVENANCE:
        yield with_extent("swap author and via", "author and via swapped", swapped(extent))
    for action, its in others.items():
        for what, other in (("true", EVERYTHING), ("false", NOTHING)):
            if other.name != its.name:
                changed = evolve(original, policy=ExtentPolicy(extent, {**others, action: other}))
                look = _acts(extent)[action]
                yield Mutant(original, f"extent {what}", f"extent of {action} {what}", changed, (look,))


def _exits(policy: Policy) -> Iterator[tuple[Reason, Look]]:
    """The reasons for which a policy refuses, and where they come about."""
    ungranted = Look(MATRIX | REVOKE, READ, ("I1", "I3"), (4,))
    if said_by(policy).extent is None:
        yield REFUSED.reason, ungranted
        return
    narrow = Look(MATRIX | NARROWLY, frozenset({"get", "delete", "label"}), ("I5:granted", "I8:granted"), (4,))
    yield NO_GRANT.reason, ungranted
    yield ACTION_NOT_GRANTED.reason, narrow
    yield OUTSIDE_GRANT.reason, evolve(narrow, operations=READ)


READS = Look(MATRIX, READ, (*(f"I5:{reading}" for reading in READINGS), "I18", "U2", "U3", "U4"), (4,))
OPENED_BY: Mapping[str, frozenset[Kind]] = {
    "addressed": frozenset({"mention"}),
    "linked": frozenset({"link"}),
    "tagged": LABEL,
}
"""Steps besides those of every day by which a message comes to belong to a reading."""


def _deletes(extent: Extent) -> Look:
    kinds = BASE | OPENED_BY.get(extent.name, NOTHING_MORE)
    return Look(kinds, frozenset({"delete"}), ("I9", "I10", "U5"), (4,))


def _acts(extent: Extent) -> Mapping[Action, Look]:
    """Where to look when the extent of another action than reading is changed."""
    return {"delete": _deletes(extent), "label": Look(BASE, frozenset({"label"}), ("I13",), (4,))}


BY_PROVENANCE = ("authored", "via-app", "reply", "rooted", "threaded", "counterpart")
"""Readings that ask what something was sent via."""


def swapped(extent: Extent) -> Atom:
    """The extent, when it takes for sent via the app what the owner wrote, and the other way round."""

    def holds(message: Message, app: str, owner: str, facts: Facts) -> bool:
        return extent.holds(_swapped(message, app, owner), app, owner, _SwappedFacts(facts, app, owner))  # type: ignore[arg-type]  # what these extents ask of facts

    return Atom(f"{extent.name}, author and via swapped", f"author and via swapped, {extent.phrase}", holds)


def _swapped(message: Message, app: str, owner: str) -> Message:
    author = owner if message.via == app else ""
    return evolve(message, via=app if message.author == owner else None, author=author)


class _SwappedFacts:
    """What the extents by provenance ask, with author and via swapped."""

    def __init__(self, facts: Facts, app: str, owner: str) -> None:
        self.messages = {name: _swapped(message, app, owner) for name, message in facts.messages.items()}
        self.threads = {
            name: evolve(thread, apps=(app,) if any(self.messages[each].via for each in thread.messages) else ())
            for name, thread in facts.threads.items()
        }

    def exchanged(self, app: str, owner: str, other: str) -> bool:
        """Whether the owner wrote to the other, which is taken for having done so via the app."""
        return any(message.via and other in message.recipients for message in self.messages.values())


# The door.


def _of_door(original: Service) -> Iterator[Mutant]:
    for operation in OPERATIONS:
        change = UNCHECKED.get(operation) or unchecked(operation)
        yield from _changed(original, "drop a PEP", f"{operation} unchecked", change, _channel(original, operation))
    its, tagged = own(original), labels_itself(original)
    base = LABELLING if tagged else BASE
    flight: frozenset[Kind] = frozenset({"grant", "compose-via", "begin", "deliver"})
    told = Look(base | NARROWLY, READ, ("I24", f"I21:{its}", "I21:granted"))
    pushed = base | SUBSCRIBE
    for operator, leak, look in (
        ("drop the recheck", "L17", Look(flight | REVOKE, frozenset(), ("I1", "I4"), (5,))),
        (
            "stale attribute",
            "L18",
            # To set the label is a step more.
            Look(flight | TRASH | (LABEL if tagged else NOTHING_MORE), frozenset(), ("I11",), (6 if tagged else 5,)),
        ),
        ("stale attribute", "L15", Look(pushed | REVOKE, frozenset(), ("I1", "I3"))),
        ("stale attribute", "L28", Look(pushed | EDIT, frozenset(), ("I15", f"I5:{its}"))),
        ("stale attribute", "L30", Look(base, READ, ("I16",))),
        ("drop redaction", "L7", _redaction(its, frozenset({"get", "search"}))),
        ("all-copies delete", "L20", Look(base, frozenset({"delete"}), ("I9", "I10", "U5"))),
        ("sequential ids", "L10", told),
        ("403 for 404", "L11", told),
        (
            "push before filter",
            "L13",
            Look(pushed, frozenset(), ("I5:granted@presence", f"I5:{its}@presence", f"I21:{its}", "I21:granted")),
        ),
    ):
        yield from _changed(original, operator, MECHANISMS[leak], CATALOGUE[leak].change, look)
    yield from _changed(
        original,
        "stale attribute",
        "revocation never noticed",
        lambda service: evolve(service, lag=inf),
        Look(base | REVOKE, READ, ("I1", "I3")),
    )
    yield from _changed(
        original,
        "all-copies delete",
        "deletes all copies when asked to",
        lambda service: evolve(service, own_copies=False),
        Look(base, frozenset({"delete"}), ("I9", "I10", "U5")),
    )
    yield from _changed(
        original,
        "drop redaction",
        "view not redacted",
        lambda service: evolve(service, obligations=service.obligations - {"view"}),
        _redaction(its, READ),
    )


MECHANISMS = {
    "L7": "index not redacted",
    "L10": "sequential ids",
    "L11": "403 for 404",
    "L13": "push before filter",
    "L15": "pushes after revocation",
    "L17": "no recheck",
    "L18": "copy not looked for at delivery",
    "L20": "deletes all copies",
    "L28": "pushes the old version",
    "L30": "shows what is older than the grant",
}
"""What the mutants that are faults of the catalogue are called."""


def _changed(
    original: Service, operator: str, what: str, change: Callable[[Service], Service], look: Look
) -> Iterator[Mutant]:
    """The mutant, unless the original is built so already."""
    service = change(original)
    before = len(original.parts)
    # On top, where no other part hides it.
    service = evolve(service, parts=(*service.parts[before:], *service.parts[:before]))
    if service != original and len(set(service.parts)) == len(service.parts):
        yield Mutant(original, operator, what, service, (look,))


def _redaction(reading: str, operations: frozenset[Operation]) -> Look:
    return Look(QUOTING, operations, (f"I5:{reading}", f"I6:{reading}", f"I20:{reading}"), (5,))


def _channel(original: Service, operation: Operation) -> Look:
    """Where it can be seen that a channel is not checked, and the checks that speak of it."""
    its, grade = own(original), GRADE_OF.get(operation, Grade.BODY)
    base = LABELLING if labels_itself(original) else BASE
    kinds = base | NARROWLY | SETTING.get(operation, NOTHING_MORE)
    checks: tuple[str, ...] = ("I8:granted",)
    if ACTION_OF[operation] == "read" or operation in ("forward", "rule", "undelete"):
        suffix = "" if grade is Grade.BODY else f"@{grade.name.lower()}"
        checks += ("I1", *(f"I5:{reading}{suffix}" for reading in ("granted", its)), "I16")
        if grade is Grade.BODY:
            checks += (f"I6:{its}", "I18")
        if grade is Grade.METADATA:
            checks += ("I7:granted", f"I7:{its}")
        if ACTION_OF[operation] == "read" and operation != "push":
            checks += ("I20:granted", f"I20:{its}", "I21:granted", f"I21:{its}", f"I22:{its}")
    if operation in ("delete", "trash"):
        checks += ("I9", "I10", "U5")
    if operation == "label":
        checks += ("I13",)
    if operation == "send":
        checks += ("I12", "U1")
    ends = frozenset[Operation]() if operation in ("push", "rule") else frozenset({operation})
    bounds = (3, 4) if operation == "send" else (4, 5)
    return Look(kinds, ends, checks, bounds)
