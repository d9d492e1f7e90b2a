"""L28: what does an edit event carry? Here what the message said before."""

from permiscope.model.access import Grade
from permiscope.model.mail import Message
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class PushesTheOld(EnforcementPoint):
    """A push about an edit has the body as it was."""

    def _carried(self, message: Message, before: Message | None, grade: Grade) -> tuple[Message, Grade]:
        return super()._carried(message, before, grade) if before is None else (before, Grade.BODY)


FAULT = Fault(
    "L28",
    "An edit event carries the old version.",
    "O",
    ("I15",),
    built_with(PushesTheOld),
    blind=("I5:reply", "I6:reply"),
    kinds=("app-subscribe", "edit"),
    operations=(),
)
