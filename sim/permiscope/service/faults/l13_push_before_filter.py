"""L13: when is a push filtered? Here after it was sent, so that an empty one arrives."""

from permiscope.model.access import Grade
from permiscope.model.mail import Message
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class PushesFirst(EnforcementPoint):
    """Every message in the mailbox is pushed; what may not be read arrives without anything in it."""

    def _push(self, app: str, owner: str, message: Message, before: Message | None, grade: Grade, time: float) -> None:
        record = self._of_push(app, owner, message, time)
        if not self._permitted(record, (message,), time) and self._believed(app, owner, time) is not None:
            self._pushed(record, (message,), Grade.PRESENCE, time)
        super()._push(app, owner, message, before, grade, time)


FAULT = Fault(
    "L13",
    "A push is sent before the filter, even if it is empty.",
    "E",
    ("I5:reply@presence", "I21:reply"),
    built_with(PushesFirst),
    blind=("I5:reply", "I6:reply", "I20:reply"),
    kinds=("app-subscribe",),
    operations=(),
    mirror="Slack links:read: an event for conversations that the app is not in, without their text [S]",
)
