"""L10: what does a name tell? Here how many messages were sent before."""

from attrs import evolve

from sim.service.build import Service
from sim.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, ids="sequential")


FAULT = Fault(
    "L10",
    "Sequential ids reveal traffic.",
    "S",
    ("I21:reply",),
    _change,
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
)
