"""L18: what if the message goes on the way? Here what was found is delivered."""

from collections.abc import Collection

from permiscope.model.access import GRADE_OF
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class DeliversTheFound(EnforcementPoint):
    """At the delivery of a read it is not looked whether the copy is there. What is taken away has to be."""

    def _box(self, record: Called) -> Collection[str]:
        return self.state.messages if record.operation in GRADE_OF else super()._box(record)


FAULT = Fault(
    "L18",
    "A read is in flight when the message is trashed.",
    "I",
    ("I11",),
    built_with(DeliversTheFound),
    blind=("I1", "I4", "I5:reply", "I6:reply"),
    kinds=("trash", "begin", "deliver"),
    operations=(),
)
