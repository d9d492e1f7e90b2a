"""L12: how long does an answer take? Here the longer, the more there is in the mailbox."""

from typing import ClassVar

from attrs import evolve

from permiscope.model.access import Observation
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class Scans(EnforcementPoint):
    """Each answer takes a millisecond for each message of the mailbox."""

    telling: ClassVar[bool] = True

    def _observe(self, record: Called) -> Observation:
        told = super()._observe(record)
        return evolve(told, latency=told.latency + 0.001 * len(self.state.mailbox(record.owner)))


FAULT = Fault(
    "L12",
    "Latency grows with the hidden mailbox.",
    "S",
    ("I23:reply",),
    built_with(Scans),
    blind=("I5:reply", "I5:reply@presence", "I6:reply", "I20:reply", "I21:reply"),
)
