"""L10: what does the id of a message tell? Here how many were sent before; the answer to a send has one, too."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, ids="sequential")


FAULT = Fault(
    "L10",
    "Sequential ids reveal traffic.",
    "S",
    ("I21:reply",),
    _change,
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
    operations=("get", "send"),
)
