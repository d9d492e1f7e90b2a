"""L36: whose calls does a limit count? Here whatever happens on the platform."""

from typing import ClassVar

from attrs import evolve

from permiscope.model.access import Observation
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class SharesTheLimit(EnforcementPoint):
    """What remains of the limit sinks with every message that anybody sends."""

    telling: ClassVar[bool] = True

    def _observe(self, record: Called) -> Observation:
        return evolve(super()._observe(record), remaining=1000 - len(self.state.messages))


FAULT = Fault(
    "L36",
    "The remaining rate limit varies with others' traffic.",
    "S",
    ("I21:reply",),
    built_with(SharesTheLimit),
    blind=("I5:reply", "I5:reply@presence", "I6:reply", "I20:reply"),
)
