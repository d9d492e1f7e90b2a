"""L33: where does it go from there? Here from one app to another, which nobody granted anything."""

from attrs import evolve

from permiscope.service.build import Service
from permiscope.service.faults.fault import Fault, ideal


def _change(service: Service) -> Service:
    return evolve(service, obligations=service.obligations - {"withhold"})


FAULT = Fault(
    "L33",
    "Two apps pool what they know.",
    "-",
    ("I25",),
    _change,
    blind=("I1", "I5:reply", "I6:reply"),
    kinds=("app-get", "hand"),
    operations=(),
    sound=evolve(ideal(), obligations=frozenset({"view", "index", "withhold"})),
    apps=2,
    mirror="apps of a workspace that act through other apps: Chen et al., USENIX Security 2022 [V]",
)
