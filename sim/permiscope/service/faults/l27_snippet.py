"""L27: what does a row of a list show? Here the beginning of its message, whether that may be read or not."""

from collections.abc import Mapping
from typing import ClassVar

from attrs import evolve

from permiscope.model.access import GRADE_OF, Grade, Operation
from permiscope.model.mail import Message, Segment
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with

WORDS = 3
"""So many words are the beginning of a text."""


class ShowsSnippets(EnforcementPoint):
    """Each row of a list shows the first words of its message, permitted or not; a grant it needs."""

    grades: ClassVar[Mapping[Operation, Grade]] = {**GRADE_OF, "list": Grade.PART}

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if record.operation != "list" or self._believed(record.app, record.owner, time) is None:
            return permitted
        record.reason = "permitted"
        return candidates

    def _row(self, record: Called, message: Message) -> Message:
        row = super()._row(record, message)
        if record.operation != "list":
            return row
        words = [word for each in message.segments if each.source == message.id for word in each.text.split()]
        return evolve(row, segments=(Segment(" ".join(words[:WORDS]), message.id),)) if words else row


FAULT = Fault(
    "L27",
    "A row of a list shows the beginning of its message.",
    "E",
    ("I5:reply@part",),
    built_with(ShowsSnippets),
    blind=("I5:reply", "I6:reply"),
    operations=("list",),
    mirror="whether Gmail blanks the snippet under its metadata scope is not verified",
)
