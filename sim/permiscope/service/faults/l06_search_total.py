"""L6: over what does a search run? Here over everything; the results are filtered, their number is not."""

from typing import ClassVar

from attrs import evolve

from permiscope.model.access import Observation
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class SearchesAll(EnforcementPoint):
    """A search says how many hits there are in the whole mailbox."""

    telling: ClassVar[bool] = True

    def _observe(self, record: Called) -> Observation:
        told = super()._observe(record)
        if record.operation != "search" or self._believed(record.app, record.owner, record.time) is None:
            return told
        return evolve(told, status=200, total=len(self._found("search", record.owner, record.target)))


FAULT = Fault(
    "L6",
    "Search runs over everything, and the results are filtered.",
    "E",
    ("I20:reply", "I21:reply"),
    built_with(SearchesAll),
    blind=("I5:reply", "I5:reply@presence", "I6:reply"),
    operations=("search",),
    mirror="a search that returns only ids of hidden messages still leaks content: Gmail's metadata scope, Graph [I]",
)
