"""L26: who sees a message that is being written? Here the one to whom it is addressed, and their apps."""

from collections.abc import Collection

from permiscope.model.access import GRADE_OF
from permiscope.model.mail import Message
from permiscope.model.records import Called
from permiscope.service.door.enforcement import EnforcementPoint
from permiscope.service.faults.fault import Fault, built_with


class ShowsDrafts(EnforcementPoint):
    """A draft is shown as if it had been sent."""

    def _beyond(self, record: Called) -> tuple[Message, ...]:
        message = self.state.messages.get(record.target or "")
        return (message,) if message and _is_draft_to(message, record.owner) else super()._beyond(record)

    def _box(self, record: Called) -> Collection[str]:
        box = super()._box(record)
        if record.operation not in GRADE_OF:
            return box
        drafts = [message.id for message in self.state.messages.values() if _is_draft_to(message, record.owner)]
        return {*box, *drafts} if drafts else box

    def _permitted(self, record: Called, candidates: tuple[Message, ...], time: float) -> tuple[Message, ...]:
        permitted = super()._permitted(record, candidates, time)
        if self._believed(record.app, record.owner, time) is None:
            return permitted
        return permitted or tuple([message for message in candidates if message.draft])


def _is_draft_to(message: Message, person: str) -> bool:
    return message.draft and person in message.recipients


FAULT = Fault(
    "L26",
    "Drafts and the composer are visible.",
    "E",
    ("I14",),
    built_with(ShowsDrafts),
    blind=("I11",),
    kinds=("draft",),
    mirror="Gmail: the scope compose covers every draft; that of add-ons writes drafts that it cannot get [V]",
)
