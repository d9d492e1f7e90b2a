"""L20: whose copy does a delete remove? Here everybody's."""

from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class PurgesAll(EnforcementPoint):
    """A delete of one copy is one of all."""

    def _holders(self, record: Called) -> tuple[str, ...]:
        copies = self.state.copies
        return tuple([person for person in copies if record.target in copies[person]])


FAULT = Fault(
    "L20",
    "Delete purges everyone's copies.",
    "P",
    ("I10",),
    built_with(PurgesAll),
    blind=("I9", "I5:reply", "I20:reply"),
    operations=("delete",),
)
