"""L2: does the thread channel ask about each message? Here one that is permitted stands for all."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class WholeThread(EnforcementPoint):
    """A thread is shown whole as soon as one message of it may be."""

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        return candidates if permitted and record.operation == "thread" else permitted


FAULT = Fault(
    "L2",
    "The thread channel ignores the filter for messages.",
    "E",
    ("I5:reply",),
    built_with(WholeThread),
    operations=("thread",),
)
