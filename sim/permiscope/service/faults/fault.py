"""What is a fault? One way in which a service is built otherwise, and what is promised to notice it."""

from collections.abc import Callable, Mapping
from typing import Literal

from attrs import evolve, field, frozen

from permiscope.model.access import Action, Operation
from permiscope.model.errors import InputError
from permiscope.model.extents import EVERYTHING, READINGS, Extent
from permiscope.service.door.build import Service
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.policies.policy import ExtentPolicy, said_by

Root = Literal["E", "P", "I", "O", "S", "-"]
ROOTS: dict[Root, str] = {
    "E": "a channel has no enforcement point",
    "P": "the extent that is enforced is another one",
    "I": "an attribute is stale or forged",
    "O": "an obligation is skipped",
    "S": "a side channel",
    "-": "no fault of the service: what a person or an app does",
}


def ideal() -> Service:
    """The service that keeps what can be kept: replies, without foreign text, checked again, nothing from before."""
    policy = ExtentPolicy(READINGS["reply"], {"delete": READINGS["authored"]})
    return Service(policy, "ideal", recheck=True, old=False, own_copies=True, obligations=frozenset({"view", "index"}))


def extents_of(service: Service, fault: str) -> tuple[Extent, Mapping[Action, Extent]]:
    """Return the extent of a service's policy and those of other actions, for a fault that changes them.

    Raises `InputError` if the policy goes by none.
    """
    policy = service.policy
    says = said_by(policy)
    if says.extent is not None:
        return says.extent, says.others
    raise InputError(
        f"`{fault}` changes the extent of a policy, and `{policy.name}` has none; name a reading, such as `reply`"
    )


def widened(service: Service, fault: str, extent: Extent, others: Mapping[Action, Extent] | None = None) -> Service:
    """The service whose policy permits reading an extent besides what it permits.

    `others` replace the policy's own extents for their actions. Raises `InputError` if the policy goes by no extent.
    """
    own, its_others = extents_of(service, fault)
    wider = own if own in (extent, EVERYTHING) else own | extent
    return evolve(service, policy=ExtentPolicy(wider, {**its_others, **(others or {})}))


Change = Callable[[Service], Service]
"""What builds something into a service."""


def built_with(part: type[EnforcementPoint]) -> Change:
    """The change that a service's door has a part of another kind."""
    return lambda service: service.with_part(part)


@frozen
class Fault:
    """A row of the catalogue of leaks.

    `change` builds the fault into a service that is `sound`. It `breaks` invariants, which the checks in `caught`
    must notice in a history of `kinds` of steps that ends in one of the `operations`; those in `blind` must not,
    within the same bound. `mirror` is the behaviour of a real platform that it resembles, with the mark of how well
    that is known; empty if none is known. `apps` is how many apps it takes.
    """

    name: str
    mechanism: str
    root: Root
    caught: tuple[str, ...]
    change: Change = field(repr=False, eq=False)
    blind: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = ("get",)
    sound: Service = field(factory=ideal, repr=False)
    mirror: str = ""
    apps: int = 1

    @property
    def service(self) -> Service:
        """The sound service with the fault built in, called after it."""
        return evolve(self.built_into(self.sound), title=self.name)

    def built_into(self, service: Service) -> Service:
        """A service with the fault, which its `faults` say."""
        changed = self.change(service)
        return evolve(changed, faults=(*service.faults, self.name))
