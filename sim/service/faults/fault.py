"""What is a fault? One way in which a service is built otherwise, and what is promised to notice it."""

from collections.abc import Callable
from typing import Literal

from attrs import evolve, field, frozen

from sim.model.access import Operation
from sim.model.extents import READINGS
from sim.service.build import Service
from sim.service.policy import ExtentPolicy

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
    change: Callable[[Service], Service] = field(repr=False, eq=False)
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
