"""L5: what goes along with a forward? Here a private message that is forwarded through the app."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"view", "index"})


FAULT = Fault(
    "L5",
    "A private message is forwarded through the app.",
    "-",
    ("I6:reply", "I20:reply"),
    _change,
    blind=("I5:reply", "I20:reply/released"),
    kinds=("forward-via",),
)
