"""L27: what does a row of a list show? Here the beginning of the newest message of the thread."""

from collections.abc import Mapping
from typing import ClassVar

from sim.model.access import GRADE_OF, Grade, Operation
from sim.model.mail import Message
from sim.model.records import Called
from sim.service.build import Service
from sim.service.enforcement import EnforcementPoint
from sim.service.faults.fault import Fault


class ShowsSnippets(EnforcementPoint):
    """With a message that may be listed goes a snippet of the newest one in its thread."""

    grades: ClassVar[Mapping[Operation, Grade]] = {**GRADE_OF, "list": Grade.PART}

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "list":
            return permitted
        newest = {message.thread: message for message in candidates}
        return tuple(dict.fromkeys((*permitted, *(newest[message.thread] for message in permitted))))


def _change(service: Service) -> Service:
    return service.with_part(ShowsSnippets)


FAULT = Fault(
    "L27",
    "A snippet in a list.",
    "E",
    ("I5:reply@part",),
    _change,
    blind=("I5:reply", "I6:reply"),
    operations=("list",),
    mirror="whether Gmail blanks the snippet under its metadata scope is not verified",
)
