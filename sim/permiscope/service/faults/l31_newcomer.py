"""L31: what does a newcomer to a thread get? Here all that was said in it before."""

from collections.abc import Collection

from permiscope.model.access import GRADE_OF
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class ShowsThePast(EnforcementPoint):
    """In a thread a member has what was written before they came, and so have their apps."""

    def _beyond(self, record: Called) -> tuple[Message, ...]:
        message = self.state.messages.get(record.target or "")
        return (message,) if message and self._is_past(message, record.owner) else super()._beyond(record)

    def _box(self, record: Called) -> Collection[str]:
        box = super()._box(record)
        if record.operation not in GRADE_OF:
            return box
        past = [message.id for message in self.state.messages.values() if self._is_past(message, record.owner)]
        return {*box, *past} if past else box

    def _is_past(self, message: Message, person: str) -> bool:
        """Whether a message was sent to a thread of which the person is a member now and was none then."""
        if message.draft or person in message.people:
            return False
        return person in self.state.threads[message.thread].members


FAULT = Fault(
    "L31",
    "A newcomer's grant exposes others' earlier messages.",
    "P",
    ("I17",),
    built_with(ShowsThePast),
    blind=("I5:reply", "I6:reply"),
    kinds=("add",),
    mirror="one member of a chat consents for all in it: Teams' resource-specific consent [V]",
)
