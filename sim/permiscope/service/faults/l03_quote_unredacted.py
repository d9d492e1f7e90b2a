"""L3: whose words are in a reply? Here a private message that is quoted leaves with it."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"view", "index"})


FAULT = Fault(
    "L3",
    "A counterpart quotes a private message in a reply that is in scope.",
    "O",
    ("I6:reply", "I20:reply"),
    _change,
    blind=("I5:reply", "I20:reply/released"),
    kinds=("quote",),
    mirror="replies and drafts quote foreign text: thread leakage in Gmail add-ons [I]",
)
