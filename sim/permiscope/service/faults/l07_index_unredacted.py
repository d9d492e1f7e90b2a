"""L7: what does the index hold? Here the foreign text that the view leaves out."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"index"})


FAULT = Fault(
    "L7",
    "The view is redacted, the index is not.",
    "O",
    ("I20:reply",),
    _change,
    blind=("I5:reply", "I6:reply"),
    kinds=("quote",),
    operations=("get", "search"),
)
