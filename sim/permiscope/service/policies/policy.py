"""What may an app do with a message? The policy decision point, and the policies that are built in."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Protocol

from attrs import Factory, field, frozen

from permiscope.model.access import (
    ACTION_NOT_GRANTED,
    NO_GRANT,
    OUTSIDE_GRANT,
    OUTSIDE_POLICY,
    PERMIT,
    REFUSED,
    Action,
    Decision,
    Operation,
    Reason,
    Request,
)
from permiscope.model.errors import InputError
from permiscope.model.extents import EVERYTHING, READINGS, Extent, Test
from permiscope.model.reads import Reads

RAISED: Reason = "the policy raised"


class Policy(Protocol):
    """A policy decision point: it answers requests, and must answer the same one the same way.

    A policy of ours has `says`, too: what else is known of it (`Sayings`).
    """

    @property
    def name(self) -> str:
        """How the policy is called on the command line."""

    @property
    def text(self) -> str:
        """What the policy says, in full; verdicts attach to the hash of this text."""

    def decide(self, request: Request) -> Decision:
        """Permit or deny one action on one message."""


def decision_of(policy: Policy, request: Request) -> Decision:
    """What a policy decides: whatever it raises is a denial, and is kept. Raises `InputError` for what is no answer."""
    try:
        given: object = policy.decide(request)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # it is somebody's own, and may raise anything
        return Decision(permit=False, reason=RAISED, error=f"{type(error).__name__}: {error}")
    if isinstance(given, Decision):
        return given
    raise InputError(f"the policy `{policy.name}` answered `{given!r:.60}`; let `decide` return a Decision")


def permits(policy: Policy, request: Request) -> bool:
    """Whether the policy permits a request. Raises `InputError` for an answer that is none."""
    return decision_of(policy, request).permit


def fingerprint(policy: Policy) -> str:
    """The SHA-256 of the policy's text, in hexadecimal."""
    return hashlib.sha256(policy.text.encode()).hexdigest()


NOTHING = ~EVERYTHING


@frozen
class Parts:
    """What the text of a policy is made of.

    `names` are those of its policies, `operands` the parts of its conditions, and `untold` the attributes that it asks
    for and nobody tells it. `truths` returns the places of the operands that a request comes to, each with what it is.
    """

    names: tuple[str, ...]
    operands: tuple[str, ...]
    untold: tuple[str, ...]
    truths: Callable[[Request], frozenset[tuple[int, bool]]]


@frozen
class Sayings:
    """What a policy says of itself. What it does not say is not known, and nothing is concluded from that.

    `reads` is what of the state it looks at; a policy that does not say so is watched. One with an `extent` permits
    what lies in the grant's and in this one, and for some actions in `others`. One with a `function` asks it; one that
    is a text has `parts`, and names `people`, `apps` and `words`.

    One of a real `platform` has `scopes`, each with the mark of how well it is known, and `channels`: the messages that
    each operation is open on that they open. `whole` are those that are pushed with their text. It can `explain` its
    decisions.
    """

    reads: Reads | None = None
    extent: Extent | None = None
    others: Mapping[Action, Extent] = Factory(dict)
    permits_nothing: bool = False
    function: Callable[[Request], object] | None = None
    parts: Parts | None = None
    people: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    platform: str = ""
    scopes: Mapping[str, str] = Factory(dict)
    channels: Mapping[Operation, Extent] | None = None
    whole: Extent = NOTHING
    explain: Callable[[Request, Decision], str] | None = None

    @property
    def asks_grant(self) -> bool:
        """Whether it refuses whatever is asked before there is a grant."""
        return self.extent is not None or self.permits_nothing


def said_by(policy: Policy) -> Sayings:
    """Return what a policy says of itself: nothing, if it is not ours, whatever attributes it has or passes on."""
    says = getattr(policy, "says", None) if hasattr(type(policy), "says") else None
    return says if isinstance(says, Sayings) else Sayings()


@frozen
class ExtentPolicy:
    """Permits exactly what the owner's grant covers and what lies in both the grant's and its own extent.

    `others` are extents for actions that do not go by the one for reading. A message that is being sent is in nobody's
    mailbox yet, and settings are about none, so for these only the grant is asked.
    """

    extent: Extent
    others: Mapping[Action, Extent] = field(factory=dict, hash=False)
    _holds: Test = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_holds", self.extent.holds)

    @property
    def name(self) -> str:
        """The name of the extent."""
        return self.extent.name

    @property
    def says(self) -> Sayings:
        """The extents, and what they look at. A grant only opens, and its scope only narrows what is opened."""
        reads = self.extent.reads.union(*(extent.reads for extent in self.others.values()))
        return Sayings(reads, self.extent, self.others)

    @property
    def text(self) -> str:
        """The extent in one sentence, and those of the actions that have their own."""
        return " ".join(
            [
                self.extent.sentence,
                *(f"To {action}, it belongs when {extent.phrase}." for action, extent in self.others.items()),
            ]
        )

    def decide(self, request: Request) -> Decision:
        """Ask the grant first, then the two extents."""
        grant, action = request.grant, request.action
        if grant is None:
            return NO_GRANT
        scope = grant.scope
        if action not in scope.actions:
            return ACTION_NOT_GRANTED
        holds = self._holds
        if action != "read":
            if action in ("send", "settings"):
                return PERMIT
            if action in self.others:
                holds = self.others[action].holds
        message, app, owner, facts = request.message, request.app, request.owner, request.facts
        if not holds(message, app, owner, facts):
            return OUTSIDE_POLICY
        if scope.extent is not EVERYTHING and not scope.extent.holds(message, app, owner, facts):
            return OUTSIDE_GRANT
        return PERMIT


@frozen
class DenyAll:
    """Permits nothing: the policy that is safe and useless."""

    name: str = "deny-all"
    text: str = "Nothing is permitted."

    @property
    def says(self) -> Sayings:
        """That it looks at nothing, and permits nothing."""
        return Sayings(frozenset(), permits_nothing=True)

    def decide(self, request: Request) -> Decision:
        """Deny."""
        return REFUSED


@frozen
class FunctionPolicy:
    """Any Python function that takes a `Request` and returns True or False (or a `Decision`)."""

    name: str
    text: str = field(repr=False)
    function: Callable[[Request], object]

    @property
    def says(self) -> Sayings:
        """The function: what that looks at is not known."""
        return Sayings(function=self.function)

    def decide(self, request: Request) -> Decision:
        """Ask the function. Raises `InputError` if it answers with anything else than it may."""
        match self.function(request):
            case True:
                return PERMIT
            case False:
                return REFUSED
            case Decision() as decision:
                return decision
            case other:
                raise InputError(
                    f"the policy `{self.name}` returned `{other!r:.60}`; let it return True, False or a Decision"
                )


BUILT_IN: dict[str, Policy] = {
    **{name: ExtentPolicy(extent) for name, extent in READINGS.items()},
    "deny-all": DenyAll(),
}
