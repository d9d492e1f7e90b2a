"""L9: where does the next page begin? Here after as many rows as there are, hidden ones too."""

from typing import ClassVar

from attrs import evolve

from permiscope.model.access import Observation
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class CountsRows(EnforcementPoint):
    """The cursor of a list counts all rows."""

    telling: ClassVar[bool] = True

    def _observe(self, record: Called) -> Observation:
        told = super()._observe(record)
        if record.operation != "list" or self._believed(record.app, record.owner, record.time) is None:
            return told
        rows = len(self.state.mailbox(record.owner))
        return evolve(told, status=200, total=rows, cursor=rows)


FAULT = Fault(
    "L9",
    "A cursor or a total counts hidden rows.",
    "E",
    ("I21:reply",),
    built_with(CountsRows),
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
    operations=("list",),
)
