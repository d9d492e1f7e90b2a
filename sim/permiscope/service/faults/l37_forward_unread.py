"""L37: may one pass on what one may not read? Here yes, and to oneself."""

from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class ForwardsAnything(EnforcementPoint):
    """A forward asks for the right to send, and for nothing else."""

    def _forwardable(self, record: Called, messages: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        return messages


FAULT = Fault(
    "L37",
    "Forward without read: an app that may only send forwards an existing id to itself.",
    "P",
    ("I5:reply",),
    built_with(ForwardsAnything),
    blind=("I5:reply, reads",),
    operations=("forward", "get"),
    mirror="Discord before 2026-04-14: a bot without MESSAGE_CONTENT could forward messages it could not read [V]",
)
