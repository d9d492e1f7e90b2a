"""L4: whose words are in an app message? Here the person pastes private text into it."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"view", "index"})


FAULT = Fault(
    "L4",
    "The person pastes private text into an app message.",
    "-",
    ("I6:reply", "I20:reply"),
    _change,
    blind=("I5:reply", "I20:reply/released"),
    kinds=("paste",),
)
