"""How is a messaging service built around its policy? What it does besides deciding, as one value."""

from typing import Literal, Protocol, runtime_checkable

from attrs import evolve, field, frozen

from permiscope.model.access import FULL, Scope
from permiscope.service.policies.policy import Policy, said_by

Obligation = Literal["view", "index", "forget", "withhold"]
"""What must be done along with a permission.

Foreign segments are redacted in what is shown (*view*) and in what a search looks at (*index*). The other two need
apps that co-operate: they *forget* what they stored when a grant ends, and *withhold* it from apps without one.
"""

Ids = Literal["opaque", "sequential", "per-app"]
"""How messages are called in answers: by names that tell nothing, by one count for all, by a count of the app's own."""

Denials = Literal["absent", "forbidden", "empty", "silent"]
"""How a refusal looks: like a message that is not there (404), like one that is (403), like one without text, or no
answer at all.
"""


@frozen
class Service:
    """A policy, and the service that enforces it.

    With `recheck` the policy is asked again at delivery. `lag` is for how many virtual seconds after a revocation the
    service still believes in the grant. With `old` it shows what was written before the grant, and with `own_copies` a
    delete is of the owner's copy, whatever is asked. What it `offers` is what whoever grants an app something is shown.
    `parts` are subclasses of the enforcement point that are laid over it, each of which does one thing otherwise: the
    faults of the catalogue are such.
    """

    policy: Policy
    title: str = ""
    recheck: bool = False
    lag: float = 0.0
    old: bool = True
    own_copies: bool = False
    obligations: frozenset[Obligation] = frozenset()
    ids: Ids = "opaque"
    denials: Denials = "absent"
    offers: Scope = FULL
    parts: tuple[type, ...] = field(default=(), repr=False)
    faults: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the service is called: as its policy, if it has no title of its own."""
        return self.title or self.policy.name

    def with_part(self, part: type) -> "Service":
        """The service with a part laid on top of those that it has."""
        return evolve(self, parts=(part, *self.parts))


@runtime_checkable
class OfPlatform(Protocol):
    """A policy that says how the service around it is built, as those of real platforms do."""

    @property
    def service(self) -> Service:
        """The service that enforces it."""


def service_for(policy: Policy) -> Service:
    """The service that enforces a policy: as its platform builds it, or a plain one.

    Somebody's own policy may have a `service` of another kind, so only one that says of which platform it is, is asked.
    """
    return policy.service if said_by(policy).platform and isinstance(policy, OfPlatform) else Service(policy)
